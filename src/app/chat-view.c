/* chat-view.c: one conversation: what was said, and what is being written
 *
 * See chat-view.h. The list stays at the end as long as the user is there, and loads older pages
 * as the user nears the beginning. Messages count as read when they are on view in a window that
 * the user is working in.
 */
#include "app/chat-view.h"

#include <adwaita.h>
#include <glib/gi18n.h>

#include "app/composer.h"
#include "app/message-row.h"
#include "app/notice.h"
#include "app/words.h"

/* Pixels: this near to the end is at the end. */
#define END_SLACK 24

struct _KhChatView
{
  GtkWidget parent_instance;

  /* template */
  GtkWidget *box;
  KhNotice *notice;
  KhNotice *send_notice;
  GtkScrolledWindow *scroller;
  GtkListView *list;
  KhComposer *composer;

  /* owned */
  KhEngine *engine;
  KhConversation *conversation;
  GHashTable *bound; /* GtkListItem, all borrowed: those that show a message now */
  gboolean at_end;
  guint end_source; /* until it has run, the list moves, and not the user */
};

G_DEFINE_FINAL_TYPE (KhChatView, kh_chat_view, GTK_TYPE_WIDGET)

typedef struct
{
  KhChatView *self;
  char *text;
} SendData;

static void
send_data_free (SendData *data)
{
  g_object_unref (data->self);
  g_free (data->text);
  g_free (data);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SendData, send_data_free)

/* rows */

static void
update_row (KhChatView *self, GtkListItem *item)
{
  GListModel *messages = kh_conversation_get_messages (self->conversation);
  guint position = gtk_list_item_get_position (item);
  g_autoptr (KhChatMessage) previous = NULL;

  if (position > 0 && position != GTK_INVALID_LIST_POSITION)
    previous = g_list_model_get_item (messages, position - 1);
  kh_message_row_set_previous (KH_MESSAGE_ROW (gtk_list_item_get_child (item)), previous);
}

static void
on_setup (GtkListItemFactory *factory, GtkListItem *item, gpointer user_data)
{
  gtk_list_item_set_activatable (item, FALSE);
  gtk_list_item_set_child (item, GTK_WIDGET (kh_message_row_new ()));
}

static void
on_bind (GtkListItemFactory *factory, GtkListItem *item, KhChatView *self)
{
  kh_message_row_set_message (KH_MESSAGE_ROW (gtk_list_item_get_child (item)),
                              KH_CHAT_MESSAGE (gtk_list_item_get_item (item)));
  g_hash_table_add (self->bound, item);
  update_row (self, item);
}

static void
on_unbind (GtkListItemFactory *factory, GtkListItem *item, KhChatView *self)
{
  if (self->bound != NULL)
    g_hash_table_remove (self->bound, item);
  kh_message_row_set_message (KH_MESSAGE_ROW (gtk_list_item_get_child (item)), NULL);
}

/* scrolling */

static gboolean
on_scroll_to_end (gpointer user_data)
{
  KhChatView *self = user_data;
  GtkAdjustment *adjustment = gtk_scrolled_window_get_vadjustment (self->scroller);

  gtk_adjustment_set_value (adjustment, gtk_adjustment_get_upper (adjustment) -
                                            gtk_adjustment_get_page_size (adjustment));
  self->end_source = 0;
  return G_SOURCE_REMOVE;
}

/* Later: a list that is being laid out puts its own value over ours. */
static void
scroll_to_end (KhChatView *self)
{
  if (self->end_source == 0)
    self->end_source = g_idle_add (on_scroll_to_end, self);
}

static void
load_older_if_near (KhChatView *self)
{
  GtkAdjustment *adjustment = gtk_scrolled_window_get_vadjustment (self->scroller);

  if (gtk_widget_get_mapped (GTK_WIDGET (self)) &&
      gtk_adjustment_get_value (adjustment) < gtk_adjustment_get_page_size (adjustment))
    kh_conversation_load_older (self->conversation);
}

/* The user scrolled, or the program did. */
static void
on_value_changed (KhChatView *self)
{
  GtkAdjustment *adjustment = gtk_scrolled_window_get_vadjustment (self->scroller);
  double end = gtk_adjustment_get_upper (adjustment) - gtk_adjustment_get_page_size (adjustment);

  if (self->end_source == 0)
    self->at_end = gtk_adjustment_get_value (adjustment) >= end - END_SLACK;
  load_older_if_near (self);
}

/* The list's idea of its height changed: rows came, or were measured. */
static void
on_adjustment_changed (KhChatView *self)
{
  if (self->at_end)
    scroll_to_end (self);
  load_older_if_near (self);
}

static void
on_messages_changed (KhChatView *self, guint position, guint removed, guint added)
{
  GListModel *messages = kh_conversation_get_messages (self->conversation);
  guint n_items = g_list_model_get_n_items (messages);
  GHashTableIter iter;
  gpointer item;

  g_hash_table_iter_init (&iter, self->bound);
  while (g_hash_table_iter_next (&iter, &item, NULL))
    update_row (self, item);
  if (added > 0 && position + added == n_items && self->at_end)
    scroll_to_end (self);
}

/* what the user has seen */

static void
mark_read_if_seen (KhChatView *self)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));

  if (gtk_widget_get_mapped (GTK_WIDGET (self)) && GTK_IS_WINDOW (root) &&
      gtk_window_is_active (GTK_WINDOW (root)) &&
      kh_conversation_get_unread (self->conversation) > 0)
    kh_engine_mark_read (self->engine, self->conversation);
}

static void
update_notice (KhChatView *self)
{
  g_auto (KhWords) words = { NULL, NULL };

  if (kh_words_for_conversation (self->conversation, kh_engine_get_link (self->engine), &words))
    kh_notice_show (self->notice,
                    kh_conversation_get_presence (self->conversation) == KH_PRESENCE_WRONG_KEY
                        ? KH_NOTICE_DANGER
                        : KH_NOTICE_INFO,
                    words.title, words.body,
                    kh_conversation_get_blocked (self->conversation) ? _ ("_Unblock") : NULL, NULL);
  else
    kh_notice_hide (self->notice);
  gtk_widget_set_sensitive (GTK_WIDGET (self->composer),
                            !kh_conversation_get_blocked (self->conversation));
}

static void
on_notice_primary (KhChatView *self)
{
  kh_engine_set_blocked_async (self->engine, self->conversation, FALSE, NULL, NULL, NULL);
}

/* sending */

static void
on_sent (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (SendData) data = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (KhChatMessage) message = kh_engine_send_finish (KH_ENGINE (source), result, &error);

  if (message == NULL && data->self->box != NULL)
    {
      g_auto (KhWords) words = kh_words_for_error (error, NULL);

      kh_composer_restore (data->self->composer, data->text);
      kh_notice_show (data->self->send_notice, KH_NOTICE_WARNING, words.title, words.body,
                      _ ("_Close"), NULL);
    }
}

static void
on_send (KhChatView *self, const char *text)
{
  SendData *data = g_new0 (SendData, 1);

  data->self = g_object_ref (self);
  data->text = g_strdup (text);
  self->at_end = TRUE;
  scroll_to_end (self);
  kh_notice_hide (self->send_notice);
  kh_engine_send_async (self->engine, self->conversation, text, NULL, on_sent, data);
}

static void
kh_chat_view_map (GtkWidget *widget)
{
  KhChatView *self = KH_CHAT_VIEW (widget);

  GTK_WIDGET_CLASS (kh_chat_view_parent_class)->map (widget);
  mark_read_if_seen (self);
  load_older_if_near (self);
}

/* Not by GSignalGroup: it cannot let go of a window that is being disposed, as this one is when
 * its children are taken from it. */
static void
kh_chat_view_root (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (kh_chat_view_parent_class)->root (widget);
  g_signal_connect_swapped (gtk_widget_get_root (widget), "notify::is-active",
                            G_CALLBACK (mark_read_if_seen), widget);
}

static void
kh_chat_view_unroot (GtkWidget *widget)
{
  g_signal_handlers_disconnect_by_func (gtk_widget_get_root (widget), mark_read_if_seen, widget);
  GTK_WIDGET_CLASS (kh_chat_view_parent_class)->unroot (widget);
}

static void
kh_chat_view_dispose (GObject *object)
{
  KhChatView *self = KH_CHAT_VIEW (object);

  g_clear_handle_id (&self->end_source, g_source_remove);
  g_clear_pointer (&self->box, gtk_widget_unparent);
  g_clear_pointer (&self->bound, g_hash_table_unref);
  g_clear_object (&self->conversation);
  g_clear_object (&self->engine);
  G_OBJECT_CLASS (kh_chat_view_parent_class)->dispose (object);
}

static void
kh_chat_view_class_init (KhChatViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = kh_chat_view_dispose;
  widget_class->map = kh_chat_view_map;
  widget_class->root = kh_chat_view_root;
  widget_class->unroot = kh_chat_view_unroot;

  g_type_ensure (KH_TYPE_NOTICE);
  g_type_ensure (KH_TYPE_COMPOSER);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/knothole/Knothole/chat-view.ui");
  gtk_widget_class_bind_template_child (widget_class, KhChatView, box);
  gtk_widget_class_bind_template_child (widget_class, KhChatView, notice);
  gtk_widget_class_bind_template_child (widget_class, KhChatView, send_notice);
  gtk_widget_class_bind_template_child (widget_class, KhChatView, scroller);
  gtk_widget_class_bind_template_child (widget_class, KhChatView, list);
  gtk_widget_class_bind_template_child (widget_class, KhChatView, composer);
  gtk_widget_class_bind_template_callback (widget_class, on_setup);
  gtk_widget_class_bind_template_callback (widget_class, on_bind);
  gtk_widget_class_bind_template_callback (widget_class, on_unbind);
  gtk_widget_class_bind_template_callback (widget_class, on_send);
  gtk_widget_class_bind_template_callback (widget_class, kh_notice_hide);
}

static void
kh_chat_view_init (KhChatView *self)
{
  GtkAdjustment *adjustment;

  self->bound = g_hash_table_new (NULL, NULL);
  self->at_end = TRUE;
  gtk_widget_init_template (GTK_WIDGET (self));
  adjustment = gtk_scrolled_window_get_vadjustment (self->scroller);
  g_signal_connect_object (adjustment, "value-changed", G_CALLBACK (on_value_changed), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (adjustment, "changed", G_CALLBACK (on_adjustment_changed), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->notice, "primary", G_CALLBACK (on_notice_primary), self,
                           G_CONNECT_SWAPPED);
}

KhChatView *
kh_chat_view_new (KhEngine *engine, KhConversation *conversation)
{
  KhChatView *self = g_object_new (KH_TYPE_CHAT_VIEW, NULL);
  GListModel *messages = kh_conversation_get_messages (conversation);
  g_autoptr (GtkNoSelection) selection = gtk_no_selection_new (g_object_ref (messages));

  self->engine = g_object_ref (engine);
  self->conversation = g_object_ref (conversation);
  gtk_list_view_set_model (self->list, GTK_SELECTION_MODEL (selection));

  /* After the list, which must know the new positions first. */
  g_signal_connect_object (messages, "items-changed", G_CALLBACK (on_messages_changed), self,
                           G_CONNECT_SWAPPED | G_CONNECT_AFTER);
  g_signal_connect_object (conversation, "notify::unread", G_CALLBACK (mark_read_if_seen), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (conversation, "notify::presence", G_CALLBACK (update_notice), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (conversation, "notify::blocked", G_CALLBACK (update_notice), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (conversation, "notify::name", G_CALLBACK (update_notice), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (engine, "link-changed", G_CALLBACK (update_notice), self,
                           G_CONNECT_SWAPPED);
  update_notice (self);
  return self;
}

KhConversation *
kh_chat_view_get_conversation (KhChatView *self)
{
  return self->conversation;
}

void
kh_chat_view_focus (KhChatView *self)
{
  kh_composer_focus (self->composer);
}
