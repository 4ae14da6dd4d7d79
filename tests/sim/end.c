/* end.c: see end.h
 *
 * A packet on the line: 14 bytes of header, of which the last 8 are the packet number, then the
 * payload, then 16 bytes for the tag; the same lengths as a SEALED datagram has.
 */
#include "end.h"

#include <string.h>

#include "transport/connection-private.h"

/* Packets */
#define RUN_MAX 44

static void
end_free (gpointer data)
{
  KhSimEnd *self = data;

  kh_connection_free (self->connection);
  g_free (self);
}

static gsize
build (KhSimEnd *self, guint8 *buf, gint64 now_us)
{
  return kh_connection_build (self->connection, self->next_number, buf + KH_SEALED_HEADER_SIZE,
                              self->datagram - KH_SEALED_OVERHEAD, now_us);
}

static void
send_packet (KhSimEnd *self, guint8 *buf, gsize len)
{
  guint64 number = GUINT64_TO_BE (self->next_number);

  self->next_number++;
  self->packets_out++;
  memset (buf, 0, KH_SEALED_HEADER_SIZE);
  memset (buf + KH_SEALED_HEADER_SIZE + len, 0, KH_AEAD_TAG_SIZE);
  memcpy (buf + KH_SEALED_HEADER_SIZE - sizeof number, &number, sizeof number);
  kh_sim_pipe_send (self->pipe, self->pair, self->place, buf, len + KH_SEALED_OVERHEAD);
}

/* What may follow a full packet, as much as a session sends at once. */
static void
send_run (KhSimEnd *self, guint8 *buf, gsize len, gint64 now_us)
{
  guint n = kh_connection_begin_run (self->connection, self->next_number, len, RUN_MAX, now_us);

  for (; n > 0; n--)
    {
      KhBytes tail[KH_CONNECTION_TAIL_PARTS];
      guint n_tail;
      gsize at = KH_SEALED_HEADER_SIZE + len;

      kh_connection_run_next (self->connection, buf + KH_SEALED_HEADER_SIZE, tail, &n_tail);
      for (guint i = n_tail; i > 0; i--)
        {
          at -= tail[i - 1].len;
          memcpy (buf + at, tail[i - 1].data, tail[i - 1].len);
        }
      send_packet (self, buf, len);
    }
}

void
kh_sim_end_pump (KhSimEnd *self)
{
  guint8 buf[KH_DATAGRAM_LARGEST];
  gint64 now_us = kh_sim_world_now (self->world);
  KhConnectionEvent event;
  GBytes *datagram;
  gsize len;

  /* Applications may call this from their event function. */
  if (self->is_pumping)
    return;
  self->is_pumping = TRUE;
  while (kh_connection_poll_event (self->connection, &event))
    if (self->app)
      self->app->event (self, &event, self->app_data);
  while ((datagram = kh_connection_poll_datagram (self->connection)) != NULL)
    {
      if (self->app && self->app->datagram)
        self->app->datagram (self, datagram, self->app_data);
      g_bytes_unref (datagram);
    }
  while ((len = build (self, buf, now_us)) > 0)
    {
      send_packet (self, buf, len);
      if (len + KH_CONNECTION_BLOCK > self->datagram - KH_SEALED_OVERHEAD)
        send_run (self, buf, len, now_us);
    }
  self->due_us = kh_connection_next_timeout (self->connection);
  self->is_pumping = FALSE;
}

static void
apply_frames (KhSimEnd *self, const guint8 *payload, gsize len, gint64 now_us)
{
  KhCursor cursor = kh_cursor_init (payload, len);
  KhFrame frame;

  while (kh_cursor_left (&cursor) > 0 && kh_frame_read (&cursor, &frame))
    if (kh_connection_receive_frame (self->connection, &frame, now_us) != KH_TRANSPORT_OK)
      return;
}

static gboolean
receive_bulk (KhSimEnd *self, guint64 number, const guint8 *payload, gsize len, gint64 now_us)
{
  KhCursor cursor = kh_cursor_init (payload, len);
  KhFrame frame;

  return kh_frame_read (&cursor, &frame) && frame.type == KH_FRAME_STREAM &&
         kh_cursor_left (&cursor) == 0 &&
         kh_connection_receive_bulk (self->connection, number, &frame, now_us);
}

static void
receive (KhSimPacket *packet, gpointer user_data)
{
  KhSimEnd *self = user_data;
  gint64 now_us = kh_sim_world_now (self->world);
  const guint8 *payload = packet->data + KH_SEALED_HEADER_SIZE;
  gsize len = packet->len - KH_SEALED_OVERHEAD;
  gboolean ack_eliciting, only_path;
  guint64 number;

  memcpy (&number, payload - sizeof number, sizeof number);
  number = GUINT64_FROM_BE (number);
  self->packets_in++;
  if (!kh_frame_check_all (payload, len, &ack_eliciting, &only_path))
    self->malformed++;
  else if (receive_bulk (self, number, payload, len, now_us))
    ;
  else if (kh_connection_begin_packet (self->connection, number, now_us))
    {
      apply_frames (self, payload, len, now_us);
      kh_connection_end_packet (self->connection, ack_eliciting, now_us);
    }
  g_free (packet);
  kh_sim_end_pump (self);
}

static gint64
next (gpointer user_data)
{
  KhSimEnd *self = user_data;

  return self->due_us;
}

static void
fire (gpointer user_data)
{
  KhSimEnd *self = user_data;

  kh_connection_handle_timeout (self->connection, kh_sim_world_now (self->world));
  kh_sim_end_pump (self);
}

static KhSimEnd *
end_new (KhSimPipe *pipe,
         KhSimWorld *world,
         const KhCongestionOps *congestion,
         gsize datagram,
         guint place)
{
  KhSimEnd *self = g_new0 (KhSimEnd, 1);

  self->world = world;
  self->pipe = pipe;
  self->place = place;
  self->name = place == KH_SIM_NEAR ? "near" : "far";
  self->connection = kh_connection_new (place == KH_SIM_NEAR);
  if (congestion)
    kh_connection_set_congestion (self->connection, congestion);
  kh_sim_end_set_datagram (self, datagram > 0 ? datagram : KH_DATAGRAM_MAX);
  self->due_us = kh_connection_next_timeout (self->connection);
  kh_sim_world_add_timer (world, next, fire, self);
  return kh_sim_world_own (world, self, end_free);
}

void
kh_sim_end_new_pair (KhSimPipe *pipe,
                     KhSimWorld *world,
                     const KhCongestionOps *congestion,
                     gsize datagram,
                     KhSimEnd *ret_ends[2])
{
  guint pair;

  for (guint i = 0; i < 2; i++)
    ret_ends[i] = end_new (pipe, world, congestion, datagram, i);
  pair = kh_sim_pipe_join (pipe, receive, ret_ends[0], ret_ends[1]);
  ret_ends[0]->pair = ret_ends[1]->pair = pair;
}

void
kh_sim_end_set_datagram (KhSimEnd *self, gsize datagram)
{
  self->datagram = datagram;
  kh_connection_set_max_packet (self->connection, datagram - KH_SEALED_OVERHEAD);
}

void
kh_sim_end_change_path (KhSimEnd *self, gint64 rtt_us)
{
  kh_connection_path_changed (self->connection, rtt_us, kh_sim_world_now (self->world));
  kh_sim_end_set_datagram (self, self->datagram);
}

void
kh_sim_end_set_app (KhSimEnd *self, const KhSimApp *app, gpointer user_data)
{
  self->app = app;
  self->app_data = user_data;
}
