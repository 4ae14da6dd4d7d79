/* test-roaming-talk.c: a talk and a file go on while the world around them changes
 *
 * Two people write to each other without a pause and one sends the other a file, between networks
 * of any kind. One thing happens, or two at once: a computer is moved to another network, a gateway
 * forgets, UDP is blocked, the server is started anew, a VPN comes up and goes. The session must be
 * the same one afterwards, each message and each byte must come once and in order, and from when
 * the network can be used again, new messages must arrive within a second, both ways. SEED=n runs
 * that one alone.
 */
#include <string.h>

#include "changes.h"

#define SEEDS 20
#define MEET_PATIENCE_US KH_SIM_MINUTE
#define HEAL_PATIENCE_US KH_SIM_MINUTE
/* At most, from when the network can be used again until a new message arrives. */
#define RESUME_US KH_SIM_SECOND
/* UDP is tried again 15 s after it failed, and then more rarely. */
#define UDP_PATIENCE_US (20 * KH_SIM_SECOND)
#define SAY_US (40 * KH_SIM_MS)
/* Messages that were sent before and arrive all the same: of 320 ms. */
#define ON_THE_WAY 8
/* What is written of the file and not acknowledged. */
#define AHEAD (1024 * 1024)
typedef struct _Run Run;

/* One of the two. */
typedef struct
{
  Run *run;
  KhSimPeer *peer;
  KhSimPeer *other;
  guint32 said;          /* messages, up to when the network became usable */
  gint64 usable_us;      /* KH_NEVER until then */
  gint64 heard_us;       /* what it said after that has arrived; KH_NEVER until then */
  guint64 sent, arrived; /* bytes of the file */
  gboolean has_stream;
  guint64 stream;
} Side;

struct _Run
{
  KhSimChanges changes;
  KhSimScene *scene; /* the changes' */
  Side sides[2];
  gboolean talks;
};

static gint64
now (Run *self)
{
  return kh_sim_world_now (self->scene->world);
}

static guint64
below (Run *self, guint64 bound)
{
  return kh_sim_rng_below (&self->changes.rng, bound);
}

/* --- the talk and the file --------------------------------------------------------------- */

static guint8
byte_at (guint64 offset)
{
  return (guint8) (((offset + 1) * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15)) >> 40);
}

static void
send_file (Side *self)
{
  KhNode *node = self->peer->node;
  guint8 buf[2048];
  gsize taken;

  if (!self->run->talks || self != &self->run->sides[0])
    return;
  if (!self->has_stream)
    self->has_stream = kh_node_open_stream (node, &self->other->id, &self->stream, now (self->run));
  do
    {
      /* More than a second's worth, and no more. */
      if (kh_node_stream_unacked (node, &self->other->id, self->stream) > AHEAD)
        return;
      for (gsize i = 0; i < sizeof buf; i++)
        buf[i] = byte_at (self->sent + i);
      taken = kh_node_stream_write (node, &self->other->id, self->stream, buf, sizeof buf,
                                    now (self->run));
      self->sent += taken;
    }
  while (taken == sizeof buf);
}

static void
read_file (Side *self, guint64 id)
{
  guint8 buf[4096];
  gsize n;

  while ((n = kh_node_stream_read (self->peer->node, &self->other->id, id, buf, sizeof buf,
                                   now (self->run))) > 0)
    for (gsize i = 0; i < n; i++)
      g_assert_cmpuint (buf[i], ==, byte_at (self->arrived++));
}

static void
on_event (KhSimPeer *peer, const KhEvent *event, gpointer user_data)
{
  Side *self = user_data;

  if (event->type != KH_EVENT_STREAM || event->stream.id == 0)
    return;
  g_assert_false (event->stream.reset || event->stream.stopped);
  read_file (self, event->stream.id);
  send_file (self);
}

static void
speak (gpointer user_data)
{
  Run *self = user_data;

  if (!self->talks)
    return;
  for (guint i = 0; i < G_N_ELEMENTS (self->sides); i++)
    kh_sim_peer_say (self->sides[i].peer, self->sides[i].other, 1);
  send_file (&self->sides[0]);
  kh_sim_world_at (self->scene->world, now (self) + SAY_US, speak, self, NULL);
}

/* --- what must hold ---------------------------------------------------------------------- */

static void
begin_measure (Run *self)
{
  for (guint i = 0; i < G_N_ELEMENTS (self->sides); i++)
    {
      Side *side = &self->sides[i];

      /* What was said in a long while without a network comes first. */
      side->said = MIN (kh_sim_peer_get_talk (side->peer, side->other)->queued,
                        kh_sim_peer_get_talk (side->other, side->peer)->received + ON_THE_WAY);
      side->usable_us = now (self);
      side->heard_us = KH_NEVER;
    }
}

static gboolean
has_resumed (gpointer user_data)
{
  Run *self = user_data;
  gboolean all = TRUE;

  for (guint i = 0; i < G_N_ELEMENTS (self->sides); i++)
    {
      Side *side = &self->sides[i];

      if (side->heard_us == KH_NEVER &&
          kh_sim_peer_get_talk (side->other, side->peer)->received > side->said)
        side->heard_us = now (self);
      all &= side->heard_us != KH_NEVER;
    }
  return all;
}

/* Returns how long it took, in µs. */
static gint64
await_resumption (Run *self, const char *what)
{
  gint64 longest_us = 0;

  begin_measure (self);
  g_assert_true (kh_sim_world_run_until (self->scene->world, has_resumed, self, HEAL_PATIENCE_US));
  for (guint i = 0; i < G_N_ELEMENTS (self->sides); i++)
    longest_us = MAX (longest_us, self->sides[i].heard_us - self->sides[i].usable_us);
  kh_sim_world_trace (self->scene->world, "talk resumed after %s: %" G_GINT64_FORMAT " ms", what,
                      longest_us / KH_SIM_MS);
  if (longest_us > RESUME_US)
    {
      if (g_getenv ("ROAMING_LIST"))
        g_test_message ("seed %" G_GUINT64_FORMAT ": %s took %" G_GINT64_FORMAT " ms",
                        kh_sim_world_get_seed (self->scene->world), what, longest_us / KH_SIM_MS);
      else
        g_assert_cmpint (longest_us, <=, RESUME_US);
    }
  return longest_us;
}

static gboolean
all_has_come (gpointer user_data)
{
  Run *self = user_data;

  return kh_sim_scene_is_heard (self->scene) && self->sides[1].arrived == self->sides[0].sent;
}

/* Do both reach the server by UDP? Its address as seen by TCP is none to be reached at. */
static gboolean
is_over_udp (gpointer user_data)
{
  Run *self = user_data;
  gboolean all = TRUE;

  for (guint i = 0; i < G_N_ELEMENTS (self->sides); i++)
    all &= kh_node_get_link_state (self->sides[i].peer->node) == KH_LINK_UP &&
           !kh_node_get_nat_behaviour (self->sides[i].peer->node)->udp_blocked;
  return all;
}

static void
finish (Run *self)
{
  self->talks = FALSE;
  g_assert_true (kh_sim_world_run_until (self->scene->world, all_has_come, self, HEAL_PATIENCE_US));
  g_assert_cmpuint (self->sides[1].arrived, >, 0);
  for (guint i = 0; i < G_N_ELEMENTS (self->sides); i++)
    {
      KhSimTalk *talk = kh_sim_peer_get_talk (self->sides[i].peer, self->sides[i].other);

      g_assert_cmpuint (talk->n_sessions, ==, 1);
      g_assert_cmpuint (talk->n_closed, ==, 0);
    }
}

static void
begin (Run *self, guint64 seed)
{
  kh_sim_changes_init (&self->changes, seed);
  self->scene = self->changes.scene;
  self->sides[0] = (Side){ .run = self, .peer = self->scene->a, .other = self->scene->b };
  self->sides[1] = (Side){ .run = self, .peer = self->scene->b, .other = self->scene->a };
  for (guint i = 0; i < G_N_ELEMENTS (self->sides); i++)
    {
      self->sides[i].peer->on_event = on_event;
      self->sides[i].peer->on_event_data = &self->sides[i];
    }
  kh_sim_scene_begin_meeting (self->scene, 1);
  g_assert_true (kh_sim_scene_wait (self->scene, kh_sim_scene_is_heard, MEET_PATIENCE_US));
  self->talks = TRUE;
  speak (self);
  /* Still on the relay, or direct for long. */
  kh_sim_world_run (self->scene->world,
                    (gint64) (below (self, 3) ? 8000 + below (self, 8000) : below (self, 1000)) *
                        KH_SIM_MS);
}

static gint64
run (guint64 seed, KhSimChange what)
{
  Run self = { 0 };
  gint64 longest_us;

  begin (&self, seed);
  kh_sim_changes_make (&self.changes, what);
  longest_us = await_resumption (&self, kh_sim_change_names[what]);
  if (what == KH_SIM_CHANGE_VPN || what == KH_SIM_CHANGE_VPN_SPLIT)
    {
      kh_sim_world_run (self.scene->world, (gint64) below (&self, 10000) * KH_SIM_MS);
      kh_sim_changes_undo (&self.changes, what);
      longest_us = MAX (longest_us, await_resumption (&self, "vpn-down"));
    }
  if (what == KH_SIM_CHANGE_UNBLOCK)
    {
      kh_sim_changes_undo (&self.changes, what);
      g_assert_true (
          kh_sim_world_run_until (self.scene->world, is_over_udp, &self, UDP_PATIENCE_US));
    }
  finish (&self);
  kh_sim_scene_free (self.scene);
  return longest_us;
}

static int
compare_times (gconstpointer a, gconstpointer b)
{
  gint64 difference = *(const gint64 *) a - *(const gint64 *) b;

  return difference < 0 ? -1 : difference > 0;
}

static void
test_change (gconstpointer data)
{
  KhSimChange what = (KhSimChange) GPOINTER_TO_UINT (data);
  g_autoptr (GArray) times = g_array_new (FALSE, FALSE, sizeof (gint64));

  if (kh_sim_seed_is_given ())
    {
      run (kh_sim_seed (1), what);
      return;
    }
  for (guint64 seed = 1; seed <= kh_sim_seeds (SEEDS); seed++)
    {
      gint64 took_us;

      g_test_message ("SEED=%" G_GUINT64_FORMAT, seed);
      took_us = run (seed, what);
      g_array_append_val (times, took_us);
    }
  g_array_sort (times, compare_times);
  g_test_message ("%s: new words within %" G_GINT64_FORMAT " ms in the median, %" G_GINT64_FORMAT
                  " ms at most",
                  kh_sim_change_names[what],
                  g_array_index (times, gint64, times->len / 2) / KH_SIM_MS,
                  g_array_index (times, gint64, times->len - 1) / KH_SIM_MS);
}

int
main (int argc, char **argv)
{
  kh_sim_init (&argc, &argv);
  for (guint i = 0; i < KH_SIM_N_CHANGES; i++)
    {
      g_autofree char *path = g_strconcat ("/sim/roaming-talk/", kh_sim_change_names[i], NULL);

      g_test_add_data_func (path, GUINT_TO_POINTER (i), test_change);
    }
  return g_test_run ();
}
