/* evil-peer.h: a peer with valid keys that sends whatever a test makes up
 *
 * An honest node meets the victim and completes the handshake; then its session's keys are taken,
 * and this machine goes on in its place, from the same host. By itself it only answers path checks,
 * so that its path stays in use, and remembers what the victim says.
 */
#pragma once

#include "peer.h"
#include "wire/frame.h"

typedef struct _KhEvilPeer KhEvilPeer;

/* What came from the victim. */
typedef struct
{
  guint64 packets, bytes;
  guint64 largest; /* packet number */
  guint64 responses, challenges, rekeys;
  gboolean closed;
  guint64 close_code;
} KhEvilSeen;

/* @body has a session with @victim; its node does not run any more. The world owns it. */
KhEvilPeer *kh_evil_peer_take (KhSimPeer *body, KhSimPeer *victim);
const KhEvilSeen *kh_evil_peer_get_seen (KhEvilPeer *self);
/* One SEALED packet with this payload. */
void kh_evil_peer_send (KhEvilPeer *self, const guint8 *payload, gsize len);
void kh_evil_peer_send_writer (KhEvilPeer *self, const KhWriter *writer);
/* How many bytes it has sent, datagrams' headers included. */
guint64 kh_evil_peer_get_sent (KhEvilPeer *self);
