/* chat-message.c: a record of the history as a GObject, whose status alone changes */
#include "engine/chat-message-private.h"

enum
{
  PROP_0,
  PROP_ID,
  PROP_TEXT,
  PROP_OUTGOING,
  PROP_SENT_TIME,
  PROP_RECEIVED_TIME,
  PROP_STATUS,
  N_PROPS,
};

static GParamSpec *props[N_PROPS];

struct _KhChatMessage
{
  GObject parent_instance;

  KhStoreMessage *record;
  char id[KH_MESSAGE_ID_STRING_MAX];
  KhMessageStatus status;
};

G_DEFINE_FINAL_TYPE (KhChatMessage, kh_chat_message, G_TYPE_OBJECT)

static void
kh_chat_message_finalize (GObject *object)
{
  KhChatMessage *self = KH_CHAT_MESSAGE (object);

  kh_store_message_free (self->record);
  G_OBJECT_CLASS (kh_chat_message_parent_class)->finalize (object);
}

static void
kh_chat_message_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  KhChatMessage *self = KH_CHAT_MESSAGE (object);

  switch (id)
    {
    case PROP_ID:
      g_value_set_string (value, self->id);
      break;
    case PROP_TEXT:
      g_value_set_string (value, self->record->text);
      break;
    case PROP_OUTGOING:
      g_value_set_boolean (value, kh_chat_message_get_outgoing (self));
      break;
    case PROP_SENT_TIME:
      g_value_set_int64 (value, self->record->sent_us);
      break;
    case PROP_RECEIVED_TIME:
      g_value_set_int64 (value, self->record->received_us);
      break;
    case PROP_STATUS:
      g_value_set_enum (value, self->status);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
kh_chat_message_class_init (KhChatMessageClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->finalize = kh_chat_message_finalize;
  object_class->get_property = kh_chat_message_get_property;

  props[PROP_ID] = g_param_spec_string ("id", NULL, NULL, NULL, flags);
  props[PROP_TEXT] = g_param_spec_string ("text", NULL, NULL, NULL, flags);
  props[PROP_OUTGOING] = g_param_spec_boolean ("outgoing", NULL, NULL, FALSE, flags);
  props[PROP_SENT_TIME] = g_param_spec_int64 ("sent-time", NULL, NULL, 0, G_MAXINT64, 0, flags);
  props[PROP_RECEIVED_TIME] =
      g_param_spec_int64 ("received-time", NULL, NULL, 0, G_MAXINT64, 0, flags);
  props[PROP_STATUS] = g_param_spec_enum ("status", NULL, NULL, KH_TYPE_MESSAGE_STATUS,
                                          KH_MESSAGE_STATUS_PENDING, flags);
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
kh_chat_message_init (KhChatMessage *self)
{
}

KhMessageStatus
kh_message_status_from_state (KhMessageState state)
{
  switch (state)
    {
    case KH_MESSAGE_SENT:
      return KH_MESSAGE_STATUS_SENT;
    case KH_MESSAGE_DELIVERED:
      return KH_MESSAGE_STATUS_DELIVERED;
    case KH_MESSAGE_READ:
      return KH_MESSAGE_STATUS_READ;
    case KH_MESSAGE_PENDING:
    default:
      return KH_MESSAGE_STATUS_PENDING;
    }
}

KhChatMessage *
kh_chat_message_new (const KhStoreMessage *record)
{
  KhChatMessage *self = g_object_new (KH_TYPE_CHAT_MESSAGE, NULL);

  self->record = kh_store_message_copy (record);
  kh_message_id_format (&record->id, self->id);
  self->status = kh_message_status_from_state (record->state);
  return self;
}

const KhMessageId *
kh_chat_message_get_raw_id (KhChatMessage *self)
{
  return &self->record->id;
}

gint64
kh_chat_message_get_contact (KhChatMessage *self)
{
  return self->record->contact;
}

void
kh_chat_message_set_status (KhChatMessage *self, KhMessageStatus status)
{
  if (self->status == status)
    return;
  self->status = status;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_STATUS]);
}

const char *
kh_chat_message_get_id (KhChatMessage *self)
{
  g_return_val_if_fail (KH_IS_CHAT_MESSAGE (self), NULL);
  return self->id;
}

const char *
kh_chat_message_get_text (KhChatMessage *self)
{
  g_return_val_if_fail (KH_IS_CHAT_MESSAGE (self), NULL);
  return self->record->text;
}

gboolean
kh_chat_message_get_outgoing (KhChatMessage *self)
{
  g_return_val_if_fail (KH_IS_CHAT_MESSAGE (self), FALSE);
  return self->record->direction == KH_DIRECTION_OUT;
}

gint64
kh_chat_message_get_sent_time (KhChatMessage *self)
{
  g_return_val_if_fail (KH_IS_CHAT_MESSAGE (self), 0);
  return self->record->sent_us;
}

gint64
kh_chat_message_get_received_time (KhChatMessage *self)
{
  g_return_val_if_fail (KH_IS_CHAT_MESSAGE (self), 0);
  return self->record->received_us;
}

gint64
kh_chat_message_get_seq (KhChatMessage *self)
{
  g_return_val_if_fail (KH_IS_CHAT_MESSAGE (self), 0);
  return self->record->seq;
}

KhMessageStatus
kh_chat_message_get_status (KhChatMessage *self)
{
  g_return_val_if_fail (KH_IS_CHAT_MESSAGE (self), KH_MESSAGE_STATUS_PENDING);
  return self->status;
}
