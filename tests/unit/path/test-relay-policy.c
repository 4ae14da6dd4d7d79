/* test-relay-policy.c: what a policy lets the other side know, and the words for it */
#include "path/relay-policy.h"

static const KhNatBehaviour ours = { .mapping = KH_NAT_MAPPING_INDEPENDENT,
                                     .ports = KH_NAT_PORTS_PRESERVING,
                                     .filtering = KH_NAT_FILTERING_BY_PORT,
                                     .hairpin = KH_NAT_HAIRPIN_YES,
                                     .floor = 17,
                                     .udp_blocked = TRUE,
                                     .is_mapped = TRUE };

static void
test_apply (void)
{
  KhNatBehaviour told = kh_relay_policy_apply (KH_RELAY_AUTO, &ours);

  g_assert_true (kh_nat_behaviour_equal (&told, &ours));
  told = kh_relay_policy_apply (KH_RELAY_ALWAYS, &ours);
  g_assert_true (kh_nat_behaviour_equal (&told, &(KhNatBehaviour){ .is_relay_only = TRUE }));
  told = kh_relay_policy_apply (KH_RELAY_NEVER, &ours);
  g_assert_true (told.is_direct_only);
  told.is_direct_only = FALSE;
  g_assert_true (kh_nat_behaviour_equal (&told, &ours));
}

static void
test_words (void)
{
  static const KhRelayPolicy all[] = { KH_RELAY_AUTO, KH_RELAY_ALWAYS, KH_RELAY_NEVER };
  KhRelayPolicy policy = KH_RELAY_NEVER;

  for (guint i = 0; i < G_N_ELEMENTS (all); i++)
    {
      g_assert_true (kh_relay_policy_parse (kh_relay_policy_to_string (all[i]), &policy));
      g_assert_cmpint (policy, ==, all[i]);
    }
  g_assert_false (kh_relay_policy_parse ("sometimes", &policy));
  g_assert_cmpint (policy, ==, KH_RELAY_NEVER);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/path/relay-policy/apply", test_apply);
  g_test_add_func ("/path/relay-policy/words", test_words);
  return g_test_run ();
}
