/* machine.c: see machine.h */
#include "machine.h"

#include <string.h>

void
machine_push (Machine *self, KhAddr remote, const void *data, gsize len, guint8 hop_limit)
{
  KhDatagram *out = g_new0 (KhDatagram, 1);

  out->socket = kh_socket_for_family (remote.family);
  out->remote = remote;
  out->data = g_memdup2 (data, len);
  out->len = len;
  out->hop_limit = hop_limit;
  g_queue_push_tail (&self->out, out);
}

static void
machine_receive (gpointer machine, KhDatagram *in, gint64 now_us)
{
  Machine *self = machine;

  if (!kh_socket_is_search (in->socket))
    g_assert_cmpuint (in->socket, ==, kh_socket_for_family (in->remote.family));
  else
    self->received_by_search++;
  self->last_remote = in->remote;
  self->in_order +=
      in->data[0] == (guint8) self->received && in->data[in->len - 1] == (guint8) self->received;
  self->received++;
  self->received_bytes += in->len;
  if (self->echoes)
    machine_push (self, in->remote, in->data, in->len, 0);
}

static gboolean
flood (Machine *self, KhDatagram *out)
{
  memset (out->data, 0, KH_DATAGRAM_MAX);
  out->len = KH_DATAGRAM_MAX;
  out->remote = self->flood_to;
  out->socket = kh_socket_for_family (self->flood_to.family);
  return TRUE;
}

/* The next ones of the same length, and one that is shorter, behind @out. */
static void
extend (Machine *self, KhDatagram *out)
{
  gsize segment = out->len;

  for (guint n = 1; self->runs && n < out->run_max; n++)
    {
      const KhDatagram *next = g_queue_peek_head (&self->out);

      if (next == NULL || next->len > segment || out->len % segment != 0 ||
          out->size - out->len < next->len || !kh_addr_equal (&next->remote, &out->remote))
        return;
      memcpy (out->data + out->len, next->data, next->len);
      out->len += next->len;
      out->segment = segment;
      g_free (next->data);
      g_free (g_queue_pop_head (&self->out));
    }
}

static gboolean
machine_poll_send (gpointer machine, KhDatagram *out, gint64 now_us)
{
  Machine *self = machine;
  KhDatagram *next = g_queue_pop_head (&self->out);

  g_assert_cmpuint (out->size, >=, KH_DATAGRAM_LARGEST);
  if (next == NULL)
    return self->floods && flood (self, out);
  g_assert_cmpuint (out->size, >=, next->len);
  memcpy (out->data, next->data, next->len);
  out->len = next->len;
  out->remote = next->remote;
  out->socket = next->socket;
  out->hop_limit = next->hop_limit;
  g_free (next->data);
  g_free (next);
  extend (self, out);
  return TRUE;
}

static gint64
machine_next_timeout (gpointer machine)
{
  return ((Machine *) machine)->timeout_us;
}

static void
machine_handle_timeout (gpointer machine, gint64 now_us)
{
  Machine *self = machine;

  g_assert_cmpint (now_us, >=, self->timeout_us);
  self->timeout_us = KH_NEVER;
  self->timeouts++;
}

static void
machine_unreachable (gpointer machine, const KhAddr *remote, gint64 now_us)
{
  Machine *self = machine;

  self->unreachable += kh_addr_is_loopback (remote);
}

static gboolean
machine_poll_close (gpointer machine, guint *ret_socket)
{
  Machine *self = machine;

  if (self->close == 0)
    return FALSE;
  *ret_socket = self->close;
  self->close = 0;
  return TRUE;
}

const KhMachineOps machine_ops = {
  .receive = machine_receive,
  .poll_send = machine_poll_send,
  .next_timeout = machine_next_timeout,
  .handle_timeout = machine_handle_timeout,
  .unreachable = machine_unreachable,
  .poll_close = machine_poll_close,
};

static void
on_after (gpointer user_data)
{
  Machine *self = user_data;

  self->afters++;
  if (self->kick_in_after)
    {
      self->kick_in_after = FALSE;
      kh_udp_driver_kick (self->driver);
    }
}

void
machine_init (Machine *self, gboolean echoes)
{
  *self = (Machine){ .echoes = echoes, .timeout_us = KH_NEVER };
  g_queue_init (&self->out);
  self->driver = kh_udp_driver_new (&machine_ops, self, on_after, self);
}

void
machine_clear (Machine *self)
{
  guint8 buf[KH_DATAGRAM_LARGEST];
  KhDatagram out = { .data = buf, .size = sizeof buf };

  self->floods = FALSE;
  while (machine_poll_send (self, &out, 0))
    ;
  kh_udp_driver_free (self->driver);
}

gboolean
machine_bind_loopback (Machine *self, guint socket, KhAddr *ret_addr)
{
  KhAddr addr = kh_addr_ipv4 (127, 0, 0, 1, 0);
  g_autoptr (GError) error = NULL;

  if (socket == 1)
    addr = (KhAddr){ .family = KH_FAMILY_IPV6, .ip = { [15] = 1 } };
  if (!kh_udp_driver_bind (self->driver, socket, &addr, &error))
    {
      g_test_skip (error->message);
      return FALSE;
    }
  addr.port = kh_udp_driver_get_port (self->driver, socket);
  g_assert_cmpuint (addr.port, >, 0);
  *ret_addr = addr;
  return TRUE;
}

void
machine_push_numbered (Machine *self, KhAddr remote, guint first, guint n, gsize len)
{
  g_autofree guint8 *data = g_malloc (len);

  for (guint i = 0; i < n; i++)
    {
      memset (data, (guint8) (first + i), len);
      machine_push (self, remote, data, len, 0);
    }
}

void
machine_wait (Machine *self, guint n)
{
  while (self->received < n)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (self->received, ==, n);
}

KhUdpDriverStats
machine_stats (Machine *self)
{
  KhUdpDriverStats stats;

  kh_udp_driver_get_stats (self->driver, &stats);
  return stats;
}
