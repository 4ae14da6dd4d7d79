/* flow.c: see flow.h
 *
 * The pattern repeats after a prime number of bytes, each stream begins it elsewhere, and it is
 * made once, so that writing and checking are a copy and a comparison.
 */
#include "flow.h"

#include <string.h>

#define PERIOD 65521
#define CHUNK 16384

typedef struct
{
  guint64 id;
  guint64 limit; /* G_MAXUINT64: no end */
  guint64 written, received;
  gboolean finished; /* by the sender */
  gboolean ended;    /* seen by the receiver */
} Bulk;

typedef struct
{
  guint64 number;
  gint64 sent_us;
  guint8 filling[KH_SIM_FLOW_MESSAGE_SIZE - 16];
} Message;

G_STATIC_ASSERT (sizeof (Message) == KH_SIM_FLOW_MESSAGE_SIZE);

struct _KhSimFlow
{
  KhSimWorld *world;
  KhSimEnd *ends[2];
  GArray *bulks;
  gboolean stopped;
  guint64 received;
  gint64 received_us;
  /* the chat */
  gint64 every_us, next_us;
  guint64 said, heard;
  Message out;    /* what is being written, */
  gsize out_left; /* and how much of it is left to write */
  Message in;
  gsize in_len;
  GArray *delays; /* of gint64 */
};

static const guint8 *
pattern (guint64 id, guint64 offset)
{
  static guint8 bytes[PERIOD + CHUNK];
  static gboolean made;

  if (!made)
    {
      KhSimRng rng;

      kh_sim_rng_init (&rng, 1, 1);
      for (guint i = 0; i < PERIOD; i++)
        bytes[i] = (guint8) kh_sim_rng_u64 (&rng);
      memcpy (bytes + PERIOD, bytes, CHUNK);
      made = TRUE;
    }
  return bytes + (offset + id * 7919) % PERIOD;
}

static Bulk *
find_bulk (KhSimFlow *self, guint64 id)
{
  for (guint i = 0; i < self->bulks->len; i++)
    if (g_array_index (self->bulks, Bulk, i).id == id)
      return &g_array_index (self->bulks, Bulk, i);
  g_error ("stream %" G_GUINT64_FORMAT " is of nobody", id);
}

/* --- the near application ---------------------------------------------------------------- */

static void
write_bulk (KhSimFlow *self, Bulk *bulk)
{
  KhConnection *connection = self->ends[KH_SIM_NEAR]->connection;

  while (!self->stopped && bulk->written < bulk->limit)
    {
      gsize len = (gsize) MIN (CHUNK, bulk->limit - bulk->written);
      gsize taken =
          kh_connection_stream_write (connection, bulk->id, pattern (bulk->id, bulk->written), len);

      bulk->written += taken;
      if (taken < len)
        return;
    }
  if (bulk->written == bulk->limit && !bulk->finished)
    {
      bulk->finished = TRUE;
      kh_connection_finish_stream (connection, bulk->id);
    }
}

static void
write_chat (KhSimFlow *self)
{
  KhConnection *connection = self->ends[KH_SIM_NEAR]->connection;

  while (self->out_left > 0)
    {
      const guint8 *at = (const guint8 *) &self->out + sizeof self->out - self->out_left;
      gsize taken =
          kh_connection_stream_write (connection, KH_CONNECTION_CHAT_STREAM, at, self->out_left);

      if (taken == 0)
        return;
      self->out_left -= taken;
    }
}

static void
near_event (KhSimEnd *end, const KhConnectionEvent *event, gpointer user_data)
{
  KhSimFlow *self = user_data;

  g_assert_cmpint (event->type, !=, KH_CONNECTION_EVENT_CLOSED);
  if (event->type != KH_CONNECTION_EVENT_STREAM_WRITABLE)
    return;
  if (event->stream_id == KH_CONNECTION_CHAT_STREAM)
    write_chat (self);
  else
    write_bulk (self, find_bulk (self, event->stream_id));
}

static gint64
chat_next (gpointer user_data)
{
  KhSimFlow *self = user_data;

  return self->next_us;
}

/* A message whose turn comes while the last one is not yet written is late: its time is that of
 * its turn. */
static void
chat_fire (gpointer user_data)
{
  KhSimFlow *self = user_data;

  if (self->out_left == 0)
    {
      self->out.number = self->said++;
      self->out.sent_us = self->next_us;
      self->out_left = sizeof self->out;
      write_chat (self);
      kh_sim_end_pump (self->ends[KH_SIM_NEAR]);
    }
  self->next_us += self->every_us;
}

/* --- the far application ----------------------------------------------------------------- */

static void
read_chat (KhSimFlow *self, KhConnection *connection)
{
  gint64 delay_us;
  gsize n;

  while ((n = kh_connection_stream_read (connection, KH_CONNECTION_CHAT_STREAM,
                                         (guint8 *) &self->in + self->in_len,
                                         sizeof self->in - self->in_len)) > 0)
    {
      self->in_len += n;
      if (self->in_len < sizeof self->in)
        continue;
      self->in_len = 0;
      g_assert_cmpuint (self->in.number, ==, self->heard++);
      delay_us = kh_sim_world_now (self->world) - self->in.sent_us;
      g_array_append_val (self->delays, delay_us);
    }
}

static void
read_bulk (KhSimFlow *self, KhConnection *connection, Bulk *bulk)
{
  guint8 buf[CHUNK];
  gsize n;

  while ((n = kh_connection_stream_read (connection, bulk->id, buf, sizeof buf)) > 0)
    {
      g_assert_true (memcmp (buf, pattern (bulk->id, bulk->received), n) == 0);
      bulk->received += n;
      self->received += n;
      self->received_us = kh_sim_world_now (self->world);
    }
}

static void
far_event (KhSimEnd *end, const KhConnectionEvent *event, gpointer user_data)
{
  KhSimFlow *self = user_data;
  Bulk *bulk;

  switch (event->type)
    {
    case KH_CONNECTION_EVENT_STREAM_READABLE:
      if (event->stream_id == KH_CONNECTION_CHAT_STREAM)
        read_chat (self, end->connection);
      else
        read_bulk (self, end->connection, find_bulk (self, event->stream_id));
      return;
    case KH_CONNECTION_EVENT_STREAM_FINISHED:
      bulk = find_bulk (self, event->stream_id);
      g_assert_cmpuint (bulk->received, ==, bulk->limit);
      bulk->ended = TRUE;
      kh_connection_finish_stream (end->connection, event->stream_id);
      return;
    case KH_CONNECTION_EVENT_STREAM_WRITABLE:
    case KH_CONNECTION_EVENT_STREAM_ACKED:
      return;
    case KH_CONNECTION_EVENT_STREAM_RESET:
    case KH_CONNECTION_EVENT_STREAM_STOPPED:
    case KH_CONNECTION_EVENT_CLOSED:
    default:
      g_error ("%s: %s", end->name, kh_connection_event_type_to_string (event->type));
    }
}

/* --- making one, and asking it ----------------------------------------------------------- */

static void
flow_free (gpointer data)
{
  KhSimFlow *self = data;

  g_array_unref (self->bulks);
  g_array_unref (self->delays);
  g_free (self);
}

KhSimFlow *
kh_sim_flow_new (KhSimPipe *pipe,
                 KhSimWorld *world,
                 const KhCongestionOps *congestion,
                 gsize datagram)
{
  static const KhSimApp near_app = { near_event, NULL };
  static const KhSimApp far_app = { far_event, NULL };
  KhSimFlow *self = g_new0 (KhSimFlow, 1);

  self->world = world;
  self->next_us = KH_NEVER;
  self->bulks = g_array_new (FALSE, FALSE, sizeof (Bulk));
  self->delays = g_array_new (FALSE, FALSE, sizeof (gint64));
  kh_sim_end_new_pair (pipe, world, congestion, datagram, self->ends);
  kh_sim_end_set_app (self->ends[KH_SIM_NEAR], &near_app, self);
  kh_sim_end_set_app (self->ends[KH_SIM_FAR], &far_app, self);
  kh_sim_world_add_timer (world, chat_next, chat_fire, self);
  return kh_sim_world_own (world, self, flow_free);
}

KhSimEnd *
kh_sim_flow_get_end (KhSimFlow *self, guint place)
{
  return self->ends[place];
}

guint64
kh_sim_flow_start_bulk (KhSimFlow *self, guint64 bytes)
{
  Bulk bulk = { .limit = bytes > 0 ? bytes : G_MAXUINT64 };

  g_assert_true (kh_connection_open_stream (self->ends[KH_SIM_NEAR]->connection, &bulk.id));
  g_array_append_val (self->bulks, bulk);
  write_bulk (self, find_bulk (self, bulk.id));
  kh_sim_end_pump (self->ends[KH_SIM_NEAR]);
  return bulk.id;
}

void
kh_sim_flow_stop_bulk (KhSimFlow *self)
{
  self->stopped = TRUE;
}

void
kh_sim_flow_set_chat (KhSimFlow *self, gint64 every_us)
{
  self->every_us = every_us;
  self->next_us = every_us > 0 ? kh_sim_world_now (self->world) + every_us : KH_NEVER;
}

guint64
kh_sim_flow_get_received (KhSimFlow *self)
{
  return self->received;
}

guint64
kh_sim_flow_get_stream_received (KhSimFlow *self, guint64 id)
{
  return find_bulk (self, id)->received;
}

gint64
kh_sim_flow_get_received_us (KhSimFlow *self)
{
  return self->received_us;
}

gboolean
kh_sim_flow_is_done (KhSimFlow *self)
{
  for (guint i = 0; i < self->bulks->len; i++)
    if (!g_array_index (self->bulks, Bulk, i).ended)
      return FALSE;
  return TRUE;
}

guint
kh_sim_flow_get_messages (KhSimFlow *self)
{
  return (guint) self->heard;
}

void
kh_sim_flow_forget_delays (KhSimFlow *self)
{
  g_array_set_size (self->delays, 0);
}

static int
compare (gconstpointer a, gconstpointer b)
{
  gint64 first = *(const gint64 *) a;
  gint64 second = *(const gint64 *) b;

  return first < second ? -1 : first > second;
}

gint64
kh_sim_flow_get_delay (KhSimFlow *self, double part)
{
  guint at = (guint) (part * self->delays->len);

  g_assert_cmpuint (self->delays->len, >, 0);
  g_array_sort (self->delays, compare);
  return g_array_index (self->delays, gint64, MIN (at, self->delays->len - 1));
}
