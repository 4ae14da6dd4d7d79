/* message-list.c: pages of the history and what came after, oldest first (DESIGN section 13) */
#include "engine/message-list.h"

enum
{
  PROP_0,
  PROP_HAS_OLDER,
  N_PROPS,
};

static GParamSpec *props[N_PROPS];

typedef enum
{
  NOT_STARTED,
  LOADING_NEWEST,
  READY,
  LOADING_OLDER,
} Stage;

struct _KhMessageList
{
  GObject parent_instance;

  gint64 contact;
  Stage stage;
  gboolean has_older;
  guint page;
  /* (element-type KhChatMessage), growing seq */
  GPtrArray *messages;
  /* KhMessageId → Alive: what somebody holds; a message leaves as it dies */
  GHashTable *alive;
};

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
kh_message_list_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  switch (id)
    {
    case PROP_HAS_OLDER:
      g_value_set_boolean (value, KH_MESSAGE_LIST (object)->has_older);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
kh_message_list_class_init (KhMessageListClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = kh_message_list_dispose;
  object_class->finalize = kh_message_list_finalize;
  object_class->get_property = kh_message_list_get_property;

  props[PROP_HAS_OLDER] =
      g_param_spec_boolean ("has-older", NULL, NULL, FALSE,
                            G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
kh_message_list_init (KhMessageList *self)
{
  self->messages = g_ptr_array_new_with_free_func (g_object_unref);
  self->alive =
      g_hash_table_new_full (kh_message_id_hash_func, kh_message_id_equal_func, NULL, g_free);
}

KhMessageList *
kh_message_list_new (gint64 contact)
{
  KhMessageList *self = g_object_new (KH_TYPE_MESSAGE_LIST, NULL);

  self->contact = contact;
  return self;
}

gboolean
kh_message_list_get_has_older (KhMessageList *self)
{
  return self->has_older;
}

static void
set_has_older (KhMessageList *self, gboolean has_older)
{
  if (self->has_older == has_older)
    return;
  self->has_older = has_older;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_HAS_OLDER]);
}

static gint64
first_seq (KhMessageList *self)
{
  return self->messages->len > 0 ? kh_chat_message_get_seq (self->messages->pdata[0]) : G_MAXINT64;
}

static void
prepend_page (KhMessageList *self, GPtrArray *records)
{
  guint n = 0;

  for (guint i = 0; i < records->len; i++)
    if (((KhStoreMessage *) records->pdata[i])->seq < first_seq (self))
      n++;
  for (guint i = 0; i < n; i++)
    g_ptr_array_insert (self->messages, i, kh_message_list_wrap (self, records->pdata[i]));
  if (n > 0)
    g_list_model_items_changed (G_LIST_MODEL (self), 0, 0, n);
}

static void
on_page_loaded (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (KhMessageList) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) records = kh_store_messages_finish (KH_STORE (source), result, &error);

  if (records == NULL)
    {
      /* Scrolling up again asks again. */
      g_debug ("Cannot load a page of the history: %s", error->message);
      self->stage = self->stage == LOADING_NEWEST ? NOT_STARTED : READY;
      return;
    }
  self->stage = READY;
  prepend_page (self, records);
  set_has_older (self, records->len == self->page);
}

static void
load_page (KhMessageList *self, KhStore *store, Stage stage, guint page)
{
  self->stage = stage;
  self->page = page;
  kh_store_load_page_async (store, self->contact, first_seq (self), page, NULL, on_page_loaded,
                            g_object_ref (self));
}

void
kh_message_list_start (KhMessageList *self, KhStore *store, guint page)
{
  if (self->stage == NOT_STARTED)
    load_page (self, store, LOADING_NEWEST, page);
}

void
kh_message_list_load_older (KhMessageList *self, KhStore *store, guint page)
{
  if (self->stage == READY && self->has_older)
    load_page (self, store, LOADING_OLDER, page);
}

KhChatMessage *
kh_message_list_wrap (KhMessageList *self, const KhStoreMessage *record)
{
  Alive *alive = g_hash_table_lookup (self->alive, &record->id);

  if (alive != NULL)
    return g_object_ref (alive->message);
  alive = g_new (Alive, 1);
  alive->id = record->id;
  alive->list = self;
  alive->message = kh_chat_message_new (record);
  g_object_weak_ref (G_OBJECT (alive->message), on_message_died, alive);
  g_hash_table_insert (self->alive, &alive->id, alive);
  return alive->message;
}

void
kh_message_list_append (KhMessageList *self, KhChatMessage *message)
{
  guint n = self->messages->len;

  if (self->stage == NOT_STARTED || self->stage == LOADING_NEWEST)
    return;
  if (n > 0 &&
      kh_chat_message_get_seq (self->messages->pdata[n - 1]) >= kh_chat_message_get_seq (message))
    return;
  g_ptr_array_add (self->messages, g_object_ref (message));
  g_list_model_items_changed (G_LIST_MODEL (self), n, 0, 1);
}

void
kh_message_list_set_status (KhMessageList *self, const KhMessageId *id, KhMessageStatus status)
{
  Alive *alive = g_hash_table_lookup (self->alive, id);

  if (alive != NULL)
    kh_chat_message_set_status (alive->message, status);
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
    kh_chat_message_set_status (sent->pdata[i], KH_MESSAGE_STATUS_PENDING);
}
