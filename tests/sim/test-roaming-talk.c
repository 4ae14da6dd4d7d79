/* test-roaming-talk.c: a talk and a file go on while the world around them changes (DESIGN 8)
 *
 * Two people write to each other without a pause and one sends the other a file, between networks
 * of any kind. One thing happens, or two at once: a computer is moved to another network, a gateway
 * forgets, UDP is blocked, the server is started anew, a VPN comes up and goes. The session must be
 * the same one afterwards, each message and each byte must come once and in order, and from when
 * the network can be used again, new messages must arrive within a second, both ways. SEED=n runs
 * that one alone.
 */
#include <string.h>

#include "scene.h"

#define SEEDS 20
#define MEET_PATIENCE_US KH_SIM_MINUTE
#define HEAL_PATIENCE_US KH_SIM_MINUTE
/* What is promised (DESIGN 8). */
#define RESUME_US KH_SIM_SECOND
/* UDP is tried again 15 s after it failed, and then more rarely. */
#define UDP_PATIENCE_US (20 * KH_SIM_SECOND)
#define SAY_US (40 * KH_SIM_MS)
/* Messages that were sent before and arrive all the same: of 320 ms. */
#define ON_THE_WAY 8
/* What is written of the file and not acknowledged. */
#define AHEAD (1024 * 1024)
/* Until a program has heard of a new address: see io/network-watch.c. */
#define NOTICE_MS 50

typedef enum
{
  MOVE,        /* from network to network, with nothing for a while between */
  MOVE_BOTH,   /* both at the same time */
  REBIND,      /* a gateway forgets, and gives other ports */
  REBIND_BOTH, /* two do at once */
  RENUMBER,    /* a gateway has another address outside as well */
  RESTART,     /* the server is killed and started anew */
  STOP,        /* it is stopped as it should be, and started anew */
  BLOCK,       /* a gateway lets no more UDP through */
  UNBLOCK,     /* and does again */
  MOVE_RESTART,
  VPN,       /* all goes another way, while the address of before stays */
  VPN_SPLIT, /* there is one more address, and all goes as before */
  N_CHANGES,
} Change;

static const char *const change_names[N_CHANGES] = {
  [MOVE] = "move",         [MOVE_BOTH] = "move-both",
  [REBIND] = "rebind",     [REBIND_BOTH] = "rebind-both",
  [RENUMBER] = "renumber", [RESTART] = "restart",
  [STOP] = "stop",         [BLOCK] = "block",
  [UNBLOCK] = "unblock",   [MOVE_RESTART] = "move-restart",
  [VPN] = "vpn",           [VPN_SPLIT] = "vpn-split",
};

typedef struct _Run Run;

/* One of the two, and where it is. */
typedef struct
{
  Run *run;
  KhSimPeer *peer;
  KhSimPeer *other;
  KhSimNet *net; /* at home; the core where there is no gateway */
  KhSimNat *nat; /* (nullable) */
  KhAddr ip;
  gboolean has_extra; /* an address that stays beside the one in use */
  KhAddr extra;
  guint32 said;          /* messages, up to when the network became usable */
  gint64 usable_us;      /* KH_NEVER until then */
  gint64 heard_us;       /* what it said after that has arrived; KH_NEVER until then */
  guint64 sent, arrived; /* bytes of the file */
  gboolean has_stream;
  guint64 stream;
} Side;

struct _Run
{
  KhSimScene *scene;
  KhSimRng rng;
  KhSimLinkConfig lines;
  Side sides[2];
  gboolean talks;
  guint n_networks;
};

static gint64
now (Run *self)
{
  return kh_sim_world_now (self->scene->world);
}

static guint64
below (Run *self, guint64 bound)
{
  return kh_sim_rng_below (&self->rng, bound);
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

/* --- networks ---------------------------------------------------------------------------- */

static void
tell_addresses (gpointer user_data)
{
  Side *self = user_data;
  KhAddr addrs[2] = { kh_sim_host_get_addr (self->peer->host, KH_FAMILY_IPV4), self->extra };

  addrs[1].port = addrs[0].port;
  if (!kh_addr_is_set (&addrs[0]))
    addrs[0] = addrs[1];
  kh_node_set_local_addresses (self->peer->node, addrs,
                               kh_addr_is_set (&addrs[0]) + self->has_extra, now (self->run));
  kh_sim_host_pump (self->peer->host);
}

/* A program hears of it a moment later. */
static void
notice (Side *self)
{
  kh_sim_world_at (self->run->scene->world,
                   now (self->run) + (gint64) below (self->run, NOTICE_MS) * KH_SIM_MS,
                   tell_addresses, self, NULL);
}

static void
plug (Side *self, KhSimNet *net, const KhAddr *ip)
{
  Run *run = self->run;
  KhSimPort *server = kh_sim_host_get_port (run->scene->server.host, KH_FAMILY_IPV4);
  KhSimPort *port;

  kh_sim_host_attach (self->peer->host, net, ip);
  port = kh_sim_host_get_port (self->peer->host, KH_FAMILY_IPV4);
  if (net != run->scene->core)
    return;
  kh_sim_net_set_delay (net, port, server, KH_SIM_SERVER_DELAY_US);
  kh_sim_link_set_config (kh_sim_port_get_up (port), &run->lines);
}

/* A network of any kind, where nobody has been. */
static void
plug_into_new (Side *self)
{
  Run *run = self->run;
  KhSimScene *scene = run->scene;
  guint8 n = (guint8) (100 + run->n_networks++);
  KhAddr outer = kh_addr_ipv4 (198, 51, n, 1, 0), gateway = kh_addr_ipv4 (10, n, 0, 1, 0);
  KhAddr ip = kh_addr_ipv4 (10, n, 0, 7, 0);
  g_autofree char *name = g_strdup_printf ("nat-%u", n);
  KhSimNet *lan;
  KhSimNat *nat;

  if (below (run, 5) == 0)
    {
      plug (self, scene->core, &outer);
      return;
    }
  lan = kh_sim_net_new (scene->world, "new-lan");
  nat = kh_sim_nat_new (scene->world, name, &kh_sim_nat_kinds[below (run, kh_sim_nat_n_kinds)],
                        scene->core, &outer, lan, &gateway);
  kh_sim_net_set_delay (scene->core, kh_sim_nat_get_outer (nat),
                        kh_sim_host_get_port (scene->server.host, KH_FAMILY_IPV4),
                        KH_SIM_SERVER_DELAY_US);
  kh_sim_link_set_config (kh_sim_port_get_up (kh_sim_nat_get_outer (nat)), &run->lines);
  plug (self, lan, &ip);
}

/* --- what happens ------------------------------------------------------------------------ */

static void
stand_without_network (Run *self)
{
  /* Well below the 30 s after which a session ends. */
  kh_sim_world_run (self->scene->world,
                    (gint64) (below (self, 2) ? below (self, 20000) : below (self, 300)) *
                        KH_SIM_MS);
}

static void
move (Run *self, guint first, guint n)
{
  for (guint i = first; i < first + n; i++)
    {
      kh_sim_host_detach (self->sides[i].peer->host, KH_FAMILY_IPV4);
      notice (&self->sides[i]);
    }
  stand_without_network (self);
  for (guint i = first; i < first + n; i++)
    {
      plug_into_new (&self->sides[i]);
      notice (&self->sides[i]);
    }
}

static void
rebind (Run *self, guint first, guint n, gboolean renumber)
{
  for (guint i = first; i < first + n; i++)
    {
      KhAddr ip = kh_addr_ipv4 (198, 51, (guint8) (i + 1), 200, 0);

      kh_sim_nat_rebind (self->sides[i].nat, renumber ? &ip : NULL);
    }
}

static void
restart (Run *self, gboolean orderly)
{
  KhSimScene *scene = self->scene;

  if (orderly)
    {
      kh_server_shutdown (scene->server.server, now (self));
      kh_sim_host_pump (scene->server.host);
      kh_sim_world_run (scene->world, (gint64) below (self, 3000) * KH_SIM_MS);
    }
  kh_sim_scene_kill_server (scene);
  stand_without_network (self);
  kh_sim_scene_start_server (scene);
}

static gboolean
is_udp (const KhSimPacket *packet, gpointer user_data)
{
  return packet->segment == KH_SIM_SEGMENT_NONE;
}

static void
block (Run *self, guint who, gboolean on)
{
  KhSimPort *door = who == 0 ? self->scene->door_a : self->scene->door_b;

  kh_sim_link_set_filter (kh_sim_port_get_up (door), on ? is_udp : NULL, NULL);
  kh_sim_link_set_filter (kh_sim_port_get_down (door), on ? is_udp : NULL, NULL);
}

static void
raise_vpn (Run *self, guint i, gboolean split)
{
  Side *side = &self->sides[i];

  side->has_extra = TRUE;
  side->extra = split ? kh_addr_ipv4 (10, 8, 0, 2, 0) : side->ip;
  if (!split)
    plug_into_new (side);
  notice (side);
}

static void
drop_vpn (Run *self, guint i)
{
  Side *side = &self->sides[i];

  side->has_extra = FALSE;
  side->extra = (KhAddr){ 0 };
  plug (side, side->net, &side->ip);
  notice (side);
}

static void
change (Run *self, Change what)
{
  guint who = (guint) below (self, 2);

  switch (what)
    {
    case MOVE:
      move (self, who, 1);
      break;
    case MOVE_BOTH:
      move (self, 0, 2);
      break;
    case REBIND:
      rebind (self, who, 1, FALSE);
      break;
    case REBIND_BOTH:
      rebind (self, 0, 2, FALSE);
      break;
    case RENUMBER:
      rebind (self, who, 1, TRUE);
      break;
    case RESTART:
    case STOP:
      restart (self, what == STOP);
      break;
    case BLOCK:
    case UNBLOCK:
      block (self, who, TRUE);
      break;
    case MOVE_RESTART:
      kh_sim_scene_kill_server (self->scene);
      move (self, who, 1);
      kh_sim_scene_start_server (self->scene);
      break;
    case VPN:
    case VPN_SPLIT:
      raise_vpn (self, who, what == VPN_SPLIT);
      break;
    case N_CHANGES:
    default:
      g_assert_not_reached ();
    }
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
set_sides (Run *self)
{
  KhSimScene *scene = self->scene;

  self->sides[0] = (Side){ .run = self, .peer = scene->a, .other = scene->b, .nat = scene->nat_a };
  self->sides[1] = (Side){ .run = self, .peer = scene->b, .other = scene->a, .nat = scene->nat_b };
  for (guint i = 0; i < G_N_ELEMENTS (self->sides); i++)
    {
      Side *side = &self->sides[i];
      KhSimPort *port = kh_sim_host_get_port (side->peer->host, KH_FAMILY_IPV4);

      side->net = kh_sim_port_get_net (port);
      side->ip = *kh_sim_port_get_ip (port);
      side->peer->on_event = on_event;
      side->peer->on_event_data = side;
    }
}

static void
begin (Run *self, guint64 seed)
{
  KhSimHome homes[2] = { 0 };

  kh_sim_rng_init (&self->rng, seed, 0);
  for (guint i = 0; i < G_N_ELEMENTS (homes); i++)
    homes[i].nat = &kh_sim_nat_kinds[below (self, kh_sim_nat_n_kinds)];
  self->scene = kh_sim_scene_new (seed, &homes[0], &homes[1]);
  self->scene->a->may_tcp = self->scene->b->may_tcp = TRUE;
  kh_sim_scene_set_direct_delay (self->scene, (gint64) (1 + below (self, 60)) * KH_SIM_MS);
  self->lines = (KhSimLinkConfig){
    .rate = 2000000 + below (self, 4000000),
    .queue_bytes = 20000 + below (self, 40000),
    .jitter_us = (gint64) below (self, 4) * KH_SIM_MS,
    .mtu = 1500,
  };
  kh_sim_scene_set_paths (self->scene, &self->lines);
  set_sides (self);
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
run (guint64 seed, Change what)
{
  Run self = { 0 };
  gint64 longest_us;

  begin (&self, seed);
  change (&self, what);
  longest_us = await_resumption (&self, change_names[what]);
  if (what == VPN || what == VPN_SPLIT)
    {
      kh_sim_world_run (self.scene->world, (gint64) below (&self, 10000) * KH_SIM_MS);
      for (guint i = 0; i < G_N_ELEMENTS (self.sides); i++)
        if (self.sides[i].has_extra)
          drop_vpn (&self, i);
      longest_us = MAX (longest_us, await_resumption (&self, "vpn-down"));
    }
  if (what == UNBLOCK)
    {
      block (&self, 0, FALSE);
      block (&self, 1, FALSE);
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
  Change what = (Change) GPOINTER_TO_UINT (data);
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
                  change_names[what], g_array_index (times, gint64, times->len / 2) / KH_SIM_MS,
                  g_array_index (times, gint64, times->len - 1) / KH_SIM_MS);
}

int
main (int argc, char **argv)
{
  kh_sim_init (&argc, &argv);
  for (guint i = 0; i < N_CHANGES; i++)
    {
      g_autofree char *path = g_strconcat ("/sim/roaming-talk/", change_names[i], NULL);

      g_test_add_data_func (path, GUINT_TO_POINTER (i), test_change);
    }
  return g_test_run ();
}
