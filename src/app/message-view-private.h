/* message-view-private.h: what the files of the view share: message-view.c has the list and what is
 * new in it, message-view-jump.c leads the reader to a message, message-view-keys.c pages
 */
#pragma once

#include "app/message-menu.h"
#include "app/message-view.h"

struct _KhMessageView
{
  GtkWidget parent_instance;

  /* template */
  GtkWidget *overlay;
  GtkScrolledWindow *scroller;
  GtkListView *list;
  GtkWidget *jump;
  GtkLabel *jump_count;

  /* owned */
  KhEngine *engine;
  KhConversation *conversation;
  KhMessageMenu *menu;
  GHashTable *bound;           /* GtkListItem, all borrowed: those that show a message now */
  KhChatMessage *first_unread; /* (nullable): below the line */
  KhChatMessage *marked;       /* (nullable): what the reader was led to */
  gboolean at_end;
  char *wanted_id; /* (nullable): of an older message to be shown as soon as it is loaded */
  guint wanted;    /* position to scroll to */
  gboolean show_first_unread; /* instead of the end, once that is laid out */
  guint end_source;           /* until it has run, the list moves, and not the user */
};

/* (transfer none) */
GListModel *kh_message_view_get_messages (KhMessageView *self);
/* Of the rows that show a message now: what depends on the one above, and on marks. */
void kh_message_view_update_rows (KhMessageView *self);
/* The button that leads to the end. */
void kh_message_view_update_jump (KhMessageView *self);
/* Of what is loaded. */
void kh_message_view_scroll_to_end (KhMessageView *self);
/* Loads what is around @seq, and goes there. */
void kh_message_view_load_around (KhMessageView *self, gint64 seq);
/* Goes to @wanted_id, or one page nearer to it; called again when that has come. */
void kh_message_view_show_wanted (KhMessageView *self);
/* Page Up and Page Down, in the list. */
void kh_message_view_add_keys (KhMessageView *self);
