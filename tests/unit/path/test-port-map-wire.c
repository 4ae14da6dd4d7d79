/* test-port-map-wire.c: what counts as an answer, and what an error means (RFC 6887, 7 and 11; RFC
 * 6886, 3) */
#include "port-map-world.h"

#include <string.h>

static void
test_pcp_spoofed (void)
{
  World self = world_new (FALSE);
  KhAddr other_port = gateway, other_ip = kh_addr_ipv4 (192, 168, 1, 2, 5351);
  guint8 good[60], bad[60], longer[64] = { 0 };

  other_port.port = 5352;
  g_assert_true (world_poll (&self));
  world_write_pcp_answer (&self, 0, 7200, 1, good);
  g_assert_false (world_receive_from (&self, &other_port, good, sizeof good));
  g_assert_false (world_receive_from (&self, &other_ip, good, sizeof good));
  for (gsize len = 0; len < sizeof good; len++)
    g_assert_false (world_receive (&self, good, len));
  /* A request, another version, opcode, nonce, protocol, port */
  for (guint i = 0; i < 6; i++)
    {
      static const guint at[] = { 1, 0, 1, 30, 36, 41 };
      static const guint8 value[] = { 0x01, 3, 0x82, 0xff, 6, 1 };

      memcpy (bad, good, sizeof bad);
      bad[at[i]] = value[i];
      g_assert_false (world_receive (&self, bad, sizeof bad));
    }
  /* External: no port, nowhere, multicast, loopback, another family */
  for (guint i = 0; i < 5; i++)
    {
      static const guint8 first[] = { 198, 0, 224, 127, 198 };

      memcpy (bad, good, sizeof bad);
      bad[56] = first[i];
      if (i == 0)
        put_number (bad + 42, 0, 2);
      if (i == 4)
        bad[44] = 0x20;
      g_assert_false (world_receive (&self, bad, sizeof bad));
    }
  assert_quiet (&self);
  /* With an option behind it, which is passed over, the good one is still good. */
  memcpy (longer, good, sizeof good);
  g_assert_true (world_receive (&self, longer, sizeof longer));
  assert_mapped (&self, KH_PORT_MAP_PCP, "198.51.100.7:50001");
  kh_port_map_free (self.map);
}

static void
test_pcp_errors (void)
{
  static const struct
  {
    guint8 result;
    KhPortMapFailure failure;
  } cases[] = {
    { 1, KH_PORT_MAP_UNSUPPORTED },   { 2, KH_PORT_MAP_REFUSED },
    { 3, KH_PORT_MAP_UNSUPPORTED },   { 4, KH_PORT_MAP_UNSUPPORTED },
    { 7, KH_PORT_MAP_NO_ADDRESS },    { 8, KH_PORT_MAP_EXHAUSTED },
    { 10, KH_PORT_MAP_EXHAUSTED },    { 11, KH_PORT_MAP_NO_ADDRESS },
    { 12, KH_PORT_MAP_MISMATCH },     { 13, KH_PORT_MAP_EXHAUSTED },
    { 200, KH_PORT_MAP_UNSUPPORTED },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      World self = world_new (FALSE);
      guint8 answer[60];

      g_assert_true (world_poll (&self));
      world_write_pcp_answer (&self, cases[i].result, 600, 1, answer);
      g_assert_true (world_receive (&self, answer, sizeof answer));
      /* NAT-PMP has its chance, and nobody answers it. */
      while (world_jump_to_request (&self, self.now_us + 20 * SECOND))
        g_assert_cmpuint (self.out[0], ==, 0);
      assert_failed (&self, cases[i].failure);
      g_assert_cmpint (kh_port_map_next_timeout (self.map), <=, self.now_us + 600 * SECOND);
      g_assert_true (world_jump (&self));
      g_assert_true (world_poll (&self));
      assert_pcp_map (&self, 7200);
      kh_port_map_free (self.map);
    }
}

static void
test_pcp_other_version (void)
{
  World self = world_new (FALSE);
  guint8 answer[24] = { 1, 0x81, 0, 1 };

  g_assert_true (world_poll (&self));
  g_assert_true (world_receive (&self, answer, sizeof answer));
  g_assert_true (world_poll (&self));
  g_assert_cmpuint (self.out[0], ==, 0);
  kh_port_map_free (self.map);
}

static void
test_nat_pmp_errors (void)
{
  static const KhPortMapFailure failures[] = { KH_PORT_MAP_UNSUPPORTED, KH_PORT_MAP_REFUSED,
                                               KH_PORT_MAP_NO_ADDRESS, KH_PORT_MAP_EXHAUSTED,
                                               KH_PORT_MAP_UNSUPPORTED };

  for (guint16 result = 1; result <= 5; result++)
    {
      World self = world_at_nat_pmp ();

      if (result % 2 == 0)
        {
          g_assert_true (world_receive_nat_pmp_address (&self, 0, 100, wan));
          g_assert_true (world_poll (&self));
          g_assert_true (world_receive_nat_pmp_map (&self, result, 100, 0, 0));
        }
      else
        g_assert_true (world_receive_nat_pmp_address (&self, result, 100, wan));
      assert_failed (&self, failures[result - 1]);
      g_assert_cmpint (kh_port_map_next_timeout (self.map), ==, self.now_us + 3600 * SECOND);
      kh_port_map_free (self.map);
    }
}

static void
test_nat_pmp_no_address (void)
{
  static const guint8 none[4] = { 0 };
  World self = world_at_nat_pmp ();

  g_assert_true (world_receive_nat_pmp_address (&self, 0, 100, none));
  assert_failed (&self, KH_PORT_MAP_NO_ADDRESS);
  kh_port_map_free (self.map);
}

static void
test_nat_pmp_unasked (void)
{
  World self = world_new (FALSE);

  g_assert_true (world_poll (&self));
  g_assert_false (world_receive_nat_pmp_address (&self, 0, 100, wan));
  g_assert_false (world_receive_nat_pmp_map (&self, 0, 100, 50002, 3600));
  g_assert_true (world_jump (&self));
  g_assert_true (world_poll (&self));
  g_assert_false (world_receive_nat_pmp_map (&self, 0, 100, 50002, 3600));
  assert_quiet (&self);
  kh_port_map_free (self.map);
}

static void
test_is_global (void)
{
  static const char *const others[] = { "10.1.2.3:1",    "172.16.0.1:1", "192.168.0.1:1",
                                        "100.64.0.1:1",  "192.0.0.2:1",  "198.18.0.1:1",
                                        "169.254.1.1:1", "127.0.0.1:1",  "240.0.0.1:1",
                                        "[fd00::1]:1",   "[fe80::1]:1",  "203.0.113.1:0" };
  KhAddr addr;

  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    {
      g_assert_true (kh_addr_parse (others[i], 0, &addr));
      g_assert_false (kh_port_map_is_global (&addr));
    }
  g_assert_true (kh_addr_parse ("203.0.113.1:1", 0, &addr));
  g_assert_true (kh_port_map_is_global (&addr));
  g_assert_true (kh_addr_parse ("[2001:db8::1]:1", 0, &addr));
  g_assert_true (kh_port_map_is_global (&addr));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  world_init ();
  g_test_add_func ("/port-map/pcp/spoofed", test_pcp_spoofed);
  g_test_add_func ("/port-map/pcp/errors", test_pcp_errors);
  g_test_add_func ("/port-map/pcp/other-version", test_pcp_other_version);
  g_test_add_func ("/port-map/nat-pmp/errors", test_nat_pmp_errors);
  g_test_add_func ("/port-map/nat-pmp/no-address", test_nat_pmp_no_address);
  g_test_add_func ("/port-map/nat-pmp/unasked", test_nat_pmp_unasked);
  g_test_add_func ("/port-map/is-global", test_is_global);
  return g_test_run ();
}
