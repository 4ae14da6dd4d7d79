/* program-app.c: the applications of a program (program.h): commands, and what events may say
 *
 * Both ends are here, so each event is held against what the other end has done at that time.
 */
#include <string.h>

#include "program-private.h"

#define CHUNK 4096

static guint8
byte_at (guint64 id, guint place, guint64 offset)
{
  guint64 x = (offset + 1) * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15) + id * 31 + place * 7;

  return (guint8) (x >> 32);
}

static KhConnection *
connection (KhSimProgram *self, guint place)
{
  return self->ends[place]->connection;
}

static void
trace (KhSimProgram *self, guint place, const char *what, guint64 id, guint64 number)
{
  if (kh_sim_world_is_traced (self->world))
    kh_sim_world_trace (self->world, "%s: %s %" G_GUINT64_FORMAT " (%" G_GUINT64_FORMAT ")",
                        self->ends[place]->name, what, id, number);
}

static gboolean
may_write (const KhSimHalf *half)
{
  return !half->finished && !half->reset && !half->stopped;
}

/* --- commands ---------------------------------------------------------------------------- */

static void
write_on (KhSimProgram *self, KhSimStream *stream, guint place)
{
  KhSimHalf *half = &stream->halves[place];
  guint8 buf[CHUNK];

  if (!may_write (half) || self->closed[place] || self->saw_close[place])
    return;
  while (half->written < half->want)
    {
      gsize len = (gsize) MIN (sizeof buf, half->want - half->written);
      gsize taken;

      for (gsize i = 0; i < len; i++)
        buf[i] = byte_at (stream->id, place, half->written + i);
      taken = kh_connection_stream_write (connection (self, place), stream->id, buf, len);
      half->written += taken;
      if (taken < len)
        return;
    }
  if (!half->finish)
    return;
  half->finished = TRUE;
  trace (self, place, "finish", stream->id, half->written);
  kh_connection_finish_stream (connection (self, place), stream->id);
}

KhSimStream *
kh_sim_program_open (KhSimProgram *self, guint place)
{
  KhSimStream *stream;
  guint64 id;

  if (!kh_connection_open_stream (connection (self, place), &id))
    return NULL;
  stream = g_new0 (KhSimStream, 1);
  stream->id = id;
  stream->opener = place;
  stream->known[place] = TRUE;
  g_ptr_array_add (self->streams, stream);
  trace (self, place, "open", id, 0);
  return stream;
}

void
kh_sim_program_write (KhSimProgram *self, KhSimStream *stream, guint place, guint64 bytes)
{
  KhSimHalf *half = &stream->halves[place];

  if (!may_write (half) || half->finish)
    return;
  trace (self, place, "write", stream->id, bytes);
  half->want += bytes;
  write_on (self, stream, place);
}

void
kh_sim_program_finish (KhSimProgram *self, KhSimStream *stream, guint place)
{
  stream->halves[place].finish = TRUE;
  write_on (self, stream, place);
}

void
kh_sim_program_reset (KhSimProgram *self, KhSimStream *stream, guint place, guint64 code)
{
  KhSimHalf *half = &stream->halves[place];

  if (half->reset || half->stopped)
    return;
  trace (self, place, "reset", stream->id, code);
  half->reset = TRUE;
  half->reset_code = code;
  kh_connection_reset_stream (connection (self, place), stream->id, code);
}

void
kh_sim_program_stop (KhSimProgram *self, KhSimStream *stream, guint place, guint64 code)
{
  KhSimHalf *half = &stream->halves[1 - place];

  if (half->stop || half->ended || kh_connection_is_closed (connection (self, place)))
    return;
  trace (self, place, "stop", stream->id, code);
  half->stop = TRUE;
  half->stop_code = code;
  kh_connection_stop_sending (connection (self, place), stream->id, code);
  g_assert_cmpuint (kh_connection_stream_readable (connection (self, place), stream->id), ==, 0);
}

static void
read_on (KhSimProgram *self, KhSimStream *stream, guint place)
{
  KhSimHalf *half = &stream->halves[1 - place];
  guint8 buf[CHUNK];
  gsize n;

  while (!half->paused && (n = kh_connection_stream_read (connection (self, place), stream->id, buf,
                                                          sizeof buf)) > 0)
    {
      g_assert_false (half->stop);
      g_assert_false (half->ended);
      for (gsize i = 0; i < n; i++)
        if (buf[i] != byte_at (stream->id, 1 - place, half->read + i))
          g_error ("%s: byte %" G_GUINT64_FORMAT " of stream %" G_GUINT64_FORMAT " is another",
                   self->ends[place]->name, half->read + i, stream->id);
      half->read += n;
      self->read += n;
      g_assert_cmpuint (half->read, <=, half->written);
    }
}

void
kh_sim_program_pause (KhSimProgram *self, KhSimStream *stream, guint place, gboolean paused)
{
  KhSimHalf *half = &stream->halves[1 - place];

  half->paused = paused;
  trace (self, place, paused ? "pause" : "go on", stream->id, half->read);
  read_on (self, stream, place);
}

/* Its number, then bytes that follow from that. */
void
kh_sim_program_send_datagram (KhSimProgram *self, guint place, gsize len)
{
  guint32 number = self->datagrams[place];
  guint8 buf[1024];

  g_assert_cmpuint (len, <=, sizeof buf - sizeof number);
  len += sizeof number;
  memcpy (buf, &number, sizeof number);
  for (gsize i = sizeof number; i < len; i++)
    buf[i] = byte_at (number, 2 + place, i);
  if (kh_connection_send_datagram (connection (self, place), buf, len))
    self->datagrams[place]++;
  trace (self, place, "datagram", number, len);
}

void
kh_sim_program_close (KhSimProgram *self, guint place, guint64 code)
{
  if (self->closed[place] || self->saw_close[place])
    return;
  trace (self, place, "close", 0, code);
  self->closed[place] = TRUE;
  self->close_code[place] = code;
  self->close_packets[place] = self->ends[place]->packets_out;
  kh_connection_close (connection (self, place), code, "enough");
}

/* --- events ------------------------------------------------------------------------------ */

static KhSimStream *
find_stream (KhSimProgram *self, guint64 id)
{
  for (guint i = 0; i < self->streams->len; i++)
    {
      KhSimStream *stream = g_ptr_array_index (self->streams, i);

      if (stream->id == id)
        return stream;
    }
  g_error ("an event of stream %" G_GUINT64_FORMAT ", which nobody opened", id);
}

static void
on_closed (KhSimProgram *self, guint place, const KhConnectionEvent *event)
{
  trace (self, place, "sees close", 0, event->code);
  if (!event->by_peer)
    g_error ("%s accuses the other end: %s", self->ends[place]->name, event->reason);
  g_assert_true (self->closed[1 - place]);
  g_assert_false (self->closed[place]);
  g_assert_false (self->saw_close[place]);
  g_assert_cmpuint (event->code, ==, self->close_code[1 - place]);
  g_assert_cmpstr (event->reason, ==, "enough");
  self->saw_close[place] = TRUE;
}

static void
on_reset (KhSimHalf *half, const KhConnectionEvent *event)
{
  g_assert_false (half->ended);
  half->ended = half->was_reset = TRUE;
  /* Of both causes the first one's code stays. */
  if (half->reset && half->stop)
    g_assert_true (event->code == half->reset_code || event->code == half->stop_code);
  else
    g_assert_cmpuint (event->code, ==, half->reset ? half->reset_code : half->stop_code);
  g_assert_true (half->reset || half->stop);
}

static void
on_stream (KhSimProgram *self, guint place, KhSimStream *stream, const KhConnectionEvent *event)
{
  KhSimHalf *ours = &stream->halves[place];
  KhSimHalf *theirs = &stream->halves[1 - place];

  switch (event->type)
    {
    case KH_CONNECTION_EVENT_STREAM_READABLE:
      read_on (self, stream, place);
      break;
    case KH_CONNECTION_EVENT_STREAM_WRITABLE:
      write_on (self, stream, place);
      break;
    case KH_CONNECTION_EVENT_STREAM_ACKED:
      /* More may have been written since. */
      g_assert_true (ours->written > 0 || ours->finished);
      break;
    case KH_CONNECTION_EVENT_STREAM_FINISHED:
      g_assert_false (theirs->ended);
      g_assert_true (theirs->finished);
      g_assert_true (theirs->stop || theirs->read == theirs->written);
      theirs->ended = TRUE;
      break;
    case KH_CONNECTION_EVENT_STREAM_RESET:
      on_reset (theirs, event);
      break;
    case KH_CONNECTION_EVENT_STREAM_STOPPED:
      g_assert_true (ours->stop);
      g_assert_false (ours->stopped);
      g_assert_cmpuint (event->code, ==, ours->stop_code);
      ours->stopped = TRUE;
      break;
    case KH_CONNECTION_EVENT_CLOSED:
    default:
      g_assert_not_reached ();
    }
}

static void
on_event (KhSimEnd *end, const KhConnectionEvent *event, gpointer user_data)
{
  KhSimProgram *self = user_data;
  KhSimStream *stream;

  if (event->type == KH_CONNECTION_EVENT_CLOSED)
    {
      on_closed (self, end->place, event);
      return;
    }
  stream = find_stream (self, event->stream_id);
  if (kh_sim_world_is_traced (self->world))
    trace (self, end->place, kh_connection_event_type_to_string (event->type), stream->id,
           event->code);
  stream->known[end->place] = TRUE;
  on_stream (self, end->place, stream, event);
}

/* Each may come once or not at all, and in any order. */
static void
on_datagram (KhSimEnd *end, GBytes *datagram, gpointer user_data)
{
  KhSimProgram *self = user_data;
  guint sender = 1 - end->place;
  gsize len;
  const guint8 *data = g_bytes_get_data (datagram, &len);
  guint32 number;

  g_assert_cmpuint (len, >=, sizeof number);
  memcpy (&number, data, sizeof number);
  g_assert_cmpuint (number, <, self->datagrams[sender]);
  for (gsize i = sizeof number; i < len; i++)
    g_assert_cmpuint (data[i], ==, byte_at (number, 2 + sender, i));
  g_assert_true (
      g_hash_table_add (self->datagrams_got, GUINT_TO_POINTER (2 * (number + 1) + sender)));
}

void
kh_sim_program_join (KhSimProgram *self)
{
  static const KhSimApp app = { on_event, on_datagram };

  for (guint i = 0; i < 2; i++)
    kh_sim_end_set_app (self->ends[i], &app, self);
}

static gboolean
is_half_settled (const KhSimStream *stream, guint sender)
{
  const KhSimHalf *half = &stream->halves[sender];

  /* A stream on which its opener never did a thing may stay a secret; and who stopped a stream
   * need not be told of its end. */
  return half->ended || half->stop ||
         !(stream->known[1 - sender] || half->want > 0 || half->finished);
}

gboolean
kh_sim_program_is_settled (KhSimProgram *self, const KhSimStream *stream)
{
  return is_half_settled (stream, 0) && is_half_settled (stream, 1);
}

void
kh_sim_program_describe (KhSimProgram *self, const KhSimStream *stream)
{
  for (guint i = 0; i < 2; i++)
    {
      const KhSimHalf *half = &stream->halves[i];

      if (!is_half_settled (stream, i))
        g_printerr ("# stream %" G_GUINT64_FORMAT " from %s: want %" G_GUINT64_FORMAT
                    ", written %" G_GUINT64_FORMAT ", unacked %" G_GSIZE_FORMAT
                    ", read %" G_GUINT64_FORMAT ", finished %d, reset %d, stopped %d\n",
                    stream->id, self->ends[i]->name, half->want, half->written,
                    kh_connection_stream_unacked (connection (self, i), stream->id), half->read,
                    half->finished, half->reset, half->stopped);
    }
}
