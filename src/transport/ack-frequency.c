/* ack-frequency.c: when the next ACK is due (RFC 9000, section 13.2)
 *
 * A plain value; owns nothing. The rate is measured a period at a time and rules the next one.
 */
#include "transport/ack-frequency.h"

#include "wire/datagram.h"

/* ACKs in a period at a rate that has not reached the bounds */
#define ACKS_A_PERIOD 2

void
kh_ack_frequency_init (KhAckFrequency *self)
{
  *self = (KhAckFrequency){
    .due_us = KH_NEVER,
    .threshold = KH_ACK_FREQUENCY_LEAST,
    .urgent = KH_ACK_FREQUENCY_URGENT,
  };
}

static void
begin_period (KhAckFrequency *self, gint64 length_us, gint64 now_us)
{
  /* A pause makes the period long, and what came before it says little. */
  gint64 packets = self->in_period * length_us / (now_us - self->period_us);

  self->threshold =
      (guint) CLAMP (packets / ACKS_A_PERIOD, KH_ACK_FREQUENCY_LEAST, KH_ACK_FREQUENCY_MOST);
  self->urgent = KH_ACK_FREQUENCY_URGENT;
  self->in_period = 0;
  self->period_us = now_us;
}

void
kh_ack_frequency_on_packet (KhAckFrequency *self, gboolean is_urgent, gint64 rtt_us, gint64 now_us)
{
  gint64 length_us =
      CLAMP (rtt_us / 4, KH_ACK_FREQUENCY_PERIOD_LEAST_US, KH_ACK_FREQUENCY_PERIOD_MOST_US);

  if (now_us - self->period_us >= length_us)
    begin_period (self, length_us, now_us);
  self->in_period++;
  self->waiting++;

  if (is_urgent && self->urgent > 0)
    {
      self->urgent--;
      self->due_us = now_us;
    }
  else if (self->waiting >= self->threshold)
    self->due_us = now_us;
  else
    self->due_us = MIN (self->due_us, now_us + length_us);
}

void
kh_ack_frequency_on_ack_sent (KhAckFrequency *self)
{
  self->due_us = KH_NEVER;
  self->waiting = 0;
}
