/* relay-policy.h: whether the server's relay may be used, and anything else
 *
 * A person's own choice, for all peers or for one. What the other side is told of it is in
 * KhNatBehaviour, and both sides then keep to it.
 */
#pragma once

#include "path/nat-behaviour.h"

typedef enum
{
  KH_RELAY_AUTO,   /* until there is a direct path, and where there is none */
  KH_RELAY_ALWAYS, /* nothing else: the peer does not learn our addresses, nor do we use its */
  KH_RELAY_NEVER,  /* direct or not at all */
} KhRelayPolicy;

/* What a peer is told of our network under the policy: with ALWAYS, that and nothing else. */
KhNatBehaviour kh_relay_policy_apply (KhRelayPolicy policy, const KhNatBehaviour *ours);
const char *kh_relay_policy_to_string (KhRelayPolicy policy);
/* FALSE where @text is none of "auto", "always" and "never". */
gboolean kh_relay_policy_parse (const char *text, KhRelayPolicy *ret_policy);
