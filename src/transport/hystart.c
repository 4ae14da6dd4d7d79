/* hystart.c: leaving slow start before the queue is full (HyStart++, RFC 9406, section 4.2)
 *
 * A plain value; owns nothing. Packets are paced, so growth in an ACK is not limited (L is
 * infinite).
 */
#include "transport/hystart.h"

void
kh_hystart_init (KhHystart *self)
{
  *self = (KhHystart){ .last_min_us = G_MAXINT64, .min_us = G_MAXINT64 };
}

const char *
kh_hystart_state_to_string (KhHystartState state)
{
  switch (state)
    {
    case KH_HYSTART_SLOW_START:
      return "slow-start";
    case KH_HYSTART_CSS:
      return "css";
    case KH_HYSTART_DONE:
      return "done";
    default:
      return "unknown";
    }
}

void
kh_hystart_stop (KhHystart *self)
{
  self->state = KH_HYSTART_DONE;
}

static void
next_round (KhHystart *self, guint64 delivered)
{
  self->last_min_us = self->min_us;
  self->min_us = G_MAXINT64;
  self->samples = 0;
  self->round_end = delivered;
  if (self->state == KH_HYSTART_CSS && ++self->css_rounds >= KH_HYSTART_CSS_ROUNDS)
    self->state = KH_HYSTART_DONE;
}

static gboolean
has_grown (const KhHystart *self)
{
  if (self->samples < KH_HYSTART_SAMPLES || self->last_min_us == G_MAXINT64)
    return FALSE;
  return self->min_us >= self->last_min_us + CLAMP (self->last_min_us / KH_HYSTART_RTT_DIVISOR,
                                                    KH_HYSTART_MIN_THRESHOLD_US,
                                                    KH_HYSTART_MAX_THRESHOLD_US);
}

gsize
kh_hystart_on_ack (
    KhHystart *self, gsize bytes, gint64 rtt_us, guint64 prior_delivered, guint64 delivered)
{
  if (prior_delivered >= self->round_end)
    next_round (self, delivered);
  if (rtt_us > 0)
    {
      self->min_us = MIN (self->min_us, rtt_us);
      self->samples++;
    }

  switch (self->state)
    {
    case KH_HYSTART_SLOW_START:
      if (!has_grown (self))
        return bytes;
      self->state = KH_HYSTART_CSS;
      self->baseline_us = self->min_us;
      self->css_rounds = 0;
      return bytes / KH_HYSTART_GROWTH_DIVISOR;
    case KH_HYSTART_CSS:
      if (self->samples >= KH_HYSTART_SAMPLES && self->min_us < self->baseline_us)
        {
          self->state = KH_HYSTART_SLOW_START;
          return bytes;
        }
      return bytes / KH_HYSTART_GROWTH_DIVISOR;
    case KH_HYSTART_DONE:
    default:
      return bytes;
    }
}
