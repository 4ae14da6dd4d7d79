/* fuzz-port-map.c: a gateway that says anything at any time; it cannot make us send more than a
 * little, nor break what holds between two calls
 *
 * The input is a list of steps: 0x80 | n and n bytes is a datagram from the gateway, and the others
 * are below. The nonce is all zeros, so that an input can be an answer.
 */
#include <stdint.h>
#include <string.h>

#include "path/port-map-wire.h"
#include "path/port-map.h"

#define STEPS_MAX 256
/* What one step can cause: a request of each protocol. */
#define SENDS_MAX 2

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

typedef enum
{
  STEP_SEND = 0,
  STEP_TIMEOUT,
  STEP_REFRESH,
  STEP_SHUTDOWN,
  STEP_NETWORK,
} Step;

static void
fill_zeros (guint8 *buf, gsize len, gpointer user_data)
{
  memset (buf, 0, len);
}

static void
send_all (KhPortMap *map, gint64 now_us)
{
  guint8 buf[KH_PCP_MAP_SIZE];
  KhDatagram out = { .data = buf, .size = sizeof buf };
  guint n = 0;

  while (kh_port_map_poll_send (map, &out, now_us))
    {
      g_assert_cmpuint (out.remote.port, ==, KH_PORT_MAP_PORT);
      g_assert_cmpuint (++n, <=, SENDS_MAX);
    }
  g_assert_cmpint (kh_port_map_next_timeout (map), >, now_us);
}

static void
check_events (KhPortMap *map, gboolean *is_mapped)
{
  KhPortMapEvent event;
  guint n = 0;

  while (kh_port_map_poll_event (map, &event))
    {
      g_assert_cmpuint (++n, <=, 2);
      g_assert_cmpint (event.family, ==, KH_FAMILY_IPV4);
      if (event.kind == KH_PORT_MAP_EVENT_MAPPED)
        {
          g_assert_true (kh_addr_is_unicast (&event.external));
          g_assert_cmpuint (event.lifetime_s, >=, 120);
        }
      if (event.kind == KH_PORT_MAP_EVENT_LOST)
        g_assert_true (*is_mapped);
      *is_mapped = event.kind == KH_PORT_MAP_EVENT_MAPPED;
    }
}

static gint64
step (KhPortMap *map, guint8 which, const KhAddr *gateway, gint64 now_us)
{
  gint64 next_us = kh_port_map_next_timeout (map);

  switch ((Step) which)
    {
    case STEP_SEND:
      break;
    case STEP_TIMEOUT:
      if (next_us == KH_NEVER)
        break;
      now_us = MAX (now_us, next_us);
      kh_port_map_handle_timeout (map, now_us);
      break;
    case STEP_REFRESH:
      kh_port_map_refresh (map, now_us);
      break;
    case STEP_SHUTDOWN:
      kh_port_map_shutdown (map, now_us);
      break;
    case STEP_NETWORK:
      kh_port_map_set_gateways (map, NULL, 0, now_us);
      kh_port_map_set_gateways (map, gateway, 1, now_us);
      break;
    default:
      break;
    }
  return now_us;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (KhPortMap) map = kh_port_map_new ((KhRandom){ .fill = fill_zeros });
  KhAddr gateway = kh_addr_ipv4 (192, 168, 1, 1, KH_PORT_MAP_PORT);
  KhAddr internal = kh_addr_ipv4 (192, 168, 1, 10, 40000);
  KhCursor cursor = kh_cursor_init (data, size);
  gint64 now_us = G_USEC_PER_SEC;
  gboolean is_mapped = FALSE;
  guint8 which;

  kh_port_map_set_internal (map, KH_FAMILY_IPV4, &internal, now_us);
  kh_port_map_set_gateways (map, &gateway, 1, now_us);
  for (guint i = 0; i < STEPS_MAX && kh_cursor_u8 (&cursor, &which); i++)
    {
      KhDatagram in = { .remote = gateway, .len = which & 0x7f };
      const guint8 *bytes;

      if (!(which & 0x80))
        now_us = step (map, which, &gateway, now_us);
      else if (kh_cursor_view (&cursor, in.len, &bytes))
        {
          in.data = g_memdup2 (bytes, in.len);
          kh_port_map_receive (map, &in, now_us);
          g_free (in.data);
        }
      send_all (map, now_us);
      check_events (map, &is_mapped);
    }
  return 0;
}
