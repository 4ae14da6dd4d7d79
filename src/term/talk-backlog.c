/* talk-backlog.c: messages that came earlier and were never shown
 *
 * A message is stored before it is acknowledged, and printed after; a program that was killed
 * between the two has to print it when it runs again, or it would be lost to whoever reads the
 * output. While they are loaded, what arrives in that conversation waits its turn behind them.
 */
#include "term/talk-private.h"

static guint
count_incoming (GListModel *messages)
{
  guint n = 0;

  for (guint i = 0; i < g_list_model_get_n_items (messages); i++)
    {
      g_autoptr (KhChatMessage) message = g_list_model_get_item (messages, i);

      n += !kh_chat_message_get_outgoing (message);
    }
  return n;
}

/* The last @n that came in, oldest first. */
static void
print_last (KhTalk *self, KhConversation *conversation, GListModel *messages, guint n)
{
  guint skip = count_incoming (messages) - n;

  for (guint i = 0; i < g_list_model_get_n_items (messages); i++)
    {
      g_autoptr (KhChatMessage) message = g_list_model_get_item (messages, i);

      if (kh_chat_message_get_outgoing (message))
        continue;
      if (skip > 0)
        skip--;
      else
        kh_talk_print_message (self, conversation, message);
    }
}

/* Returns TRUE once nothing is missing, or nothing more can be had. */
static gboolean
advance (KhTalk *self, KhConversation *conversation)
{
  GListModel *messages = kh_conversation_get_messages (conversation);
  guint wanted = kh_conversation_get_unread (conversation);
  guint there = count_incoming (messages);

  if (there < wanted && kh_conversation_get_has_older (conversation))
    {
      kh_conversation_load_older (conversation);
      return FALSE;
    }
  if (there == 0 && wanted > 0)
    return FALSE;
  g_signal_handlers_disconnect_by_data (messages, self);
  print_last (self, conversation, messages, MIN (there, wanted));
  return TRUE;
}

static gboolean
look (gpointer user_data)
{
  KhTalk *self = user_data;
  GHashTableIter iter;
  gpointer conversation;

  self->loading = 0;
  g_hash_table_iter_init (&iter, self->backlogs);
  while (g_hash_table_iter_next (&iter, &conversation, NULL))
    if (advance (self, conversation))
      g_hash_table_iter_remove (&iter);
  return G_SOURCE_REMOVE;
}

/* Later: the list says first that it grew, and then whether there is more. */
static void
look_soon (KhTalk *self)
{
  if (self->loading == 0)
    self->loading = g_idle_add (look, self);
}

void
kh_talk_load_backlogs (KhTalk *self)
{
  GListModel *conversations = kh_engine_get_conversations (self->engine);

  for (guint i = 0; i < g_list_model_get_n_items (conversations); i++)
    {
      g_autoptr (KhConversation) conversation = g_list_model_get_item (conversations, i);

      if (kh_conversation_get_unread (conversation) == 0 ||
          kh_conversation_get_blocked (conversation))
        continue;
      g_signal_connect_swapped (kh_conversation_get_messages (conversation), "items-changed",
                                G_CALLBACK (look_soon), self);
      g_hash_table_add (self->backlogs, g_steal_pointer (&conversation));
    }
}

void
kh_talk_drop_backlogs (KhTalk *self)
{
  GHashTableIter iter;
  gpointer conversation;

  g_clear_handle_id (&self->loading, g_source_remove);
  g_hash_table_iter_init (&iter, self->backlogs);
  while (g_hash_table_iter_next (&iter, &conversation, NULL))
    g_signal_handlers_disconnect_by_data (kh_conversation_get_messages (conversation), self);
  g_hash_table_remove_all (self->backlogs);
}
