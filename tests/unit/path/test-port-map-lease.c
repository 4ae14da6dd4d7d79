/* test-port-map-lease.c: a mapping from its being granted to its end (RFC 6887, 8.5 and 11.2; RFC
 * 6886, 3.3 to 3.6) */
#include "port-map-world.h"

#include <string.h>

static void
test_pcp (void)
{
  World self = world_with_pcp (7200);
  static const guint8 client[16] = { [10] = 0xff, 0xff, 192, 168, 1, 10 };
  static const guint8 any[16] = { [10] = 0xff, 0xff };

  g_assert_cmpmem (self.out + 8, 16, client, 16);
  /* The suggestion: the port of the inside, at any address. */
  g_assert_cmpuint (get_number (self.out + 42, 2), ==, PORT);
  g_assert_cmpmem (self.out + 44, 16, any, 16);
  g_assert_false (kh_addr_is_set (&self.source));
  /* NAT-PMP is not asked any more, and the next thing is the renewal. */
  g_assert_false (world_poll (&self));
  g_assert_cmpint (kh_port_map_next_timeout (self.map) - self.now_us, >=, 3600 * SECOND);
  g_assert_cmpint (kh_port_map_next_timeout (self.map) - self.now_us, <=, 4500 * SECOND);
  kh_port_map_free (self.map);
}

static void
test_pcp_renew (void)
{
  World self = world_with_pcp (7200);
  guint8 nonce[12], answer[60];
  static const guint8 external[16] = { [10] = 0xff, 0xff, 198, 51, 100, 7 };
  gint64 mapped_us = self.now_us;

  memcpy (nonce, self.out + 24, 12);
  g_assert_true (world_jump (&self));
  g_assert_true (world_poll (&self));
  assert_pcp_map (&self, 7200);
  g_assert_cmpmem (self.out + 24, 12, nonce, 12);
  g_assert_cmpuint (get_number (self.out + 42, 2), ==, 50001);
  g_assert_cmpmem (self.out + 44, 16, external, 16);
  /* The second at three quarters, as the first was not answered. */
  g_assert_true (world_jump (&self));
  g_assert_true (world_poll (&self));
  g_assert_cmpint (self.now_us - mapped_us, >=, 5400 * SECOND);
  world_write_pcp_answer (&self, 0, 7200, 5000 + (guint32) ((self.now_us - mapped_us) / SECOND),
                          answer);
  g_assert_true (world_receive (&self, answer, sizeof answer));
  assert_quiet (&self);
  g_assert_cmpint (kh_port_map_next_timeout (self.map) - self.now_us, >=, 3600 * SECOND);
  kh_port_map_free (self.map);
}

static void
test_pcp_expires (void)
{
  World self = world_with_pcp (7200);
  gint64 end_us = self.now_us + 7200 * SECOND;
  KhPortMapEvent event;
  guint requests = 0;

  while (kh_port_map_next_timeout (self.map) < end_us)
    {
      g_assert_true (world_jump (&self));
      g_assert_true (world_poll (&self));
      g_assert_false (world_poll (&self));
      requests++;
    }
  g_assert_cmpuint (requests, >=, 5);
  g_assert_cmpuint (requests, <=, 12);
  assert_quiet (&self);
  g_assert_true (world_jump (&self));
  g_assert_cmpint (self.now_us, ==, end_us);
  assert_event (&self, KH_PORT_MAP_EVENT_LOST, &event);
  assert_quiet (&self);
  /* And it is asked for anew. */
  g_assert_true (world_poll (&self));
  assert_pcp_map (&self, 7200);
  kh_port_map_free (self.map);
}

static void
test_pcp_moves (void)
{
  World self = world_with_pcp (7200);
  guint8 answer[60];

  /* Unasked (RFC 6887, 14.2): the same mapping, elsewhere. */
  world_write_pcp_answer (&self, 0, 7200, 5000, answer);
  put_number (answer + 42, 50099, 2);
  g_assert_true (world_receive (&self, answer, sizeof answer));
  assert_mapped (&self, KH_PORT_MAP_PCP, "198.51.100.7:50099");
  kh_port_map_free (self.map);
}

static void
test_pcp_revoked (void)
{
  World self = world_with_pcp (7200);
  guint8 answer[60];
  KhPortMapEvent event;

  world_write_pcp_answer (&self, 0, 0, 5000, answer);
  g_assert_true (world_receive (&self, answer, sizeof answer));
  assert_event (&self, KH_PORT_MAP_EVENT_LOST, &event);
  assert_quiet (&self);
  /* A gateway that gives and takes does not keep us busy. */
  g_assert_false (world_poll (&self));
  g_assert_cmpint (kh_port_map_next_timeout (self.map), ==, self.now_us + 60 * SECOND);
  g_assert_true (world_jump (&self));
  g_assert_true (world_poll (&self));
  kh_port_map_free (self.map);
}

static void
test_pcp_lifetimes (void)
{
  World brief = world_with_pcp (1);
  World endless = world_with_pcp (G_MAXUINT32);

  g_assert_cmpint (kh_port_map_next_timeout (brief.map), >=, brief.now_us + 60 * SECOND);
  g_assert_cmpint (kh_port_map_next_timeout (endless.map), <=, endless.now_us + 54000 * SECOND);
  kh_port_map_free (brief.map);
  kh_port_map_free (endless.map);
}

static void
test_pcp_epoch (void)
{
  World self = world_with_pcp (7200);
  guint8 announce[24] = { 2, 0x80 };
  gint64 mapped_us = self.now_us;

  self.now_us += 100 * SECOND;
  put_number (announce + 8, 5100, 4);
  g_assert_true (world_receive (&self, announce, sizeof announce));
  g_assert_false (world_poll (&self));
  /* It has restarted, and forgotten. */
  put_number (announce + 8, 3, 4);
  g_assert_true (world_receive (&self, announce, sizeof announce));
  g_assert_true (world_poll (&self));
  assert_pcp_map (&self, 7200);
  g_assert_false (world_poll (&self));
  /* Again and again within a moment: one renewal in 4 s. */
  for (guint i = 0; i < 100; i++)
    {
      put_number (announce + 8, i % 2 * 1000, 4);
      g_assert_true (world_receive (&self, announce, sizeof announce));
      g_assert_false (world_poll (&self));
    }
  g_assert_cmpint (kh_port_map_next_timeout (self.map), ==, mapped_us + 104 * SECOND);
  kh_port_map_free (self.map);
}

static void
test_pcp_error_keeps (void)
{
  World self = world_with_pcp (7200);
  guint8 answer[60];

  g_assert_true (world_jump (&self));
  g_assert_true (world_poll (&self));
  world_write_pcp_answer (&self, 8, 30, 5000, answer);
  g_assert_true (world_receive (&self, answer, sizeof answer));
  assert_quiet (&self);
  kh_port_map_free (self.map);
}

static void
test_nat_pmp (void)
{
  World self = world_with_nat_pmp ();

  g_assert_false (world_poll (&self));
  g_assert_cmpint (kh_port_map_next_timeout (self.map), >=, self.now_us + 1800 * SECOND);
  kh_port_map_free (self.map);
}

static void
test_nat_pmp_renew (void)
{
  static const guint8 moved[4] = { 198, 51, 100, 8 };
  World self = world_with_nat_pmp ();

  g_assert_true (world_jump (&self));
  g_assert_true (world_poll (&self));
  g_assert_cmpuint (self.len, ==, 2);
  g_assert_true (world_receive_nat_pmp_address (&self, 0, 2000, moved));
  g_assert_true (world_poll (&self));
  g_assert_cmpuint (self.len, ==, 12);
  g_assert_cmpuint (get_number (self.out + 6, 2), ==, 50002);
  g_assert_true (world_receive_nat_pmp_map (&self, 0, 2000, 50002, 3600));
  assert_mapped (&self, KH_PORT_MAP_NAT_PMP, "198.51.100.8:50002");
  kh_port_map_free (self.map);
}

static void
test_nat_pmp_announces (void)
{
  World self = world_with_nat_pmp ();

  self.now_us += 100 * SECOND;
  g_assert_true (world_receive_nat_pmp_address (&self, 0, 200, wan));
  g_assert_false (world_poll (&self));
  /* Restarted (RFC 6886, 3.2.1) */
  g_assert_true (world_receive_nat_pmp_address (&self, 0, 0, wan));
  g_assert_true (world_poll (&self));
  g_assert_cmpuint (self.len, ==, 2);
  kh_port_map_free (self.map);
}

static void
test_double_nat (void)
{
  World self = world_at_nat_pmp ();
  KhPortMapEvent event;
  guint8 carrier[4] = { 100, 64, 1, 2 };

  g_assert_true (world_receive_nat_pmp_address (&self, 0, 100, carrier));
  g_assert_true (world_poll (&self));
  g_assert_true (world_receive_nat_pmp_map (&self, 0, 100, 50002, 3600));
  assert_event (&self, KH_PORT_MAP_EVENT_MAPPED, &event);
  g_assert_false (event.is_global);
  kh_port_map_free (self.map);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  world_init ();
  g_test_add_func ("/port-map/pcp", test_pcp);
  g_test_add_func ("/port-map/pcp/renew", test_pcp_renew);
  g_test_add_func ("/port-map/pcp/expires", test_pcp_expires);
  g_test_add_func ("/port-map/pcp/moves", test_pcp_moves);
  g_test_add_func ("/port-map/pcp/revoked", test_pcp_revoked);
  g_test_add_func ("/port-map/pcp/lifetimes", test_pcp_lifetimes);
  g_test_add_func ("/port-map/pcp/epoch", test_pcp_epoch);
  g_test_add_func ("/port-map/pcp/error-keeps", test_pcp_error_keeps);
  g_test_add_func ("/port-map/nat-pmp", test_nat_pmp);
  g_test_add_func ("/port-map/nat-pmp/renew", test_nat_pmp_renew);
  g_test_add_func ("/port-map/nat-pmp/announces", test_nat_pmp_announces);
  g_test_add_func ("/port-map/double-nat", test_double_nat);
  return g_test_run ();
}
