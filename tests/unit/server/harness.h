/* harness.h: a server on a virtual clock, and clients that speak to it through the real codecs
 *
 * Nothing here delays or loses anything by itself: what the server sends is put into the world's
 * queue, and a test takes out, repeats or drops what it wants.
 */
#pragma once

#include "crypto/keys.h"
#include "crypto/peer-id.h"
#include "server/server.h"
#include "wire/link.h"

typedef struct
{
  KhServer *server;
  GRand *rand;
  gint64 now_us;
  GQueue packets;    /* of Packet: what the server sent, oldest first */
  guint64 in_bytes;  /* given to the server */
  guint64 out_bytes; /* taken from it */
  guint64 out_packets;
} World;

typedef struct
{
  KhAddr remote;
  gsize len;
  guint8 data[KH_DATAGRAM_MAX];
} Packet;

typedef struct
{
  World *world;
  KhIdentity *identity;
  KhPeerId id;
  KhAddr addr;
  guint32 index;
  guint32 remote_index;
  guint32 next_request;
  guint8 cookie[KH_COOKIE_SIZE];
  KhNoise *noise;
  KhKeyPair keys;
  guint8 init[KH_DATAGRAM_MAX];
  gsize init_len;
} Peer;

/* A decoded message with its own memory. */
typedef struct
{
  KhLinkMessage message;
  guint8 blob[KH_DATAGRAM_MAX];
} Message;

World *world_new (const KhServerLimits *limits);
void world_free (World *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (World, world_free)
KhRandom world_random (World *self);
KhServerStats world_stats (World *self);
/* Hands a copy of exactly @len bytes to the server, and collects what it sends. */
void world_give (World *self, const KhAddr *from, const guint8 *data, gsize len);
/* (transfer full) (nullable): the oldest packet to @to that begins with @type. */
Packet *world_take (World *self, const KhAddr *to, KhDatagramType type);
void world_drop_packets (World *self);
/* Jumps from deadline to deadline up to @until_us, and collects what is sent. */
void world_run_until (World *self, gint64 until_us);

Peer *peer_new (World *world, const KhAddr *addr);
/* At an address of its own for each @number, and registered. */
Peer *peer_add (World *world, guint8 number);
/* Another device, or another run, with the same identity. */
Peer *peer_new_like (const Peer *other, const KhAddr *addr);
void peer_free (Peer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Peer, peer_free)

/* Each returns whether the server answered as it should. */
gboolean peer_hello (Peer *self);
void peer_make_init (Peer *self);
void peer_send_init (Peer *self);
gboolean peer_read_resp (Peer *self);
gboolean peer_connect (Peer *self); /* the three of them */
gboolean peer_register (Peer *self);

/* Seals without giving it to the server; returns the length. */
gsize peer_seal (Peer *self, const KhLinkMessage *message, guint8 out[KH_DATAGRAM_MAX]);
void peer_send (Peer *self, const KhLinkMessage *message);
/* (transfer full) (nullable): the next message to this peer's address. */
Message *peer_next (Peer *self);
/* As peer_next(), which must be of @type. */
Message *peer_expect (Peer *self, KhLinkType type);
/* Sends @message under a new id and returns the status of its reply. */
KhLinkStatus peer_ask (Peer *self, KhLinkMessage message);
KhLinkStatus peer_knock (Peer *self, const Peer *other, gsize blob_len);
KhLinkStatus peer_wait (Peer *self, const Peer *other);
void peer_acknowledge (Peer *self, guint32 push);
