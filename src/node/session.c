/* session.c: keys, transport and paths of one session
 *
 * Owns the key pair, the replay window, the connection and the check list, and what joins them:
 * which packet goes where, when a path is suspected, when the session is alive, idle or lost.
 */
#include "node/session.h"

#include <string.h>

#include "crypto/keys.h"
#include "crypto/replay.h"
#include "transport/connection.h"

/* DESIGN 8: every 20 s, on the path in use, and only when idle. */
#define KEEPALIVE_US (20 * G_USEC_PER_SEC)
/* Two probe timeouts in a row: the path is suspected (DESIGN 8). */
#define SUSPECT_PTOS 2
/* While suspected, all paths are checked again so often; a schedule of checks takes 10 s. */
#define RECHECK_US (5 * G_USEC_PER_SEC)
/* A path suspected for this long is not coming back by itself: ask the server's help. */
#define STALL_US 1500000
/* Nothing from the peer for this long while we wait for it: the session is lost. */
#define LOST_US (30 * G_USEC_PER_SEC)
/* A round-trip time is told again when it differs by a third and 5 ms, and not more often. */
#define RTT_NEWS_US (5 * G_USEC_PER_SEC)
#define RTT_NEWS_LEAST_US 5000

struct _KhSession
{
  gboolean initiator;
  guint32 our_index;
  guint32 their_index;
  char name[KH_NAME_MAX + 1];
  gint64 asked_us;

  KhKeyPair keys;
  KhReplay *replay;
  guint64 next_packet;
  KhConnection *connection;
  KhCheckList *checks;

  gboolean confirmed;
  gint64 received_us; /* the last genuine packet; the birth at first */
  gint64 sent_us;
  gint64 suspect_us; /* since when the path in use is suspected; KH_NEVER if it is not */
  gint64 recheck_us; /* when to check again while suspected */
  gboolean stalled;
  gint64 end_us; /* once closed */

  KhAddr used; /* where the transport sends */
  gint64 told_rtt_us;
  gint64 told_us;
  gboolean path_news;
  gboolean confirmed_news;
  gboolean no_path_news;
  gboolean suspect_news;
  gboolean stalled_news;
  gboolean lost_news;
};

KhSession *
kh_session_new (gboolean initiator,
                const KhTransportKeys *keys,
                guint32 our_index,
                const KhIntroduction *theirs,
                KhRandom random,
                gint64 asked_us,
                gint64 now_us)
{
  KhSession *self = g_new0 (KhSession, 1);

  self->initiator = initiator;
  self->our_index = our_index;
  self->their_index = theirs->index;
  self->asked_us = asked_us;
  self->received_us = now_us;
  self->suspect_us = KH_NEVER;
  self->end_us = KH_NEVER;
  g_strlcpy (self->name, theirs->name, sizeof self->name);
  kh_key_pair_init (&self->keys, keys, 0);
  self->replay = kh_replay_new (KH_REPLAY_WINDOW);
  self->connection = kh_connection_new (initiator);
  self->checks = kh_check_list_new (random);
  for (guint i = 0; i < theirs->n_candidates; i++)
    kh_check_list_add (self->checks, &theirs->candidates[i], now_us);
  return self;
}

void
kh_session_free (KhSession *self)
{
  if (self == NULL)
    return;

  kh_key_pair_clear (&self->keys);
  kh_replay_free (self->replay);
  kh_connection_free (self->connection);
  kh_check_list_free (self->checks);
  g_free (self);
}

void
kh_session_start (KhSession *self, gint64 earnest_us, gint64 now_us)
{
  kh_check_list_start (self->checks, earnest_us, now_us);
}

guint32
kh_session_get_index (KhSession *self)
{
  return self->our_index;
}

gboolean
kh_session_is_initiator (KhSession *self)
{
  return self->initiator;
}

gboolean
kh_session_is_confirmed (KhSession *self)
{
  return self->confirmed;
}

gint64
kh_session_get_asked_us (KhSession *self)
{
  return self->asked_us;
}

const char *
kh_session_get_name (KhSession *self)
{
  return self->name;
}

const KhPath *
kh_session_get_path (KhSession *self)
{
  return kh_check_list_get_selected (self->checks);
}

gint64
kh_session_get_rtt_us (KhSession *self)
{
  const KhPath *path = kh_session_get_path (self);
  gint64 rtt_us = kh_connection_rtt (self->connection).smoothed_us;

  return rtt_us > 0 || path == NULL ? rtt_us : path->rtt_us;
}

gint64
kh_session_get_end_us (KhSession *self)
{
  return self->end_us;
}

/* --- streams ----------------------------------------------------------------------------- */

gsize
kh_session_stream_room (KhSession *self, guint64 id)
{
  return kh_connection_stream_writable (self->connection, id);
}

gsize
kh_session_stream_unacked (KhSession *self, guint64 id)
{
  return kh_connection_stream_unacked (self->connection, id);
}

gsize
kh_session_stream_write (KhSession *self, guint64 id, const void *data, gsize len)
{
  return kh_connection_stream_write (self->connection, id, data, len);
}

gsize
kh_session_stream_read (KhSession *self, guint64 id, void *buf, gsize size)
{
  return kh_connection_stream_read (self->connection, id, buf, size);
}

void
kh_session_offer (KhSession *self, const KhCandidate *candidates, guint n, gint64 now_us)
{
  for (guint i = 0; i < n; i++)
    kh_connection_queue_candidate (self->connection, (guint8) candidates[i].kind,
                                   candidates[i].priority, &candidates[i].addr);
}

void
kh_session_recheck (KhSession *self, gint64 now_us)
{
  kh_check_list_recheck (self->checks, now_us);
}

void
kh_session_close (KhSession *self, guint64 code, const char *reason, gint64 now_us)
{
  if (self->end_us != KH_NEVER)
    return;

  kh_connection_close (self->connection, code, reason);
  self->end_us = now_us + (self->confirmed ? KH_SESSION_LINGER_US : 0);
}

/* --- what comes in ----------------------------------------------------------------------- */

static void
receive_frame (KhSession *self, const KhFrame *frame, const KhAddr *remote, gint64 now_us)
{
  KhCandidate candidate;

  switch (frame->type)
    {
    case KH_FRAME_PATH_CHALLENGE:
      kh_check_list_on_challenge (self->checks, remote, frame->path_challenge.data, now_us);
      break;
    case KH_FRAME_PATH_RESPONSE:
      kh_check_list_on_response (self->checks, remote, frame->path_response.data,
                                 &frame->path_response.seen, now_us);
      break;
    case KH_FRAME_CANDIDATE:
      candidate.kind = frame->candidate.kind;
      candidate.priority = frame->candidate.priority;
      candidate.addr = frame->candidate.addr;
      kh_check_list_add (self->checks, &candidate, now_us);
      break;
    case KH_FRAME_PATH_IN_USE:
      break;
    case KH_FRAME_PADDING:
    case KH_FRAME_PING:
    case KH_FRAME_ACK:
    case KH_FRAME_RESET_STREAM:
    case KH_FRAME_STOP_SENDING:
    case KH_FRAME_STREAM:
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

/* The checks may have chosen another path: the transport starts anew there. */
static void
follow_path (KhSession *self, gint64 now_us)
{
  KhCheckEvent event;

  while (kh_check_list_poll_event (self->checks, &event))
    {
      const KhPath *path = kh_check_list_get_selected (self->checks);

      if (event == KH_CHECK_EVENT_FAILED)
        {
          self->no_path_news = !self->confirmed;
          continue;
        }
      if (path == NULL)
        continue;
      if (!kh_addr_equal (&path->remote, &self->used))
        {
          if (kh_addr_is_set (&self->used))
            kh_connection_path_changed (self->connection, path->rtt_us, now_us);
          self->used = path->remote;
        }
      self->path_news |= path->state == KH_PATH_VALID;
    }
}

static void
note_rtt (KhSession *self, gint64 now_us)
{
  gint64 rtt_us = kh_connection_rtt (self->connection).smoothed_us;
  gint64 change_us = ABS (rtt_us - self->told_rtt_us);

  if (rtt_us > 0 && self->told_us > 0 && now_us - self->told_us >= RTT_NEWS_US &&
      change_us > RTT_NEWS_LEAST_US && change_us * 3 > self->told_rtt_us)
    self->path_news = TRUE;
  if (self->path_news)
    {
      self->told_us = now_us;
      self->told_rtt_us = kh_session_get_rtt_us (self);
    }
}

KhSessionVerdict
kh_session_receive (KhSession *self, KhDatagram *in, gint64 now_us)
{
  KhSealed header;
  guint8 *payload = in->data + KH_SEALED_HEADER_SIZE;
  gsize len = in->len - KH_SEALED_OVERHEAD;
  gboolean ack_eliciting;
  gboolean only_path;

  if (!kh_sealed_read (in->data, in->len, &header) || header.epoch != self->keys.epoch)
    return KH_SESSION_UNAUTHENTIC;
  if (!kh_replay_check (self->replay, header.packet_number))
    return KH_SESSION_REPLAYED;
  if (!kh_key_pair_open (&self->keys, header.packet_number, in->data, KH_SEALED_HEADER_SIZE,
                         payload, len + KH_AEAD_TAG_SIZE))
    return KH_SESSION_UNAUTHENTIC;
  kh_replay_commit (self->replay, header.packet_number);
  if (!kh_frame_check_all (payload, len, &ack_eliciting, &only_path))
    return KH_SESSION_MALFORMED;

  self->received_us = now_us;
  if (!self->confirmed)
    {
      self->confirmed = self->confirmed_news = TRUE;
      self->sent_us = now_us;
    }
  if (!only_path)
    kh_check_list_on_packet (self->checks, &in->remote, now_us);
  if (kh_connection_begin_packet (self->connection, header.packet_number, now_us))
    {
      receive_frames (self, payload, len, &in->remote, now_us);
      kh_connection_end_packet (self->connection, ack_eliciting, now_us);
    }
  follow_path (self, now_us);
  note_rtt (self, now_us);
  return KH_SESSION_GENUINE;
}

/* --- what goes out ----------------------------------------------------------------------- */

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

/* --- time -------------------------------------------------------------------------------- */

/* When to do something about a path that is suspected. */
static gint64
suspicion_timeout (KhSession *self)
{
  gint64 next_us;

  if (self->suspect_us == KH_NEVER)
    return KH_NEVER;
  next_us = MIN (self->recheck_us, self->received_us + LOST_US);
  if (!self->stalled)
    next_us = MIN (next_us, self->suspect_us + STALL_US);
  return next_us;
}

gint64
kh_session_next_timeout (KhSession *self)
{
  gint64 next_us;

  if (self->end_us != KH_NEVER)
    return self->end_us;
  next_us = MIN (kh_check_list_next_timeout (self->checks), suspicion_timeout (self));
  if (self->confirmed)
    {
      next_us = MIN (next_us, kh_connection_next_timeout (self->connection));
      next_us = MIN (next_us, self->sent_us + KEEPALIVE_US);
    }
  return next_us;
}

static void
watch_path (KhSession *self, gint64 now_us)
{
  gboolean suspect = kh_connection_pto_count (self->connection) >= SUSPECT_PTOS;

  if (!suspect)
    {
      self->suspect_us = KH_NEVER;
      self->stalled = FALSE;
      return;
    }
  if (self->suspect_us == KH_NEVER)
    {
      self->suspect_us = self->recheck_us = now_us;
      self->suspect_news = TRUE;
    }
  if (self->recheck_us <= now_us)
    {
      kh_check_list_recheck (self->checks, now_us);
      self->recheck_us = now_us + RECHECK_US;
    }
  if (!self->stalled && now_us - self->suspect_us >= STALL_US)
    self->stalled = self->stalled_news = TRUE;
  if (now_us - self->received_us >= LOST_US)
    self->lost_news = TRUE;
}

void
kh_session_handle_timeout (KhSession *self, gint64 now_us)
{
  if (self->end_us != KH_NEVER)
    return;

  kh_check_list_handle_timeout (self->checks, now_us);
  follow_path (self, now_us);
  if (!self->confirmed)
    return;

  if (kh_connection_next_timeout (self->connection) <= now_us)
    kh_connection_handle_timeout (self->connection, now_us);
  if (self->sent_us + KEEPALIVE_US <= now_us)
    {
      kh_connection_ping (self->connection);
      self->sent_us = now_us;
    }
  watch_path (self, now_us);
}

/* --- events ------------------------------------------------------------------------------ */

static gboolean
take (gboolean *news)
{
  gboolean was = *news;

  *news = FALSE;
  return was;
}

static gboolean
connection_event (KhSession *self, KhSessionEvent *ret_event)
{
  KhConnectionEvent event;

  if (!kh_connection_poll_event (self->connection, &event))
    return FALSE;

  ret_event->type = KH_SESSION_EVENT_STREAM;
  ret_event->stream = event.stream_id;
  switch (event.type)
    {
    case KH_CONNECTION_EVENT_STREAM_READABLE:
      ret_event->readable = TRUE;
      break;
    case KH_CONNECTION_EVENT_STREAM_WRITABLE:
    case KH_CONNECTION_EVENT_STREAM_ACKED:
      ret_event->writable = TRUE;
      break;
    case KH_CONNECTION_EVENT_STREAM_FINISHED:
    case KH_CONNECTION_EVENT_STREAM_RESET:
    case KH_CONNECTION_EVENT_STREAM_STOPPED:
      ret_event->finished = TRUE;
      break;
    case KH_CONNECTION_EVENT_CLOSED:
      ret_event->type = KH_SESSION_EVENT_CLOSED;
      ret_event->code = event.code;
      ret_event->by_peer = event.by_peer;
      ret_event->reason = event.reason;
      break;
    default:
      g_assert_not_reached ();
    }
  return TRUE;
}

gboolean
kh_session_poll_event (KhSession *self, KhSessionEvent *ret_event)
{
  *ret_event = (KhSessionEvent){ 0 };

  if (take (&self->confirmed_news))
    ret_event->type = KH_SESSION_EVENT_CONFIRMED;
  else if (take (&self->path_news))
    ret_event->type = KH_SESSION_EVENT_PATH;
  else if (take (&self->no_path_news))
    ret_event->type = KH_SESSION_EVENT_NO_PATH;
  else if (take (&self->suspect_news))
    ret_event->type = KH_SESSION_EVENT_SUSPECT;
  else if (take (&self->stalled_news))
    ret_event->type = KH_SESSION_EVENT_STALLED;
  else if (take (&self->lost_news))
    ret_event->type = KH_SESSION_EVENT_LOST;
  else
    return connection_event (self, ret_event);
  return TRUE;
}
