/* chat-message.c: a record of the history as a GObject */
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
  PROP_DELIVERED_TIME,
  PROP_READ_TIME,
  PROP_EDITED,
  PROP_EDITED_TIME,
  PROP_DELETED,
  PROP_REPLY_TO,
  PROP_REPLY_TEXT,
  PROP_REPLY_OUTGOING,
  PROP_OWN_REACTIONS,
  PROP_REACTIONS,
  N_PROPS,
};

static GParamSpec *props[N_PROPS];

struct _KhChatMessage
{
  GObject parent_instance;

  KhStoreMessage *record;
  char id[KH_MESSAGE_ID_STRING_MAX];
  char reply_to[KH_MESSAGE_ID_STRING_MAX]; /* "" for none */
  KhMessageStatus status;
  GStrv own_reactions; /* (nullable): none */
  GStrv reactions;     /* the same */
};

G_DEFINE_FINAL_TYPE (KhChatMessage, kh_chat_message, G_TYPE_OBJECT)

static void
kh_chat_message_finalize (GObject *object)
{
  KhChatMessage *self = KH_CHAT_MESSAGE (object);

  kh_store_message_free (self->record);
  g_strfreev (self->own_reactions);
  g_strfreev (self->reactions);
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
    case PROP_DELIVERED_TIME:
      g_value_set_int64 (value, self->record->delivered_us);
      break;
    case PROP_READ_TIME:
      g_value_set_int64 (value, self->record->read_us);
      break;
    case PROP_EDITED:
      g_value_set_boolean (value, kh_chat_message_get_edited (self));
      break;
    case PROP_EDITED_TIME:
      g_value_set_int64 (value, self->record->edited_us);
      break;
    case PROP_DELETED:
      g_value_set_boolean (value, kh_chat_message_get_deleted (self));
      break;
    case PROP_REPLY_TO:
      g_value_set_string (value, kh_chat_message_get_reply_to (self));
      break;
    case PROP_REPLY_TEXT:
      g_value_set_string (value, kh_chat_message_get_reply_text (self));
      break;
    case PROP_REPLY_OUTGOING:
      g_value_set_boolean (value, kh_chat_message_get_reply_outgoing (self));
      break;
    case PROP_OWN_REACTIONS:
      g_value_set_boxed (value, kh_chat_message_get_own_reactions (self));
      break;
    case PROP_REACTIONS:
      g_value_set_boxed (value, kh_chat_message_get_reactions (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
install_properties (GObjectClass *object_class)
{
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  props[PROP_ID] = g_param_spec_string ("id", NULL, NULL, NULL, flags);
  props[PROP_TEXT] = g_param_spec_string ("text", NULL, NULL, NULL, flags);
  props[PROP_OUTGOING] = g_param_spec_boolean ("outgoing", NULL, NULL, FALSE, flags);
  props[PROP_SENT_TIME] = g_param_spec_int64 ("sent-time", NULL, NULL, 0, G_MAXINT64, 0, flags);
  props[PROP_RECEIVED_TIME] =
      g_param_spec_int64 ("received-time", NULL, NULL, 0, G_MAXINT64, 0, flags);
  props[PROP_STATUS] = g_param_spec_enum ("status", NULL, NULL, KH_TYPE_MESSAGE_STATUS,
                                          KH_MESSAGE_STATUS_PENDING, flags);
  props[PROP_DELIVERED_TIME] =
      g_param_spec_int64 ("delivered-time", NULL, NULL, 0, G_MAXINT64, 0, flags);
  props[PROP_READ_TIME] = g_param_spec_int64 ("read-time", NULL, NULL, 0, G_MAXINT64, 0, flags);
  props[PROP_EDITED] = g_param_spec_boolean ("edited", NULL, NULL, FALSE, flags);
  props[PROP_EDITED_TIME] = g_param_spec_int64 ("edited-time", NULL, NULL, 0, G_MAXINT64, 0, flags);
  props[PROP_DELETED] = g_param_spec_boolean ("deleted", NULL, NULL, FALSE, flags);
  props[PROP_REPLY_TO] = g_param_spec_string ("reply-to", NULL, NULL, NULL, flags);
  props[PROP_REPLY_TEXT] = g_param_spec_string ("reply-text", NULL, NULL, NULL, flags);
  props[PROP_REPLY_OUTGOING] = g_param_spec_boolean ("reply-outgoing", NULL, NULL, FALSE, flags);
  props[PROP_OWN_REACTIONS] = g_param_spec_boxed ("own-reactions", NULL, NULL, G_TYPE_STRV, flags);
  props[PROP_REACTIONS] = g_param_spec_boxed ("reactions", NULL, NULL, G_TYPE_STRV, flags);
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
kh_chat_message_class_init (KhChatMessageClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = kh_chat_message_finalize;
  object_class->get_property = kh_chat_message_get_property;
  install_properties (object_class);
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

static void
take_record (KhChatMessage *self, const KhStoreMessage *record)
{
  g_autoptr (KhStoreMessage) G_GNUC_UNUSED old = self->record;

  self->record = kh_store_message_copy (record);
  g_clear_pointer (&self->own_reactions, g_strfreev);
  g_clear_pointer (&self->reactions, g_strfreev);
  if (record->my_reactions != NULL)
    self->own_reactions = g_strsplit (record->my_reactions, "\n", -1);
  if (record->their_reactions != NULL)
    self->reactions = g_strsplit (record->their_reactions, "\n", -1);
  self->reply_to[0] = '\0';
  if (record->has_reply_to)
    kh_message_id_format (&record->reply_to, self->reply_to);
}

KhChatMessage *
kh_chat_message_new (const KhStoreMessage *record)
{
  KhChatMessage *self = g_object_new (KH_TYPE_CHAT_MESSAGE, NULL);

  take_record (self, record);
  kh_message_id_format (&record->id, self->id);
  self->status = kh_message_status_from_state (record->state);
  return self;
}

static void
notify (KhChatMessage *self, guint prop)
{
  g_object_notify_by_pspec (G_OBJECT (self), props[prop]);
}

void
kh_chat_message_update (KhChatMessage *self, const KhStoreMessage *record)
{
  g_autoptr (KhStoreMessage) old = kh_store_message_copy (self->record);

  take_record (self, record);
  g_object_freeze_notify (G_OBJECT (self));
  if (g_strcmp0 (old->text, record->text) != 0)
    notify (self, PROP_TEXT);
  if ((old->edited_us != 0) != (record->edited_us != 0))
    notify (self, PROP_EDITED);
  if (old->edited_us != record->edited_us)
    notify (self, PROP_EDITED_TIME);
  if (old->deleted_us != record->deleted_us)
    notify (self, PROP_DELETED);
  if (old->has_reply_to != record->has_reply_to)
    notify (self, PROP_REPLY_TO);
  if (g_strcmp0 (old->reply_text, record->reply_text) != 0)
    notify (self, PROP_REPLY_TEXT);
  if (g_strcmp0 (old->my_reactions, record->my_reactions) != 0)
    notify (self, PROP_OWN_REACTIONS);
  if (g_strcmp0 (old->their_reactions, record->their_reactions) != 0)
    notify (self, PROP_REACTIONS);
  g_object_thaw_notify (G_OBJECT (self));
}

void
kh_chat_message_set_reply_text (KhChatMessage *self, const char *text)
{
  g_autofree char *old = self->record->reply_text;

  self->record->reply_text =
      text != NULL ? g_utf8_substring (text, 0, MIN (g_utf8_strlen (text, -1), KH_STORE_REPLY_MAX))
                   : NULL;
  if (g_strcmp0 (old, self->record->reply_text) != 0)
    notify (self, PROP_REPLY_TEXT);
}

const KhMessageId *
kh_chat_message_get_raw_reply_to (KhChatMessage *self)
{
  return self->record->has_reply_to ? &self->record->reply_to : NULL;
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
kh_chat_message_set_status (KhChatMessage *self, KhMessageStatus status, gint64 at_us)
{
  if (self->status == status)
    return;
  g_object_freeze_notify (G_OBJECT (self));
  if (status == KH_MESSAGE_STATUS_DELIVERED ||
      (status == KH_MESSAGE_STATUS_READ && self->record->direction == KH_DIRECTION_OUT &&
       self->status != KH_MESSAGE_STATUS_DELIVERED))
    {
      self->record->delivered_us = at_us;
      notify (self, PROP_DELIVERED_TIME);
    }
  if (status == KH_MESSAGE_STATUS_READ)
    {
      self->record->read_us = at_us;
      notify (self, PROP_READ_TIME);
    }
  self->status = status;
  notify (self, PROP_STATUS);
  g_object_thaw_notify (G_OBJECT (self));
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

gint64
kh_chat_message_get_delivered_time (KhChatMessage *self)
{
  g_return_val_if_fail (KH_IS_CHAT_MESSAGE (self), 0);
  return self->record->delivered_us;
}

gint64
kh_chat_message_get_read_time (KhChatMessage *self)
{
  g_return_val_if_fail (KH_IS_CHAT_MESSAGE (self), 0);
  return self->record->read_us;
}

gboolean
kh_chat_message_get_edited (KhChatMessage *self)
{
  g_return_val_if_fail (KH_IS_CHAT_MESSAGE (self), FALSE);
  return self->record->edited_us != 0;
}

gint64
kh_chat_message_get_edited_time (KhChatMessage *self)
{
  g_return_val_if_fail (KH_IS_CHAT_MESSAGE (self), 0);
  return self->record->edited_us;
}

gboolean
kh_chat_message_get_deleted (KhChatMessage *self)
{
  g_return_val_if_fail (KH_IS_CHAT_MESSAGE (self), FALSE);
  return self->record->deleted_us != 0;
}

const char *
kh_chat_message_get_reply_to (KhChatMessage *self)
{
  g_return_val_if_fail (KH_IS_CHAT_MESSAGE (self), NULL);
  return self->reply_to[0] != '\0' ? self->reply_to : NULL;
}

/* Of a deleted message there is nothing to show. */
const char *
kh_chat_message_get_reply_text (KhChatMessage *self)
{
  const char *text;

  g_return_val_if_fail (KH_IS_CHAT_MESSAGE (self), NULL);
  text = self->record->reply_text;
  return text != NULL && *text != '\0' ? text : NULL;
}

gboolean
kh_chat_message_get_reply_outgoing (KhChatMessage *self)
{
  g_return_val_if_fail (KH_IS_CHAT_MESSAGE (self), FALSE);
  return self->record->has_reply_to && self->record->reply_direction == KH_DIRECTION_OUT;
}

static const char *const no_reactions[] = { NULL };

const char *const *
kh_chat_message_get_own_reactions (KhChatMessage *self)
{
  g_return_val_if_fail (KH_IS_CHAT_MESSAGE (self), no_reactions);
  return self->own_reactions != NULL ? (const char *const *) self->own_reactions : no_reactions;
}

const char *const *
kh_chat_message_get_reactions (KhChatMessage *self)
{
  g_return_val_if_fail (KH_IS_CHAT_MESSAGE (self), no_reactions);
  return self->reactions != NULL ? (const char *const *) self->reactions : no_reactions;
}
