/* message-view.c: the messages of a chat
 *
 * See message-view.h. The list stays at the end as long as the reader is there, and loads more
 * pages as the reader nears either end of what is loaded. Where something is unread, it begins
 * there, below a line that stays until the reader goes or answers.
 */
#include "app/message-view-private.h"

#include <adwaita.h>
#include <glib/gi18n.h>

#include "app/message-row.h"

/* Pixels: this near to the end is at the end. */
#define END_SLACK 24

enum
{
  SIGNAL_SEEN,
  SIGNAL_REPLY,
  SIGNAL_EDIT,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (KhMessageView, kh_message_view, GTK_TYPE_WIDGET)

/* rows */

GListModel *
kh_message_view_get_messages (KhMessageView *self)
{
  return kh_conversation_get_messages (self->conversation);
}

static void
update_row (KhMessageView *self, GtkListItem *item)
{
  KhMessageRow *row = KH_MESSAGE_ROW (gtk_list_item_get_child (item));
  KhChatMessage *message = gtk_list_item_get_item (item);
  guint position = gtk_list_item_get_position (item);
  g_autoptr (KhChatMessage) previous = NULL;

  if (position > 0 && position != GTK_INVALID_LIST_POSITION)
    previous = g_list_model_get_item (kh_message_view_get_messages (self), position - 1);
  kh_message_row_set_previous (row, previous, message == self->first_unread);
  kh_message_row_set_marked (row, message == self->marked);
}

void
kh_message_view_update_rows (KhMessageView *self)
{
  GHashTableIter iter;
  gpointer item;

  g_hash_table_iter_init (&iter, self->bound);
  while (g_hash_table_iter_next (&iter, &item, NULL))
    update_row (self, item);
}

/* The one above it is another now; those that are new were bound just now. */
static void
update_row_at (KhMessageView *self, guint position)
{
  GHashTableIter iter;
  gpointer item;

  g_hash_table_iter_init (&iter, self->bound);
  while (g_hash_table_iter_next (&iter, &item, NULL))
    if (gtk_list_item_get_position (item) == position)
      update_row (self, item);
}

static void
on_show_reply (KhMessageView *self, KhMessageRow *row)
{
  KhChatMessage *message = kh_message_row_get_message (row);

  g_free (self->wanted_id);
  self->wanted_id = g_strdup (kh_chat_message_get_reply_to (message));
  kh_message_view_show_wanted (self);
}

static void
on_react (KhMessageView *self, const char *emoji, gboolean set, KhMessageRow *row)
{
  kh_engine_react_async (self->engine, kh_message_row_get_message (row), emoji, set, NULL, NULL,
                         NULL);
}

static void
on_setup (GtkListItemFactory *factory, GtkListItem *item, KhMessageView *self)
{
  KhMessageRow *row = kh_message_row_new ();

  g_signal_connect_object (row, "show-reply", G_CALLBACK (on_show_reply), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (row, "react", G_CALLBACK (on_react), self, G_CONNECT_SWAPPED);
  gtk_list_item_set_activatable (item, FALSE);
  gtk_list_item_set_child (item, GTK_WIDGET (row));
}

static void
on_bind (GtkListItemFactory *factory, GtkListItem *item, KhMessageView *self)
{
  kh_message_row_set_message (KH_MESSAGE_ROW (gtk_list_item_get_child (item)),
                              KH_CHAT_MESSAGE (gtk_list_item_get_item (item)));
  g_hash_table_add (self->bound, item);
  update_row (self, item);
}

/* The row keeps its message: the toolkit unbinds and binds all rows below one that comes, most of
 * them to what they had. */
static void
on_unbind (GtkListItemFactory *factory, GtkListItem *item, KhMessageView *self)
{
  if (self->bound != NULL)
    g_hash_table_remove (self->bound, item);
}

/* what is new */

static gboolean
is_unread (KhChatMessage *message)
{
  return !kh_chat_message_get_outgoing (message) &&
         kh_chat_message_get_status (message) == KH_MESSAGE_STATUS_DELIVERED;
}

/* (transfer full) (nullable): the oldest of the unread messages at the end, as far as loaded. */
static KhChatMessage *
find_first_unread (KhMessageView *self, guint *ret_position)
{
  GListModel *messages = kh_message_view_get_messages (self);
  guint left = kh_conversation_get_unread (self->conversation);
  g_autoptr (KhChatMessage) found = NULL;

  for (guint i = g_list_model_get_n_items (messages); i > 0 && left > 0; i--)
    {
      g_autoptr (KhChatMessage) message = g_list_model_get_item (messages, i - 1);

      if (!is_unread (message))
        continue;
      g_set_object (&found, message);
      *ret_position = i - 1;
      left--;
    }
  return g_steal_pointer (&found);
}

void
kh_message_view_update_jump (KhMessageView *self)
{
  guint unread = kh_conversation_get_unread (self->conversation);
  g_autofree char *count = g_strdup_printf (unread > 99 ? "99+" : "%u", unread);

  gtk_widget_set_visible (self->jump, !self->at_end);
  gtk_label_set_label (self->jump_count, count);
  gtk_widget_set_visible (GTK_WIDGET (self->jump_count), unread > 0);
}

/* Where nothing was new until now, the line goes above what is. */
static void
update_unread_line (KhMessageView *self)
{
  guint position;

  if (self->first_unread != NULL)
    return;
  self->first_unread = find_first_unread (self, &position);
  if (self->first_unread != NULL)
    kh_message_view_update_rows (self);
}

/* scrolling */

static void
on_scrolled_to_end (KhMessageView *self)
{
  guint position;
  g_autoptr (KhChatMessage) first =
      self->show_first_unread ? find_first_unread (self, &position) : NULL;

  self->show_first_unread = FALSE;
  if (first != NULL)
    gtk_widget_activate_action (GTK_WIDGET (self->list), "list.scroll-to-item", "u", position);
  g_signal_emit (self, signals[SIGNAL_SEEN], 0);
}

static gboolean
on_scroll_to_end (gpointer user_data)
{
  KhMessageView *self = user_data;
  GtkAdjustment *adjustment = gtk_scrolled_window_get_vadjustment (self->scroller);

  gtk_adjustment_set_value (adjustment, gtk_adjustment_get_upper (adjustment) -
                                            gtk_adjustment_get_page_size (adjustment));
  self->end_source = 0;
  on_scrolled_to_end (self);
  return G_SOURCE_REMOVE;
}

/* Later: a list that is being laid out puts its own value over ours. */
void
kh_message_view_scroll_to_end (KhMessageView *self)
{
  self->at_end = TRUE;
  kh_message_view_update_jump (self);
  if (self->end_source == 0)
    self->end_source = g_idle_add (on_scroll_to_end, self);
}

static void
load_more_if_near (KhMessageView *self)
{
  GtkAdjustment *adjustment = gtk_scrolled_window_get_vadjustment (self->scroller);
  double value = gtk_adjustment_get_value (adjustment);
  double page = gtk_adjustment_get_page_size (adjustment);

  if (!gtk_widget_get_mapped (GTK_WIDGET (self)))
    return;
  if (value < page)
    kh_conversation_load_older (self->conversation);
  if (value > gtk_adjustment_get_upper (adjustment) - 2 * page)
    kh_conversation_load_newer (self->conversation);
}

/* The user scrolled, or the program did. */
static void
on_value_changed (KhMessageView *self)
{
  GtkAdjustment *adjustment = gtk_scrolled_window_get_vadjustment (self->scroller);
  double end = gtk_adjustment_get_upper (adjustment) - gtk_adjustment_get_page_size (adjustment);
  gboolean was_at_end = self->at_end;

  if (self->end_source == 0)
    self->at_end = gtk_adjustment_get_value (adjustment) >= end - END_SLACK &&
                   !kh_conversation_get_has_newer (self->conversation);
  if (self->at_end != was_at_end)
    kh_message_view_update_jump (self);
  if (self->at_end && !was_at_end)
    g_signal_emit (self, signals[SIGNAL_SEEN], 0);
  load_more_if_near (self);
}

/* The list's idea of its height changed: rows came, or were measured. */
static void
on_adjustment_changed (KhMessageView *self)
{
  if (self->at_end)
    kh_message_view_scroll_to_end (self);
  load_more_if_near (self);
}

static void
on_messages_changed (KhMessageView *self, guint position, guint removed, guint added)
{
  guint n_items = g_list_model_get_n_items (kh_message_view_get_messages (self));

  update_row_at (self, position + added);
  kh_message_view_show_wanted (self);
  if (added == 0 || position + added != n_items)
    return;
  update_unread_line (self);
  if (self->at_end)
    kh_message_view_scroll_to_end (self);
}

/* The end is seen by looking at it: not by a window that nobody works in. */
static void
on_unread_changed (KhMessageView *self)
{
  kh_message_view_update_jump (self);
}

static void
on_reply (KhMessageView *self, KhChatMessage *message)
{
  g_signal_emit (self, signals[SIGNAL_REPLY], 0, message);
}

static void
on_edit (KhMessageView *self, KhChatMessage *message)
{
  g_signal_emit (self, signals[SIGNAL_EDIT], 0, message);
}

static void
on_jump (KhMessageView *self)
{
  g_clear_pointer (&self->wanted_id, g_free);
  self->show_first_unread = FALSE;
  kh_message_view_go_to_end (self);
}

static void
kh_message_view_map (GtkWidget *widget)
{
  KhMessageView *self = KH_MESSAGE_VIEW (widget);

  GTK_WIDGET_CLASS (kh_message_view_parent_class)->map (widget);
  if (self->at_end && kh_conversation_get_unread (self->conversation) > 0)
    self->show_first_unread = TRUE;
  update_unread_line (self);
  load_more_if_near (self);
  if (self->at_end)
    kh_message_view_scroll_to_end (self);
}

static void
kh_message_view_dispose (GObject *object)
{
  KhMessageView *self = KH_MESSAGE_VIEW (object);

  g_clear_handle_id (&self->end_source, g_source_remove);
  if (self->menu != NULL)
    kh_message_menu_detach (self->menu);
  g_clear_pointer (&self->overlay, gtk_widget_unparent);
  g_clear_object (&self->menu);
  g_clear_pointer (&self->bound, g_hash_table_unref);
  g_clear_object (&self->first_unread);
  g_clear_object (&self->marked);
  g_clear_pointer (&self->wanted_id, g_free);
  g_clear_object (&self->engine);
  g_clear_object (&self->conversation);
  G_OBJECT_CLASS (kh_message_view_parent_class)->dispose (object);
}

static void
kh_message_view_class_init (KhMessageViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = kh_message_view_dispose;
  widget_class->map = kh_message_view_map;

  signals[SIGNAL_SEEN] = g_signal_new ("seen", KH_TYPE_MESSAGE_VIEW, G_SIGNAL_RUN_LAST, 0, NULL,
                                       NULL, NULL, G_TYPE_NONE, 0);
  signals[SIGNAL_REPLY] = g_signal_new ("reply", KH_TYPE_MESSAGE_VIEW, G_SIGNAL_RUN_LAST, 0, NULL,
                                        NULL, NULL, G_TYPE_NONE, 1, KH_TYPE_CHAT_MESSAGE);
  signals[SIGNAL_EDIT] = g_signal_new ("edit", KH_TYPE_MESSAGE_VIEW, G_SIGNAL_RUN_LAST, 0, NULL,
                                       NULL, NULL, G_TYPE_NONE, 1, KH_TYPE_CHAT_MESSAGE);

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/knothole/Knothole/message-view.ui");
  gtk_widget_class_bind_template_child (widget_class, KhMessageView, overlay);
  gtk_widget_class_bind_template_child (widget_class, KhMessageView, scroller);
  gtk_widget_class_bind_template_child (widget_class, KhMessageView, list);
  gtk_widget_class_bind_template_child (widget_class, KhMessageView, jump);
  gtk_widget_class_bind_template_child (widget_class, KhMessageView, jump_count);
  gtk_widget_class_bind_template_callback (widget_class, on_setup);
  gtk_widget_class_bind_template_callback (widget_class, on_bind);
  gtk_widget_class_bind_template_callback (widget_class, on_unbind);
  gtk_widget_class_bind_template_callback (widget_class, on_jump);
}

static void
kh_message_view_init (KhMessageView *self)
{
  GtkAdjustment *adjustment;

  self->bound = g_hash_table_new (NULL, NULL);
  self->at_end = TRUE;
  gtk_widget_init_template (GTK_WIDGET (self));
  kh_message_view_add_keys (self);
  adjustment = gtk_scrolled_window_get_vadjustment (self->scroller);
  g_signal_connect_object (adjustment, "value-changed", G_CALLBACK (on_value_changed), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (adjustment, "changed", G_CALLBACK (on_adjustment_changed), self,
                           G_CONNECT_SWAPPED);
}

void
kh_message_view_set_conversation (KhMessageView *self,
                                  KhEngine *engine,
                                  KhConversation *conversation)
{
  GListModel *messages = kh_conversation_get_messages (conversation);
  g_autoptr (GtkNoSelection) selection = gtk_no_selection_new (g_object_ref (messages));

  g_assert (self->conversation == NULL);

  self->engine = g_object_ref (engine);
  self->conversation = g_object_ref (conversation);
  self->menu = kh_message_menu_new (engine, GTK_WIDGET (self), GTK_WIDGET (self->list));
  g_signal_connect_object (self->menu, "reply", G_CALLBACK (on_reply), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->menu, "edit", G_CALLBACK (on_edit), self, G_CONNECT_SWAPPED);
  gtk_list_view_set_model (self->list, GTK_SELECTION_MODEL (selection));
  /* After the list, which must know the new positions first. */
  g_signal_connect_object (messages, "items-changed", G_CALLBACK (on_messages_changed), self,
                           G_CONNECT_SWAPPED | G_CONNECT_AFTER);
  g_signal_connect_object (conversation, "notify::unread", G_CALLBACK (on_unread_changed), self,
                           G_CONNECT_SWAPPED);
  kh_message_view_update_jump (self);
}

void
kh_message_view_go_to_end (KhMessageView *self)
{
  if (kh_conversation_get_has_newer (self->conversation))
    kh_message_view_load_around (self, KH_CONVERSATION_NEWEST);
  else
    kh_message_view_scroll_to_end (self);
}

gboolean
kh_message_view_is_at_end (KhMessageView *self)
{
  return self->at_end && !self->show_first_unread;
}

void
kh_message_view_clear_unread_line (KhMessageView *self)
{
  g_clear_object (&self->first_unread);
  g_clear_object (&self->marked);
  kh_message_view_update_rows (self);
}
