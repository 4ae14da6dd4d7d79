/* test-port-map-client.c: who is asked when, across protocols, families and networks */
#include "port-map-world.h"

#include <string.h>

static void
test_nat_pmp_beside_pcp (void)
{
  World self = world_new (FALSE);
  gint64 began_us = self.now_us;

  g_assert_true (world_poll (&self));
  g_assert_true (world_jump (&self));
  g_assert_cmpint (self.now_us - began_us, ==, 250000);
  g_assert_true (world_poll (&self));
  g_assert_cmpmem (self.out, self.len, "\0\0", 2);
  g_assert_true (world_receive_nat_pmp_address (&self, 0, 100, wan));
  g_assert_true (world_poll (&self));
  g_assert_true (world_receive_nat_pmp_map (&self, 0, 100, 50002, 3600));
  assert_mapped (&self, KH_PORT_MAP_NAT_PMP, "198.51.100.7:50002");
  kh_port_map_free (self.map);
}

static void
test_pcp_comes_late (void)
{
  World self = world_new (FALSE);
  guint8 answer[60];

  g_assert_true (world_poll (&self));
  world_write_pcp_answer (&self, 0, 7200, 1, answer);
  g_assert_true (world_jump (&self));
  g_assert_true (world_poll (&self));
  g_assert_true (world_receive_nat_pmp_address (&self, 0, 100, wan));
  /* Before NAT-PMP has asked for the mapping: there is one, and one is enough. */
  g_assert_true (world_receive (&self, answer, sizeof answer));
  assert_mapped (&self, KH_PORT_MAP_PCP, "198.51.100.7:50001");
  g_assert_false (world_poll (&self));
  g_assert_false (world_receive_nat_pmp_map (&self, 0, 100, 50002, 3600));
  assert_quiet (&self);
  kh_port_map_free (self.map);
}

static void
test_pcp_ipv6 (void)
{
  World self = world_new (TRUE);
  guint8 answer[60];

  g_assert_true (world_poll (&self));
  assert_pcp_map (&self, 7200);
  g_assert_cmpmem (self.out + 8, 16, internal6.ip, 16);
  /* The gateway is link-local and the system would choose a link-local source. */
  g_assert_true (kh_addr_equal (&self.source, &internal6));
  world_write_pcp_answer (&self, 0, 7200, 1, answer);
  /* NAT64 is not a pinhole. */
  g_assert_false (world_receive_from (&self, &gateway6, answer, sizeof answer));
  memcpy (answer + 44, internal6.ip, 16);
  put_number (answer + 42, PORT, 2);
  g_assert_true (world_receive_from (&self, &gateway6, answer, sizeof answer));
  assert_mapped (&self, KH_PORT_MAP_PCP, "[2001:db8::10]:40000");
  kh_port_map_free (self.map);
}

static void
test_ipv6_has_no_nat_pmp (void)
{
  World self = world_new (TRUE);

  while (world_jump_to_request (&self, self.now_us + 100 * SECOND))
    assert_pcp_map (&self, 7200);
  assert_failed (&self, KH_PORT_MAP_NO_ANSWER);
  kh_port_map_free (self.map);
}

static void
test_silence (void)
{
  World self = world_new (FALSE);
  gint64 began_us = self.now_us;
  guint pcp = 0, nat_pmp = 0;

  while (world_jump_to_request (&self, began_us + 60 * SECOND))
    self.out[0] == 2 ? pcp++ : nat_pmp++;
  g_assert_cmpuint (pcp, ==, 3);
  g_assert_cmpuint (nat_pmp, ==, 5);
  assert_failed (&self, KH_PORT_MAP_NO_ANSWER);
  g_assert_cmpint (self.now_us - began_us, >=, 18 * SECOND);
  /* Quiet for an hour, then once more, without saying the same again. */
  g_assert_cmpint (kh_port_map_next_timeout (self.map), ==, self.now_us + 3600 * SECOND);
  while (world_jump_to_request (&self, began_us + 3700 * SECOND))
    self.out[0] == 2 ? pcp++ : nat_pmp++;
  g_assert_cmpuint (pcp, ==, 6);
  g_assert_cmpuint (nat_pmp, ==, 10);
  assert_quiet (&self);
  kh_port_map_free (self.map);
}

static void
test_losses (void)
{
  /* Which of the first requests or answers are lost, bit by bit; PCP is lost up to three times. */
  for (guint mask = 0; mask < 256; mask++)
    {
      World self = world_new (FALSE);
      KhPortMapEvent event;
      gint64 end_us = self.now_us + 60 * SECOND;
      gboolean lost_pcp = (mask & 7) == 7;
      guint8 answer[60];
      guint n_pcp = 0, n_nat_pmp = 0;

      while (world_jump_to_request (&self, end_us))
        {
          if (self.out[0] == 2)
            {
              world_write_pcp_answer (&self, 0, 7200, 1, answer);
              if (!(mask >> n_pcp++ & 1))
                world_receive (&self, answer, sizeof answer);
            }
          else if (!(mask >> (3 + n_nat_pmp++ % 5) & 1) && lost_pcp)
            {
              if (self.len == 2)
                g_assert_true (world_receive_nat_pmp_address (&self, 0, 100, wan));
              else
                g_assert_true (world_receive_nat_pmp_map (&self, 0, 100, 50002, 3600));
            }
        }
      if (mask == 255)
        assert_failed (&self, KH_PORT_MAP_NO_ANSWER);
      else
        assert_event (&self, KH_PORT_MAP_EVENT_MAPPED, &event);
      kh_port_map_free (self.map);
    }
}

static void
test_network_change (void)
{
  World self = world_with_pcp (7200);
  KhAddr other = kh_addr_ipv4 (10, 0, 0, 1, 0);
  KhAddr both[2] = { gateway6, gateway };
  KhPortMapEvent event;
  guint8 nonce[12], answer[60];

  memcpy (nonce, self.out + 24, 12);
  world_write_pcp_answer (&self, 0, 7200, 5000, answer);
  /* The same gateway, now with one of the other family, of which there is no address. */
  kh_port_map_set_gateways (self.map, both, 2, self.now_us);
  g_assert_false (world_poll (&self));
  assert_quiet (&self);
  kh_port_map_set_gateways (self.map, &other, 1, self.now_us);
  assert_event (&self, KH_PORT_MAP_EVENT_LOST, &event);
  assert_quiet (&self);
  /* The old gateway is a stranger, and the new one cannot know the old by our nonce. */
  g_assert_false (world_receive (&self, answer, sizeof answer));
  gateway = other;
  gateway.port = 5351;
  g_assert_true (world_poll (&self));
  g_assert_cmpint (memcmp (self.out + 24, nonce, 12), !=, 0);
  gateway = kh_addr_ipv4 (192, 168, 1, 1, 5351);
  kh_port_map_set_gateways (self.map, NULL, 0, self.now_us);
  g_assert_false (world_poll (&self));
  g_assert_cmpint (kh_port_map_next_timeout (self.map), ==, KH_NEVER);
  kh_port_map_free (self.map);
}

static void
test_refresh (void)
{
  World self = world_with_pcp (7200);

  kh_port_map_refresh (self.map, self.now_us);
  g_assert_false (world_poll (&self));
  self.now_us += 10 * SECOND;
  kh_port_map_refresh (self.map, self.now_us);
  g_assert_true (world_poll (&self));
  assert_pcp_map (&self, 7200);
  kh_port_map_free (self.map);

  self = world_new (FALSE);
  while (world_jump_to_request (&self, self.now_us + 60 * SECOND))
    continue;
  assert_failed (&self, KH_PORT_MAP_NO_ANSWER);
  kh_port_map_refresh (self.map, self.now_us);
  g_assert_true (world_poll (&self));
  kh_port_map_free (self.map);
}

static void
assert_over (World *self)
{
  g_assert_false (world_poll (self));
  g_assert_cmpint (kh_port_map_next_timeout (self->map), ==, KH_NEVER);
  kh_port_map_set_gateways (self->map, NULL, 0, self->now_us);
  kh_port_map_set_gateways (self->map, &gateway, 1, self->now_us);
  kh_port_map_shutdown (self->map, self->now_us);
  g_assert_false (world_poll (self));
  assert_quiet (self);
  kh_port_map_free (self->map);
}

static void
test_shutdown (void)
{
  World pcp = world_with_pcp (7200), nat_pmp = world_with_nat_pmp (), idle = world_new (FALSE);
  guint8 nonce[12], answer[60];

  memcpy (nonce, pcp.out + 24, 12);
  world_write_pcp_answer (&pcp, 0, 7200, 5000, answer);
  kh_port_map_shutdown (pcp.map, pcp.now_us);
  g_assert_cmpint (kh_port_map_next_timeout (pcp.map), <=, pcp.now_us);
  g_assert_true (world_poll (&pcp));
  assert_pcp_map (&pcp, 0);
  g_assert_cmpmem (pcp.out + 24, 12, nonce, 12);
  g_assert_cmpuint (get_number (pcp.out + 42, 2), ==, 0);
  g_assert_false (world_receive (&pcp, answer, sizeof answer));
  assert_over (&pcp);

  kh_port_map_shutdown (nat_pmp.map, nat_pmp.now_us);
  g_assert_true (world_poll (&nat_pmp));
  g_assert_cmpuint (nat_pmp.len, ==, 12);
  g_assert_cmpuint (get_number (nat_pmp.out + 4, 2), ==, PORT);
  /* RFC 6886, 3.4: port and lifetime are 0 to delete. */
  g_assert_cmpuint (get_number (nat_pmp.out + 6, 6), ==, 0);
  assert_over (&nat_pmp);

  /* Nothing was asked yet. */
  kh_port_map_shutdown (idle.map, idle.now_us);
  assert_over (&idle);
}

static void
test_shutdown_while_asking (void)
{
  World self = world_new (FALSE);

  g_assert_true (world_poll (&self));
  kh_port_map_shutdown (self.map, self.now_us);
  /* It may have been granted. */
  g_assert_true (world_poll (&self));
  assert_pcp_map (&self, 0);
  assert_over (&self);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  world_init ();
  g_test_add_func ("/port-map/nat-pmp/beside-pcp", test_nat_pmp_beside_pcp);
  g_test_add_func ("/port-map/pcp/comes-late", test_pcp_comes_late);
  g_test_add_func ("/port-map/pcp/ipv6", test_pcp_ipv6);
  g_test_add_func ("/port-map/ipv6-has-no-nat-pmp", test_ipv6_has_no_nat_pmp);
  g_test_add_func ("/port-map/silence", test_silence);
  g_test_add_func ("/port-map/losses", test_losses);
  g_test_add_func ("/port-map/network-change", test_network_change);
  g_test_add_func ("/port-map/refresh", test_refresh);
  g_test_add_func ("/port-map/shutdown", test_shutdown);
  g_test_add_func ("/port-map/shutdown-while-asking", test_shutdown_while_asking);
  return g_test_run ();
}
