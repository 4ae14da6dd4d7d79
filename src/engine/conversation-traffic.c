/* conversation-traffic.c: how much goes between us and a contact: see conversation-traffic.h */
#include "engine/conversation-traffic.h"

#include "engine/engine-private.h"

gboolean
kh_conversation_get_traffic (KhConversation *self, KhTraffic *ret_traffic)
{
  KhSessionInfo info;

  g_return_val_if_fail (KH_IS_CONVERSATION (self), FALSE);
  if (self->engine == NULL || self->engine->stage != KH_ENGINE_OPEN ||
      !kh_node_get_session_info (kh_conversation_get_node (self), &self->peer, &info))
    return FALSE;
  *ret_traffic = (KhTraffic){ .sent = info.bytes_sent, .received = info.bytes_received };
  return TRUE;
}
