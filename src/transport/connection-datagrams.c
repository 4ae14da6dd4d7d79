/* connection-datagrams.c: DATAGRAM frames (RFC 9221)
 *
 * Owns two short queues, one each way. Both drop the oldest when they are full: what is sent this
 * way is worth less the older it is.
 */
#include "transport/connection-private.h"

/* The type, and the length of up to 16383 bytes as a varint */
#define FRAME_HEAD 3

void
kh_connection_datagrams_clear (KhConnection *self)
{
  g_queue_clear_full (&self->datagrams_out, (GDestroyNotify) g_bytes_unref);
  g_queue_clear_full (&self->datagrams_in, (GDestroyNotify) g_bytes_unref);
}

static void
drop_link (KhConnection *self, GList *link)
{
  g_bytes_unref (link->data);
  g_queue_delete_link (&self->datagrams_out, link);
  self->stats.datagrams_dropped++;
}

gsize
kh_connection_datagram_max (KhConnection *self)
{
  return self->max_packet - FRAME_HEAD;
}

gboolean
kh_connection_send_datagram (KhConnection *self, const void *data, gsize len)
{
  if (self->state != KH_CONNECTION_OPEN || len > kh_connection_datagram_max (self))
    return FALSE;

  if (self->datagrams_out.length >= KH_CONNECTION_DATAGRAMS_MAX)
    drop_link (self, self->datagrams_out.head);
  g_queue_push_tail (&self->datagrams_out, g_bytes_new (data, len));
  return TRUE;
}

GBytes *
kh_connection_next_datagram (KhConnection *self, gsize room, gboolean is_all)
{
  GBytes *first;

  while ((first = g_queue_peek_head (&self->datagrams_out)) != NULL)
    {
      if (g_bytes_get_size (first) + FRAME_HEAD <= room)
        return g_queue_pop_head (&self->datagrams_out);
      if (!is_all)
        return NULL;
      drop_link (self, self->datagrams_out.head);
    }
  return NULL;
}

GBytes *
kh_connection_poll_datagram (KhConnection *self)
{
  GBytes *first = g_queue_pop_head (&self->datagrams_in);

  if (first != NULL)
    self->datagram_bytes_in -= g_bytes_get_size (first);
  return first;
}

void
kh_connection_receive_datagram (KhConnection *self, const KhFrame *frame)
{
  gsize len = frame->datagram.len;

  while (self->datagrams_in.length >= KH_CONNECTION_DATAGRAMS_MAX ||
         (self->datagrams_in.length > 0 &&
          self->datagram_bytes_in + len > KH_CONNECTION_DATAGRAM_BYTES_MAX))
    {
      g_autoptr (GBytes) oldest = kh_connection_poll_datagram (self);

      g_assert (oldest != NULL);
      self->stats.datagrams_dropped++;
    }
  g_queue_push_tail (&self->datagrams_in, g_bytes_new (frame->datagram.data, len));
  self->datagram_bytes_in += len;
}

void
kh_connection_trim_datagrams (KhConnection *self)
{
  for (GList *l = self->datagrams_out.head, *next; l != NULL; l = next)
    {
      next = l->next;
      if (g_bytes_get_size (l->data) > kh_connection_datagram_max (self))
        drop_link (self, l);
    }
}

void
kh_connection_set_max_packet (KhConnection *self, gsize payload)
{
  g_return_if_fail (payload >= KH_CONNECTION_MIN_PAYLOAD);

  self->max_packet = payload;
  self->long_lost = 0;
  kh_congestion_set_max_packet (&self->congestion, payload);
  self->pacer.max_packet = payload;
  kh_connection_trim_datagrams (self);
}
