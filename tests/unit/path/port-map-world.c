/* port-map-world.c: see port-map-world.h */
#include "port-map-world.h"

#include <string.h>

KhAddr gateway;
KhAddr internal;
KhAddr gateway6;
KhAddr internal6;

/* Bytes that count on, so that nonces differ and the spread of timers is some number. */
static void
count_fill (guint8 *buf, gsize len, gpointer user_data)
{
  static guint8 next;

  for (gsize i = 0; i < len; i++)
    buf[i] = next++;
}

World
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

gboolean
world_poll (World *self)
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

gboolean
world_jump (World *self)
{
  gint64 next_us = kh_port_map_next_timeout (self->map);

  if (next_us == KH_NEVER)
    return FALSE;
  g_assert_cmpint (next_us, >=, self->now_us);
  self->now_us = next_us;
  kh_port_map_handle_timeout (self->map, self->now_us);
  return TRUE;
}

gboolean
world_jump_to_request (World *self, gint64 end_us)
{
  while (!world_poll (self))
    if (kh_port_map_next_timeout (self->map) > end_us || !world_jump (self))
      return FALSE;
  return TRUE;
}

gboolean
world_receive_from (World *self, const KhAddr *from, const void *data, gsize len)
{
  KhDatagram in = { .socket = kh_socket_for_family (from->family),
                    .remote = *from,
                    .data = g_memdup2 (data, len),
                    .len = len };
  gboolean ours = kh_port_map_receive (self->map, &in, self->now_us);

  g_free (in.data);
  return ours;
}

gboolean
world_receive (World *self, const void *data, gsize len)
{
  return world_receive_from (self, &gateway, data, len);
}

void
put_number (guint8 *at, guint64 value, guint size)
{
  while (size-- > 0)
    {
      at[size] = (guint8) value;
      value >>= 8;
    }
}

guint64
get_number (const guint8 *at, guint size)
{
  guint64 value = 0;

  for (guint i = 0; i < size; i++)
    value = value << 8 | at[i];
  return value;
}

void
assert_pcp_map (World *self, guint32 lifetime_s)
{
  g_assert_cmpuint (self->len, ==, 60);
  g_assert_cmpuint (self->out[0], ==, 2);
  g_assert_cmpuint (self->out[1], ==, 1);
  g_assert_cmpuint (get_number (self->out + 2, 2), ==, 0);
  g_assert_cmpuint (get_number (self->out + 4, 4), ==, lifetime_s);
  g_assert_cmpuint (self->out[36], ==, 17);
  g_assert_cmpuint (get_number (self->out + 37, 3), ==, 0);
  g_assert_cmpuint (get_number (self->out + 40, 2), ==, PORT);
}

void
world_write_pcp_answer (
    World *self, guint8 result, guint32 lifetime_s, guint32 epoch_s, guint8 ret[60])
{
  static const guint8 external[16] = { [10] = 0xff, 0xff, 198, 51, 100, 7 };

  memset (ret, 0, 60);
  ret[0] = 2;
  ret[1] = 0x81;
  ret[3] = result;
  put_number (ret + 4, lifetime_s, 4);
  put_number (ret + 8, epoch_s, 4);
  memcpy (ret + 24, self->out + 24, 12);
  ret[36] = 17;
  put_number (ret + 40, PORT, 2);
  put_number (ret + 42, 50001, 2);
  memcpy (ret + 44, external, 16);
}

void
assert_event (World *self, KhPortMapEventKind kind, KhPortMapEvent *ret_event)
{
  g_assert_true (kh_port_map_poll_event (self->map, ret_event));
  g_assert_cmpint (ret_event->kind, ==, kind);
}

void
assert_quiet (World *self)
{
  KhPortMapEvent event;

  g_assert_false (kh_port_map_poll_event (self->map, &event));
}

void
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

void
assert_failed (World *self, KhPortMapFailure failure)
{
  KhPortMapEvent event;

  assert_event (self, KH_PORT_MAP_EVENT_FAILED, &event);
  g_assert_cmpstr (kh_port_map_failure_to_string (event.failure), ==,
                   kh_port_map_failure_to_string (failure));
  assert_quiet (self);
}

World
world_with_pcp (guint32 lifetime_s)
{
  World self = world_new (FALSE);
  guint8 answer[60];

  g_assert_true (world_poll (&self));
  assert_pcp_map (&self, 7200);
  world_write_pcp_answer (&self, 0, lifetime_s, 5000, answer);
  g_assert_true (world_receive (&self, answer, sizeof answer));
  assert_mapped (&self, KH_PORT_MAP_PCP, "198.51.100.7:50001");
  return self;
}

gboolean
world_receive_nat_pmp_address (World *self, guint16 result, guint32 epoch_s, const guint8 ip[4])
{
  guint8 answer[12] = { 0, 128 };

  put_number (answer + 2, result, 2);
  put_number (answer + 4, epoch_s, 4);
  memcpy (answer + 8, ip, 4);
  return world_receive (self, answer, sizeof answer);
}

gboolean
world_receive_nat_pmp_map (
    World *self, guint16 result, guint32 epoch_s, guint16 port, guint32 lifetime_s)
{
  guint8 answer[16] = { 0, 129 };

  put_number (answer + 2, result, 2);
  put_number (answer + 4, epoch_s, 4);
  put_number (answer + 8, PORT, 2);
  put_number (answer + 10, port, 2);
  put_number (answer + 12, lifetime_s, 4);
  return world_receive (self, answer, sizeof answer);
}

const guint8 wan[4] = { 198, 51, 100, 7 };

World
world_at_nat_pmp (void)
{
  static const guint8 unsupported[8] = { 0, 129, 0, 1, 0, 0, 0, 9 };
  World self = world_new (FALSE);

  g_assert_true (world_poll (&self));
  g_assert_false (world_poll (&self));
  g_assert_true (world_receive (&self, unsupported, sizeof unsupported));
  /* At once, not after the 250 ms. */
  g_assert_true (world_poll (&self));
  g_assert_cmpmem (self.out, self.len, "\0\0", 2);
  return self;
}

World
world_with_nat_pmp (void)
{
  World self = world_at_nat_pmp ();

  g_assert_true (world_receive_nat_pmp_address (&self, 0, 100, wan));
  g_assert_true (world_poll (&self));
  g_assert_cmpuint (self.len, ==, 12);
  g_assert_cmpuint (get_number (self.out, 4), ==, 0x00010000);
  g_assert_cmpuint (get_number (self.out + 4, 2), ==, PORT);
  g_assert_cmpuint (get_number (self.out + 6, 2), ==, PORT);
  g_assert_cmpuint (get_number (self.out + 8, 4), ==, 7200);
  g_assert_true (world_receive_nat_pmp_map (&self, 0, 100, 50002, 3600));
  assert_mapped (&self, KH_PORT_MAP_NAT_PMP, "198.51.100.7:50002");
  return self;
}

void
world_init (void)
{
  gateway = kh_addr_ipv4 (192, 168, 1, 1, 5351);
  internal = kh_addr_ipv4 (192, 168, 1, 10, PORT);
  g_assert_true (kh_addr_parse ("[fe80::1]:5351", 0, &gateway6));
  gateway6.scope_id = 2;
  g_assert_true (kh_addr_parse ("[2001:db8::10]:40000", 0, &internal6));
}
