/* test-port-map.c: PCP and NAT-PMP against answers laid out by hand (RFC 6887, RFC 6886) */
#include "path/port-map.h"

#include <string.h>

#define PORT 40000
#define SECOND ((gint64) G_USEC_PER_SEC)

typedef struct
{
  KhPortMap *map;
  gint64 now_us;
  guint8 out[64]; /* the last request */
  gsize len;
  KhAddr source;
} World;

static KhAddr gateway;
static KhAddr internal;
static KhAddr gateway6;
static KhAddr internal6;

/* Bytes that count on, so that nonces differ and the spread of timers is some number. */
static void
count_fill (guint8 *buf, gsize len, gpointer user_data)
{
  static guint8 next;

  for (gsize i = 0; i < len; i++)
    buf[i] = next++;
}

static World
world_new (gboolean ipv6)
{
  World self = { .now_us = 1000 * SECOND };

  self.map = kh_port_map_new ((KhRandom){ .fill = count_fill });
  if (ipv6)
    {
      kh_port_map_set_internal (self.map, KH_FAMILY_IPV6, &internal6, self.now_us);
      kh_port_map_set_gateways (self.map, &gateway6, 1, self.now_us);
    }
  else
    {
      kh_port_map_set_internal (self.map, KH_FAMILY_IPV4, &internal, self.now_us);
      kh_port_map_set_gateways (self.map, &gateway, 1, self.now_us);
    }
  return self;
}

static gboolean
poll (World *self)
{
  KhDatagram out = { .data = self->out, .size = sizeof self->out };

  memset (self->out, 0xee, sizeof self->out);
  if (!kh_port_map_poll_send (self->map, &out, self->now_us))
    return FALSE;
  g_assert_true (kh_addr_equal (&out.remote, out.socket == KH_SOCKET_IPV6 ? &gateway6 : &gateway));
  self->len = out.len;
  self->source = out.source;
  return TRUE;
}

/* To the next deadline; FALSE where there is none. */
static gboolean
jump (World *self)
{
  gint64 next_us = kh_port_map_next_timeout (self->map);

  if (next_us == KH_NEVER)
    return FALSE;
  g_assert_cmpint (next_us, >=, self->now_us);
  self->now_us = next_us;
  kh_port_map_handle_timeout (self->map, self->now_us);
  return TRUE;
}

/* Jumps until there is a request; FALSE where nothing is asked before @end_us. */
static gboolean
jump_to_request (World *self, gint64 end_us)
{
  while (!poll (self))
    if (kh_port_map_next_timeout (self->map) > end_us || !jump (self))
      return FALSE;
  return TRUE;
}

static gboolean
receive_from (World *self, const KhAddr *from, const void *data, gsize len)
{
  KhDatagram in = { .socket = kh_socket_for_family (from->family),
                    .remote = *from,
                    .data = g_memdup2 (data, len),
                    .len = len };
  gboolean ours = kh_port_map_receive (self->map, &in, self->now_us);

  g_free (in.data);
  return ours;
}

static gboolean
receive (World *self, const void *data, gsize len)
{
  return receive_from (self, &gateway, data, len);
}

static void
put (guint8 *at, guint64 value, guint size)
{
  while (size-- > 0)
    {
      at[size] = (guint8) value;
      value >>= 8;
    }
}

static guint64
get (const guint8 *at, guint size)
{
  guint64 value = 0;

  for (guint i = 0; i < size; i++)
    value = value << 8 | at[i];
  return value;
}

static void
assert_pcp_map (World *self, guint32 lifetime_s)
{
  g_assert_cmpuint (self->len, ==, 60);
  g_assert_cmpuint (self->out[0], ==, 2);
  g_assert_cmpuint (self->out[1], ==, 1);
  g_assert_cmpuint (get (self->out + 2, 2), ==, 0);
  g_assert_cmpuint (get (self->out + 4, 4), ==, lifetime_s);
  g_assert_cmpuint (self->out[36], ==, 17);
  g_assert_cmpuint (get (self->out + 37, 3), ==, 0);
  g_assert_cmpuint (get (self->out + 40, 2), ==, PORT);
}

/* The answer to the MAP request in @self->out, granted at 198.51.100.7:50001. */
static void
pcp_answer (World *self, guint8 result, guint32 lifetime_s, guint32 epoch_s, guint8 ret[60])
{
  static const guint8 external[16] = { [10] = 0xff, 0xff, 198, 51, 100, 7 };

  memset (ret, 0, 60);
  ret[0] = 2;
  ret[1] = 0x81;
  ret[3] = result;
  put (ret + 4, lifetime_s, 4);
  put (ret + 8, epoch_s, 4);
  memcpy (ret + 24, self->out + 24, 12);
  ret[36] = 17;
  put (ret + 40, PORT, 2);
  put (ret + 42, 50001, 2);
  memcpy (ret + 44, external, 16);
}

static void
assert_event (World *self, KhPortMapEventKind kind, KhPortMapEvent *ret_event)
{
  g_assert_true (kh_port_map_poll_event (self->map, ret_event));
  g_assert_cmpint (ret_event->kind, ==, kind);
}

static void
assert_quiet (World *self)
{
  KhPortMapEvent event;

  g_assert_false (kh_port_map_poll_event (self->map, &event));
}

static void
assert_mapped (World *self, KhPortMapProtocol protocol, const char *expected)
{
  KhPortMapEvent event;
  char text[KH_ADDR_STRING_MAX];

  assert_event (self, KH_PORT_MAP_EVENT_MAPPED, &event);
  g_assert_cmpint (event.protocol, ==, protocol);
  g_assert_cmpstr (kh_addr_format (&event.external, text), ==, expected);
  g_assert_cmpint (event.is_global, ==, kh_port_map_is_global (&event.external));
  assert_quiet (self);
}

static void
assert_failed (World *self, KhPortMapFailure failure)
{
  KhPortMapEvent event;

  assert_event (self, KH_PORT_MAP_EVENT_FAILED, &event);
  g_assert_cmpstr (kh_port_map_failure_to_string (event.failure), ==,
                   kh_port_map_failure_to_string (failure));
  assert_quiet (self);
}

/* Mapped by PCP, with what it was asked in @self->out. */
static World
world_with_pcp (guint32 lifetime_s)
{
  World self = world_new (FALSE);
  guint8 answer[60];

  g_assert_true (poll (&self));
  assert_pcp_map (&self, 7200);
  pcp_answer (&self, 0, lifetime_s, 5000, answer);
  g_assert_true (receive (&self, answer, sizeof answer));
  assert_mapped (&self, KH_PORT_MAP_PCP, "198.51.100.7:50001");
  return self;
}

static gboolean
receive_nat_pmp_address (World *self, guint16 result, guint32 epoch_s, const guint8 ip[4])
{
  guint8 answer[12] = { 0, 128 };

  put (answer + 2, result, 2);
  put (answer + 4, epoch_s, 4);
  memcpy (answer + 8, ip, 4);
  return receive (self, answer, sizeof answer);
}

static gboolean
receive_nat_pmp_map (World *self, guint16 result, guint32 epoch_s, guint16 port, guint32 lifetime_s)
{
  guint8 answer[16] = { 0, 129 };

  put (answer + 2, result, 2);
  put (answer + 4, epoch_s, 4);
  put (answer + 8, PORT, 2);
  put (answer + 10, port, 2);
  put (answer + 12, lifetime_s, 4);
  return receive (self, answer, sizeof answer);
}

static const guint8 wan[4] = { 198, 51, 100, 7 };

/* To the first NAT-PMP request, PCP having been answered as RFC 6886, 3.5 says. */
static World
world_at_nat_pmp (void)
{
  static const guint8 unsupported[8] = { 0, 129, 0, 1, 0, 0, 0, 9 };
  World self = world_new (FALSE);

  g_assert_true (poll (&self));
  g_assert_false (poll (&self));
  g_assert_true (receive (&self, unsupported, sizeof unsupported));
  /* At once, not after the 250 ms. */
  g_assert_true (poll (&self));
  g_assert_cmpmem (self.out, self.len, "\0\0", 2);
  return self;
}

static World
world_with_nat_pmp (void)
{
  World self = world_at_nat_pmp ();

  g_assert_true (receive_nat_pmp_address (&self, 0, 100, wan));
  g_assert_true (poll (&self));
  g_assert_cmpuint (self.len, ==, 12);
  g_assert_cmpuint (get (self.out, 4), ==, 0x00010000);
  g_assert_cmpuint (get (self.out + 4, 2), ==, PORT);
  g_assert_cmpuint (get (self.out + 6, 2), ==, PORT);
  g_assert_cmpuint (get (self.out + 8, 4), ==, 7200);
  g_assert_true (receive_nat_pmp_map (&self, 0, 100, 50002, 3600));
  assert_mapped (&self, KH_PORT_MAP_NAT_PMP, "198.51.100.7:50002");
  return self;
}

/* --- PCP --------------------------------------------------------------------------------- */

static void
test_pcp (void)
{
  World self = world_with_pcp (7200);
  static const guint8 client[16] = { [10] = 0xff, 0xff, 192, 168, 1, 10 };
  static const guint8 any[16] = { [10] = 0xff, 0xff };

  g_assert_cmpmem (self.out + 8, 16, client, 16);
  /* The suggestion: the port of the inside, at any address. */
  g_assert_cmpuint (get (self.out + 42, 2), ==, PORT);
  g_assert_cmpmem (self.out + 44, 16, any, 16);
  g_assert_false (kh_addr_is_set (&self.source));
  /* NAT-PMP is not asked any more, and the next thing is the renewal. */
  g_assert_false (poll (&self));
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
  g_assert_true (jump (&self));
  g_assert_true (poll (&self));
  assert_pcp_map (&self, 7200);
  g_assert_cmpmem (self.out + 24, 12, nonce, 12);
  g_assert_cmpuint (get (self.out + 42, 2), ==, 50001);
  g_assert_cmpmem (self.out + 44, 16, external, 16);
  /* The second at three quarters, as the first was not answered. */
  g_assert_true (jump (&self));
  g_assert_true (poll (&self));
  g_assert_cmpint (self.now_us - mapped_us, >=, 5400 * SECOND);
  pcp_answer (&self, 0, 7200, 5000 + (guint32) ((self.now_us - mapped_us) / SECOND), answer);
  g_assert_true (receive (&self, answer, sizeof answer));
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
      g_assert_true (jump (&self));
      g_assert_true (poll (&self));
      g_assert_false (poll (&self));
      requests++;
    }
  g_assert_cmpuint (requests, >=, 5);
  g_assert_cmpuint (requests, <=, 12);
  assert_quiet (&self);
  g_assert_true (jump (&self));
  g_assert_cmpint (self.now_us, ==, end_us);
  assert_event (&self, KH_PORT_MAP_EVENT_LOST, &event);
  assert_quiet (&self);
  /* And it is asked for anew. */
  g_assert_true (poll (&self));
  assert_pcp_map (&self, 7200);
  kh_port_map_free (self.map);
}

static void
test_pcp_moves (void)
{
  World self = world_with_pcp (7200);
  guint8 answer[60];

  /* Unasked (RFC 6887, 14.2): the same mapping, elsewhere. */
  pcp_answer (&self, 0, 7200, 5000, answer);
  put (answer + 42, 50099, 2);
  g_assert_true (receive (&self, answer, sizeof answer));
  assert_mapped (&self, KH_PORT_MAP_PCP, "198.51.100.7:50099");
  kh_port_map_free (self.map);
}

static void
test_pcp_revoked (void)
{
  World self = world_with_pcp (7200);
  guint8 answer[60];
  KhPortMapEvent event;

  pcp_answer (&self, 0, 0, 5000, answer);
  g_assert_true (receive (&self, answer, sizeof answer));
  assert_event (&self, KH_PORT_MAP_EVENT_LOST, &event);
  assert_quiet (&self);
  /* A gateway that gives and takes does not keep us busy. */
  g_assert_false (poll (&self));
  g_assert_cmpint (kh_port_map_next_timeout (self.map), ==, self.now_us + 60 * SECOND);
  g_assert_true (jump (&self));
  g_assert_true (poll (&self));
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
  put (announce + 8, 5100, 4);
  g_assert_true (receive (&self, announce, sizeof announce));
  g_assert_false (poll (&self));
  /* It has restarted, and forgotten. */
  put (announce + 8, 3, 4);
  g_assert_true (receive (&self, announce, sizeof announce));
  g_assert_true (poll (&self));
  assert_pcp_map (&self, 7200);
  g_assert_false (poll (&self));
  /* Again and again within a moment: one renewal in 4 s. */
  for (guint i = 0; i < 100; i++)
    {
      put (announce + 8, i % 2 * 1000, 4);
      g_assert_true (receive (&self, announce, sizeof announce));
      g_assert_false (poll (&self));
    }
  g_assert_cmpint (kh_port_map_next_timeout (self.map), ==, mapped_us + 104 * SECOND);
  kh_port_map_free (self.map);
}

static void
test_pcp_spoofed (void)
{
  World self = world_new (FALSE);
  KhAddr other_port = gateway, other_ip = kh_addr_ipv4 (192, 168, 1, 2, 5351);
  guint8 good[60], bad[60], longer[64] = { 0 };

  other_port.port = 5352;
  g_assert_true (poll (&self));
  pcp_answer (&self, 0, 7200, 1, good);
  g_assert_false (receive_from (&self, &other_port, good, sizeof good));
  g_assert_false (receive_from (&self, &other_ip, good, sizeof good));
  for (gsize len = 0; len < sizeof good; len++)
    g_assert_false (receive (&self, good, len));
  /* A request, another version, opcode, nonce, protocol, port */
  for (guint i = 0; i < 6; i++)
    {
      static const guint at[] = { 1, 0, 1, 30, 36, 41 };
      static const guint8 value[] = { 0x01, 3, 0x82, 0xff, 6, 1 };

      memcpy (bad, good, sizeof bad);
      bad[at[i]] = value[i];
      g_assert_false (receive (&self, bad, sizeof bad));
    }
  /* External: no port, nowhere, multicast, loopback, another family */
  for (guint i = 0; i < 5; i++)
    {
      static const guint8 first[] = { 198, 0, 224, 127, 198 };

      memcpy (bad, good, sizeof bad);
      bad[56] = first[i];
      if (i == 0)
        put (bad + 42, 0, 2);
      if (i == 4)
        bad[44] = 0x20;
      g_assert_false (receive (&self, bad, sizeof bad));
    }
  assert_quiet (&self);
  /* With an option behind it, which is passed over, the good one is still good. */
  memcpy (longer, good, sizeof good);
  g_assert_true (receive (&self, longer, sizeof longer));
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

      g_assert_true (poll (&self));
      pcp_answer (&self, cases[i].result, 600, 1, answer);
      g_assert_true (receive (&self, answer, sizeof answer));
      /* NAT-PMP has its chance, and nobody answers it. */
      while (jump_to_request (&self, self.now_us + 20 * SECOND))
        g_assert_cmpuint (self.out[0], ==, 0);
      assert_failed (&self, cases[i].failure);
      g_assert_cmpint (kh_port_map_next_timeout (self.map), <=, self.now_us + 600 * SECOND);
      g_assert_true (jump (&self));
      g_assert_true (poll (&self));
      assert_pcp_map (&self, 7200);
      kh_port_map_free (self.map);
    }
}

static void
test_pcp_error_keeps (void)
{
  World self = world_with_pcp (7200);
  guint8 answer[60];

  g_assert_true (jump (&self));
  g_assert_true (poll (&self));
  pcp_answer (&self, 8, 30, 5000, answer);
  g_assert_true (receive (&self, answer, sizeof answer));
  assert_quiet (&self);
  kh_port_map_free (self.map);
}

static void
test_pcp_other_version (void)
{
  World self = world_new (FALSE);
  guint8 answer[24] = { 1, 0x81, 0, 1 };

  g_assert_true (poll (&self));
  g_assert_true (receive (&self, answer, sizeof answer));
  g_assert_true (poll (&self));
  g_assert_cmpuint (self.out[0], ==, 0);
  kh_port_map_free (self.map);
}

static void
test_pcp_ipv6 (void)
{
  World self = world_new (TRUE);
  guint8 answer[60];

  g_assert_true (poll (&self));
  assert_pcp_map (&self, 7200);
  g_assert_cmpmem (self.out + 8, 16, internal6.ip, 16);
  /* The gateway is link-local and the system would choose a link-local source. */
  g_assert_true (kh_addr_equal (&self.source, &internal6));
  pcp_answer (&self, 0, 7200, 1, answer);
  /* NAT64 is not a pinhole. */
  g_assert_false (receive_from (&self, &gateway6, answer, sizeof answer));
  memcpy (answer + 44, internal6.ip, 16);
  put (answer + 42, PORT, 2);
  g_assert_true (receive_from (&self, &gateway6, answer, sizeof answer));
  assert_mapped (&self, KH_PORT_MAP_PCP, "[2001:db8::10]:40000");
  kh_port_map_free (self.map);
}

static void
test_ipv6_has_no_nat_pmp (void)
{
  World self = world_new (TRUE);

  while (jump_to_request (&self, self.now_us + 100 * SECOND))
    assert_pcp_map (&self, 7200);
  assert_failed (&self, KH_PORT_MAP_NO_ANSWER);
  kh_port_map_free (self.map);
}

/* --- NAT-PMP ----------------------------------------------------------------------------- */

static void
test_nat_pmp (void)
{
  World self = world_with_nat_pmp ();

  g_assert_false (poll (&self));
  g_assert_cmpint (kh_port_map_next_timeout (self.map), >=, self.now_us + 1800 * SECOND);
  kh_port_map_free (self.map);
}

static void
test_nat_pmp_beside_pcp (void)
{
  World self = world_new (FALSE);
  gint64 began_us = self.now_us;

  g_assert_true (poll (&self));
  g_assert_true (jump (&self));
  g_assert_cmpint (self.now_us - began_us, ==, 250000);
  g_assert_true (poll (&self));
  g_assert_cmpmem (self.out, self.len, "\0\0", 2);
  g_assert_true (receive_nat_pmp_address (&self, 0, 100, wan));
  g_assert_true (poll (&self));
  g_assert_true (receive_nat_pmp_map (&self, 0, 100, 50002, 3600));
  assert_mapped (&self, KH_PORT_MAP_NAT_PMP, "198.51.100.7:50002");
  kh_port_map_free (self.map);
}

static void
test_pcp_comes_late (void)
{
  World self = world_new (FALSE);
  guint8 answer[60];

  g_assert_true (poll (&self));
  pcp_answer (&self, 0, 7200, 1, answer);
  g_assert_true (jump (&self));
  g_assert_true (poll (&self));
  g_assert_true (receive_nat_pmp_address (&self, 0, 100, wan));
  /* Before NAT-PMP has asked for the mapping: there is one, and one is enough. */
  g_assert_true (receive (&self, answer, sizeof answer));
  assert_mapped (&self, KH_PORT_MAP_PCP, "198.51.100.7:50001");
  g_assert_false (poll (&self));
  g_assert_false (receive_nat_pmp_map (&self, 0, 100, 50002, 3600));
  assert_quiet (&self);
  kh_port_map_free (self.map);
}

static void
test_nat_pmp_renew (void)
{
  static const guint8 moved[4] = { 198, 51, 100, 8 };
  World self = world_with_nat_pmp ();

  g_assert_true (jump (&self));
  g_assert_true (poll (&self));
  g_assert_cmpuint (self.len, ==, 2);
  g_assert_true (receive_nat_pmp_address (&self, 0, 2000, moved));
  g_assert_true (poll (&self));
  g_assert_cmpuint (self.len, ==, 12);
  g_assert_cmpuint (get (self.out + 6, 2), ==, 50002);
  g_assert_true (receive_nat_pmp_map (&self, 0, 2000, 50002, 3600));
  assert_mapped (&self, KH_PORT_MAP_NAT_PMP, "198.51.100.8:50002");
  kh_port_map_free (self.map);
}

static void
test_nat_pmp_announces (void)
{
  World self = world_with_nat_pmp ();

  self.now_us += 100 * SECOND;
  g_assert_true (receive_nat_pmp_address (&self, 0, 200, wan));
  g_assert_false (poll (&self));
  /* Restarted (RFC 6886, 3.2.1) */
  g_assert_true (receive_nat_pmp_address (&self, 0, 0, wan));
  g_assert_true (poll (&self));
  g_assert_cmpuint (self.len, ==, 2);
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
          g_assert_true (receive_nat_pmp_address (&self, 0, 100, wan));
          g_assert_true (poll (&self));
          g_assert_true (receive_nat_pmp_map (&self, result, 100, 0, 0));
        }
      else
        g_assert_true (receive_nat_pmp_address (&self, result, 100, wan));
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

  g_assert_true (receive_nat_pmp_address (&self, 0, 100, none));
  assert_failed (&self, KH_PORT_MAP_NO_ADDRESS);
  kh_port_map_free (self.map);
}

static void
test_nat_pmp_unasked (void)
{
  World self = world_new (FALSE);

  g_assert_true (poll (&self));
  g_assert_false (receive_nat_pmp_address (&self, 0, 100, wan));
  g_assert_false (receive_nat_pmp_map (&self, 0, 100, 50002, 3600));
  g_assert_true (jump (&self));
  g_assert_true (poll (&self));
  g_assert_false (receive_nat_pmp_map (&self, 0, 100, 50002, 3600));
  assert_quiet (&self);
  kh_port_map_free (self.map);
}

/* --- both -------------------------------------------------------------------------------- */

static void
test_silence (void)
{
  World self = world_new (FALSE);
  gint64 began_us = self.now_us;
  guint pcp = 0, nat_pmp = 0;

  while (jump_to_request (&self, began_us + 60 * SECOND))
    self.out[0] == 2 ? pcp++ : nat_pmp++;
  g_assert_cmpuint (pcp, ==, 3);
  g_assert_cmpuint (nat_pmp, ==, 5);
  assert_failed (&self, KH_PORT_MAP_NO_ANSWER);
  g_assert_cmpint (self.now_us - began_us, >=, 18 * SECOND);
  /* Quiet for an hour, then once more, without saying the same again. */
  g_assert_cmpint (kh_port_map_next_timeout (self.map), ==, self.now_us + 3600 * SECOND);
  while (jump_to_request (&self, began_us + 3700 * SECOND))
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

      while (jump_to_request (&self, end_us))
        {
          if (self.out[0] == 2)
            {
              pcp_answer (&self, 0, 7200, 1, answer);
              if (!(mask >> n_pcp++ & 1))
                receive (&self, answer, sizeof answer);
            }
          else if (!(mask >> (3 + n_nat_pmp++ % 5) & 1) && lost_pcp)
            {
              if (self.len == 2)
                g_assert_true (receive_nat_pmp_address (&self, 0, 100, wan));
              else
                g_assert_true (receive_nat_pmp_map (&self, 0, 100, 50002, 3600));
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
test_double_nat (void)
{
  World self = world_at_nat_pmp ();
  KhPortMapEvent event;
  guint8 carrier[4] = { 100, 64, 1, 2 };

  g_assert_true (receive_nat_pmp_address (&self, 0, 100, carrier));
  g_assert_true (poll (&self));
  g_assert_true (receive_nat_pmp_map (&self, 0, 100, 50002, 3600));
  assert_event (&self, KH_PORT_MAP_EVENT_MAPPED, &event);
  g_assert_false (event.is_global);
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

static void
test_network_change (void)
{
  World self = world_with_pcp (7200);
  KhAddr other = kh_addr_ipv4 (10, 0, 0, 1, 0);
  KhAddr both[2] = { gateway6, gateway };
  KhPortMapEvent event;
  guint8 nonce[12], answer[60];

  memcpy (nonce, self.out + 24, 12);
  pcp_answer (&self, 0, 7200, 5000, answer);
  /* The same gateway, now with one of the other family, of which there is no address. */
  kh_port_map_set_gateways (self.map, both, 2, self.now_us);
  g_assert_false (poll (&self));
  assert_quiet (&self);
  kh_port_map_set_gateways (self.map, &other, 1, self.now_us);
  assert_event (&self, KH_PORT_MAP_EVENT_LOST, &event);
  assert_quiet (&self);
  /* The old gateway is a stranger, and the new one cannot know the old by our nonce. */
  g_assert_false (receive (&self, answer, sizeof answer));
  gateway = other;
  gateway.port = 5351;
  g_assert_true (poll (&self));
  g_assert_cmpint (memcmp (self.out + 24, nonce, 12), !=, 0);
  gateway = kh_addr_ipv4 (192, 168, 1, 1, 5351);
  kh_port_map_set_gateways (self.map, NULL, 0, self.now_us);
  g_assert_false (poll (&self));
  g_assert_cmpint (kh_port_map_next_timeout (self.map), ==, KH_NEVER);
  kh_port_map_free (self.map);
}

static void
test_refresh (void)
{
  World self = world_with_pcp (7200);

  kh_port_map_refresh (self.map, self.now_us);
  g_assert_false (poll (&self));
  self.now_us += 10 * SECOND;
  kh_port_map_refresh (self.map, self.now_us);
  g_assert_true (poll (&self));
  assert_pcp_map (&self, 7200);
  kh_port_map_free (self.map);

  self = world_new (FALSE);
  while (jump_to_request (&self, self.now_us + 60 * SECOND))
    continue;
  assert_failed (&self, KH_PORT_MAP_NO_ANSWER);
  kh_port_map_refresh (self.map, self.now_us);
  g_assert_true (poll (&self));
  kh_port_map_free (self.map);
}

static void
assert_over (World *self)
{
  g_assert_false (poll (self));
  g_assert_cmpint (kh_port_map_next_timeout (self->map), ==, KH_NEVER);
  kh_port_map_set_gateways (self->map, NULL, 0, self->now_us);
  kh_port_map_set_gateways (self->map, &gateway, 1, self->now_us);
  kh_port_map_shutdown (self->map, self->now_us);
  g_assert_false (poll (self));
  assert_quiet (self);
  kh_port_map_free (self->map);
}

static void
test_shutdown (void)
{
  World pcp = world_with_pcp (7200), nat_pmp = world_with_nat_pmp (), idle = world_new (FALSE);
  guint8 nonce[12], answer[60];

  memcpy (nonce, pcp.out + 24, 12);
  pcp_answer (&pcp, 0, 7200, 5000, answer);
  kh_port_map_shutdown (pcp.map, pcp.now_us);
  g_assert_cmpint (kh_port_map_next_timeout (pcp.map), <=, pcp.now_us);
  g_assert_true (poll (&pcp));
  assert_pcp_map (&pcp, 0);
  g_assert_cmpmem (pcp.out + 24, 12, nonce, 12);
  g_assert_cmpuint (get (pcp.out + 42, 2), ==, 0);
  g_assert_false (receive (&pcp, answer, sizeof answer));
  assert_over (&pcp);

  kh_port_map_shutdown (nat_pmp.map, nat_pmp.now_us);
  g_assert_true (poll (&nat_pmp));
  g_assert_cmpuint (nat_pmp.len, ==, 12);
  g_assert_cmpuint (get (nat_pmp.out + 4, 2), ==, PORT);
  /* RFC 6886, 3.4: port and lifetime are 0 to delete. */
  g_assert_cmpuint (get (nat_pmp.out + 6, 6), ==, 0);
  assert_over (&nat_pmp);

  /* Nothing was asked yet. */
  kh_port_map_shutdown (idle.map, idle.now_us);
  assert_over (&idle);
}

static void
test_shutdown_while_asking (void)
{
  World self = world_new (FALSE);

  g_assert_true (poll (&self));
  kh_port_map_shutdown (self.map, self.now_us);
  /* It may have been granted. */
  g_assert_true (poll (&self));
  assert_pcp_map (&self, 0);
  assert_over (&self);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  gateway = kh_addr_ipv4 (192, 168, 1, 1, 5351);
  internal = kh_addr_ipv4 (192, 168, 1, 10, PORT);
  g_assert_true (kh_addr_parse ("[fe80::1]:5351", 0, &gateway6));
  gateway6.scope_id = 2;
  g_assert_true (kh_addr_parse ("[2001:db8::10]:40000", 0, &internal6));

  g_test_add_func ("/port-map/pcp", test_pcp);
  g_test_add_func ("/port-map/pcp/renew", test_pcp_renew);
  g_test_add_func ("/port-map/pcp/expires", test_pcp_expires);
  g_test_add_func ("/port-map/pcp/moves", test_pcp_moves);
  g_test_add_func ("/port-map/pcp/revoked", test_pcp_revoked);
  g_test_add_func ("/port-map/pcp/lifetimes", test_pcp_lifetimes);
  g_test_add_func ("/port-map/pcp/epoch", test_pcp_epoch);
  g_test_add_func ("/port-map/pcp/spoofed", test_pcp_spoofed);
  g_test_add_func ("/port-map/pcp/errors", test_pcp_errors);
  g_test_add_func ("/port-map/pcp/error-keeps", test_pcp_error_keeps);
  g_test_add_func ("/port-map/pcp/other-version", test_pcp_other_version);
  g_test_add_func ("/port-map/pcp/ipv6", test_pcp_ipv6);
  g_test_add_func ("/port-map/pcp/comes-late", test_pcp_comes_late);
  g_test_add_func ("/port-map/ipv6-has-no-nat-pmp", test_ipv6_has_no_nat_pmp);
  g_test_add_func ("/port-map/nat-pmp", test_nat_pmp);
  g_test_add_func ("/port-map/nat-pmp/beside-pcp", test_nat_pmp_beside_pcp);
  g_test_add_func ("/port-map/nat-pmp/renew", test_nat_pmp_renew);
  g_test_add_func ("/port-map/nat-pmp/announces", test_nat_pmp_announces);
  g_test_add_func ("/port-map/nat-pmp/errors", test_nat_pmp_errors);
  g_test_add_func ("/port-map/nat-pmp/no-address", test_nat_pmp_no_address);
  g_test_add_func ("/port-map/nat-pmp/unasked", test_nat_pmp_unasked);
  g_test_add_func ("/port-map/silence", test_silence);
  g_test_add_func ("/port-map/losses", test_losses);
  g_test_add_func ("/port-map/double-nat", test_double_nat);
  g_test_add_func ("/port-map/is-global", test_is_global);
  g_test_add_func ("/port-map/network-change", test_network_change);
  g_test_add_func ("/port-map/refresh", test_refresh);
  g_test_add_func ("/port-map/shutdown", test_shutdown);
  g_test_add_func ("/port-map/shutdown-while-asking", test_shutdown_while_asking);
  return g_test_run ();
}
