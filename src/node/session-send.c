/* session-send.c: what the next datagram is, and sealing it
 *
 * Path checks first, then a handshake's messages and probes of the path's MTU, each in a packet of
 * its own and outside the transport's books; then what the transport has for the path in use.
 */
#include "node/session-private.h"

#include <string.h>

#include "wire/link.h"

/* A try of a size that has had no answer for so long is lost. */
#define PROBE_TIMEOUT_MIN_US 100000
/* The same where nothing is known of the round trip. */
#define PROBE_TIMEOUT_UNKNOWN_US G_USEC_PER_SEC
/* Packets between two numbers that are left out: rare enough to cost nothing. */
#define SKIP_LEAST 64
#define SKIP_SPREAD 1024

/* @tail: the payload's last parts, where they are not behind @data. */
static gboolean
seal_packet (KhSession *self, guint8 *data, gsize payload_len, const KhBytes *tail, guint n_tail)
{
  KhSealed header = { .epoch = self->keys.present.epoch,
                      .receiver = self->their_index,
                      .packet_number = self->next_packet };
  KhWriter writer = kh_writer_init (data, KH_SEALED_HEADER_SIZE);

  if (!kh_sealed_write (&writer, &header) ||
      !kh_key_pair_seal_parts (&self->keys.present, self->next_packet, data, KH_SEALED_HEADER_SIZE,
                               data + KH_SEALED_HEADER_SIZE, payload_len, tail, n_tail))
    return FALSE;
  self->next_packet++;
  return TRUE;
}

static gboolean
seal_parts (KhSession *self,
            KhDatagram *out,
            const KhAddr *remote,
            gsize payload_len,
            const KhBytes *tail,
            guint n_tail)
{
  if (!seal_packet (self, out->data, payload_len, tail, n_tail))
    return FALSE;
  out->len = payload_len + KH_SEALED_OVERHEAD;
  out->socket = kh_search_path_socket (remote);
  out->remote = kh_search_path (remote, 0);
  out->hop_limit = 0;
  return TRUE;
}

static gboolean
seal (KhSession *self, KhDatagram *out, const KhAddr *remote, gsize payload_len)
{
  return seal_parts (self, out, remote, payload_len, NULL, 0);
}

static gboolean
send_check (KhSession *self, const KhCheck *check, KhDatagram *out, gint64 now_us)
{
  KhWriter writer =
      kh_writer_init (out->data + KH_SEALED_HEADER_SIZE, KH_DATAGRAM_MAX - KH_SEALED_OVERHEAD);
  gboolean fits = check->is_response
                      ? kh_frame_write_path_response (&writer, check->data, &check->remote)
                      : kh_frame_write_path_challenge (&writer, check->data);

  if (fits && check->padded)
    {
      memset (writer.data + writer.len, KH_FRAME_PADDING, writer.size - writer.len);
      writer.len = writer.size;
    }
  kh_connection_note_sent (self->connection, self->next_packet);
  if (!fits || !seal (self, out, &check->remote, writer.len))
    return FALSE;
  out->hop_limit = check->hop_limit;
  return TRUE;
}

/* --- the length of packets --------------------------------------------------------------- */

/* What is the most to try on a path of this kind. */
static guint
path_cap (const KhPath *path)
{
  if (path == NULL)
    return KH_DATAGRAM_MAX;
  switch (path->kind)
    {
    case KH_CANDIDATE_HOST:
    case KH_CANDIDATE_SRFLX:
    case KH_CANDIDATE_PRFLX:
    case KH_CANDIDATE_MAPPED:
      return KH_DATAGRAM_LARGEST;
    case KH_CANDIDATE_RELAY:
    default:
      return KH_RELAY_PAYLOAD_MAX;
    }
}

/* The longest datagram that the path in use is known to carry. */
static guint
datagram_size (KhSession *self)
{
  return MIN (self->mtu.size, path_cap (kh_check_list_get_selected (self->checks)));
}

void
kh_session_apply_mtu (KhSession *self)
{
  kh_connection_set_max_packet (self->connection, datagram_size (self) - KH_SEALED_OVERHEAD);
}

void
kh_session_restart_mtu (KhSession *self, gint64 now_us)
{
  kh_path_mtu_init (&self->mtu, path_cap (kh_check_list_get_selected (self->checks)), now_us);
  kh_session_apply_mtu (self);
}

void
kh_session_suspect_mtu (KhSession *self, gint64 now_us)
{
  kh_path_mtu_black_hole (&self->mtu, now_us);
  kh_session_apply_mtu (self);
}

gboolean
kh_session_wants_mtu (KhSession *self)
{
  const KhPath *path = kh_check_list_get_selected (self->checks);

  if (path == NULL || path->state != KH_PATH_VALID || path->kind == KH_CANDIDATE_RELAY ||
      kh_connection_is_closed (self->connection))
    return FALSE;
  /* Where packets vanish, whether the base passes is worth knowing for a short message too. */
  return kh_connection_has_bulk (self->connection) ||
         (self->mtu.state == KH_PATH_MTU_STATE_BASE && self->suspect_us != KH_NEVER);
}

static gint64
probe_timeout_us (KhSession *self)
{
  KhConnectionRtt rtt = kh_connection_rtt (self->connection);

  if (rtt.smoothed_us == 0)
    return PROBE_TIMEOUT_UNKNOWN_US;
  return MAX (2 * (rtt.smoothed_us + 4 * rtt.variation_us), PROBE_TIMEOUT_MIN_US);
}

/* A path check, filled up to the size that is to be tried. */
static gboolean
send_probe (KhSession *self, const KhPath *path, KhDatagram *out, gint64 now_us)
{
  gboolean fresh;
  guint size;
  KhWriter writer;

  kh_path_mtu_set_cap (&self->mtu, (guint) MIN (out->size, KH_DATAGRAM_LARGEST), now_us);
  size = kh_path_mtu_poll (&self->mtu, self->received_us, &fresh, now_us);
  kh_session_apply_mtu (self);
  if (size == 0)
    return FALSE;

  if (fresh)
    kh_random_fill (&self->random, self->mtu_data, sizeof self->mtu_data);
  writer = kh_writer_init (out->data + KH_SEALED_HEADER_SIZE, size - KH_SEALED_OVERHEAD);
  if (!kh_frame_write_path_challenge (&writer, self->mtu_data))
    return FALSE;
  memset (writer.data + writer.len, KH_FRAME_PADDING, writer.size - writer.len);
  kh_path_mtu_sent (&self->mtu, probe_timeout_us (self), now_us);
  kh_connection_note_sent (self->connection, self->next_packet);
  return seal (self, out, &path->remote, writer.size);
}

/* Now and then a packet number is left out, when nobody can tell: who acknowledges it pretends to
 * have received more than came, to be sent to faster (RFC 9000, section 21.4). */
static void
skip_number (KhSession *self)
{
  if (self->next_packet < self->skip_at)
    return;
  if (self->skip_at > 0)
    kh_connection_note_skipped (self->connection, self->next_packet++);
  self->skip_at = self->next_packet + SKIP_LEAST + kh_random_u32 (&self->random) % SKIP_SPREAD;
}

/* --- all together ------------------------------------------------------------------------ */

static gboolean
send_rekey (KhSession *self, const KhPath *path, KhDatagram *out, gint64 now_us)
{
  KhWriter writer =
      kh_writer_init (out->data + KH_SEALED_HEADER_SIZE, KH_DATAGRAM_MAX - KH_SEALED_OVERHEAD);

  if (!kh_session_keys_write (&self->keys, &writer))
    return FALSE;
  kh_connection_note_sent (self->connection, self->next_packet);
  return seal (self, out, &path->remote, writer.len);
}

gboolean
kh_session_poll_volley (KhSession *self, KhDatagram *out, gint64 now_us)
{
  KhCheck check;

  return self->end_us == KH_NEVER && kh_check_list_poll_volley (self->checks, &check, now_us) &&
         send_check (self, &check, out, now_us);
}

/* Before the peer has proven that it asked, little is said, and only where the server has checked
 * who listens. */
static gboolean
may_send_early (KhSession *self)
{
  return self->initiator || (self->early_left > 0 && kh_session_is_relayed (self));
}

/* What the transport has to send on @path, at most @size bytes of a datagram. */
static gboolean
send_data (KhSession *self, const KhPath *path, KhDatagram *out, gsize size, gint64 now_us)
{
  KhBytes tail[KH_CONNECTION_TAIL_PARTS];
  guint n_tail;
  gsize len = kh_connection_build_parts (self->connection, self->next_packet,
                                         out->data + KH_SEALED_HEADER_SIZE,
                                         size - KH_SEALED_OVERHEAD, tail, &n_tail, now_us);

  return len > 0 && seal_parts (self, out, &path->remote, len, tail, n_tail);
}

/* At most @n more of one stream's. Returns FALSE where there are none, or others have a turn. */
static gboolean
send_stream_run (KhSession *self, KhDatagram *out, gsize segment, guint n, gint64 now_us)
{
  gsize payload = segment - KH_SEALED_OVERHEAD;

  n = kh_connection_begin_run (self->connection, self->next_packet, payload, n, now_us);
  for (guint i = 0; i < n; i++)
    {
      guint8 *data = out->data + out->len;
      KhBytes tail[KH_CONNECTION_TAIL_PARTS];
      guint n_tail;

      kh_connection_run_next (self->connection, data + KH_SEALED_HEADER_SIZE, tail, &n_tail);
      if (!seal_packet (self, data, payload, tail, n_tail))
        {
          /* They count as sent, and are lost. */
          self->next_packet += n - i;
          break;
        }
      out->segment = segment;
      out->len += segment;
    }
  return n > 0;
}

/* After a full packet of bulk come more of it: what else there is to be looked at before a packet
 * is looked at once for all of them. */
static void
send_run (KhSession *self, const KhPath *path, KhDatagram *out, gint64 now_us)
{
  KhDatagram next = { .data = out->data + out->len };
  gsize segment = out->len;
  guint n = (guint) MIN (out->size / segment, out->run_max);

  if (self->next_packet >= self->skip_at)
    return;
  n = (guint) MIN (n, self->skip_at - self->next_packet);
  if (n > 1 && send_stream_run (self, out, segment, n - 1, now_us))
    return;
  for (guint i = 1; i < n && (i == 1 || next.len == segment); i++)
    {
      if (!send_data (self, path, &next, segment, now_us))
        return;
      out->segment = segment;
      out->len += next.len;
      next.data += next.len;
    }
}

gboolean
kh_session_poll_send (KhSession *self, KhDatagram *out, gint64 now_us)
{
  KhCheck check;
  const KhPath *path;
  gsize size;

  g_return_val_if_fail (out->size >= KH_DATAGRAM_MAX, FALSE);

  if (self->end_us == KH_NEVER && kh_check_list_poll_send (self->checks, &check, now_us))
    return send_check (self, &check, out, now_us);
  if (self->end_us == KH_NEVER && kh_session_search_poll_send (self, &check, now_us))
    return send_check (self, &check, out, now_us);

  path = kh_check_list_get_selected (self->checks);
  if (!kh_session_has_path (self))
    return FALSE;
  if (self->keys.owed && self->end_us == KH_NEVER && send_rekey (self, path, out, now_us))
    return TRUE;
  if (kh_path_mtu_next_us (&self->mtu) <= now_us && kh_session_wants_mtu (self) &&
      send_probe (self, path, out, now_us))
    return TRUE;
  if (!self->confirmed && !may_send_early (self))
    return FALSE;
  skip_number (self);
  size = MIN (out->size, datagram_size (self));
  if (!send_data (self, path, out, size, now_us))
    return FALSE;
  self->sent_us = now_us;
  /* The server takes packets one by one. */
  if (out->run_max > 1 && self->confirmed && out->len + KH_CONNECTION_BLOCK > size &&
      out->len >= KH_CONNECTION_MIN_PAYLOAD + KH_SEALED_OVERHEAD &&
      !kh_addr_is_relay (&path->remote))
    send_run (self, path, out, now_us);
  if (!self->confirmed && !self->initiator)
    self->early_left--;
  return TRUE;
}
