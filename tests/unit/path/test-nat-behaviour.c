/* test-nat-behaviour.c: conclusions about gateways, and what of them travels */
#include "path/nat-behaviour.h"

static void
check_ports (const guint16 *ports, guint n, KhNatPorts expected, int expected_step)
{
  int step = 0;

  g_assert_cmpint (kh_nat_behaviour_classify_ports (ports, n, &step), ==, expected);
  g_assert_cmpint (step, ==, expected_step);
}

static void
test_classify (void)
{
  static const guint16 by_one[] = { 50000, 50001, 50002, 50003 };
  static const guint16 by_two[] = { 50000, 50002, 50004, 50006 };
  static const guint16 busy_by_two[] = { 50000, 50002, 50008, 50012 };
  static const guint16 down[] = { 50000, 49999, 49997 };
  static const guint16 wraps[] = { 65534, 65535, 0, 1 };
  static const guint16 begins_anew[] = { 65534, 49152, 49154, 49156 };
  static const guint16 ends[] = { 65531, 65532, 65534, 1024 };
  static const guint16 falls[] = { 65534, 49156, 49154, 49152 };
  static const guint16 twice[] = { 65534, 49152, 65534, 49152 };
  static const guint16 chance[] = { 50000, 61234, 1029, 49152 };
  static const guint16 both_ways[] = { 50000, 50002, 50001, 50003 };
  static const guint16 far[] = { 50000, 50040, 50080, 50120 };
  static const guint16 same[] = { 50000, 50000, 50000 };

  check_ports (by_one, G_N_ELEMENTS (by_one), KH_NAT_PORTS_SEQUENTIAL, 1);
  check_ports (by_two, G_N_ELEMENTS (by_two), KH_NAT_PORTS_SEQUENTIAL, 2);
  check_ports (busy_by_two, G_N_ELEMENTS (busy_by_two), KH_NAT_PORTS_SEQUENTIAL, 2);
  check_ports (down, G_N_ELEMENTS (down), KH_NAT_PORTS_SEQUENTIAL, -1);
  check_ports (wraps, G_N_ELEMENTS (wraps), KH_NAT_PORTS_SEQUENTIAL, 1);
  check_ports (begins_anew, G_N_ELEMENTS (begins_anew), KH_NAT_PORTS_SEQUENTIAL, 2);
  check_ports (ends, G_N_ELEMENTS (ends), KH_NAT_PORTS_SEQUENTIAL, 1);
  check_ports (falls, G_N_ELEMENTS (falls), KH_NAT_PORTS_RANDOM, 0);
  check_ports (twice, G_N_ELEMENTS (twice), KH_NAT_PORTS_RANDOM, 0);
  check_ports (chance, G_N_ELEMENTS (chance), KH_NAT_PORTS_RANDOM, 0);
  check_ports (both_ways, G_N_ELEMENTS (both_ways), KH_NAT_PORTS_RANDOM, 0);
  check_ports (far, G_N_ELEMENTS (far), KH_NAT_PORTS_RANDOM, 0);
  check_ports (same, G_N_ELEMENTS (same), KH_NAT_PORTS_RANDOM, 0);
  check_ports (by_one, 2, KH_NAT_PORTS_UNKNOWN, 0);
}

static void
test_packing (void)
{
  const KhNatBehaviour given = { .mapping = KH_NAT_MAPPING_DEPENDENT,
                                 .ports = KH_NAT_PORTS_SEQUENTIAL,
                                 .filtering = KH_NAT_FILTERING_BY_PORT,
                                 .hairpin = KH_NAT_HAIRPIN_NO,
                                 .step = -2,
                                 .floor = 192,
                                 .udp_blocked = TRUE,
                                 .is_mapped = TRUE,
                                 .is_relay_only = TRUE,
                                 .is_direct_only = TRUE };
  KhNatBehaviour read = kh_nat_behaviour_unpack (kh_nat_behaviour_pack (&given));

  g_assert_true (kh_nat_behaviour_equal (&given, &read));
  g_assert_cmpint (read.mapping, ==, given.mapping);
  g_assert_cmpint (read.ports, ==, given.ports);
  g_assert_cmpint (read.filtering, ==, given.filtering);
  g_assert_cmpint (read.hairpin, ==, given.hairpin);
  g_assert_cmpint (read.step, ==, -2);
  g_assert_cmpint (read.floor, ==, 192);
  g_assert_true (read.udp_blocked && read.is_mapped && read.is_relay_only && read.is_direct_only);
}

/* Whatever the bits, the value is one of ours, and says the same when said again. */
static void
test_any_bits (void)
{
  for (guint32 i = 0; i < 1 << 20; i++)
    {
      KhNatBehaviour first = kh_nat_behaviour_unpack (i * 2654435761u);
      KhNatBehaviour second = kh_nat_behaviour_unpack (kh_nat_behaviour_pack (&first));

      g_assert_cmpint (first.mapping, <=, KH_NAT_MAPPING_DEPENDENT);
      g_assert_cmpint (first.ports, <=, KH_NAT_PORTS_RANDOM);
      g_assert_cmpint (first.filtering, <=, KH_NAT_FILTERING_BY_PORT);
      g_assert_cmpint (first.hairpin, <=, KH_NAT_HAIRPIN_YES);
      g_assert_true ((first.ports == KH_NAT_PORTS_SEQUENTIAL) == (first.step != 0));
      g_assert_true (kh_nat_behaviour_equal (&first, &second));
    }
}

static void
test_costs (void)
{
  KhNatBehaviour nat = { .mapping = KH_NAT_MAPPING_INDEPENDENT, .ports = KH_NAT_PORTS_RANDOM };

  g_assert_true (kh_nat_behaviour_is_stable (&nat));
  g_assert_false (kh_nat_behaviour_pays_for_remotes (&nat));
  /* So does Linux look, which keeps a flow for each remote. */
  nat.ports = KH_NAT_PORTS_PRESERVING;
  g_assert_true (kh_nat_behaviour_pays_for_remotes (&nat));
  nat.mapping = KH_NAT_MAPPING_DEPENDENT;
  g_assert_false (kh_nat_behaviour_is_stable (&nat));
}

static void
test_words (void)
{
  const KhNatBehaviour nat = { .mapping = KH_NAT_MAPPING_DEPENDENT,
                               .ports = KH_NAT_PORTS_SEQUENTIAL,
                               .filtering = KH_NAT_FILTERING_BY_PORT,
                               .step = 2 };
  const KhNatBehaviour none = { .mapping = KH_NAT_MAPPING_NONE };
  g_autofree char *text = kh_nat_behaviour_to_string (&nat);
  g_autofree char *open = kh_nat_behaviour_to_string (&none);

  g_assert_cmpstr (text, ==,
                   "endpoint-dependent mapping, sequential ports (step 2), port-dependent "
                   "filtering");
  g_assert_cmpstr (open, ==, "no NAT");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/path/nat-behaviour/classify", test_classify);
  g_test_add_func ("/path/nat-behaviour/packing", test_packing);
  g_test_add_func ("/path/nat-behaviour/any-bits", test_any_bits);
  g_test_add_func ("/path/nat-behaviour/costs", test_costs);
  g_test_add_func ("/path/nat-behaviour/words", test_words);
  return g_test_run ();
}
