/* scene.c: see scene.h */
#include "scene.h"

#define CORE_HOPS 10
/* Longer than any back-off of a link that is set up without loss. */
#define REGISTER_PATIENCE_US (10 * KH_SIM_SECOND)

static void
scene_identify_server (KhSimScene *self)
{
  KhRandom random = kh_sim_rng_as_random (&self->server.rng);

  g_clear_pointer (&self->server.identity, kh_identity_free);
  self->server.identity = kh_identity_new (&random);
}

static void
build_server (KhSimScene *self)
{
  KhAddr ip4 = kh_addr_ipv4 (192, 0, 2, 1, 0);
  KhAddr ip6;

  g_assert_true (kh_addr_parse ("2001:db8::1", 0, &ip6));
  kh_sim_rng_init (&self->server.rng, kh_sim_world_get_seed (self->world),
                   kh_sim_world_next_stream (self->world));
  scene_identify_server (self);
  self->server.limits = kh_server_limits_default ();
  self->server.host = kh_sim_host_new (self->world, self->oracle, "s");
  kh_sim_host_bind (self->server.host, KH_DEFAULT_PORT, KH_DEFAULT_PORT + 1);
  kh_sim_host_listen (self->server.host, KH_DEFAULT_PORT);
  kh_sim_host_listen (self->server.host, 443);
  kh_sim_host_attach (self->server.host, self->core, &ip4);
  kh_sim_host_attach (self->server.host, self->core, &ip6);
}

/* @door: (nullable) */
static void
set_server_delay (KhSimScene *self, KhSimPort *door)
{
  for (guint i = 0; door && i < 2; i++)
    kh_sim_net_set_delay (self->core, door,
                          kh_sim_host_get_port (self->server.host,
                                                i == 0 ? KH_FAMILY_IPV4 : KH_FAMILY_IPV6),
                          KH_SIM_SERVER_DELAY_US);
}

static KhSimNat *
add_nat (KhSimScene *self,
         const char *name,
         const KhSimNatConfig *config,
         KhSimNet *outer,
         const KhAddr *outer_ip,
         KhSimNet *inner,
         const KhAddr *inner_ip)
{
  KhSimNat *nat = kh_sim_nat_new (self->world, name, config, outer, outer_ip, inner, inner_ip);

  g_ptr_array_add (self->nats, nat);
  return nat;
}

/* A home of its own for @peer, number @n; returns its door. */
static KhSimPort *
build_home (KhSimScene *self,
            const KhSimHome *home,
            KhSimPeer *peer,
            guint8 n,
            KhSimNet **ret_lan,
            KhSimNat **ret_nat)
{
  KhAddr public_ip = kh_addr_ipv4 (198, 51, n, 1, 0);
  KhAddr cgn_gateway = kh_addr_ipv4 (100, 64, 0, 1, 0);
  KhAddr cgn_ip = kh_addr_ipv4 (100, 64, 0, (guint8) (n + 100), 0);
  KhAddr gateway = kh_addr_ipv4 (192, 168, 1, 1, 0);
  KhAddr ip = kh_addr_ipv4 (192, 168, 1, home->ip ? home->ip : (guint8) (n * 10), 0);
  const char *name = kh_sim_host_get_name (peer->host);
  g_autofree char *nat_name = g_strdup_printf ("nat-%s", name);
  KhSimNet *outside = self->core;
  KhSimNat *outer = NULL;

  if (home->no_ipv4)
    return NULL;
  if (!home->nat)
    {
      kh_sim_host_attach (peer->host, self->core, &public_ip);
      return kh_sim_host_get_port (peer->host, KH_FAMILY_IPV4);
    }
  if (home->outer_nat)
    {
      if (!home->same_provider || !self->provider)
        {
          self->provider = kh_sim_net_new (self->world, "provider");
          self->provider_nat = add_nat (self, "cgn", home->outer_nat, self->core, &public_ip,
                                        self->provider, &cgn_gateway);
        }
      outside = self->provider;
      outer = self->provider_nat;
    }
  *ret_lan = kh_sim_net_new (self->world, "lan");
  *ret_nat = add_nat (self, nat_name, home->nat, outside, outer ? &cgn_ip : &public_ip, *ret_lan,
                      &gateway);
  kh_sim_host_attach (peer->host, *ret_lan, &ip);
  return kh_sim_nat_get_outer (outer ? outer : *ret_nat);
}

/* Returns where it meets the core, or NULL. */
static KhSimPort *
build_ipv6 (KhSimScene *self, const KhSimHome *home, KhSimPeer *peer, guint8 n)
{
  KhAddr ip, gateway;
  g_autofree char *text = g_strdup_printf ("2001:db8:%u::10", n);
  g_autofree char *gateway_text = g_strdup_printf ("2001:db8:%u::1", n);
  KhSimNet *net = self->core;
  KhSimNat *firewall = NULL;

  if (!home->ipv6)
    return NULL;
  g_assert_true (kh_addr_parse (text, 0, &ip));
  g_assert_true (kh_addr_parse (gateway_text, 0, &gateway));
  if (home->firewall)
    {
      net = kh_sim_net_new (self->world, "lan6");
      firewall = add_nat (self, "firewall", home->firewall, self->core, &ip, net, &gateway);
    }
  kh_sim_host_attach (peer->host, net, &ip);
  return firewall ? kh_sim_nat_get_outer (firewall)
                  : kh_sim_host_get_port (peer->host, KH_FAMILY_IPV6);
}

static void
set_lan_delay (KhSimPeer *peer)
{
  KhSimLinkConfig line = { .delay_us = KH_SIM_MS / 5 };

  kh_sim_port_set_lines (kh_sim_host_get_port (peer->host, KH_FAMILY_IPV4), &line);
}

KhSimScene *
kh_sim_scene_new (guint64 seed, const KhSimHome *a, const KhSimHome *b)
{
  KhSimScene *self = g_new0 (KhSimScene, 1);
  KhAddr ip_b = kh_addr_ipv4 (192, 168, 1, 20, 0);

  self->world = kh_sim_world_new (seed);
  self->nats = g_ptr_array_new ();
  self->oracle = kh_sim_oracle_new (self->world);
  self->core = kh_sim_net_new (self->world, "core");
  kh_sim_net_set_hops (self->core, CORE_HOPS);
  build_server (self);
  self->a = kh_sim_peer_new (self->world, self->oracle, "a");
  self->b = kh_sim_peer_new (self->world, self->oracle, "b");
  self->door_a = build_home (self, a, self->a, 1, &self->lan_a, &self->nat_a);
  set_server_delay (self, self->door_a);
  self->door6_a = build_ipv6 (self, a, self->a, 1);
  set_server_delay (self, self->door6_a);
  if (b)
    {
      self->door_b = build_home (self, b, self->b, 2, &self->lan_b, &self->nat_b);
      set_server_delay (self, self->door_b);
      self->door6_b = build_ipv6 (self, b, self->b, 2);
      set_server_delay (self, self->door6_b);
      kh_sim_scene_set_direct_delay (self, KH_SIM_DIRECT_DELAY_US);
      return self;
    }
  self->lan_b = self->lan_a;
  self->nat_b = self->nat_a;
  self->door_b = self->door_a;
  kh_sim_host_attach (self->b->host, self->lan_b, &ip_b);
  set_lan_delay (self->a);
  set_lan_delay (self->b);
  return self;
}

void
kh_sim_scene_free (KhSimScene *self)
{
  if (!self)
    return;
  kh_server_free (self->server.server);
  kh_identity_free (self->server.identity);
  kh_sim_world_free (self->world);
  g_ptr_array_unref (self->nats);
  g_free (self);
}

KhSimPeer *
kh_sim_scene_add_public (KhSimScene *self, const char *name, guint8 number)
{
  KhSimPeer *peer = kh_sim_peer_new (self->world, self->oracle, name);
  KhAddr ip = kh_addr_ipv4 (203, 0, 113, number, 0);

  kh_sim_host_attach (peer->host, self->core, &ip);
  set_server_delay (self, kh_sim_host_get_port (peer->host, KH_FAMILY_IPV4));
  return peer;
}

void
kh_sim_scene_set_direct_delay (KhSimScene *self, gint64 delay_us)
{
  if (self->door_a && self->door_b)
    kh_sim_net_set_delay (self->core, self->door_a, self->door_b, delay_us);
  if (self->door6_a && self->door6_b)
    kh_sim_net_set_delay (self->core, self->door6_a, self->door6_b, delay_us);
}

void
kh_sim_scene_set_paths (KhSimScene *self, const KhSimLinkConfig *config)
{
  KhSimPort *server = kh_sim_host_get_port (self->server.host, KH_FAMILY_IPV4);

  kh_sim_link_set_config (kh_sim_port_get_up (self->door_a), config);
  kh_sim_link_set_config (kh_sim_port_get_up (self->door_b), config);
  kh_sim_link_set_config (kh_sim_port_get_up (server), config);
}

guint
kh_sim_scene_count_dead (KhSimScene *self)
{
  guint n = 0;

  for (guint i = 0; i < self->nats->len; i++)
    n += kh_sim_nat_is_dead (self->nats->pdata[i]);
  return n;
}

void
kh_sim_scene_start_server (KhSimScene *self)
{
  KhSimServer *server = &self->server;

  g_assert_null (server->server);
  server->server =
      kh_server_new (server->identity, &server->limits, kh_sim_rng_as_random (&server->rng),
                     kh_sim_world_now (self->world));
  /* Both families, both ports. */
  for (guint i = 0; i < 4; i++)
    {
      KhAddr addr = kh_sim_host_get_addr (server->host, i % 2 ? KH_FAMILY_IPV6 : KH_FAMILY_IPV4);

      addr.port = i < KH_SOCKET_SECOND_PORT ? KH_DEFAULT_PORT : KH_DEFAULT_PORT + 1;
      kh_server_set_address (server->server, i, &addr);
    }
  kh_sim_host_run (server->host, &kh_server_machine_ops, server->server, TRUE, NULL, NULL);
}

void
kh_sim_scene_kill_server (KhSimScene *self)
{
  kh_sim_host_run (self->server.host, NULL, NULL, FALSE, NULL, NULL);
  g_clear_pointer (&self->server.server, kh_server_free);
}

void
kh_sim_scene_change_server_key (KhSimScene *self)
{
  scene_identify_server (self);
}

KhAddr
kh_sim_scene_get_server_addr (KhSimScene *self)
{
  return kh_sim_host_get_addr (self->server.host, KH_FAMILY_IPV4);
}

void
kh_sim_scene_start_peer (KhSimScene *self, KhSimPeer *peer)
{
  KhFamily family =
      kh_sim_host_get_port (peer->host, KH_FAMILY_IPV4) ? KH_FAMILY_IPV4 : KH_FAMILY_IPV6;
  KhAddr addr = kh_sim_host_get_addr (self->server.host, family);

  kh_sim_peer_start (peer);
  kh_sim_peer_set_server (peer, &addr, kh_identity_get_public (self->server.identity));
}

void
kh_sim_scene_start_all (KhSimScene *self)
{
  kh_sim_scene_start_server (self);
  kh_sim_scene_start_peer (self, self->a);
  kh_sim_scene_start_peer (self, self->b);
  g_assert_true (kh_sim_scene_wait (self, kh_sim_scene_is_registered, REGISTER_PATIENCE_US));
}

void
kh_sim_scene_make_contacts (KhSimScene *self, guint32 n)
{
  kh_sim_scene_start_all (self);
  kh_sim_peer_set_policy (self->a, self->b, KH_POLICY_ACCEPT);
  kh_sim_peer_set_policy (self->b, self->a, KH_POLICY_ACCEPT);
  kh_sim_peer_say (self->a, self->b, n);
  kh_sim_peer_say (self->b, self->a, n);
}

void
kh_sim_scene_begin_meeting (KhSimScene *self, guint32 n)
{
  kh_sim_scene_make_contacts (self, n);
  kh_sim_peer_connect (self->a, self->b, TRUE);
}

gboolean
kh_sim_scene_is_registered (gpointer scene)
{
  KhSimScene *self = scene;

  return kh_node_get_link_state (self->a->node) == KH_LINK_UP &&
         kh_node_get_link_state (self->b->node) == KH_LINK_UP;
}

gboolean
kh_sim_scene_is_direct (gpointer scene)
{
  KhSimScene *self = scene;

  return kh_sim_peer_is_direct (self->a, self->b) && kh_sim_peer_is_direct (self->b, self->a);
}

gboolean
kh_sim_scene_is_heard (gpointer scene)
{
  KhSimScene *self = scene;

  return kh_sim_peer_is_heard (self->a, self->b) && kh_sim_peer_is_heard (self->b, self->a);
}

gboolean
kh_sim_scene_is_met (gpointer scene)
{
  return kh_sim_scene_is_direct (scene) && kh_sim_scene_is_heard (scene);
}

gboolean
kh_sim_scene_has_no_path (gpointer scene)
{
  KhSimScene *self = scene;

  return kh_sim_peer_get_state (self->a, self->b) == KH_PEER_NO_PATH;
}

gboolean
kh_sim_scene_wait (KhSimScene *self, KhSimPredicate predicate, gint64 patience_us)
{
  return kh_sim_world_run_until (self->world, predicate, self, patience_us);
}
