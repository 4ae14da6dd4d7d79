/* server-link.c: a server that we are at, as an object: properties; nothing is decided here
 *
 * The front ends' view of it is server-link.h, the map of the other files server-link-private.h.
 */
#include "engine/server-link-private.h"

#include "engine/engine-private.h"

enum
{
  PROP_0,
  PROP_NAME,
  PROP_IS_DEFAULT,
  PROP_IS_LOCAL,
  PROP_LINK,
  PROP_LINK_PROBLEM,
  PROP_ADDRESS,
  PROP_RTT,
  PROP_KEY,
  PROP_OFFERED_KEY,
  N_PROPS,
};

static GParamSpec *props[N_PROPS];

G_DEFINE_FINAL_TYPE (KhServerLink, kh_server_link, G_TYPE_OBJECT)

static void
kh_server_link_dispose (GObject *object)
{
  KhServerLink *self = KH_SERVER_LINK (object);

  self->engine = NULL;
  kh_server_link_close (self);
  G_OBJECT_CLASS (kh_server_link_parent_class)->dispose (object);
}

static void
kh_server_link_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  KhServerLink *self = KH_SERVER_LINK (object);

  switch (id)
    {
    case PROP_NAME:
      g_value_set_string (value, kh_server_link_get_name (self));
      break;
    case PROP_IS_DEFAULT:
      g_value_set_boolean (value, kh_server_link_is_default (self));
      break;
    case PROP_IS_LOCAL:
      g_value_set_boolean (value, kh_server_link_is_local (self));
      break;
    case PROP_LINK:
      g_value_set_enum (value, self->link);
      break;
    case PROP_LINK_PROBLEM:
      g_value_set_int (value, self->problem != NULL ? self->problem->code : -1);
      break;
    case PROP_ADDRESS:
      g_value_set_string (value, self->address);
      break;
    case PROP_RTT:
      g_value_set_int64 (value, kh_server_link_get_rtt (self));
      break;
    case PROP_KEY:
      g_value_take_string (value, kh_server_link_dup_key (self));
      break;
    case PROP_OFFERED_KEY:
      g_value_take_string (value, kh_server_link_dup_offered_key (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
kh_server_link_class_init (KhServerLinkClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->dispose = kh_server_link_dispose;
  object_class->get_property = kh_server_link_get_property;
  props[PROP_NAME] = g_param_spec_string ("name", NULL, NULL, NULL, flags);
  props[PROP_IS_DEFAULT] = g_param_spec_boolean ("is-default", NULL, NULL, FALSE, flags);
  props[PROP_IS_LOCAL] = g_param_spec_boolean ("is-local", NULL, NULL, FALSE, flags);
  props[PROP_LINK] =
      g_param_spec_enum ("link", NULL, NULL, KH_TYPE_ENGINE_LINK, KH_ENGINE_LINK_OFF, flags);
  props[PROP_LINK_PROBLEM] = g_param_spec_int ("link-problem", NULL, NULL, -1, G_MAXINT, -1, flags);
  props[PROP_ADDRESS] = g_param_spec_string ("address", NULL, NULL, NULL, flags);
  props[PROP_RTT] = g_param_spec_int64 ("rtt", NULL, NULL, 0, G_MAXINT64, 0, flags);
  props[PROP_KEY] = g_param_spec_string ("key", NULL, NULL, NULL, flags);
  props[PROP_OFFERED_KEY] = g_param_spec_string ("offered-key", NULL, NULL, NULL, flags);
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
kh_server_link_init (KhServerLink *self)
{
}

KhServerLink *
kh_server_link_new (KhEngine *engine)
{
  KhServerLink *self = g_object_new (KH_TYPE_SERVER_LINK, NULL);

  self->engine = engine;
  self->told = -1;
  self->shared_us = -1;
  return self;
}

const char *
kh_server_link_get_place (KhServerLink *self)
{
  return self->is_set && self->local == NULL ? self->text : NULL;
}

static void
notify (KhServerLink *self, guint first, guint last)
{
  g_object_freeze_notify (G_OBJECT (self));
  for (guint prop = first; prop <= last; prop++)
    g_object_notify_by_pspec (G_OBJECT (self), props[prop]);
  g_object_thaw_notify (G_OBJECT (self));
}

void
kh_server_link_notify_name (KhServerLink *self)
{
  notify (self, PROP_NAME, PROP_IS_LOCAL);
  if (self->engine != NULL)
    kh_engine_servers_publish (self->engine, self);
  if (self->engine != NULL && kh_server_link_is_default (self))
    kh_engine_notify_server (self->engine);
}

void
kh_server_link_notify_key (KhServerLink *self)
{
  notify (self, PROP_KEY, PROP_KEY);
  if (self->engine != NULL && kh_server_link_is_default (self))
    kh_engine_update_invite_link (self->engine);
}

void
kh_server_link_set_state (KhServerLink *self, KhEngineLink link, GError *problem)
{
  g_clear_error (&self->problem);
  self->link = link;
  self->problem = problem;
  if (link != KH_ENGINE_LINK_ONLINE)
    g_clear_pointer (&self->address, g_free);
  notify (self, PROP_LINK, PROP_OFFERED_KEY);
  if (self->engine != NULL)
    kh_engine_servers_changed (self->engine, self);
}

/* public */

const char *
kh_server_link_get_name (KhServerLink *self)
{
  g_return_val_if_fail (KH_IS_SERVER_LINK (self), NULL);
  return self->is_set ? self->text : NULL;
}

gboolean
kh_server_link_is_default (KhServerLink *self)
{
  g_return_val_if_fail (KH_IS_SERVER_LINK (self), FALSE);
  return self->engine != NULL && self->engine->home == self;
}

gboolean
kh_server_link_is_local (KhServerLink *self)
{
  g_return_val_if_fail (KH_IS_SERVER_LINK (self), FALSE);
  return self->local != NULL;
}

KhEngineLink
kh_server_link_get_link (KhServerLink *self)
{
  g_return_val_if_fail (KH_IS_SERVER_LINK (self), KH_ENGINE_LINK_OFF);
  return self->link;
}

const GError *
kh_server_link_get_problem (KhServerLink *self)
{
  g_return_val_if_fail (KH_IS_SERVER_LINK (self), NULL);
  return self->problem;
}

const char *
kh_server_link_get_address (KhServerLink *self)
{
  g_return_val_if_fail (KH_IS_SERVER_LINK (self), NULL);
  return self->address;
}

gint64
kh_server_link_get_rtt (KhServerLink *self)
{
  g_return_val_if_fail (KH_IS_SERVER_LINK (self), 0);
  return self->link == KH_ENGINE_LINK_ONLINE ? self->rtt_us : 0;
}

char *
kh_server_link_dup_key (KhServerLink *self)
{
  g_return_val_if_fail (KH_IS_SERVER_LINK (self), NULL);
  return self->has_key ? kh_engine_spell_key (&self->key) : NULL;
}

char *
kh_server_link_dup_offered_key (KhServerLink *self)
{
  g_return_val_if_fail (KH_IS_SERVER_LINK (self), NULL);
  return self->link == KH_ENGINE_LINK_KEY_CHANGED ? kh_engine_spell_key (&self->offered) : NULL;
}
