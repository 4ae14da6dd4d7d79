/* scene.h: the stage of most scenarios: a public server, and Ada and Bob, each in a home
 *
 * The core has 10 hops between any two gateways. Ada is "a", Bob is "b". One way it takes 20 ms
 * from each home to the server and 15 ms between the homes, unless set otherwise.
 */
#pragma once

#include "nat.h"
#include "peer.h"
#include "server/server.h"

#define KH_SIM_SERVER_DELAY_US (20 * KH_SIM_MS)
#define KH_SIM_DIRECT_DELAY_US (15 * KH_SIM_MS)
/* One round trip A→S→B→S→A. */
#define KH_SIM_ROUND_TRIP_US (4 * KH_SIM_SERVER_DELAY_US)

/**
 * KhSimHome:
 * @nat: (nullable): NULL is a public address
 * @outer_nat: (nullable): the provider's, in front of @nat
 * @ip: the last byte of its address in the LAN; 0 is 10 for Ada and 20 for Bob
 * @ipv6: has a public IPv6 address too
 * @firewall: (nullable): what stands before that address
 * @no_ipv4: has no other one; needs @ipv6
 * @same_provider: Bob's: it is behind the @outer_nat of Ada's
 */
typedef struct
{
  const KhSimNatConfig *nat;
  const KhSimNatConfig *outer_nat;
  guint8 ip;
  gboolean ipv6;
  const KhSimNatConfig *firewall;
  gboolean no_ipv4;
  gboolean same_provider;
} KhSimHome;

typedef struct
{
  KhSimHost *host;
  KhSimRng rng;
  KhIdentity *identity;
  KhServer *server; /* (nullable): NULL while it does not run */
  KhServerLimits limits;
} KhSimServer;

typedef struct
{
  KhSimWorld *world;
  KhSimOracle *oracle;
  KhSimNet *core;
  KhSimServer server;
  KhSimPeer *a, *b;
  KhSimNet *lan_a, *lan_b;      /* (nullable) */
  KhSimNat *nat_a, *nat_b;      /* (nullable): the inner one */
  GPtrArray *nats;              /* all, firewalls and providers' too */
  KhSimNet *provider;           /* (nullable): the last one */
  KhSimNat *provider_nat;       /* (nullable): and its NAT */
  KhSimPort *door_a, *door_b;   /* where each home meets the core; (nullable) without IPv4 */
  KhSimPort *door6_a, *door6_b; /* (nullable): the same for IPv6 */
} KhSimScene;

/* @b (nullable): NULL puts Bob into Ada's LAN. Machines are not started. */
KhSimScene *kh_sim_scene_new (guint64 seed, const KhSimHome *a, const KhSimHome *b);
void kh_sim_scene_free (KhSimScene *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KhSimScene, kh_sim_scene_free)

/* One more person, at a public address of their own; not started. */
KhSimPeer *kh_sim_scene_add_public (KhSimScene *self, const char *name, guint8 number);
void kh_sim_scene_set_direct_delay (KhSimScene *self, gint64 delay_us);
/* What every path suffers once, in each direction: the lines up of both homes and of the server. */
void kh_sim_scene_set_paths (KhSimScene *self, const KhSimLinkConfig *config);

/* How many gateways have died of too many mappings. */
guint kh_sim_scene_count_dead (KhSimScene *self);

void kh_sim_scene_start_server (KhSimScene *self);
/* As kill -9. */
void kh_sim_scene_kill_server (KhSimScene *self);
/* The next start has another key. */
void kh_sim_scene_change_server_key (KhSimScene *self);
KhAddr kh_sim_scene_get_server_addr (KhSimScene *self);

/* Starts @peer and gives it the server, pinned. */
void kh_sim_scene_start_peer (KhSimScene *self, KhSimPeer *peer);
/* Server, Ada and Bob are started, and the two are registered; ends the program otherwise. */
void kh_sim_scene_start_all (KhSimScene *self);
/* As above; then they are contacts, with @n messages for each other. */
void kh_sim_scene_make_contacts (KhSimScene *self, guint32 n);
/* As above; then Ada connects. */
void kh_sim_scene_begin_meeting (KhSimScene *self, guint32 n);

/* Predicates, for kh_sim_scene_wait(). */
gboolean kh_sim_scene_is_registered (gpointer scene);
gboolean kh_sim_scene_is_direct (gpointer scene);
gboolean kh_sim_scene_is_heard (gpointer scene);
gboolean kh_sim_scene_is_met (gpointer scene); /* direct and heard */
gboolean kh_sim_scene_has_no_path (gpointer scene);
gboolean kh_sim_scene_wait (KhSimScene *self, KhSimPredicate predicate, gint64 patience_us);
