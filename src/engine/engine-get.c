/* engine-get.c: what can be read of the engine at any time (engine.h) */
#include "engine/engine-private.h"

gboolean
kh_engine_is_open (KhEngine *self)
{
  g_return_val_if_fail (KH_IS_ENGINE (self), FALSE);
  return self->stage == KH_ENGINE_OPEN;
}

const char *
kh_engine_get_peer_id (KhEngine *self)
{
  g_return_val_if_fail (KH_IS_ENGINE (self), NULL);
  return self->id_text;
}

const char *
kh_engine_get_data_dir (KhEngine *self)
{
  g_return_val_if_fail (KH_IS_ENGINE (self), NULL);
  return self->dir;
}

const char *
kh_engine_get_name (KhEngine *self)
{
  g_return_val_if_fail (KH_IS_ENGINE (self), NULL);
  return self->name;
}

const char *
kh_engine_get_server (KhEngine *self)
{
  g_return_val_if_fail (KH_IS_ENGINE (self), NULL);
  return self->home->is_set ? self->home->text : NULL;
}

gboolean
kh_engine_get_local_server (KhEngine *self)
{
  g_return_val_if_fail (KH_IS_ENGINE (self), FALSE);
  return self->home->local != NULL;
}

KhEngineLink
kh_engine_get_link (KhEngine *self)
{
  g_return_val_if_fail (KH_IS_ENGINE (self), KH_ENGINE_LINK_OFF);
  return self->home->link;
}

const GError *
kh_engine_get_link_problem (KhEngine *self)
{
  g_return_val_if_fail (KH_IS_ENGINE (self), NULL);
  return self->home->problem;
}

const char *
kh_engine_get_address (KhEngine *self)
{
  g_return_val_if_fail (KH_IS_ENGINE (self), NULL);
  return self->home->address;
}

const char *
kh_engine_get_invite_link (KhEngine *self)
{
  g_return_val_if_fail (KH_IS_ENGINE (self), NULL);
  return self->invite_link;
}

gint64
kh_engine_get_link_rtt (KhEngine *self)
{
  g_return_val_if_fail (KH_IS_ENGINE (self), 0);
  return self->home->link == KH_ENGINE_LINK_ONLINE ? self->home->rtt_us : 0;
}

KhAcceptMode
kh_engine_get_accept_mode (KhEngine *self)
{
  g_return_val_if_fail (KH_IS_ENGINE (self), KH_ACCEPT_ASK);
  return self->accept_mode;
}

GListModel *
kh_engine_get_conversations (KhEngine *self)
{
  g_return_val_if_fail (KH_IS_ENGINE (self), NULL);
  return G_LIST_MODEL (self->conversations);
}

GListModel *
kh_engine_get_requests (KhEngine *self)
{
  g_return_val_if_fail (KH_IS_ENGINE (self), NULL);
  return G_LIST_MODEL (self->requests);
}
