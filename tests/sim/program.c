/* program.c: see program.h
 *
 * The script: some dozens of steps at random intervals, then the end. Everything is drawn from
 * two generators of the seed, the world's for the lines and one for the script.
 */
#include "program-private.h"

#define OPS_LEAST 5
#define OPS_SPREAD 150
/* Bits of the size of a write at most; greedy programs fill the windows. */
#define SIZE_BITS 14
#define LARGE_SIZE_BITS 20
#define GREEDY_SIZE_BITS 22
/* Bytes of a UDP payload at most. */
#define DATAGRAM_LEAST 600
#define DATAGRAM_SPREAD 900
/* Without a byte read, on lines that are whole. */
#define PATIENCE_US (5 * KH_SIM_MINUTE)
#define KEEPALIVE_US (3 * KH_SIM_SECOND)
#define KEEPALIVES 128
/* As often as a connection says CLOSE (connection.c): its repeats and the first. */
#define CLOSES 8

static guint64
below (KhSimProgram *self, guint64 bound)
{
  return kh_sim_rng_below (&self->rng, bound);
}

static gboolean
chance (KhSimProgram *self, double p)
{
  return kh_sim_rng_chance (&self->rng, p);
}

/* Evenly distributed in its number of digits: most are small. */
static guint64
draw_size (KhSimProgram *self, guint bits)
{
  return below (self, G_GUINT64_CONSTANT (1) << (1 + below (self, bits)));
}

static void
draw_lines (KhSimProgram *self)
{
  for (guint place = 0; place < 2; place++)
    {
      KhSimLinkConfig line = { .delay_us = (gint64) draw_size (self, 18) };

      if (chance (self, 0.5))
        line.rate = 100000 + draw_size (self, 27);
      if (line.rate > 0 && chance (self, 0.7))
        line.queue_bytes = 6000 + draw_size (self, 20);
      if (chance (self, 0.6))
        line.loss = (double) below (self, 31) / 100;
      if (chance (self, 0.4))
        line.jitter_us = (gint64) draw_size (self, 16);
      if (chance (self, 0.3))
        line.duplicate = (double) below (self, 10) / 100;
      if (chance (self, 0.3))
        line.reorder = (double) below (self, 20) / 100;
      line.reorder_us = (gint64) draw_size (self, 16);
      if (chance (self, 0.5))
        line.mtu = DATAGRAM_LEAST + DATAGRAM_SPREAD + KH_SIM_HEADERS_IPV4;
      kh_sim_link_set_config (kh_sim_pipe_get_line (self->pipe, place), &line);
    }
}

/* --- one step ---------------------------------------------------------------------------- */

static void
heal (gpointer user_data)
{
  KhSimProgram *self = user_data;

  kh_sim_pipe_set_cut (self->pipe, FALSE);
}

/* A stream that @place can do something with, or NULL. */
static KhSimStream *
pick (KhSimProgram *self, guint place)
{
  KhSimStream *stream;

  if (self->streams->len == 0)
    return NULL;
  stream = g_ptr_array_index (self->streams, below (self, self->streams->len));
  return stream->known[place] ? stream : NULL;
}

static void
change_path (KhSimProgram *self, guint place)
{
  kh_sim_world_trace (self->world, "another path");
  draw_lines (self);
  for (guint i = 0; i < 2; i++)
    if (i == place || chance (self, 0.5))
      kh_sim_end_change_path (self->ends[i],
                              chance (self, 0.5) ? (gint64) (1 + draw_size (self, 18)) : 0);
}

static void
disturb (KhSimProgram *self, guint place)
{
  KhAddr addr = kh_addr_ipv4 (192, 0, 2, 1, 1);

  switch (below (self, 11))
    {
    case 0:
    case 1:
      kh_sim_pipe_set_cut (self->pipe, TRUE);
      kh_sim_world_at (self->world, kh_sim_world_now (self->world) + (gint64) draw_size (self, 23),
                       heal, self, NULL);
      return;
    case 2:
    case 3:
      change_path (self, place);
      return;
    case 4:
      if (chance (self, 0.2))
        kh_sim_program_close (self, place, KH_TRANSPORT_APPLICATION + draw_size (self, 30));
      return;
    case 5:
      kh_connection_queue_candidate (self->ends[place]->connection, 1, 1, &addr);
      return;
    case 6:
      kh_connection_ping (self->ends[place]->connection);
      return;
    case 7:
      kh_sim_end_set_datagram (self->ends[place],
                               DATAGRAM_LEAST + (gsize) below (self, DATAGRAM_SPREAD));
      return;
    default:
      kh_sim_program_send_datagram (self, place, draw_size (self, 9));
    }
}

/* What a greedy one does: more data than anybody takes, and nobody reads. */
static void
flood_stream (KhSimProgram *self, KhSimStream *stream, guint place)
{
  kh_sim_program_write (self, stream, place, draw_size (self, GREEDY_SIZE_BITS));
  kh_sim_program_pause (self, stream, place, TRUE);
}

static void
use_stream (KhSimProgram *self, guint place)
{
  KhSimStream *stream = chance (self, 0.3) ? kh_sim_program_open (self, place) : pick (self, place);

  if (!stream)
    return;
  if (self->is_greedy && chance (self, 0.8))
    {
      flood_stream (self, stream, place);
      return;
    }
  switch (below (self, 10))
    {
    case 0:
      kh_sim_program_finish (self, stream, place);
      return;
    case 1:
      kh_sim_program_reset (self, stream, place, draw_size (self, 60));
      return;
    case 2:
      kh_sim_program_stop (self, stream, place, draw_size (self, 60));
      return;
    case 3:
      kh_sim_program_pause (self, stream, place, TRUE);
      return;
    case 4:
      kh_sim_program_pause (self, stream, place, FALSE);
      return;
    case 5:
      kh_sim_program_write (self, stream, place, draw_size (self, LARGE_SIZE_BITS));
      return;
    default:
      kh_sim_program_write (self, stream, place, draw_size (self, SIZE_BITS));
    }
}

static void
pump (KhSimProgram *self)
{
  for (guint i = 0; i < 2; i++)
    kh_sim_end_pump (self->ends[i]);
}

static void
step (gpointer user_data)
{
  KhSimProgram *self = user_data;
  guint place = (guint) below (self, 2);

  self->ops_left--;
  self->next_us = self->ops_left > 0
                      ? kh_sim_world_now (self->world) + (gint64) draw_size (self, 20)
                      : KH_NEVER;
  if (chance (self, 0.15))
    disturb (self, place);
  else
    use_stream (self, place);
  pump (self);
}

static gint64
next_step (gpointer user_data)
{
  KhSimProgram *self = user_data;

  return self->next_us;
}

/* --- the end ----------------------------------------------------------------------------- */

/* Both ends stop to read late, and end what they know of. */
static void
end_streams (KhSimProgram *self)
{
  for (guint i = 0; i < self->streams->len; i++)
    {
      KhSimStream *stream = g_ptr_array_index (self->streams, i);

      for (guint place = 0; place < 2; place++)
        {
          if (!stream->known[place])
            continue;
          if (stream->halves[1 - place].paused)
            kh_sim_program_pause (self, stream, place, FALSE);
          kh_sim_program_finish (self, stream, place);
        }
    }
  pump (self);
}

static gboolean
is_settled (gpointer user_data)
{
  KhSimProgram *self = user_data;

  for (guint i = 0; i < 2; i++)
    if (!kh_connection_is_idle (self->ends[i]->connection))
      return FALSE;
  for (guint i = 0; i < self->streams->len; i++)
    if (!kh_sim_program_is_settled (self, g_ptr_array_index (self->streams, i)))
      return FALSE;
  return TRUE;
}

static gboolean
is_any_closed (KhSimProgram *self)
{
  return self->closed[0] || self->closed[1];
}

/* Packets that are still on their way come, and after that there is silence. */
static void
check_silence (KhSimProgram *self)
{
  guint64 sent[2];

  kh_sim_world_run (self->world, KH_SIM_MINUTE);
  for (guint i = 0; i < 2; i++)
    sent[i] = self->ends[i]->packets_out;
  kh_sim_world_run (self->world, 10 * KH_SIM_MINUTE);
  for (guint i = 0; i < 2; i++)
    {
      g_assert_cmpuint (self->ends[i]->packets_out, ==, sent[i]);
      g_assert_cmpint (kh_connection_next_timeout (self->ends[i]->connection), ==, KH_NEVER);
    }
}

/* Who was closed upon and still asks will hear of it, unless every one of the CLOSEs was lost: the
 * owner of a connection calls that lost after a while. */
static void
check_close (KhSimProgram *self)
{
  for (guint asked = 0; asked < KEEPALIVES; asked++)
    for (guint i = 0; i < 2; i++)
      {
        if (self->closed[i] || self->saw_close[i])
          continue;
        kh_connection_ping (self->ends[i]->connection);
        kh_sim_end_pump (self->ends[i]);
        kh_sim_world_run (self->world, KEEPALIVE_US);
      }
  for (guint i = 0; i < 2; i++)
    if (!self->closed[i] && !self->saw_close[i])
      g_assert_cmpuint (self->ends[1 - i]->packets_out - self->close_packets[1 - i], ==, CLOSES);
  for (guint i = 0; i < 2; i++)
    kh_sim_program_close (self, i, KH_TRANSPORT_APPLICATION);
}

static void
fail_stuck (KhSimProgram *self)
{
  for (guint i = 0; i < 2; i++)
    g_printerr ("# %s: idle %d, in flight %" G_GSIZE_FORMAT ", timeout in %" G_GINT64_FORMAT "\n",
                self->ends[i]->name, kh_connection_is_idle (self->ends[i]->connection),
                kh_connection_bytes_in_flight (self->ends[i]->connection),
                kh_connection_next_timeout (self->ends[i]->connection) -
                    kh_sim_world_now (self->world));
  for (guint i = 0; i < self->streams->len; i++)
    kh_sim_program_describe (self, g_ptr_array_index (self->streams, i));
  g_error ("these are stuck");
}

static void
settle (KhSimProgram *self)
{
  gint64 patient_us = kh_sim_world_now (self->world) + PATIENCE_US;
  guint64 read = self->read;

  while (!is_any_closed (self) && !is_settled (self))
    {
      if (self->read > read)
        patient_us = kh_sim_world_now (self->world) + PATIENCE_US;
      read = self->read;
      if (kh_sim_world_now (self->world) >= patient_us)
        fail_stuck (self);
      /* What was opened comes to be known only now, perhaps. */
      end_streams (self);
      kh_sim_world_run (self->world, KH_SIM_SECOND);
    }
}

void
kh_sim_program_run (KhSimProgram *self)
{
  while (self->ops_left > 0)
    g_assert_true (kh_sim_world_step (self->world, KH_NEVER - 1));
  kh_sim_world_run (self->world, (gint64) draw_size (self, 22));
  kh_sim_pipe_set_cut (self->pipe, FALSE);
  settle (self);
  if (is_any_closed (self))
    check_close (self);
  check_silence (self);
  for (guint i = 0; i < 2; i++)
    g_assert_cmpuint (self->ends[i]->malformed, ==, 0);
}

KhSimProgram *
kh_sim_program_new (guint64 seed)
{
  KhSimProgram *self = g_new0 (KhSimProgram, 1);
  KhSimStream *chat = g_new0 (KhSimStream, 1);
  gsize datagram;

  kh_sim_rng_init (&self->rng, seed, 2000);
  self->world = kh_sim_world_new (seed);
  self->pipe = kh_sim_pipe_new (self->world);
  self->streams = g_ptr_array_new_with_free_func (g_free);
  self->datagrams_got = g_hash_table_new (NULL, NULL);
  datagram =
      chance (self, 0.5) ? KH_DATAGRAM_MAX : DATAGRAM_LEAST + (gsize) below (self, DATAGRAM_SPREAD);
  kh_sim_end_new_pair (self->pipe, self->world, NULL, datagram, self->ends);
  chat->known[0] = chat->known[1] = TRUE;
  g_ptr_array_add (self->streams, chat);
  kh_sim_program_join (self);
  draw_lines (self);
  self->is_greedy = chance (self, 0.03);
  self->ops_left = OPS_LEAST + (guint) below (self, OPS_SPREAD);
  self->next_us = kh_sim_world_now (self->world);
  kh_sim_world_add_timer (self->world, next_step, step, self);
  return self;
}

void
kh_sim_program_free (KhSimProgram *self)
{
  if (!self)
    return;
  kh_sim_world_free (self->world);
  g_ptr_array_unref (self->streams);
  g_hash_table_unref (self->datagrams_got);
  g_free (self);
}

guint64
kh_sim_program_get_read (KhSimProgram *self)
{
  return self->read;
}
