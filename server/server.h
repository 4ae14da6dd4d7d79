/* server.h: the rendezvous server's core, as a state machine without sockets or clock
 *
 * The same seam as a peer's node (KhMachineOps): one driver in io/ and one simulator serve both.
 * The server learns public keys and addresses and forwards sealed introductions; it holds no state
 * for an address that has not returned its cookie.
 */
#pragma once

#include "crypto/identity.h"
#include "wire/datagram.h"
#include "wire/random.h"

/**
 * KhServerLimits: what bounds the server's memory and work; kh_server_limits_default()
 * @max_clients: links held at once; the next INIT is dropped and counted
 * @max_unconfirmed: of them, those that have sent nothing sealed yet
 * @max_pushes: introductions that wait for their acknowledgement, over all clients
 * @hello_rate, @hello_burst: HELLOs a second and at once, per source prefix
 * @init_rate, @init_burst: handshakes (four X25519 each), per source prefix
 * @init_rate_total: handshakes a second over all sources: the CPU's share for strangers
 * @request_rate, @request_burst: requests a second and at once, per identity
 * @max_waits: peers that one client may wait for
 * @idle_timeout_us: a link that said nothing for this long is gone
 * @max_channels: of the relay, over all clients; 0 switches the relay off
 * @relay_rate, @relay_burst: bytes a second and at once that one client may have relayed; a rate
 *   of 0 is no limit
 * @relay_volume: bytes a day of one identity; 0 is no limit
 * @channel_timeout_us: a channel that carried nothing for this long is gone
 */
typedef struct
{
  guint max_clients;
  guint max_unconfirmed;
  guint max_pushes;
  double hello_rate, hello_burst;
  double init_rate, init_burst;
  double init_rate_total;
  double request_rate, request_burst;
  guint max_waits;
  gint64 idle_timeout_us;
  guint max_channels;
  double relay_rate, relay_burst;
  double relay_volume;
  gint64 channel_timeout_us;
} KhServerLimits;

typedef struct
{
  guint64 received, sent;             /* datagrams */
  guint64 received_bytes, sent_bytes; /* UDP payload */
  guint64 malformed, unknown, unauthentic, replayed;
  guint64 bad_cookie;
  guint64 rate_limited;
  guint64 full;       /* INITs dropped because max_clients or max_unconfirmed are here */
  guint64 handshakes; /* public-key operations were done for these */
  guint64 knocks, answers, lookups, readies;
  guint64 push_timeouts; /* clients taken for offline because they acknowledged nothing */
  guint64 bindings;      /* STUN requests answered */
  guint64 relayed, relayed_bytes;
  guint64 relay_unknown; /* RELAYs on a channel that the sender does not have */
  guint64 relay_limited; /* RELAYs beyond the sender's rate or volume */
  guint64 relay_dropped; /* RELAYs that came faster than they could be sent on */
  guint clients;         /* links held now */
  guint registered;      /* of them registered */
  guint channels;        /* of the relay, held now */
} KhServerStats;

typedef struct _KhServer KhServer;

KhServerLimits kh_server_limits_default (void);

/* (transfer full); @identity is copied; @limits may be NULL for the default */
KhServer *kh_server_new (const KhIdentity *identity,
                         const KhServerLimits *limits,
                         KhRandom random,
                         gint64 now_us);
void kh_server_free (KhServer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KhServer, kh_server_free)

void kh_server_get_stats (KhServer *self, KhServerStats *ret_stats);
const KhKey *kh_server_get_key (KhServer *self);

/* What the relay may do from now on: of @limits, those of channels' number and of its rates.
 * Turning it off ends all channels; what has been relayed counts on. */
void kh_server_set_relay (KhServer *self, const KhServerLimits *limits);

/**
 * kh_server_set_address:
 * @socket: an index of UDP, as in wire/datagram.h
 * @addr: what it is bound to; the IP may be unspecified
 *
 * That @socket exists. Clients are told the second port, and STUN is answered from there.
 */
void kh_server_set_address (KhServer *self, guint socket, const KhAddr *addr);

/* The system's time, microseconds since 1970 UTC, at @now_us: for who compares clocks; set again
 * whenever it may have been changed. Nothing of the server depends on it. */
void kh_server_set_clock (KhServer *self, gint64 wall_clock_us, gint64 now_us);

/* Tells every client GOING-AWAY, refuses new ones; done when kh_server_is_drained(). */
void kh_server_shutdown (KhServer *self, gint64 now_us);
/* After kh_server_shutdown(): every client has acknowledged, left, or had 2 s to. */
gboolean kh_server_is_drained (KhServer *self);

void kh_server_receive (KhServer *self, KhDatagram *in, gint64 now_us);
gboolean kh_server_poll_send (KhServer *self, KhDatagram *out, gint64 now_us);
gint64 kh_server_next_timeout (KhServer *self);
void kh_server_handle_timeout (KhServer *self, gint64 now_us);

extern const KhMachineOps kh_server_machine_ops;
