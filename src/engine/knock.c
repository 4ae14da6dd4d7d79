/* knock.c: a stranger's knock as a row of a list */
#include "engine/knock-private.h"

enum
{
  PROP_0,
  PROP_PEER_ID,
  PROP_NAME,
  PROP_TIME,
  PROP_INVITED,
  N_PROPS,
};

static GParamSpec *props[N_PROPS];

struct _KhKnock
{
  GObject parent_instance;

  KhPeerId peer;
  KhKey key;
  char peer_id[KH_PEER_ID_STRING_MAX];
  char *name;
  gint64 time_us;
  gboolean invited;
  KhServerLink *link; /* owned: where they knock */
};

G_DEFINE_FINAL_TYPE (KhKnock, kh_knock, G_TYPE_OBJECT)

static void
kh_knock_finalize (GObject *object)
{
  KhKnock *self = KH_KNOCK (object);

  g_free (self->name);
  g_clear_object (&self->link);
  G_OBJECT_CLASS (kh_knock_parent_class)->finalize (object);
}

static void
kh_knock_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  KhKnock *self = KH_KNOCK (object);

  switch (id)
    {
    case PROP_PEER_ID:
      g_value_set_string (value, self->peer_id);
      break;
    case PROP_NAME:
      g_value_set_string (value, self->name);
      break;
    case PROP_TIME:
      g_value_set_int64 (value, self->time_us);
      break;
    case PROP_INVITED:
      g_value_set_boolean (value, self->invited);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
kh_knock_class_init (KhKnockClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  object_class->finalize = kh_knock_finalize;
  object_class->get_property = kh_knock_get_property;

  props[PROP_PEER_ID] = g_param_spec_string ("peer-id", NULL, NULL, NULL, flags);
  props[PROP_NAME] = g_param_spec_string ("name", NULL, NULL, NULL, flags);
  props[PROP_TIME] = g_param_spec_int64 ("time", NULL, NULL, 0, G_MAXINT64, 0, flags);
  props[PROP_INVITED] = g_param_spec_boolean ("invited", NULL, NULL, FALSE, flags);
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
kh_knock_init (KhKnock *self)
{
}

KhKnock *
kh_knock_new (KhServerLink *link,
              const KhPeerId *peer,
              const KhKey *key,
              const char *name,
              gint64 time_us,
              gboolean invited)
{
  KhKnock *self = g_object_new (KH_TYPE_KNOCK, NULL);

  self->link = g_object_ref (link);
  self->peer = *peer;
  self->key = *key;
  kh_peer_id_format (peer, self->peer_id);
  self->name = g_strdup (name);
  self->time_us = time_us;
  self->invited = invited;
  return self;
}

const KhPeerId *
kh_knock_get_raw_peer_id (KhKnock *self)
{
  return &self->peer;
}

const KhKey *
kh_knock_get_key (KhKnock *self)
{
  return &self->key;
}

KhServerLink *
kh_knock_get_link (KhKnock *self)
{
  return self->link;
}

const char *
kh_knock_get_peer_id (KhKnock *self)
{
  g_return_val_if_fail (KH_IS_KNOCK (self), NULL);
  return self->peer_id;
}

const char *
kh_knock_get_name (KhKnock *self)
{
  g_return_val_if_fail (KH_IS_KNOCK (self), NULL);
  return self->name;
}

gint64
kh_knock_get_time (KhKnock *self)
{
  g_return_val_if_fail (KH_IS_KNOCK (self), 0);
  return self->time_us;
}

gboolean
kh_knock_get_invited (KhKnock *self)
{
  g_return_val_if_fail (KH_IS_KNOCK (self), FALSE);
  return self->invited;
}
