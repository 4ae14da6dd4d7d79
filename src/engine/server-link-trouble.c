/* server-link-trouble.c: what the node says of the link, in words */
#include "engine/engine-private.h"
#include <glib/gi18n-lib.h>

static GError *
problem_from_trouble (KhServerLink *self, KhLinkTrouble trouble)
{
  switch (trouble)
    {
    case KH_LINK_TROUBLE_SILENT:
      return g_error_new (KH_ENGINE_ERROR, KH_ENGINE_ERROR_SERVER_SILENT,
                          _ ("The server “%s” does not answer. Check its address; it may also be "
                             "down, or a firewall may block UDP."),
                          self->text);
    case KH_LINK_TROUBLE_REFUSED:
      return g_error_new (KH_ENGINE_ERROR, KH_ENGINE_ERROR_SERVER_REFUSED,
                          _ ("The server “%s” is there, but no Knothole server runs at that port. "
                             "Check the port."),
                          self->text);
    case KH_LINK_TROUBLE_VERSION:
      return g_error_new (KH_ENGINE_ERROR, KH_ENGINE_ERROR_SERVER_VERSION,
                          _ ("The server “%s” speaks another version of the protocol. Update "
                             "Knothole, or ask who runs the server to."),
                          self->text);
    case KH_LINK_TROUBLE_LOST:
      return g_error_new (KH_ENGINE_ERROR, KH_ENGINE_ERROR_SERVER_LOST,
                          _ ("The server “%s” stopped answering. Knothole keeps trying; who is "
                             "connected stays connected."),
                          self->text);
    case KH_LINK_TROUBLE_GOING_AWAY:
      return g_error_new (KH_ENGINE_ERROR, KH_ENGINE_ERROR_SERVER_GOING_AWAY,
                          _ ("The server “%s” is shutting down. Knothole keeps trying; who is "
                             "connected stays connected."),
                          self->text);
    case KH_LINK_TROUBLE_UNPROVEN:
      return g_error_new (KH_ENGINE_ERROR, KH_ENGINE_ERROR_SERVER_UNPROVEN,
                          _ ("The server “%s” answers, but cannot prove that it is the one it "
                             "says. Somebody may be in between."),
                          self->text);
    case KH_LINK_TROUBLE_NONE:
    default:
      return NULL;
    }
}

static void
on_pinned (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (KhServerLink) self = user_data;
  g_autoptr (GError) error = NULL;

  if (!kh_store_finish (KH_STORE (source), result, &error) && self->engine != NULL &&
      self->engine->stage == KH_ENGINE_OPEN)
    kh_engine_emit_problem (self->engine, NULL, g_steal_pointer (&error));
}

static void
handle_up (KhServerLink *self, const KhEvent *event)
{
  g_free (self->address);
  self->address = kh_addr_to_string (&event->link.seen);
  self->rtt_us = event->link.rtt_us;
  kh_server_link_stop_retry (self);
  if (!self->has_key)
    kh_server_link_pin (self, &event->link.server_key, on_pinned, g_object_ref (self));
  kh_server_link_set_state (self, KH_ENGINE_LINK_ONLINE, NULL);
  if (self->engine != NULL)
    kh_engine_servers_link_up (self->engine, self, &event->link.seen);
}

static void
handle_key_changed (KhServerLink *self, const KhEvent *event)
{
  self->offered = event->link.server_key;
  kh_server_link_set_state (
      self, KH_ENGINE_LINK_KEY_CHANGED,
      g_error_new (KH_ENGINE_ERROR, KH_ENGINE_ERROR_SERVER_KEY_CHANGED,
                   _ ("The server “%s” shows another key than before. Either it was set up "
                      "anew, which who runs it can tell you, or somebody is in between and "
                      "pretends to be it."),
                   self->text));
}

void
kh_server_link_handle (KhServerLink *self, const KhEvent *event)
{
  KhLinkTrouble trouble = event->link.trouble;

  if (event->link.state != KH_LINK_UP)
    kh_engine_servers_link_down (self->engine, self);
  if (!self->is_set)
    return;
  switch (event->link.state)
    {
    case KH_LINK_UP:
      handle_up (self, event);
      break;
    case KH_LINK_KEY_CHANGED:
      handle_key_changed (self, event);
      break;
    case KH_LINK_REPLACED:
      if (kh_engine_servers_is_own_doing (self->engine, self))
        break;
      kh_server_link_set_state (
          self, KH_ENGINE_LINK_REPLACED,
          g_error_new_literal (KH_ENGINE_ERROR, KH_ENGINE_ERROR_REPLACED,
                               _ ("Your identity went online from another computer. "
                                  "Only one can be online at a time.")));
      break;
    case KH_LINK_REACHING:
    case KH_LINK_HANDSHAKE:
      if (trouble != KH_LINK_TROUBLE_NONE && self->search != NULL)
        kh_server_link_start_retry (self);
      kh_server_link_set_state (self, KH_ENGINE_LINK_REACHING,
                                problem_from_trouble (self, trouble));
      break;
    case KH_LINK_OFF:
    default:
      /* Said when the server was taken away, which is known already. */
      break;
    }
}
