/* ack-frequency.h: when to acknowledge (RFC 9000, sections 13.2.1 and 13.2.2)
 *
 * Every second packet at a low rate; at a high one a fixed share of what comes in a period, so that
 * a sender hears at least four times a round trip and an ACK stands for at most
 * KH_ACK_FREQUENCY_MOST packets. What tells of loss is told at once, but only so often in a period:
 * on a path that loses or reorders all the time each packet would otherwise cost an ACK.
 */
#pragma once

#include <glib.h>

/* Packets an ACK: RFC 9000, section 13.2.2, and what a burst of a fast sender is long. */
#define KH_ACK_FREQUENCY_LEAST 2
#define KH_ACK_FREQUENCY_MOST 32
/* The period is a quarter of the round trip between these, in µs: what a timer can keep, and the
 * delay that a sender allows for (max_ack_delay). */
#define KH_ACK_FREQUENCY_PERIOD_LEAST_US 1000
#define KH_ACK_FREQUENCY_PERIOD_MOST_US 25000
/* ACKs in a period that are sent at once */
#define KH_ACK_FREQUENCY_URGENT 4

/* A value to be embedded. Only ack-eliciting packets count. */
typedef struct
{
  gint64 due_us;    /* KH_NEVER if no ACK is owed */
  guint waiting;    /* packets received since our last ACK */
  guint threshold;  /* packets an ACK, in this period */
  guint urgent;     /* left in this period */
  guint in_period;  /* packets */
  gint64 period_us; /* when it began */
} KhAckFrequency;

void kh_ack_frequency_init (KhAckFrequency *self);
/* @is_urgent: it is out of order, or its sender waits for an answer */
void
kh_ack_frequency_on_packet (KhAckFrequency *self, gboolean is_urgent, gint64 rtt_us, gint64 now_us);
void kh_ack_frequency_on_ack_sent (KhAckFrequency *self);
