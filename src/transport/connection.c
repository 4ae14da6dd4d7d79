/* connection.c: the reliable transport of one session: its life, timers and commands
 *
 * Owns everything in KhConnection. The other files named in connection-private.h work on it.
 */
#include "transport/connection-private.h"

/* CLOSE is sent again after 1, 2, 4 … received packets, at most this often in all: enough for any
 * loss, too little to be of use to anyone. */
#define CLOSE_REPEATS_MAX 8

KhConnection *
kh_connection_new (gboolean is_initiator)
{
  KhConnection *self = g_new0 (KhConnection, 1);

  self->is_initiator = is_initiator;
  self->state = KH_CONNECTION_OPEN;
  self->last_ack_us = -1;
  self->ledger = kh_ledger_new ();
  self->candidates = g_array_new (FALSE, FALSE, sizeof (KhQueuedCandidate));
  kh_ack_ranges_init (&self->received);
  kh_ack_frequency_init (&self->acks);
  self->gap_told = G_MAXUINT64;
  self->max_packet = KH_CONNECTION_MAX_PACKET;
  kh_rtt_init (&self->rtt, 0);
  kh_loss_init (&self->loss, KH_CONNECTION_MAX_ACK_DELAY_US);
  kh_congestion_init (&self->congestion, KH_CONGESTION_DEFAULT, KH_CONNECTION_MAX_PACKET,
                      self->rtt.smoothed_us);
  kh_pacer_init (&self->pacer, KH_CONNECTION_MAX_PACKET, 0);
  self->send_max = KH_CONNECTION_WINDOW;
  kh_recv_window_init (&self->recv_window, KH_CONNECTION_WINDOW, KH_CONNECTION_WINDOW_MOST);
  kh_connection_table_init (self);
  return self;
}

void
kh_connection_free (KhConnection *self)
{
  if (self == NULL)
    return;
  kh_connection_table_clear (self);
  kh_connection_datagrams_clear (self);
  kh_ledger_free (self->ledger);
  g_array_unref (self->candidates);
  kh_ack_ranges_clear (&self->received);
  g_free (self->close_reason);
  g_free (self);
}

static const char *
state_to_string (KhConnectionState state)
{
  switch (state)
    {
    case KH_CONNECTION_OPEN:
      return "open";
    case KH_CONNECTION_CLOSING:
      return "closing";
    case KH_CONNECTION_DRAINING:
      return "draining";
    default:
      return "unknown";
    }
}

void
kh_connection_set_closed (KhConnection *self, KhConnectionState to, guint64 code, char *reason)
{
  static const gboolean allowed[3][3] = {
    [KH_CONNECTION_OPEN] = { [KH_CONNECTION_CLOSING] = TRUE, [KH_CONNECTION_DRAINING] = TRUE },
    [KH_CONNECTION_CLOSING] = { [KH_CONNECTION_DRAINING] = TRUE },
  };

  g_assert (allowed[self->state][to]);
  g_debug ("connection: %s -> %s", state_to_string (self->state), state_to_string (to));
  if (self->state == KH_CONNECTION_OPEN)
    {
      self->close_code = code;
      self->close_reason = g_steal_pointer (&reason);
    }
  g_free (reason);
  self->state = to;
  self->close_owed = to == KH_CONNECTION_CLOSING;
  self->acks.due_us = KH_NEVER;
}

KhTransportError
kh_connection_fail (KhConnection *self, KhTransportError error, const char *reason)
{
  kh_connection_set_closed (self, KH_CONNECTION_CLOSING, error, g_strdup (reason));
  self->close_event = TRUE;
  return error;
}

void
kh_connection_close (KhConnection *self, guint64 code, const char *reason)
{
  g_return_if_fail (code <= KH_VARINT_MAX);

  if (self->state == KH_CONNECTION_OPEN)
    kh_connection_set_closed (self, KH_CONNECTION_CLOSING, code,
                              g_strdup (reason != NULL ? reason : ""));
}

gboolean
kh_connection_is_closed (KhConnection *self)
{
  return self->state != KH_CONNECTION_OPEN;
}

gboolean
kh_connection_queue_candidate (KhConnection *self,
                               guint8 kind,
                               guint32 priority,
                               const KhAddr *addr)
{
  KhQueuedCandidate candidate = {
    .number = self->next_candidate,
    .owed = TRUE,
    .kind = kind,
    .priority = priority,
    .addr = *addr,
  };

  g_return_val_if_fail (kh_addr_is_set (addr), FALSE);

  if (self->state != KH_CONNECTION_OPEN || self->candidates->len >= KH_CONNECTION_CANDIDATES_MAX)
    return FALSE;

  g_array_append_val (self->candidates, candidate);
  self->next_candidate++;
  return TRUE;
}

void
kh_connection_drop_candidates (KhConnection *self)
{
  g_array_set_size (self->candidates, 0);
}

void
kh_connection_ping (KhConnection *self)
{
  if (self->state == KH_CONNECTION_OPEN)
    self->ping_owed = TRUE;
}

gint64
kh_connection_next_timeout (KhConnection *self)
{
  gint64 timeout_us;

  if (self->state != KH_CONNECTION_OPEN)
    return KH_NEVER;

  timeout_us = MIN (self->acks.due_us, kh_loss_deadline (&self->loss, self->ledger, &self->rtt));
  if (kh_ledger_has_room (self->ledger) &&
      (self->probes > 0 || kh_congestion_may_send (&self->congestion)) && kh_connection_owes (self))
    {
      gint64 release_us = kh_pacer_release_us (&self->pacer, kh_connection_pacing_rate (self));

      timeout_us = MIN (timeout_us, self->probes > 0 ? self->pacer.updated_us : release_us);
    }
  return timeout_us;
}

void
kh_connection_handle_timeout (KhConnection *self, gint64 now_us)
{
  self->now_us = now_us;
  if (self->state != KH_CONNECTION_OPEN ||
      kh_loss_deadline (&self->loss, self->ledger, &self->rtt) > now_us)
    return;

  if (!kh_loss_is_probe (&self->loss))
    kh_connection_detect_losses (self, now_us);
  /* What is left may have waited long enough as well. */
  if (kh_loss_is_probe (&self->loss) &&
      kh_loss_deadline (&self->loss, self->ledger, &self->rtt) <= now_us)
    kh_connection_probe (self, now_us);
}

/* A peer that goes on sending has missed our CLOSE. */
static void
repeat_close (KhConnection *self)
{
  if (self->state != KH_CONNECTION_CLOSING)
    return;

  self->close_packets++;
  if ((self->close_packets & (self->close_packets - 1)) == 0 &&
      self->close_packets < 1u << (CLOSE_REPEATS_MAX - 1))
    self->close_owed = TRUE;
}

gboolean
kh_connection_begin_packet (KhConnection *self, guint64 packet_number, gint64 now_us)
{
  if (kh_ranges_contains (&self->received.received, packet_number))
    {
      self->stats.packets_duplicate++;
      return FALSE;
    }

  self->now_us = now_us;
  self->packet_number = packet_number;
  self->packet_refused = FALSE;
  kh_connection_heard (self, now_us);
  self->packet_urgent = FALSE;
  self->stats.packets_received++;
  repeat_close (self);
  return TRUE;
}

gboolean
kh_connection_is_idle (KhConnection *self)
{
  if (self->state != KH_CONNECTION_OPEN)
    return !self->close_owed;
  /* Flow control may hold back what is owed, so it is not enough to owe nothing. */
  return self->awaiting == 0 && kh_ledger_outstanding (self->ledger) == 0 &&
         self->acks.due_us == KH_NEVER && !kh_connection_owes (self);
}

gboolean
kh_connection_has_bulk (KhConnection *self)
{
  return self->buffered >= KH_CONNECTION_BULK;
}

gsize
kh_connection_bytes_in_flight (KhConnection *self)
{
  return self->congestion.in_flight;
}

guint
kh_connection_pto_count (KhConnection *self)
{
  return self->loss.pto_count;
}

guint
kh_connection_long_lost (KhConnection *self)
{
  return self->long_lost;
}

gint64
kh_connection_last_ack_us (KhConnection *self)
{
  return self->last_ack_us;
}

KhConnectionRtt
kh_connection_rtt (KhConnection *self)
{
  if (!self->rtt.has_sample)
    return (KhConnectionRtt){ 0 };
  return (KhConnectionRtt){
    .smoothed_us = self->rtt.smoothed_us,
    .variation_us = self->rtt.variation_us,
    .min_us = self->rtt.min_us,
    .latest_us = self->rtt.latest_us,
  };
}

KhConnectionStats
kh_connection_stats (KhConnection *self)
{
  return self->stats;
}
