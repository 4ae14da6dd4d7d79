/* message-view-jump.c: leading the reader to a message: one that was found, or that is answered
 *
 * See message-view.h. What is not loaded is asked for first, and the list is of another place then.
 */
#include "app/message-view-private.h"

typedef struct
{
  KhMessageView *self;
  gint64 seq;
} JumpData;

static void
jump_data_free (JumpData *data)
{
  g_object_unref (data->self);
  g_free (data);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (JumpData, jump_data_free)

/* In an idle, for a list that is being laid out puts its own value over ours. */
static gboolean
on_scroll_to_wanted (gpointer user_data)
{
  KhMessageView *self = user_data;

  self->end_source = 0;
  gtk_widget_activate_action (GTK_WIDGET (self->list), "list.scroll-to-item", "u", self->wanted);
  return G_SOURCE_REMOVE;
}

static void
scroll_to_position (KhMessageView *self, guint position)
{
  self->marked = g_list_model_get_item (kh_message_view_get_messages (self), position);
  self->wanted = position;
  self->at_end = FALSE;
  self->show_first_unread = FALSE;
  g_clear_handle_id (&self->end_source, g_source_remove);
  self->end_source = g_idle_add (on_scroll_to_wanted, self);
  kh_message_view_update_rows (self);
  kh_message_view_update_jump (self);
}

static void
on_loaded_around (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (JumpData) data = user_data;
  KhMessageView *self = data->self;
  guint position;

  if (!kh_conversation_load_around_finish (KH_CONVERSATION (source), result, &position, NULL) ||
      self->overlay == NULL)
    return;
  g_clear_object (&self->marked);
  if (data->seq == KH_CONVERSATION_NEWEST)
    kh_message_view_scroll_to_end (self);
  else if (position < g_list_model_get_n_items (kh_message_view_get_messages (self)))
    scroll_to_position (self, position);
}

void
kh_message_view_load_around (KhMessageView *self, gint64 seq)
{
  JumpData *data = g_new0 (JumpData, 1);

  data->self = g_object_ref (self);
  data->seq = seq;
  kh_conversation_load_around_async (self->conversation, seq, NULL, on_loaded_around, data);
}

void
kh_message_view_show (KhMessageView *self, gint64 seq)
{
  kh_message_view_load_around (self, seq);
}

static gboolean
find_id (KhMessageView *self, const char *id, guint *ret_position)
{
  GListModel *messages = kh_message_view_get_messages (self);

  for (guint i = g_list_model_get_n_items (messages); i > 0; i--)
    {
      g_autoptr (KhChatMessage) message = g_list_model_get_item (messages, i - 1);

      if (g_str_equal (kh_chat_message_get_id (message), id))
        {
          *ret_position = i - 1;
          return TRUE;
        }
    }
  return FALSE;
}

/* What is answered is further up: page by page, until it is there. */
void
kh_message_view_show_wanted (KhMessageView *self)
{
  guint position;

  if (self->wanted_id == NULL)
    return;
  if (find_id (self, self->wanted_id, &position))
    {
      g_clear_pointer (&self->wanted_id, g_free);
      g_clear_object (&self->marked);
      scroll_to_position (self, position);
    }
  else if (kh_conversation_get_has_older (self->conversation))
    kh_conversation_load_older (self->conversation);
  else
    g_clear_pointer (&self->wanted_id, g_free);
}
