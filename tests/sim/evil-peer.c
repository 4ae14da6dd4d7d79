/* evil-peer.c: see evil-peer.h
 *
 * Looks into the node and its session, as nothing else here does, for the keys.
 */
#include "evil-peer.h"

#include <string.h>

#include "node/node-private.h"
#include "node/session-private.h"

typedef struct
{
  gsize len;
  guint8 data[KH_DATAGRAM_LARGEST];
} Queued;

struct _KhEvilPeer
{
  KhSimHost *host;
  KhKeyPair keys;
  guint32 their_index;
  guint64 next_packet;
  KhAddr remote;
  GQueue out; /* of Queued */
  guint64 sent;
  KhEvilSeen seen;
};

static void
evil_free (gpointer data)
{
  KhEvilPeer *self = data;

  g_queue_clear_full (&self->out, g_free);
  kh_key_pair_clear (&self->keys);
  g_free (self);
}

static void
queue_packet (KhEvilPeer *self, const guint8 *payload, gsize len)
{
  Queued *queued = g_new (Queued, 1);
  KhSealed header = { .epoch = self->keys.epoch,
                      .receiver = self->their_index,
                      .packet_number = self->next_packet };
  KhWriter writer = kh_writer_init (queued->data, KH_SEALED_HEADER_SIZE);

  g_assert_cmpuint (len, <=, sizeof queued->data - KH_SEALED_OVERHEAD);
  memcpy (queued->data + KH_SEALED_HEADER_SIZE, payload, len);
  g_assert_true (kh_sealed_write (&writer, &header));
  g_assert_true (kh_key_pair_seal (&self->keys, self->next_packet, queued->data,
                                   KH_SEALED_HEADER_SIZE, queued->data + KH_SEALED_HEADER_SIZE,
                                   len));
  self->next_packet++;
  queued->len = len + KH_SEALED_OVERHEAD;
  self->sent += queued->len;
  g_queue_push_tail (&self->out, queued);
}

/* --- the machine ------------------------------------------------------------------------- */

static void
note_frame (KhEvilPeer *self, const KhFrame *frame, const KhAddr *from)
{
  guint8 buf[64];
  KhWriter writer = kh_writer_init (buf, sizeof buf);

  if (frame->type == KH_FRAME_PATH_CHALLENGE)
    {
      self->seen.challenges++;
      kh_frame_write_path_response (&writer, frame->path_challenge.data, from);
      queue_packet (self, buf, writer.len);
    }
  else if (frame->type == KH_FRAME_PATH_RESPONSE)
    self->seen.responses++;
  else if (frame->type == KH_FRAME_REKEY)
    self->seen.rekeys++;
  else if (frame->type == KH_FRAME_CLOSE)
    {
      self->seen.closed = TRUE;
      self->seen.close_code = frame->close.code;
    }
}

static void
receive (gpointer machine, KhDatagram *in, gint64 now_us)
{
  KhEvilPeer *self = machine;
  KhSealed header;
  KhFrame frame;
  KhCursor cursor;
  guint8 *payload = in->data + KH_SEALED_HEADER_SIZE;

  if (!kh_sealed_read (in->data, in->len, &header) ||
      !kh_key_pair_open (&self->keys, header.packet_number, in->data, KH_SEALED_HEADER_SIZE,
                         payload, in->len - KH_SEALED_HEADER_SIZE))
    return;
  self->seen.packets++;
  self->seen.bytes += in->len;
  self->seen.largest = MAX (self->seen.largest, header.packet_number);
  cursor = kh_cursor_init (payload, in->len - KH_SEALED_OVERHEAD);
  while (kh_cursor_left (&cursor) > 0 && kh_frame_read (&cursor, &frame))
    note_frame (self, &frame, &in->remote);
}

static gboolean
poll_send (gpointer machine, KhDatagram *out, gint64 now_us)
{
  KhEvilPeer *self = machine;
  g_autofree Queued *queued = g_queue_pop_head (&self->out);

  if (!queued)
    return FALSE;
  memcpy (out->data, queued->data, queued->len);
  out->len = queued->len;
  out->remote = self->remote;
  out->socket = kh_socket_for_family (self->remote.family);
  return TRUE;
}

static gint64
next_timeout (gpointer machine)
{
  return KH_NEVER;
}

static void
handle_timeout (gpointer machine, gint64 now_us)
{
}

/* --- taking over ------------------------------------------------------------------------- */

KhEvilPeer *
kh_evil_peer_take (KhSimPeer *body, KhSimPeer *victim)
{
  static const KhMachineOps ops = { receive, poll_send, next_timeout, handle_timeout, NULL };
  KhEvilPeer *self = g_new0 (KhEvilPeer, 1);
  KhSession *session = kh_peer_find (body->node, &victim->id)->session;

  g_assert_nonnull (session);
  self->host = body->host;
  self->keys = session->keys.present;
  self->their_index = session->their_index;
  self->next_packet = session->next_packet;
  self->remote = kh_session_get_path (session)->remote;
  g_queue_init (&self->out);
  kh_sim_host_run (body->host, &ops, self, FALSE, NULL, NULL);
  return kh_sim_world_own (body->world, self, evil_free);
}

const KhEvilSeen *
kh_evil_peer_get_seen (KhEvilPeer *self)
{
  return &self->seen;
}

void
kh_evil_peer_send (KhEvilPeer *self, const guint8 *payload, gsize len)
{
  queue_packet (self, payload, len);
  kh_sim_host_pump (self->host);
}

void
kh_evil_peer_send_writer (KhEvilPeer *self, const KhWriter *writer)
{
  g_assert_false (writer->failed);
  kh_evil_peer_send (self, writer->data, writer->len);
}

guint64
kh_evil_peer_get_sent (KhEvilPeer *self)
{
  return self->sent;
}
