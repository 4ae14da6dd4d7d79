/* server-private.h: the server's own state, for the files that handle its events
 *
 * server.c has the verbs and the life of links, handshake.c HELLO and INIT, introductions.c the
 * requests of known clients, relay.c what they send each other through the server, binding.c STUN.
 */
#pragma once

#include "server/admission.h"
#include "server/channels.h"
#include "server/prefixes.h"
#include "server/pushes.h"
#include "server/rate.h"
#include "server/registry.h"
#include "server/replies.h"
#include "server/server.h"

/**
 * KhServer:
 * @unconfirmed: by the time of RESP; all of them wait equally long
 * @idle: the linked and the registered by the time they were last heard, the most silent first
 * @addresses: of the sockets, as far as there are any
 * @relayed: (nullable): until something is relayed
 * @relay_volumes: by identity, and so longer than any link
 * @drain_until_us: KH_NEVER until shutdown
 */
struct _KhServer
{
  KhServerLimits limits;
  KhRandom random;
  KhIdentity *identity;
  KhAdmission *admission;
  KhRegistry *registry;
  KhReplies *replies;
  KhPushes *pushes;
  KhRate request_rate;
  KhAddr addresses[KH_SOCKET_TCP];
  KhChannels *channels;
  KhReplies *relayed;
  KhByteRate relay_rate;
  KhByteRate relay_volume;
  KhPrefixes *relay_volumes;
  GQueue unconfirmed;
  GQueue idle;
  gint64 drain_until_us;
  gboolean has_clock;
  gint64 wall_offset_us; /* wall clock less monotonic clock */
  KhServerStats stats;
};

gboolean kh_server_is_leaving (const KhServer *self);

/* binding.c */
void kh_server_handle_stun (KhServer *self, const KhDatagram *in, gint64 now_us);

/* handshake.c */
void kh_server_handle_hello (KhServer *self, const KhDatagram *in, gint64 now_us);
void kh_server_handle_init (KhServer *self, const KhDatagram *in, gint64 now_us);
/* The first sealed packet of @client has verified: it takes the place of an older link. */
void kh_server_confirm (KhServer *self, KhClient *client);

/* introductions.c: may remove @client */
void kh_server_handle_message (KhServer *self,
                               KhClient *client,
                               const KhLinkMessage *message,
                               gint64 now_us);

/* relay.c */
void kh_server_handle_relay (KhServer *self,
                             KhClient *client,
                             const KhLinkMessage *message,
                             gint64 now_us);

/* server.c */
void kh_server_reply (KhServer *self, KhClient *client, const KhLinkMessage *reply);
void kh_server_register (KhServer *self, KhClient *client);
/* Forgets @client at once, and frees it. */
void kh_server_remove (KhServer *self, KhClient *client);
/* Nobody can find @client any more; it is told why, and removed when it has acknowledged that. */
void kh_server_dismiss (KhServer *self, KhClient *client, KhGoingAway reason);
