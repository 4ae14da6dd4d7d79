/* conversation-traffic.h: how much goes between us and a contact */
#pragma once

#include "engine/conversation.h"

/**
 * KhTraffic: since the session began
 * @sent: bytes of packets' payloads, those that were sent again too
 * @received: bytes of what was said and sent to us, some of it twice
 */
typedef struct
{
  guint64 sent;
  guint64 received;
} KhTraffic;

/* FALSE, and nothing written, without a session. */
gboolean kh_conversation_get_traffic (KhConversation *self, KhTraffic *ret_traffic);
