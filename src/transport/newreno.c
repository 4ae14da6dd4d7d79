/* newreno.c: NewReno congestion control (RFC 9002, section 7.3 and appendix B)
 *
 * It is the controller that RFC 9002 specifies, and the yardstick for others.
 */
#include "transport/congestion.h"

static void
init (KhCongestion *self, gint64 rtt_us)
{
  self->newreno.acked = 0;
}

static void
on_ack (KhCongestion *self, const KhCongestionAck *ack, gint64 now_us)
{
  if (!ack->was_used)
    return;
  if (self->window < self->threshold)
    {
      self->window += ack->acked_fresh;
      return;
    }

  /* One packet a window; counted, so that no division loses the rest. */
  self->newreno.acked += ack->acked_fresh;
  while (self->newreno.acked >= self->window)
    {
      self->newreno.acked -= self->window;
      self->window += self->max_packet;
    }
}

static void
on_congestion (KhCongestion *self, gint64 now_us)
{
  self->threshold = MAX (self->window / 2, kh_congestion_min_window (self));
  self->window = self->threshold;
  self->newreno.acked = 0;
}

static void
on_persistent (KhCongestion *self, gint64 now_us)
{
  self->window = kh_congestion_min_window (self);
  self->newreno.acked = 0;
}

static void
on_undo (KhCongestion *self, gint64 now_us)
{
  self->window = MAX (self->window, self->undo_window);
  self->threshold = MAX (self->threshold, self->undo_threshold);
}

const KhCongestionOps kh_congestion_newreno = {
  .name = "newreno",
  .init = init,
  .on_congestion = on_congestion,
  .on_ack = on_ack,
  .on_persistent = on_persistent,
  .on_undo = on_undo,
};
