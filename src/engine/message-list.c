/* message-list.c: messages of the history, oldest first, and who holds them;
 * message-list-load.c gets them */
#include "engine/message-list-private.h"

#include "engine/conversation-private.h"

typedef struct
{
  KhMessageId id;
  KhMessageList *list;    /* borrowed */
  KhChatMessage *message; /* borrowed */
} Alive;

static void list_model_iface_init (GListModelInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (KhMessageList,
                               kh_message_list,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, list_model_iface_init))

static GType
get_item_type (GListModel *model)
{
  return KH_TYPE_CHAT_MESSAGE;
}

static guint
get_n_items (GListModel *model)
{
  return KH_MESSAGE_LIST (model)->messages->len;
}

static gpointer
get_item (GListModel *model, guint position)
{
  KhMessageList *self = KH_MESSAGE_LIST (model);

  return position < self->messages->len ? g_object_ref (self->messages->pdata[position]) : NULL;
}

static void
list_model_iface_init (GListModelInterface *iface)
{
  iface->get_item_type = get_item_type;
  iface->get_n_items = get_n_items;
  iface->get_item = get_item;
}

static void
on_message_died (gpointer user_data, GObject *message)
{
  Alive *alive = user_data;

  g_hash_table_remove (alive->list->alive, &alive->id);
}

static void
kh_message_list_dispose (GObject *object)
{
  KhMessageList *self = KH_MESSAGE_LIST (object);
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->alive);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      g_object_weak_unref (G_OBJECT (((Alive *) value)->message), on_message_died, value);
      g_hash_table_iter_remove (&iter);
    }
  G_OBJECT_CLASS (kh_message_list_parent_class)->dispose (object);
}

static void
kh_message_list_finalize (GObject *object)
{
  KhMessageList *self = KH_MESSAGE_LIST (object);

  g_ptr_array_unref (self->messages);
  g_hash_table_unref (self->alive);
  G_OBJECT_CLASS (kh_message_list_parent_class)->finalize (object);
}

static void
kh_message_list_class_init (KhMessageListClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = kh_message_list_dispose;
  object_class->finalize = kh_message_list_finalize;
}

static void
kh_message_list_init (KhMessageList *self)
{
  self->messages = g_ptr_array_new_with_free_func (g_object_unref);
  self->alive =
      g_hash_table_new_full (kh_message_id_hash_func, kh_message_id_equal_func, NULL, g_free);
}

KhMessageList *
kh_message_list_new (KhConversation *conversation)
{
  KhMessageList *self = g_object_new (KH_TYPE_MESSAGE_LIST, NULL);

  self->conversation = conversation;
  self->contact = conversation->contact->id;
  return self;
}

void
kh_message_list_detach (KhMessageList *self)
{
  self->conversation = NULL;
}

gboolean
kh_message_list_get_has_older (KhMessageList *self)
{
  return self->has_older;
}

gboolean
kh_message_list_get_has_newer (KhMessageList *self)
{
  return self->has_newer;
}

void
kh_message_list_set_more (KhMessageList *self, gboolean has_older, gboolean has_newer)
{
  gboolean older_changed = self->has_older != has_older;
  gboolean newer_changed = self->has_newer != has_newer;

  self->has_older = has_older;
  self->has_newer = has_newer;
  if (older_changed && self->conversation != NULL)
    kh_conversation_notify (self->conversation, KH_CONVERSATION_PROP_HAS_OLDER);
  /* Who heard of the one may have let go of the conversation. */
  if (newer_changed && self->conversation != NULL)
    kh_conversation_notify (self->conversation, KH_CONVERSATION_PROP_HAS_NEWER);
}

KhChatMessage *
kh_message_list_wrap (KhMessageList *self, const KhStoreMessage *record)
{
  Alive *alive = g_hash_table_lookup (self->alive, &record->id);
  gboolean outgoing = record->direction == KH_DIRECTION_OUT;

  if (alive != NULL && kh_chat_message_get_outgoing (alive->message) == outgoing)
    return g_object_ref (alive->message);
  /* Ids are random: this peer gave its own the id of one of mine, and gets nothing by it. */
  if (alive != NULL)
    return kh_chat_message_new (record);
  alive = g_new (Alive, 1);
  alive->id = record->id;
  alive->list = self;
  alive->message = kh_chat_message_new (record);
  g_object_weak_ref (G_OBJECT (alive->message), on_message_died, alive);
  g_hash_table_insert (self->alive, &alive->id, alive);
  return alive->message;
}

KhChatMessage *
kh_message_list_find (KhMessageList *self, const KhMessageId *id)
{
  Alive *alive = g_hash_table_lookup (self->alive, id);

  return alive != NULL ? alive->message : NULL;
}

void
kh_message_list_append (KhMessageList *self, KhChatMessage *message)
{
  guint n = self->messages->len;

  /* Of an empty list the first page is on its way; one that was moved comes to it later. */
  if (self->stage == KH_MESSAGE_LIST_EMPTY || (self->stage == KH_MESSAGE_LIST_LOADING && n == 0) ||
      self->has_newer || kh_chat_message_get_seq (message) <= kh_message_list_last_seq (self))
    return;
  g_ptr_array_add (self->messages, g_object_ref (message));
  g_list_model_items_changed (G_LIST_MODEL (self), n, 0, 1);
}

/* What hears of a change may let go of messages, which changes the table: so those that answer
 * @id are held first. */
static void
tell_replies (KhMessageList *self, const KhMessageId *id, const char *text)
{
  g_autoptr (GPtrArray) replies = g_ptr_array_new_with_free_func (g_object_unref);
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->alive);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      KhChatMessage *message = ((Alive *) value)->message;
      const KhMessageId *reply_to = kh_chat_message_get_raw_reply_to (message);

      if (reply_to != NULL && kh_message_id_equal (reply_to, id))
        g_ptr_array_add (replies, g_object_ref (message));
    }
  for (guint i = 0; i < replies->len; i++)
    kh_chat_message_set_reply_text (replies->pdata[i], text);
}

void
kh_message_list_remove (KhMessageList *self, const KhMessageId *id)
{
  KhChatMessage *message = kh_message_list_find (self, id);
  guint position;

  tell_replies (self, id, NULL);
  if (message == NULL || !g_ptr_array_find (self->messages, message, &position))
    return;
  g_ptr_array_remove_index (self->messages, position);
  g_list_model_items_changed (G_LIST_MODEL (self), position, 1, 0);
}

void
kh_message_list_drop_before (KhMessageList *self, gint64 before_us)
{
  for (guint i = self->messages->len; i-- > 0;)
    {
      KhChatMessage *message = self->messages->pdata[i];

      if (kh_chat_message_get_received_time (message) >= before_us ||
          kh_chat_message_get_status (message) < KH_MESSAGE_STATUS_DELIVERED)
        continue;
      g_ptr_array_remove_index (self->messages, i);
      g_list_model_items_changed (G_LIST_MODEL (self), i, 1, 0);
    }
}

void
kh_message_list_clear (KhMessageList *self)
{
  guint n = self->messages->len;

  self->generation++;
  if (self->stage == KH_MESSAGE_LIST_LOADING)
    self->stage = KH_MESSAGE_LIST_READY;
  g_ptr_array_set_size (self->messages, 0);
  if (n > 0)
    g_list_model_items_changed (G_LIST_MODEL (self), 0, n, 0);
  kh_message_list_set_more (self, FALSE, FALSE);
}

void
kh_message_list_set_status (KhMessageList *self,
                            const KhMessageId *id,
                            KhMessageStatus status,
                            gint64 at_us)
{
  KhChatMessage *message = kh_message_list_find (self, id);

  if (message != NULL)
    kh_chat_message_set_status (message, status, at_us);
}

void
kh_message_list_update (KhMessageList *self, const KhStoreMessage *record)
{
  KhChatMessage *message = kh_message_list_find (self, &record->id);
  g_autoptr (KhChatMessage) held = message != NULL ? g_object_ref (message) : NULL;

  if (held != NULL)
    kh_chat_message_update (held, record);
  tell_replies (self, &record->id, record->text);
}

void
kh_message_list_unsend (KhMessageList *self)
{
  g_autoptr (GPtrArray) sent = g_ptr_array_new_with_free_func (g_object_unref);
  GHashTableIter iter;
  gpointer value;

  /* What hears of a change may let go of messages, which changes the table. */
  g_hash_table_iter_init (&iter, self->alive);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      KhChatMessage *message = ((Alive *) value)->message;

      if (kh_chat_message_get_outgoing (message) &&
          kh_chat_message_get_status (message) == KH_MESSAGE_STATUS_SENT)
        g_ptr_array_add (sent, g_object_ref (message));
    }
  for (guint i = 0; i < sent->len; i++)
    kh_chat_message_set_status (sent->pdata[i], KH_MESSAGE_STATUS_PENDING, 0);
}
