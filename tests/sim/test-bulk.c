/* test-bulk.c: files between whole nodes, while everything around them changes
 *
 * Two people talk and one sends the other a file for four minutes, over which gateways forget,
 * providers give new addresses, the server dies and comes back, lines are cut and carry other
 * lengths, and keys are renewed. The file must come byte by byte, over as many sessions as that
 * takes, and each message once and in order. SEED=n runs that one alone.
 */
#include <malloc.h>
#include <string.h>

#include "scene.h"

#define N_SHARDS 2
#define SEEDS_A_SHARD 150
#define MEET_PATIENCE_US (KH_SIM_MINUTE)
#define HEAL_PATIENCE_US (10 * KH_SIM_MINUTE)
#define SECONDS 260
/* The file comes in bursts, so that the four minutes are long enough for it. */
#define BURST_SECONDS 20
#define HEAD_SIZE 8
#define IDLE_MEMORY_MAX (32 * 1024)

typedef struct
{
  KhSimScene *scene;
  KhSimRng rng;
  guint64 size;
  guint64 budget; /* how much of it Ada has to send by now */
  /* Ada's */
  gboolean has_stream;
  guint64 stream;
  guint64 sent; /* of the file */
  /* Bob's */
  guint64 received;
  guint64 in_stream;
  gboolean in_started;
  gboolean done;
  /* what went over the lines */
  guint8 epoch;
  gsize longest;
  gint64 server_back_us, whole_us;
  KhSimLinkConfig lines;
} Transfer;

static guint8
byte_at (guint64 offset)
{
  return (guint8) (((offset + 1) * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15)) >> 40);
}

static gint64
now (Transfer *self)
{
  return kh_sim_world_now (self->scene->world);
}

/* --- Ada --------------------------------------------------------------------------------- */

/* A stream begins with where in the file it begins; a real program would have asked. */
static void
open_stream (Transfer *self)
{
  KhSimPeer *ada = self->scene->a;
  const KhPeerId *bob = &self->scene->b->id;
  guint64 head = GUINT64_TO_BE (self->received);

  if (!kh_node_open_stream (ada->node, bob, &self->stream, now (self)))
    return;
  self->has_stream = TRUE;
  self->sent = self->received;
  g_assert_cmpuint (kh_node_stream_write (ada->node, bob, self->stream, &head, sizeof head,
                                          now (self)),
                    ==, sizeof head);
}

static void
send_more (Transfer *self)
{
  KhSimPeer *ada = self->scene->a;
  const KhPeerId *bob = &self->scene->b->id;
  guint8 buf[4096];

  if (!self->has_stream && kh_sim_peer_get_talk (ada, self->scene->b)->up && !self->done)
    open_stream (self);
  while (self->has_stream && self->sent < self->budget)
    {
      gsize len = (gsize) MIN (sizeof buf, self->budget - self->sent);
      gsize taken;

      for (gsize i = 0; i < len; i++)
        buf[i] = byte_at (self->sent + i);
      taken = kh_node_stream_write (ada->node, bob, self->stream, buf, len, now (self));
      self->sent += taken;
      if (taken < len)
        return;
    }
  if (self->has_stream && self->sent == self->size)
    kh_node_finish_stream (ada->node, bob, self->stream, now (self));
}

static void
on_ada_event (KhSimPeer *ada, const KhEvent *event, gpointer user_data)
{
  Transfer *self = user_data;

  if (event->type == KH_EVENT_SESSION || event->type == KH_EVENT_CLOSED)
    self->has_stream = FALSE;
  else if (event->type == KH_EVENT_STREAM && event->stream.id != 0)
    send_more (self);
}

/* --- Bob --------------------------------------------------------------------------------- */

static void
begin_stream (Transfer *self, guint64 id)
{
  guint64 head;
  gsize n = kh_node_stream_read (self->scene->b->node, &self->scene->a->id, id, &head, sizeof head,
                                 now (self));

  /* Eight bytes in the first packet of a stream come together. */
  if (n == 0)
    return;
  g_assert_cmpuint (n, ==, sizeof head);
  g_assert_cmpuint (GUINT64_FROM_BE (head), <=, self->received);
  self->in_started = TRUE;
  self->in_stream = id;
  self->received = GUINT64_FROM_BE (head);
}

static void
read_stream (Transfer *self, const KhEvent *event)
{
  guint8 buf[4096];
  gsize n;

  if (!self->in_started || self->in_stream != event->stream.id)
    begin_stream (self, event->stream.id);
  while ((n = kh_node_stream_read (self->scene->b->node, &self->scene->a->id, event->stream.id, buf,
                                   sizeof buf, now (self))) > 0)
    for (gsize i = 0; i < n; i++)
      g_assert_cmpuint (buf[i], ==, byte_at (self->received++));
  if (!event->stream.finished)
    return;
  g_assert_cmpuint (self->received, ==, self->size);
  self->done = TRUE;
  kh_node_finish_stream (self->scene->b->node, &self->scene->a->id, event->stream.id, now (self));
}

static void
on_bob_event (KhSimPeer *bob, const KhEvent *event, gpointer user_data)
{
  Transfer *self = user_data;

  if (event->type == KH_EVENT_SESSION || event->type == KH_EVENT_CLOSED)
    self->in_started = FALSE;
  else if (event->type == KH_EVENT_STREAM && event->stream.id != 0)
    read_stream (self, event);
}

/* --- the world around them --------------------------------------------------------------- */

static void
look (const KhSimPacket *packet, gboolean sent, gpointer user_data)
{
  Transfer *self = user_data;
  KhSealed sealed;

  if (sent || !kh_sealed_read (packet->data, packet->len, &sealed))
    return;
  self->epoch = MAX (self->epoch, sealed.epoch);
  self->longest = MAX (self->longest, packet->len);
}

static gboolean
chance (Transfer *self, double p)
{
  return kh_sim_rng_chance (&self->rng, p);
}

static guint64
below (Transfer *self, guint64 bound)
{
  return kh_sim_rng_below (&self->rng, bound);
}

static void
draw_lines (Transfer *self)
{
  static const gsize mtus[] = { 1280, 1400, 1492, 1500, 9000 };

  self->lines = (KhSimLinkConfig){
    .rate = 4000000 + below (self, 60000000),
    .queue_bytes = 30000 + below (self, 400000),
    .loss = (double) below (self, 4) / 100,
    .jitter_us = (gint64) below (self, 5) * KH_SIM_MS,
    .duplicate = chance (self, 0.3) ? 0.01 : 0,
    .reorder = chance (self, 0.3) ? 0.02 : 0,
    .reorder_us = 8 * KH_SIM_MS,
    .mtu = mtus[below (self, G_N_ELEMENTS (mtus))],
  };
  kh_sim_scene_set_paths (self->scene, &self->lines);
}

static void
rebind (Transfer *self)
{
  gboolean is_a = chance (self, 0.5);
  KhSimNat *nat = is_a ? self->scene->nat_a : self->scene->nat_b;
  KhAddr ip = kh_addr_ipv4 (198, 51, is_a ? 1 : 2, (guint8) (10 + below (self, 200)), 0);

  if (nat)
    kh_sim_nat_rebind (nat, chance (self, 0.5) ? &ip : NULL);
}

static void
disturb (Transfer *self)
{
  KhSimLinkConfig cut = self->lines;

  switch (below (self, 4))
    {
    case 0:
      rebind (self);
      return;
    case 1:
      if (self->server_back_us != KH_NEVER)
        return;
      kh_sim_scene_kill_server (self->scene);
      self->server_back_us = now (self) + (gint64) (1 + below (self, 30)) * KH_SIM_SECOND;
      return;
    case 2:
      cut.loss = 1;
      kh_sim_scene_set_paths (self->scene, &cut);
      self->whole_us = now (self) + (gint64) (1 + below (self, 8)) * KH_SIM_SECOND;
      return;
    default:
      draw_lines (self);
    }
}

static void
mend (Transfer *self, gint64 now_us)
{
  if (self->server_back_us <= now_us)
    {
      self->server_back_us = KH_NEVER;
      kh_sim_scene_start_server (self->scene);
    }
  if (self->whole_us <= now_us)
    {
      self->whole_us = KH_NEVER;
      kh_sim_scene_set_paths (self->scene, &self->lines);
    }
}

static void
pass_second (Transfer *self, guint second)
{
  mend (self, now (self));
  if (second % BURST_SECONDS == 0)
    self->budget = MIN (self->budget + self->size * BURST_SECONDS / SECONDS + 1, self->size);
  if (chance (self, 0.2))
    kh_sim_peer_say (self->scene->a, self->scene->b, 1 + (guint32) below (self, 5));
  if (chance (self, 0.2))
    kh_sim_peer_say (self->scene->b, self->scene->a, 1 + (guint32) below (self, 5));
  send_more (self);
  kh_sim_host_pump (self->scene->a->host);
  kh_sim_world_run (self->scene->world, KH_SIM_SECOND);
}

static void
draw_home (Transfer *self, KhSimHome *home)
{
  static const char *const kinds[] = { "full-cone", "restricted", "port-restricted" };
  guint64 n = below (self, G_N_ELEMENTS (kinds) + 1);

  if (n < G_N_ELEMENTS (kinds))
    home->nat = kh_sim_nat_find_kind (kinds[n]);
}

static void
transfer_init (Transfer *self, guint64 seed)
{
  KhSimHome a = { 0 };
  KhSimHome b = { 0 };

  *self = (Transfer){ .server_back_us = KH_NEVER, .whole_us = KH_NEVER };
  kh_sim_rng_init (&self->rng, seed, 4000);
  draw_home (self, &a);
  draw_home (self, &b);
  self->size = 500000 + below (self, 4000000);
  self->scene = kh_sim_scene_new (seed, &a, &b);
  draw_lines (self);
  kh_sim_scene_begin_meeting (self->scene, 5);
  kh_sim_peer_connect (self->scene->b, self->scene->a, TRUE);
  self->scene->a->on_event = on_ada_event;
  self->scene->b->on_event = on_bob_event;
  self->scene->a->on_event_data = self->scene->b->on_event_data = self;
  kh_sim_host_set_tap (self->scene->b->host, look, self);
  g_assert_true (kh_sim_scene_wait (self->scene, kh_sim_scene_is_met, MEET_PATIENCE_US));
}

/* Returns whether keys were renewed, and in @ret_longest the longest packet that came. */
static gboolean
transfer (guint64 seed, gsize *ret_longest)
{
  Transfer self;
  gint64 until_us;

  transfer_init (&self, seed);
  for (guint second = 0; second < SECONDS; second++)
    {
      if (chance (&self, 0.04))
        disturb (&self);
      pass_second (&self, second);
    }
  self.budget = self.size;
  mend (&self, KH_NEVER - 1);
  until_us = now (&self) + HEAL_PATIENCE_US;
  while (!self.done || !kh_sim_scene_is_heard (self.scene))
    {
      g_assert_cmpint (now (&self), <, until_us);
      send_more (&self);
      kh_sim_host_pump (self.scene->a->host);
      kh_sim_world_run (self.scene->world, KH_SIM_SECOND);
    }
  g_assert_cmpuint (self.received, ==, self.size);
  kh_sim_scene_free (self.scene);
  *ret_longest = MAX (*ret_longest, self.longest);
  return self.epoch > 0;
}

static void
test_shard (gconstpointer data)
{
  guint64 first = GPOINTER_TO_UINT (data) * SEEDS_A_SHARD + 1;
  guint64 n = kh_sim_seeds (SEEDS_A_SHARD);
  gsize longest = 0;
  guint renewed = 0;

  if (kh_sim_seed_is_given ())
    {
      transfer (kh_sim_seed (0), &longest);
      return;
    }
  for (guint64 i = 0; i < n; i++)
    renewed += transfer (first + i, &longest);
  /* Most sessions live long enough for that, and some paths carry jumbo frames. */
  g_assert_cmpuint (renewed, >, n / 2);
  g_assert_cmpuint (longest, >, 8000);
}

/* What a session costs that has carried a file and has nothing to say: what is empty
 * holds no memory (transport/connection.h). */
static void
test_idle_memory (void)
{
  Transfer self;
  KhSimTalk *talk;
  double before, each;

  transfer_init (&self, kh_sim_seed (1));
  self.budget = self.size;
  for (guint i = 0; i < 60; i++)
    {
      send_more (&self);
      kh_sim_host_pump (self.scene->a->host);
      kh_sim_world_run (self.scene->world, KH_SIM_SECOND);
    }
  g_assert_true (self.done);
  before = (double) mallinfo2 ().uordblks;
  kh_sim_peer_disconnect (self.scene->a, self.scene->b);
  kh_sim_peer_disconnect (self.scene->b, self.scene->a);
  kh_sim_world_run (self.scene->world, 10 * KH_SIM_SECOND);
  talk = kh_sim_peer_get_talk (self.scene->b, self.scene->a);
  g_assert_false (talk->up);
  each = (before - (double) mallinfo2 ().uordblks) / 2;
  g_test_message ("a session: %.0f bytes", each);
  g_assert_cmpfloat (each, <=, IDLE_MEMORY_MAX);
  kh_sim_scene_free (self.scene);
}

int
main (int argc, char **argv)
{
  kh_sim_init (&argc, &argv);
  for (guint i = 0; i < N_SHARDS; i++)
    {
      g_autofree char *path = g_strdup_printf ("/sim/bulk/%u", i);

      g_test_add_data_func (path, GUINT_TO_POINTER (i), test_shard);
    }
  g_test_add_func ("/sim/bulk/idle-memory", test_idle_memory);
  return g_test_run ();
}
