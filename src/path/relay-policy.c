/* relay-policy.c: see relay-policy.h; owns nothing */
#include "path/relay-policy.h"

KhNatBehaviour
kh_relay_policy_apply (KhRelayPolicy policy, const KhNatBehaviour *ours)
{
  KhNatBehaviour told = *ours;

  if (policy == KH_RELAY_ALWAYS)
    return (KhNatBehaviour){ .is_relay_only = TRUE };
  told.is_direct_only = policy == KH_RELAY_NEVER;
  return told;
}

const char *
kh_relay_policy_to_string (KhRelayPolicy policy)
{
  switch (policy)
    {
    case KH_RELAY_AUTO:
      return "auto";
    case KH_RELAY_ALWAYS:
      return "always";
    case KH_RELAY_NEVER:
      return "never";
    default:
      return "unknown";
    }
}

gboolean
kh_relay_policy_parse (const char *text, KhRelayPolicy *ret_policy)
{
  static const KhRelayPolicy all[] = { KH_RELAY_AUTO, KH_RELAY_ALWAYS, KH_RELAY_NEVER };

  for (guint i = 0; i < G_N_ELEMENTS (all); i++)
    if (g_str_equal (text, kh_relay_policy_to_string (all[i])))
      {
        *ret_policy = all[i];
        return TRUE;
      }
  return FALSE;
}
