/* pipe.c: two connections joined by a bad network, on a virtual clock: see pipe.h
 *
 * Owns both connections and the packets on their way.
 */
#include "pipe.h"

#include <string.h>

/* More would be a loop that does not end. */
#define STEPS_MAX 2000000
/* As good as never. */
#define QUIET (KH_NEVER - 1)

typedef struct
{
  int to;
  guint64 pn;
  gint64 arrival_us;
  gsize len;
  guint8 payload[PIPE_PAYLOAD];
} Datagram;

Pipe *
pipe_new (void)
{
  Pipe *self = g_new0 (Pipe, 1);

  self->side[0] = kh_connection_new (TRUE);
  self->side[1] = kh_connection_new (FALSE);
  self->now_us = 77 * G_USEC_PER_SEC;
  self->delay_us = 20000;
  g_queue_init (&self->in_flight);
  return self;
}

void
pipe_free (Pipe *self)
{
  if (self == NULL)
    return;
  kh_connection_free (self->side[0]);
  kh_connection_free (self->side[1]);
  g_clear_pointer (&self->rand, g_rand_free);
  g_queue_clear_full (&self->in_flight, g_free);
  g_free (self);
}

guint8
pipe_pattern (guint64 stream_id, int from, guint64 offset)
{
  return (guint8) (offset * 31 + (offset >> 8) + (offset >> 16) * 7 + stream_id * 101 + from * 53);
}

static int
by_arrival (gconstpointer a, gconstpointer b, gpointer user_data)
{
  const Datagram *x = a, *y = b;

  /* Equal times keep their order: insertion is behind. */
  return x->arrival_us < y->arrival_us ? -1 : 1;
}

static gboolean
chance (Pipe *self, int percent)
{
  return self->rand != NULL && percent > 0 && g_rand_int_range (self->rand, 0, 100) < percent;
}

static void
send (Pipe *self, int from, const guint8 *payload, gsize len)
{
  guint64 nth = self->built[from]++;
  int copies = 1;

  if (self->is_cut || (nth < 64 && (self->loss_mask[from] >> nth & 1)) || chance (self, self->loss))
    copies = 0;
  else if (chance (self, self->duplicate))
    copies = 2;

  for (int i = 0; i < copies; i++)
    {
      Datagram *datagram = g_new (Datagram, 1);

      datagram->to = !from;
      datagram->pn = self->next_pn[from];
      datagram->arrival_us = self->now_us + self->delay_us;
      if (chance (self, self->reorder))
        datagram->arrival_us += g_rand_int_range (self->rand, 1, 30000);
      datagram->len = len;
      memcpy (datagram->payload, payload, len);
      g_queue_insert_sorted (&self->in_flight, datagram, by_arrival, NULL);
    }
}

/* As a session does it: what the connection leaves where it is goes to the payload's end. */
static void
put_tail (guint8 *buf, gsize len, const KhBytes *tail, guint n_tail)
{
  gsize at = len;

  for (guint i = n_tail; i > 0; i--)
    {
      g_assert_cmpuint (tail[i - 1].len, <=, at);
      at -= tail[i - 1].len;
      memcpy (buf + at, tail[i - 1].data, tail[i - 1].len);
    }
  if (n_tail > 0)
    g_assert_cmpuint (at % KH_CONNECTION_BLOCK, ==, 0);
}

static void
send_built (Pipe *self, int from, const guint8 *buf, gsize len)
{
  gboolean ack_eliciting;

  g_assert_true (kh_frame_check_all (buf, len, &ack_eliciting, NULL));
  if (!ack_eliciting)
    self->ack_only[from]++;
  send (self, from, buf, len);
  self->next_pn[from]++;
}

/* Some of what may follow a full packet. */
static void
send_run (Pipe *self, int from, gsize len)
{
  guint64 pn = self->next_pn[from];
  guint most = 1 + pn % 5;
  guint8 buf[PIPE_PAYLOAD];

  if (self->skip_every > 0)
    most = (guint) MIN (most, self->skip_every - 1 - (pn - 1) % self->skip_every);
  for (guint n = kh_connection_begin_run (self->side[from], pn, len, most, self->now_us); n > 0;
       n--)
    {
      KhBytes tail[KH_CONNECTION_TAIL_PARTS];
      guint n_tail;

      kh_connection_run_next (self->side[from], buf, tail, &n_tail);
      put_tail (buf, len, tail, n_tail);
      send_built (self, from, buf, len);
    }
}

static void
flush_side (Pipe *self, int from)
{
  guint8 buf[PIPE_PAYLOAD];
  gsize len;

  for (;;)
    {
      gboolean wanted = kh_connection_wants_send (self->side[from], self->now_us);
      KhBytes tail[KH_CONNECTION_TAIL_PARTS];
      guint n_tail;

      if (self->skip_every > 0 && self->next_pn[from] % self->skip_every == 0)
        kh_connection_note_sent (self->side[from], self->next_pn[from]++);
      len = kh_connection_build_parts (self->side[from], self->next_pn[from], buf, sizeof buf, tail,
                                       &n_tail, self->now_us);
      g_assert_cmpint (wanted, ==, len > 0);
      if (len == 0)
        return;
      g_assert_cmpuint (len, <=, sizeof buf);
      put_tail (buf, len, tail, n_tail);
      send_built (self, from, buf, len);
      if (len + KH_CONNECTION_BLOCK > sizeof buf)
        send_run (self, from, len);
    }
}

void
pipe_flush (Pipe *self)
{
  for (int i = 0; i < 2; i++)
    {
      if (self->app != NULL)
        self->app (self, i);
      flush_side (self, i);
    }
}

/* As a session does it: a packet of bulk at once. */
static gboolean
receive_bulk (KhConnection *connection, guint64 pn, const guint8 *payload, gsize len, gint64 now_us)
{
  KhCursor cursor = kh_cursor_init (payload, len);
  KhFrame frame;

  return kh_frame_read (&cursor, &frame) && frame.type == KH_FRAME_STREAM &&
         kh_cursor_left (&cursor) == 0 &&
         kh_connection_receive_bulk (connection, pn, &frame, now_us);
}

static void
receive (KhConnection *connection, guint64 pn, const guint8 *payload, gsize len, gint64 now_us)
{
  KhCursor cursor = kh_cursor_init (payload, len);
  gboolean ack_eliciting;

  if (receive_bulk (connection, pn, payload, len, now_us))
    return;
  if (!kh_frame_check_all (payload, len, &ack_eliciting, NULL) ||
      !kh_connection_begin_packet (connection, pn, now_us))
    return;
  while (kh_cursor_left (&cursor) > 0)
    {
      KhFrame frame;

      g_assert_true (kh_frame_read (&cursor, &frame));
      if (kh_connection_receive_frame (connection, &frame, now_us) != KH_TRANSPORT_OK)
        break;
    }
  kh_connection_end_packet (connection, ack_eliciting, now_us);
}

void
pipe_inject (Pipe *self, int to, const guint8 *payload, gsize len)
{
  receive (self->side[to], self->next_pn[!to]++, payload, len, self->now_us);
}

static gint64
next_event_us (Pipe *self)
{
  const Datagram *first = g_queue_peek_head (&self->in_flight);
  gint64 next_us =
      MIN (kh_connection_next_timeout (self->side[0]), kh_connection_next_timeout (self->side[1]));

  return first != NULL ? MIN (next_us, first->arrival_us) : next_us;
}

gboolean
pipe_step (Pipe *self)
{
  gint64 next_us;

  pipe_flush (self);
  next_us = next_event_us (self);
  if (next_us == KH_NEVER)
    return FALSE;
  /* All that could go out has gone, so a deadline that has passed would be a busy loop. */
  g_assert_cmpint (next_us, >, self->now_us);
  self->now_us = next_us;

  for (Datagram *first; (first = g_queue_peek_head (&self->in_flight)) != NULL;)
    {
      if (first->arrival_us > self->now_us)
        break;
      g_queue_pop_head (&self->in_flight);
      receive (self->side[first->to], first->pn, first->payload, first->len, self->now_us);
      g_free (first);
    }
  for (int i = 0; i < 2; i++)
    {
      if (kh_connection_next_timeout (self->side[i]) <= self->now_us)
        kh_connection_handle_timeout (self->side[i], self->now_us);
    }
  return TRUE;
}

void
pipe_run (Pipe *self, gint64 until_us)
{
  guint steps = 0;

  for (;;)
    {
      pipe_flush (self);
      if (next_event_us (self) > until_us || !pipe_step (self))
        break;
      g_assert_cmpuint (++steps, <, STEPS_MAX);
    }
  pipe_flush (self);
  if (until_us != QUIET)
    self->now_us = MAX (self->now_us, until_us);
}

void
pipe_run_until_quiet (Pipe *self)
{
  pipe_run (self, QUIET);
}

void
pipe_assert_idle (Pipe *self)
{
  for (int i = 0; i < 2; i++)
    {
      g_assert_true (kh_connection_is_idle (self->side[i]));
      g_assert_cmpint (kh_connection_next_timeout (self->side[i]), ==, KH_NEVER);
      g_assert_cmpuint (kh_connection_bytes_in_flight (self->side[i]), ==, 0);
    }
}

gboolean
pipe_find_event (KhConnection *connection, KhConnectionEventType type, KhConnectionEvent *ret_event)
{
  while (kh_connection_poll_event (connection, ret_event))
    {
      if (ret_event->type == type)
        return TRUE;
    }
  return FALSE;
}
