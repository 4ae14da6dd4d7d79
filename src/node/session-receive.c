/* session-receive.c: opening a packet, and giving each frame to the part that it is for
 *
 * A packet is opened, then found well-formed as a whole, and only then applied: a bad packet
 * changes nothing (PROTOCOL.md, "Sessions").
 */
#include "node/session-private.h"

#include <string.h>

/* A round-trip time is told again when it differs by a third and 5 ms, and not more often. */
#define RTT_NEWS_US (5 * G_USEC_PER_SEC)
#define RTT_NEWS_LEAST_US 5000
/* The peer is not followed to the relay again so soon: longer each time. */
#define FOLLOW_MIN_US G_USEC_PER_SEC
#define FOLLOW_MAX_US (30 * G_USEC_PER_SEC)
/* So many long packets lost in a row, with short ones between them that were not, are a matter of
 * length: even where three of ten are lost, chance does that once in a thousand times. */
#define LONG_LOST_MAX 6

void
kh_session_fail_keys (KhSession *self, const char *reason)
{
  if (kh_connection_is_closed (self->connection))
    return;
  kh_connection_close (self->connection, KH_TRANSPORT_KEY_UPDATE_ERROR, reason);
  self->keys_news = TRUE;
}

static void
receive_rekey (KhSession *self, const KhFrame *frame, gint64 now_us)
{
  if (kh_connection_is_closed (self->connection))
    return;

  switch (kh_session_keys_receive (&self->keys, frame, self->next_packet,
                                   kh_session_get_rtt_us (self), now_us))
    {
    case KH_REKEY_PASSED_OVER:
    case KH_REKEY_DUE:
      break;
    case KH_REKEY_RENEWED:
      /* The peer follows when it has a packet under the new keys: this one is sent until then. */
      kh_connection_ping (self->connection);
      break;
    case KH_REKEY_BROKEN:
      kh_session_fail_keys (self, "no such handshake");
      break;
    default:
      g_assert_not_reached ();
    }
}

/* A probe for the path's MTU is a path check as well, but its round trip is that of a packet that
 * waits behind bulk, so it does not count for the choice of paths. */
static void
receive_response (KhSession *self, const KhFrame *frame, const KhAddr *remote, gint64 now_us)
{
  if (self->mtu.probe > 0 &&
      memcmp (frame->path_response.data, self->mtu_data, sizeof self->mtu_data) == 0)
    {
      kh_path_mtu_answered (&self->mtu, now_us);
      kh_session_apply_mtu (self);
      return;
    }
  kh_check_list_on_response (self->checks, remote, frame->path_response.data,
                             &frame->path_response.seen, now_us);
}

static void
receive_frame (KhSession *self, const KhFrame *frame, const KhAddr *remote, gint64 now_us)
{
  KhCandidate candidate;

  switch (frame->type)
    {
    case KH_FRAME_PATH_CHALLENGE:
      kh_check_list_on_challenge (self->checks, remote, frame->path_challenge.data, now_us);
      /* Checks by the relay mean that the peer looks for a direct path now: so do we, at the same
       * time, as two NATs need it. */
      if (kh_addr_is_relay (remote))
        kh_session_retry_direct (self, TRUE, now_us);
      break;
    case KH_FRAME_PATH_RESPONSE:
      receive_response (self, frame, remote, now_us);
      break;
    case KH_FRAME_CANDIDATE:
      if (kh_session_search_hear (self, frame, now_us))
        break;
      candidate.kind = frame->candidate.kind;
      candidate.priority = frame->candidate.priority;
      candidate.addr = frame->candidate.addr;
      kh_check_list_add (self->checks, &candidate, now_us);
      kh_session_retry_direct (self, FALSE, now_us);
      break;
    case KH_FRAME_PATH_IN_USE:
      break;
    case KH_FRAME_REKEY:
      receive_rekey (self, frame, now_us);
      break;
    case KH_FRAME_STREAM:
      self->keys.active = TRUE;
      kh_connection_receive_frame (self->connection, frame, now_us);
      break;
    case KH_FRAME_PADDING:
    case KH_FRAME_PING:
    case KH_FRAME_ACK:
    case KH_FRAME_RESET_STREAM:
    case KH_FRAME_STOP_SENDING:
    case KH_FRAME_MAX_DATA:
    case KH_FRAME_MAX_STREAM_DATA:
    case KH_FRAME_MAX_STREAMS:
    case KH_FRAME_CLOSE:
    case KH_FRAME_DATAGRAM:
    default:
      kh_connection_receive_frame (self->connection, frame, now_us);
    }
}

/* Every frame was found well-formed before. A frame that breaks a rule closes the connection,
 * which makes it deaf to the rest. */
static void
receive_frames (
    KhSession *self, const guint8 *payload, gsize len, const KhAddr *remote, gint64 now_us)
{
  KhCursor cursor = kh_cursor_init (payload, len);
  KhFrame frame;

  while (kh_cursor_left (&cursor) > 0 && kh_frame_read (&cursor, &frame))
    receive_frame (self, &frame, remote, now_us);
}

void
kh_session_follow_path (KhSession *self, gint64 now_us)
{
  KhCheckEvent event;

  while (kh_check_list_poll_event (self->checks, &event))
    {
      const KhPath *path = kh_check_list_get_selected (self->checks);

      if (event == KH_CHECK_EVENT_FAILED)
        {
          self->no_path_news = !self->confirmed && !kh_session_search_be_last_hope (self);
          continue;
        }
      if (path == NULL || !kh_addr_is_set (&path->remote))
        continue;
      if (!kh_addr_equal (&path->remote, &self->used))
        {
          if (kh_addr_is_set (&self->used))
            kh_connection_path_changed (self->connection, path->rtt_us, now_us);
          kh_session_restart_mtu (self, now_us);
          if (kh_addr_is_relay (&path->remote) && kh_addr_is_set (&self->used) &&
              !kh_addr_is_relay (&self->used))
            kh_session_lost_direct (self, now_us);
          self->used = path->remote;
        }
      self->path_news |= path->state == KH_PATH_VALID;
      kh_session_search_follow (self, path, now_us);
    }
  kh_session_search_take_notes (self);
}

static void
note_rtt (KhSession *self, gint64 now_us)
{
  gint64 rtt_us;
  gint64 change_us;

  if (!self->path_news && now_us - self->told_us < RTT_NEWS_US)
    return;
  rtt_us = kh_connection_rtt (self->connection).smoothed_us;
  change_us = ABS (rtt_us - self->told_rtt_us);
  if (rtt_us > 0 && self->told_us > 0 && now_us - self->told_us >= RTT_NEWS_US &&
      change_us > RTT_NEWS_LEAST_US && change_us * 3 > self->told_rtt_us)
    self->path_news = TRUE;
  if (self->path_news)
    {
      self->told_us = now_us;
      self->told_rtt_us = kh_session_get_rtt_us (self);
    }
}

/* A peer that used a direct path and now sends by the relay has found that nothing of what it sent
 * was acknowledged. One direction is enough for that, and it needs our acknowledgements at once. */
static void
follow_peer (KhSession *self, const KhAddr *remote, guint64 number, gint64 now_us)
{
  if (!kh_addr_is_relay (remote))
    self->direct_end = MAX (self->direct_end, number + 1);
  else if (self->direct_end > 0 && number >= self->direct_end && !kh_session_is_relayed (self) &&
           now_us >= self->follow_us)
    {
      /* Where a check proves the path, the two would chase each other to and fro for ever. */
      self->follow_after_us = now_us - self->follow_us > FOLLOW_MAX_US
                                  ? FOLLOW_MIN_US
                                  : MIN (2 * self->follow_after_us, FOLLOW_MAX_US);
      self->follow_us = now_us + self->follow_after_us;
      kh_check_list_doubt (self->checks, now_us);
      kh_session_follow_path (self, now_us);
    }
}

/* What was said before the peer could hear it: the answer came later than that, sent again by the
 * server. That is no sign of a bad path, as a probe timeout would be. */
static void
repeat_early (KhSession *self, gint64 now_us)
{
  const KhPath *path = kh_check_list_get_selected (self->checks);

  if (path == NULL || kh_connection_next_timeout (self->connection) > now_us)
    return;
  kh_connection_path_changed (self->connection, path->rtt_us, now_us);
  kh_session_apply_mtu (self);
}

/* Of a row of packets that came on one path at once: what they do to the session only once. */
typedef struct
{
  KhAddr remote; /* once something genuine has come */
  guint socket;
  gboolean is_heard;
  gboolean is_first; /* proof that the peer has the keys was among it */
  gboolean is_path_heard;
} Run;

static void
hear (KhSession *self, Run *run, gint64 now_us)
{
  run->is_heard = TRUE;
  self->received_us = now_us;
  run->remote = kh_search_path (&run->remote, run->socket);
  kh_session_search_heard (self, run->socket);
  /* A channel that carries the peer's packets is one, whatever the answer said. */
  if (kh_addr_is_relay (&run->remote) && !kh_session_has_relay (self, NULL))
    kh_session_set_relay (self, &run->remote, 0, now_us);
  if (self->confirmed)
    return;
  self->confirmed = self->confirmed_news = TRUE;
  self->sent_us = now_us;
  run->is_first = TRUE;
}

/* A packet that is not only a path check. */
static void
hear_path (KhSession *self, Run *run, guint64 number, gint64 now_us)
{
  if (!run->is_path_heard)
    kh_check_list_on_packet (self->checks, &run->remote, now_us);
  run->is_path_heard = TRUE;
  follow_peer (self, &run->remote, number, now_us);
}

/* A packet of bulk is one STREAM frame, which is read once: any other is found well-formed as a
 * whole first. */
static gboolean
is_stream_alone (const guint8 *payload, gsize len, KhFrame *ret_frame)
{
  KhCursor cursor = kh_cursor_init (payload, len);

  return kh_frame_read (&cursor, ret_frame) && ret_frame->type == KH_FRAME_STREAM &&
         kh_cursor_left (&cursor) == 0;
}

static KhSessionVerdict
receive_packet (
    KhSession *self, const KhSealed *header, guint8 *data, gsize len, Run *run, gint64 now_us)
{
  guint8 *payload = data + KH_SEALED_HEADER_SIZE;
  gboolean ack_eliciting = TRUE, only_path = FALSE, is_alone;
  KhFrame frame;

  len -= KH_SEALED_OVERHEAD;
  if (!kh_replay_check (self->replay, header->packet_number))
    return KH_SESSION_REPLAYED;
  if (!kh_session_keys_open (&self->keys, header->epoch, header->packet_number, data,
                             KH_SEALED_HEADER_SIZE, payload, len + KH_AEAD_TAG_SIZE, now_us))
    return KH_SESSION_UNAUTHENTIC;
  kh_replay_commit (self->replay, header->packet_number);
  is_alone = is_stream_alone (payload, len, &frame);
  if (!is_alone && !kh_frame_check_all (payload, len, &ack_eliciting, &only_path))
    return KH_SESSION_MALFORMED;

  if (!run->is_heard)
    hear (self, run, now_us);
  if (!only_path)
    hear_path (self, run, header->packet_number, now_us);
  if (is_alone &&
      kh_connection_receive_bulk (self->connection, header->packet_number, &frame, now_us))
    {
      self->keys.active = TRUE;
      return KH_SESSION_GENUINE;
    }
  if (!kh_connection_begin_packet (self->connection, header->packet_number, now_us))
    return KH_SESSION_GENUINE;
  if (is_alone)
    receive_frame (self, &frame, &run->remote, now_us);
  else
    receive_frames (self, payload, len, &run->remote, now_us);
  kh_connection_end_packet (self->connection, ack_eliciting, now_us);
  if (G_UNLIKELY (kh_connection_long_lost (self->connection) >= LONG_LOST_MAX))
    kh_session_suspect_mtu (self, now_us);
  return KH_SESSION_GENUINE;
}

gsize
kh_session_receive_run (KhSession *self,
                        KhDatagram *in,
                        guint verdicts[KH_SESSION_N_VERDICTS],
                        gint64 now_us)
{
  Run run = { .remote = in->remote, .socket = in->socket };
  gsize segment = in->segment > 0 ? in->segment : in->len;
  gsize at = 0;

  while (at < in->len)
    {
      gsize len = MIN (segment, in->len - at);
      KhSealed header;

      if (!kh_sealed_read (in->data + at, len, &header) || header.receiver != self->our_index)
        break;
      if (G_LIKELY (kh_session_may_receive (self, &in->remote)))
        verdicts[receive_packet (self, &header, in->data + at, len, &run, now_us)]++;
      else
        verdicts[KH_SESSION_REFUSED]++;
      at += len;
    }
  if (run.is_heard)
    {
      if (G_UNLIKELY (run.is_first))
        repeat_early (self, now_us);
      kh_session_follow_path (self, now_us);
      note_rtt (self, now_us);
    }
  return at;
}
