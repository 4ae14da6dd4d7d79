/* meeting.c: introductions through the server: KNOCK and ANSWER, both ways
 *
 * Owns nothing; works on the peers of the node. See PROTOCOL.md, "Introductions". The Noise
 * messages inside the blobs are read into locals and committed at the end. Nothing in message 1 is
 * believed before the session that comes of it is confirmed; it is shown at most, as a claim.
 */
#include "node/node-private.h"

#include <string.h>

/* Two knocks that cross within this time are glare; an older one of ours may have been lost with
 * the peer's link, so the newer one is answered whoever's key is lower. */
#define GLARE_US (3 * G_USEC_PER_SEC)
/* The responder sends in earnest this long after the initiator should have had the answer: longer
 * than a busy machine takes to read it. As a rule it costs nothing: the opener has let the
 * initiator's own first packet in by then, or that has come by the relay, which are better signs.
 */
#define EARNEST_GUARD_US 250000
/* Until knocking anew where the other side resumed what we have lost. */
#define RESUME_RETRY_US 100000
/* What a peer may claim of its way to the server, so that it cannot make us wait. */
#define SERVER_RTT_MAX_US (2 * G_USEC_PER_SEC)

static const char prologue[] = "knothole 1 session";

/* @theirs: (nullable): what the peer has said of its network, where it has */
static void
fill_introduction (KhNode *node,
                   KhPeer *peer,
                   const KhNatBehaviour *theirs,
                   guint32 index,
                   guint32 resumes,
                   KhIntroduction *ours,
                   gint64 now_us)
{
  KhRelayPolicy policy = kh_peer_get_relay_policy (node, peer);

  memset (ours, 0, sizeof *ours);
  ours->resumes = resumes;
  /* Two within a microsecond must differ as well. */
  node->last_timestamp_us = MAX (node->last_timestamp_us + 1, now_us + node->wall_offset_us);
  ours->index = index;
  ours->timestamp_us = MAX (node->last_timestamp_us, 0);
  ours->server_rtt_us = kh_link_get_rtt_us (node->link);
  ours->nat = kh_relay_policy_apply (policy, kh_node_get_nat_behaviour (node));
  if (policy != KH_RELAY_ALWAYS && (theirs == NULL || !theirs->is_relay_only))
    {
      ours->n_candidates = kh_node_gather (node, ours->candidates);
      kh_measured_tell (node, peer, ours, now_us);
    }
  g_strlcpy (ours->name, node->name, sizeof ours->name);
}

/* What of both networks is known at the beginning; @told: what the peer knows of ours. */
static KhSessionNetwork
network_of (KhNode *node, KhPeer *peer, const KhNatBehaviour *told, const KhIntroduction *theirs)
{
  KhRelayPolicy policy = kh_peer_get_relay_policy (node, peer);
  const KhNatBehaviour *ours = kh_node_get_nat_behaviour (node);

  return (KhSessionNetwork){ .governor = node->governor,
                             .policy = policy,
                             .shuns_local = node->shuns_local,
                             .ours = kh_relay_policy_apply (policy, ours),
                             .told = *told,
                             .theirs = theirs->nat,
                             .seen = node->seen[0] };
}

/* --- our knock --------------------------------------------------------------------------- */

gboolean
kh_meeting_knock (KhNode *node, KhPeer *peer, gint64 now_us)
{
  KhIntroduction ours;
  guint8 payload[KH_INTRODUCTION_MAX];
  guint8 blob[KH_BLOB_MAX];
  gsize payload_len;
  gsize blob_len;
  g_autoptr (KhNoise) noise = NULL;
  guint32 index = kh_node_new_index (node);

  if (peer->session != NULL)
    fill_introduction (node, peer, &kh_session_get_ladder (peer->session)->network.theirs, index,
                       kh_session_get_index (peer->session), &ours, now_us);
  else
    fill_introduction (node, peer, NULL, index, 0, &ours, now_us);
  ours.has_token = peer->has_token;
  memcpy (ours.token, peer->token, sizeof ours.token);
  payload_len = kh_introduction_write (&ours, payload);

  noise = kh_noise_new_initiator (node->identity, &peer->key, prologue, strlen (prologue),
                                  &node->random);
  if (!kh_noise_write (noise, payload, payload_len, blob, sizeof blob, &blob_len) ||
      !kh_link_knock (node->link, &peer->id, blob, blob_len, now_us))
    return FALSE;

  kh_peer_drop_knock (peer);
  peer->noise = g_steal_pointer (&noise);
  peer->knock_index = index;
  peer->knock_nat = ours.nat;
  peer->knocked_us = now_us;
  peer->crossed = FALSE;
  return TRUE;
}

static void
set_relay (
    KhNode *node, KhSession *session, guint32 channel, const KhIntroduction *theirs, gint64 now_us)
{
  KhAddr relay = kh_addr_relay (channel);
  gint64 theirs_us = MIN (theirs->server_rtt_us, SERVER_RTT_MAX_US);

  kh_session_set_relay (session, channel != 0 ? &relay : NULL,
                        kh_link_get_rtt_us (node->link) + theirs_us, now_us);
}

/* The session that @theirs means by its index, if it is the one that we have with @peer. */
static KhSession *
find_resumed (KhPeer *peer, const KhIntroduction *theirs)
{
  if (theirs->resumes == 0 || peer->session == NULL ||
      kh_session_get_their_index (peer->session) != theirs->resumes)
    return NULL;
  return peer->session;
}

/* Both have the session still: it goes on, with new ways to look for and a new relay. */
static void
resume_session (KhNode *node,
                KhPeer *peer,
                const KhIntroduction *theirs,
                guint32 channel,
                gint64 earnest_us,
                gint64 now_us)
{
  set_relay (node, peer->session, channel, theirs, now_us);
  kh_session_reintroduce (peer->session, theirs, earnest_us, now_us);
  node->opening = peer->session;
  peer->next_us = KH_NEVER;
  peer->tries = 0;
}

/* Puts a session in the place of an attempt that was not confirmed. */
static void
begin_session (KhNode *node,
               KhPeer *peer,
               const KhSessionConfig *config,
               guint32 channel,
               gint64 earnest_us,
               gint64 now_us)
{
  KhSession *session = kh_session_new (config, now_us);

  if (peer->fresh != NULL)
    kh_node_release_session (node, peer->fresh, KH_CLOSE_REPLACED, NULL, now_us);
  kh_session_set_keepalive (session, node->keepalive_us);
  peer->fresh = session;
  kh_node_add_session (node, session, peer);
  set_relay (node, session, channel, config->theirs, now_us);
  if (config->initiator)
    kh_mapped_offer (node, session, now_us);
  kh_session_start (session, earnest_us, now_us);
  peer->next_us = KH_NEVER;
  if (peer->session == NULL)
    kh_peer_set_state (node, peer, KH_PEER_PUNCHING, now_us);
}

void
kh_meeting_receive_answer (KhNode *node, const KhLinkEvent *event, gint64 now_us)
{
  KhPeerId id = kh_peer_id_from_key (&event->key);
  KhPeer *peer = kh_peer_find (node, &id);
  gsize blob_len;
  const guint8 *blob = g_bytes_get_data (event->blob, &blob_len);
  guint8 payload[KH_BLOB_MAX];
  gsize len;
  KhIntroduction theirs;
  KhTransportKeys keys;

  if (peer == NULL || peer->noise == NULL ||
      !kh_noise_read (peer->noise, blob, blob_len, payload, sizeof payload, &len))
    {
      node->stats.unauthentic++;
      return;
    }
  if (!kh_introduction_read (payload, len, &theirs) || !kh_noise_split (peer->noise, &keys))
    {
      /* The peer itself sealed nonsense: its knock is spent, the next try is a new one. */
      node->stats.malformed++;
      kh_peer_drop_knock (peer);
      return;
    }

  if (find_resumed (peer, &theirs) != NULL)
    resume_session (node, peer, &theirs, event->channel, now_us, now_us);
  else if (theirs.resumes != 0)
    /* It went on with a session that we have lost meanwhile: the next knock says so. */
    kh_peer_retry_later (peer, RESUME_RETRY_US, RESUME_RETRY_US, now_us);
  else
    begin_session (node, peer,
                   &(KhSessionConfig){ .initiator = TRUE,
                                       .identity = node->identity,
                                       .remote = &peer->key,
                                       .hash = kh_noise_hash (peer->noise),
                                       .keys = &keys,
                                       .our_index = peer->knock_index,
                                       .theirs = &theirs,
                                       .random = node->random,
                                       .asked_us = peer->asked_us,
                                       .network =
                                           network_of (node, peer, &peer->knock_nat, &theirs),
                                       .hosts = node->hosts,
                                       .n_hosts = node->n_hosts },
                   event->channel, now_us, now_us);
  kh_wipe (&keys, sizeof keys);
  kh_peer_drop_knock (peer);
}

/* --- their knock ------------------------------------------------------------------------- */

void
kh_meeting_answer (KhNode *node, KhPeer *peer, gint64 now_us)
{
  KhPending *pending = peer->pending;
  KhIntroduction ours;
  guint8 payload[KH_INTRODUCTION_MAX];
  guint8 blob[KH_BLOB_MAX];
  gsize payload_len;
  gsize blob_len;
  KhTransportKeys keys;
  guint32 index = kh_node_new_index (node);
  KhSession *resumed = find_resumed (peer, &pending->theirs);
  gint64 earnest_us;

  fill_introduction (node, peer, &pending->theirs.nat, index,
                     resumed != NULL ? kh_session_get_index (resumed) : 0, &ours, now_us);
  payload_len = kh_introduction_write (&ours, payload);
  if (!kh_noise_write (pending->noise, payload, payload_len, blob, sizeof blob, &blob_len) ||
      !kh_noise_split (pending->noise, &keys) ||
      !kh_link_answer (node->link, &peer->id, blob, blob_len, now_us))
    {
      kh_peer_drop_pending (node, peer);
      return;
    }

  /* Half of each round trip is how long the answer is under way. */
  earnest_us = now_us + EARNEST_GUARD_US +
               (ours.server_rtt_us + MIN (pending->theirs.server_rtt_us, SERVER_RTT_MAX_US)) / 2;
  kh_peer_drop_knock (peer);
  if (resumed != NULL)
    resume_session (node, peer, &pending->theirs, pending->channel, earnest_us, now_us);
  else
    begin_session (node, peer,
                   &(KhSessionConfig){ .identity = node->identity,
                                       .remote = &peer->key,
                                       .hash = kh_noise_hash (pending->noise),
                                       .keys = &keys,
                                       .our_index = index,
                                       .theirs = &pending->theirs,
                                       .random = node->random,
                                       .asked_us = pending->arrived_us,
                                       .network =
                                           network_of (node, peer, &ours.nat, &pending->theirs),
                                       .hosts = node->hosts,
                                       .n_hosts = node->n_hosts },
                   pending->channel, earnest_us, now_us);
  if (resumed == NULL && peer->session == NULL)
    kh_peer_begin_opening (node, peer, now_us);
  kh_wipe (&keys, sizeof keys);
  kh_peer_drop_pending (node, peer);
}

static void
ask_person (KhNode *node, KhPeer *peer, gboolean again)
{
  KhEvent event = { .type = KH_EVENT_KNOCK, .at_us = peer->pending->arrived_us, .peer = peer->id };

  if (again)
    return;
  event.knock.key = peer->key;
  g_strlcpy (event.knock.name, peer->pending->theirs.name, sizeof event.knock.name);
  event.knock.has_token = peer->pending->theirs.has_token;
  memcpy (event.knock.token, peer->pending->theirs.token, sizeof event.knock.token);
  kh_node_push_event (node, &event);
}

/* Is our own knock the one that counts? The lower public key's, where two crossed. */
static gboolean
is_ours_first (KhNode *node, KhPeer *peer, gint64 now_us)
{
  return peer->noise != NULL && now_us - peer->knocked_us < GLARE_US &&
         kh_key_compare (kh_identity_get_public (node->identity), &peer->key) < 0;
}

/* Reads message 1. Returns NULL where it is not from @key or not an introduction. */
static KhPending *
read_knock (KhNode *node, const KhKey *key, GBytes *message, gint64 now_us)
{
  gsize blob_len;
  const guint8 *blob = g_bytes_get_data (message, &blob_len);
  guint8 payload[KH_BLOB_MAX];
  gsize len;
  KhIntroduction theirs;
  KhPending *pending;
  g_autoptr (KhNoise) noise =
      kh_noise_new_responder (node->identity, prologue, strlen (prologue), &node->random);

  if (!kh_noise_read (noise, blob, blob_len, payload, sizeof payload, &len) ||
      !kh_key_equal (kh_noise_remote_static (noise), key))
    {
      node->stats.unauthentic++;
      return NULL;
    }
  if (!kh_introduction_read (payload, len, &theirs))
    {
      node->stats.malformed++;
      return NULL;
    }

  pending = g_new0 (KhPending, 1);
  pending->noise = g_steal_pointer (&noise);
  pending->theirs = theirs;
  pending->arrived_us = now_us;
  return pending;
}

static void
pending_free (KhPending *pending)
{
  kh_noise_free (pending->noise);
  g_free (pending);
}

void
kh_peer_drop_pending (KhNode *node, KhPeer *peer)
{
  if (peer->pending == NULL)
    return;
  pending_free (g_steal_pointer (&peer->pending));
  node->n_pending--;
}

/* Makes @pending the peer's, in place of an older one. */
static void
keep_pending (KhNode *node, KhPeer *peer, KhPending *pending)
{
  kh_peer_drop_pending (node, peer);
  peer->pending = pending;
  node->n_pending++;
}

static void
dispatch_knock (KhNode *node, KhPeer *peer, KhPending *pending, gint64 now_us)
{
  KhPolicy policy = peer->wanted ? KH_POLICY_ACCEPT : kh_peer_get_policy (node, peer);
  gboolean again = peer->pending != NULL;

  if (policy == KH_POLICY_ASK && ((peer->declined && !pending->theirs.has_token) ||
                                  (!again && node->n_pending >= KH_PENDING_MAX)))
    {
      node->stats.refused++;
      pending_free (pending);
      return;
    }
  keep_pending (node, peer, pending);
  if (policy == KH_POLICY_ASK)
    ask_person (node, peer, again);
  else if (!kh_measured_await (node, peer, now_us))
    kh_meeting_answer (node, peer, now_us);
}

void
kh_meeting_receive_knock (KhNode *node, const KhLinkEvent *event, gint64 now_us)
{
  KhPeerId id = kh_peer_id_from_key (&event->key);
  KhPeer *peer = kh_peer_find (node, &id);
  KhPolicy policy = peer != NULL ? kh_peer_get_policy (node, peer) : node->default_policy;
  KhPending *pending;

  /* Before the public-key operations: those whose knock would come to nothing anyway. */
  if (kh_peer_id_equal (&id, &node->id) ||
      (policy == KH_POLICY_IGNORE && (peer == NULL || !peer->wanted)))
    {
      node->stats.refused++;
      return;
    }
  if (peer != NULL && is_ours_first (node, peer, now_us))
    {
      /* They may have knocked because ours was lost with their link: then nothing comes of it. */
      peer->crossed = TRUE;
      peer->next_us = MIN (peer->next_us, peer->knocked_us + GLARE_US);
      return;
    }

  pending = read_knock (node, &event->key, event->blob, now_us);
  if (pending == NULL)
    return;
  pending->channel = event->channel;
  peer = kh_peer_ensure (node, &id, now_us);
  if (pending->theirs.timestamp_us <= peer->last_timestamp_us)
    {
      node->stats.replayed++;
      pending_free (pending);
      return;
    }

  peer->last_timestamp_us = pending->theirs.timestamp_us;
  peer->known_us = now_us;
  peer->key = event->key;
  peer->has_key = TRUE;
  dispatch_knock (node, peer, pending, now_us);
}
