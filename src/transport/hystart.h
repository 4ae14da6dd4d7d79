/* hystart.h: leaving slow start before the queue is full (HyStart++, RFC 9406)
 *
 * A plain value. Rounds are told apart by what was delivered when a packet was sent.
 */
#pragma once

#include <glib.h>

/* RFC 9406, section 4.3 */
#define KH_HYSTART_MIN_THRESHOLD_US 4000
#define KH_HYSTART_MAX_THRESHOLD_US 16000
#define KH_HYSTART_RTT_DIVISOR 8
#define KH_HYSTART_SAMPLES 8
#define KH_HYSTART_GROWTH_DIVISOR 4
#define KH_HYSTART_CSS_ROUNDS 5

typedef enum
{
  KH_HYSTART_SLOW_START,
  /* conservative slow start: the round trip grew, and may prove to be mere jitter */
  KH_HYSTART_CSS,
  KH_HYSTART_DONE,
} KhHystartState;

typedef struct
{
  KhHystartState state;
  gint64 last_min_us; /* of the round before; G_MAXINT64 if unknown */
  gint64 min_us;      /* of this round; G_MAXINT64 if unknown */
  gint64 baseline_us; /* in CSS: below it, growth goes on as before */
  guint samples;      /* in this round */
  guint css_rounds;
  guint64 round_end; /* bytes delivered */
} KhHystart;

void kh_hystart_init (KhHystart *self);
const char *kh_hystart_state_to_string (KhHystartState state);

/**
 * kh_hystart_on_ack:
 * @bytes: newly acknowledged
 * @rtt_us: the ACK's sample, or 0
 * @prior_delivered: when the newest acknowledged packet was sent
 * @delivered: now
 *
 * Returns: the bytes by which the window grows. Once DONE, slow start is over.
 */
gsize kh_hystart_on_ack (
    KhHystart *self, gsize bytes, gint64 rtt_us, guint64 prior_delivered, guint64 delivered);
/* A loss ended slow start. */
void kh_hystart_stop (KhHystart *self);
