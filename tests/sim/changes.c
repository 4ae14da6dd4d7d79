/* changes.c: see changes.h
 *
 * Owns the networks that people move to, through the world.
 */
#include "changes.h"

/* Until a program has heard of a new address: see io/network-watch.c. */
#define NOTICE_MS 50

const char *const kh_sim_change_names[KH_SIM_N_CHANGES] = {
  [KH_SIM_CHANGE_MOVE] = "move",         [KH_SIM_CHANGE_MOVE_BOTH] = "move-both",
  [KH_SIM_CHANGE_REBIND] = "rebind",     [KH_SIM_CHANGE_REBIND_BOTH] = "rebind-both",
  [KH_SIM_CHANGE_RENUMBER] = "renumber", [KH_SIM_CHANGE_RESTART] = "restart",
  [KH_SIM_CHANGE_STOP] = "stop",         [KH_SIM_CHANGE_BLOCK] = "block",
  [KH_SIM_CHANGE_UNBLOCK] = "unblock",   [KH_SIM_CHANGE_MOVE_RESTART] = "move-restart",
  [KH_SIM_CHANGE_VPN] = "vpn",           [KH_SIM_CHANGE_VPN_SPLIT] = "vpn-split",
};

static gint64
now (KhSimChanges *self)
{
  return kh_sim_world_now (self->scene->world);
}

static guint64
below (KhSimChanges *self, guint64 bound)
{
  return kh_sim_rng_below (&self->rng, bound);
}

static void
set_place (KhSimChanges *self, guint i, KhSimPeer *peer, KhSimNat *nat)
{
  KhSimPort *port = kh_sim_host_get_port (peer->host, KH_FAMILY_IPV4);

  self->places[i] = (KhSimPlace){ .changes = self,
                                  .peer = peer,
                                  .nat = nat,
                                  .net = kh_sim_port_get_net (port),
                                  .ip = *kh_sim_port_get_ip (port) };
}

void
kh_sim_changes_init (KhSimChanges *self, guint64 seed)
{
  KhSimHome homes[2] = { 0 };

  *self = (KhSimChanges){ 0 };
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
  set_place (self, 0, self->scene->a, self->scene->nat_a);
  set_place (self, 1, self->scene->b, self->scene->nat_b);
}

/* --- networks ---------------------------------------------------------------------------- */

static void
tell_addresses (gpointer user_data)
{
  KhSimPlace *self = user_data;
  KhAddr addrs[2] = { kh_sim_host_get_addr (self->peer->host, KH_FAMILY_IPV4), self->extra };

  addrs[1].port = addrs[0].port;
  if (!kh_addr_is_set (&addrs[0]))
    addrs[0] = addrs[1];
  kh_node_set_local_addresses (self->peer->node, addrs,
                               kh_addr_is_set (&addrs[0]) + self->has_extra, now (self->changes));
  kh_sim_host_pump (self->peer->host);
}

/* A program hears of it a moment later. */
static void
notice (KhSimPlace *self)
{
  kh_sim_world_at (self->changes->scene->world,
                   now (self->changes) + (gint64) below (self->changes, NOTICE_MS) * KH_SIM_MS,
                   tell_addresses, self, NULL);
}

static void
plug (KhSimPlace *self, KhSimNet *net, const KhAddr *ip)
{
  KhSimChanges *changes = self->changes;
  KhSimPort *server = kh_sim_host_get_port (changes->scene->server.host, KH_FAMILY_IPV4);
  KhSimPort *port;

  kh_sim_host_attach (self->peer->host, net, ip);
  port = kh_sim_host_get_port (self->peer->host, KH_FAMILY_IPV4);
  if (net != changes->scene->core)
    return;
  kh_sim_net_set_delay (net, port, server, KH_SIM_SERVER_DELAY_US);
  kh_sim_link_set_config (kh_sim_port_get_up (port), &changes->lines);
}

/* A network of any kind, where nobody has been. */
static void
plug_into_new (KhSimPlace *self)
{
  KhSimChanges *changes = self->changes;
  KhSimScene *scene = changes->scene;
  guint8 n = (guint8) (100 + changes->n_networks++);
  KhAddr outer = kh_addr_ipv4 (198, 51, n, 1, 0), gateway = kh_addr_ipv4 (10, n, 0, 1, 0);
  KhAddr ip = kh_addr_ipv4 (10, n, 0, 7, 0);
  g_autofree char *name = g_strdup_printf ("nat-%u", n);
  KhSimNet *lan;
  KhSimNat *nat;

  if (below (changes, 5) == 0)
    {
      plug (self, scene->core, &outer);
      return;
    }
  lan = kh_sim_net_new (scene->world, "new-lan");
  nat = kh_sim_nat_new (scene->world, name, &kh_sim_nat_kinds[below (changes, kh_sim_nat_n_kinds)],
                        scene->core, &outer, lan, &gateway);
  kh_sim_net_set_delay (scene->core, kh_sim_nat_get_outer (nat),
                        kh_sim_host_get_port (scene->server.host, KH_FAMILY_IPV4),
                        KH_SIM_SERVER_DELAY_US);
  kh_sim_link_set_config (kh_sim_port_get_up (kh_sim_nat_get_outer (nat)), &changes->lines);
  plug (self, lan, &ip);
}

/* --- what happens ------------------------------------------------------------------------ */

static void
stand_without_network (KhSimChanges *self)
{
  /* Well below the 30 s after which a session ends. */
  kh_sim_world_run (self->scene->world,
                    (gint64) (below (self, 2) ? below (self, 20000) : below (self, 300)) *
                        KH_SIM_MS);
}

static void
move (KhSimChanges *self, guint first, guint n)
{
  for (guint i = first; i < first + n; i++)
    {
      kh_sim_host_detach (self->places[i].peer->host, KH_FAMILY_IPV4);
      notice (&self->places[i]);
    }
  stand_without_network (self);
  for (guint i = first; i < first + n; i++)
    {
      plug_into_new (&self->places[i]);
      notice (&self->places[i]);
    }
}

static void
rebind (KhSimChanges *self, guint first, guint n, gboolean renumber)
{
  for (guint i = first; i < first + n; i++)
    {
      KhAddr ip = kh_addr_ipv4 (198, 51, (guint8) (i + 1), 200, 0);

      kh_sim_nat_rebind (self->places[i].nat, renumber ? &ip : NULL);
    }
}

static void
restart (KhSimChanges *self, gboolean orderly)
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
block (KhSimChanges *self, guint who, gboolean on)
{
  KhSimPort *door = who == 0 ? self->scene->door_a : self->scene->door_b;

  kh_sim_link_set_filter (kh_sim_port_get_up (door), on ? is_udp : NULL, NULL);
  kh_sim_link_set_filter (kh_sim_port_get_down (door), on ? is_udp : NULL, NULL);
}

static void
raise_vpn (KhSimChanges *self, guint i, gboolean split)
{
  KhSimPlace *place = &self->places[i];

  place->has_extra = TRUE;
  place->extra = split ? kh_addr_ipv4 (10, 8, 0, 2, 0) : place->ip;
  if (!split)
    plug_into_new (place);
  notice (place);
}

static void
drop_vpn (KhSimChanges *self, guint i)
{
  KhSimPlace *place = &self->places[i];

  place->has_extra = FALSE;
  place->extra = (KhAddr){ 0 };
  plug (place, place->net, &place->ip);
  notice (place);
}

void
kh_sim_changes_make (KhSimChanges *self, KhSimChange what)
{
  guint who = (guint) below (self, 2);

  switch (what)
    {
    case KH_SIM_CHANGE_MOVE:
      move (self, who, 1);
      break;
    case KH_SIM_CHANGE_MOVE_BOTH:
      move (self, 0, 2);
      break;
    case KH_SIM_CHANGE_REBIND:
      rebind (self, who, 1, FALSE);
      break;
    case KH_SIM_CHANGE_REBIND_BOTH:
      rebind (self, 0, 2, FALSE);
      break;
    case KH_SIM_CHANGE_RENUMBER:
      rebind (self, who, 1, TRUE);
      break;
    case KH_SIM_CHANGE_RESTART:
    case KH_SIM_CHANGE_STOP:
      restart (self, what == KH_SIM_CHANGE_STOP);
      break;
    case KH_SIM_CHANGE_BLOCK:
    case KH_SIM_CHANGE_UNBLOCK:
      block (self, who, TRUE);
      break;
    case KH_SIM_CHANGE_MOVE_RESTART:
      kh_sim_scene_kill_server (self->scene);
      move (self, who, 1);
      kh_sim_scene_start_server (self->scene);
      break;
    case KH_SIM_CHANGE_VPN:
    case KH_SIM_CHANGE_VPN_SPLIT:
      raise_vpn (self, who, what == KH_SIM_CHANGE_VPN_SPLIT);
      break;
    case KH_SIM_N_CHANGES:
    default:
      g_assert_not_reached ();
    }
}

void
kh_sim_changes_undo (KhSimChanges *self, KhSimChange what)
{
  for (guint i = 0; i < G_N_ELEMENTS (self->places); i++)
    if (what == KH_SIM_CHANGE_UNBLOCK)
      block (self, i, FALSE);
    else if (self->places[i].has_extra)
      drop_vpn (self, i);
}
