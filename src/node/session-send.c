/* session-send.c: what the next datagram is, and sealing it
 *
 * Path checks first, each in a packet of its own and outside the transport's books, then what the
 * transport has for the path in use.
 */
#include "node/session-private.h"

static gboolean
seal (KhSession *self, KhDatagram *out, const KhAddr *remote, gsize payload_len, gint64 now_us)
{
  KhSealed header = { .epoch = self->keys.epoch,
                      .receiver = self->their_index,
                      .packet_number = self->next_packet };
  KhWriter writer = kh_writer_init (out->data, KH_SEALED_HEADER_SIZE);

  if (!kh_sealed_write (&writer, &header) ||
      !kh_key_pair_seal (&self->keys, self->next_packet, out->data, KH_SEALED_HEADER_SIZE,
                         out->data + KH_SEALED_HEADER_SIZE, payload_len))
    return FALSE;

  self->next_packet++;
  out->len = payload_len + KH_SEALED_OVERHEAD;
  out->remote = *remote;
  out->socket = kh_socket_for_family (remote->family);
  out->hop_limit = 0;
  return TRUE;
}

static gboolean
send_check (KhSession *self, const KhCheck *check, KhDatagram *out, gint64 now_us)
{
  KhWriter writer =
      kh_writer_init (out->data + KH_SEALED_HEADER_SIZE, KH_DATAGRAM_MAX - KH_SEALED_OVERHEAD);
  gboolean fits = check->is_response
                      ? kh_frame_write_path_response (&writer, check->data, &check->remote)
                      : kh_frame_write_path_challenge (&writer, check->data);

  kh_connection_note_sent (self->connection, self->next_packet);
  if (!fits || !seal (self, out, &check->remote, writer.len, now_us))
    return FALSE;
  out->hop_limit = check->hop_limit;
  return TRUE;
}

gboolean
kh_session_poll_send (KhSession *self, KhDatagram *out, gint64 now_us)
{
  KhCheck check;
  const KhPath *path;
  gsize len;

  g_return_val_if_fail (out->size >= KH_DATAGRAM_MAX, FALSE);

  if (self->end_us == KH_NEVER && kh_check_list_poll_send (self->checks, &check, now_us))
    return send_check (self, &check, out, now_us);

  path = kh_check_list_get_selected (self->checks);
  if (path == NULL)
    return FALSE;
  len = kh_connection_build (self->connection, self->next_packet, out->data + KH_SEALED_HEADER_SIZE,
                             KH_DATAGRAM_MAX - KH_SEALED_OVERHEAD, now_us);
  if (len == 0 || !seal (self, out, &path->remote, len, now_us))
    return FALSE;
  self->sent_us = now_us;
  return TRUE;
}

