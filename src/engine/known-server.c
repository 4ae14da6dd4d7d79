/* known-server.c: a pin as a row of a list */
#include "engine/known-server-private.h"

enum
{
  PROP_0,
  PROP_SERVER,
  PROP_KEY,
  PROP_FIRST_SEEN,
  PROP_N_CONTACTS,
  N_PROPS,
};

static GParamSpec *props[N_PROPS];

struct _KhKnownServer
{
  GObject parent_instance;

  char *server;
  char *key;
  gint64 first_seen_us;
  guint n_contacts;
};

G_DEFINE_FINAL_TYPE (KhKnownServer, kh_known_server, G_TYPE_OBJECT)

static void
kh_known_server_finalize (GObject *object)
{
  KhKnownServer *self = KH_KNOWN_SERVER (object);

  g_free (self->server);
  g_free (self->key);
  G_OBJECT_CLASS (kh_known_server_parent_class)->finalize (object);
}

static void
kh_known_server_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  KhKnownServer *self = KH_KNOWN_SERVER (object);

  switch (id)
    {
    case PROP_SERVER:
      g_value_set_string (value, self->server);
      break;
    case PROP_KEY:
      g_value_set_string (value, self->key);
      break;
    case PROP_FIRST_SEEN:
      g_value_set_int64 (value, self->first_seen_us);
      break;
    case PROP_N_CONTACTS:
      g_value_set_uint (value, self->n_contacts);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
kh_known_server_class_init (KhKnownServerClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->finalize = kh_known_server_finalize;
  object_class->get_property = kh_known_server_get_property;
  props[PROP_SERVER] = g_param_spec_string ("server", NULL, NULL, NULL, flags);
  props[PROP_KEY] = g_param_spec_string ("key", NULL, NULL, NULL, flags);
  props[PROP_FIRST_SEEN] = g_param_spec_int64 ("first-seen", NULL, NULL, 0, G_MAXINT64, 0, flags);
  props[PROP_N_CONTACTS] = g_param_spec_uint ("n-contacts", NULL, NULL, 0, G_MAXUINT, 0, flags);
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
kh_known_server_init (KhKnownServer *self)
{
}

KhKnownServer *
kh_known_server_new (const char *server, const char *key, gint64 first_seen_us, guint n_contacts)
{
  KhKnownServer *self = g_object_new (KH_TYPE_KNOWN_SERVER, NULL);

  self->server = g_strdup (server);
  self->key = g_strdup (key);
  self->first_seen_us = first_seen_us;
  self->n_contacts = n_contacts;
  return self;
}

const char *
kh_known_server_get_server (KhKnownServer *self)
{
  g_return_val_if_fail (KH_IS_KNOWN_SERVER (self), NULL);
  return self->server;
}

const char *
kh_known_server_get_key (KhKnownServer *self)
{
  g_return_val_if_fail (KH_IS_KNOWN_SERVER (self), NULL);
  return self->key;
}

gint64
kh_known_server_get_first_seen (KhKnownServer *self)
{
  g_return_val_if_fail (KH_IS_KNOWN_SERVER (self), 0);
  return self->first_seen_us;
}

guint
kh_known_server_get_n_contacts (KhKnownServer *self)
{
  g_return_val_if_fail (KH_IS_KNOWN_SERVER (self), 0);
  return self->n_contacts;
}
