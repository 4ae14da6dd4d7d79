/* newreno.c: NewReno congestion control (RFC 9002, section 7.3 and appendix B)
 *
 * The state is in KhCongestion. It is the controller that RFC 9002 specifies, and the yardstick for
 * others.
 */
#include "transport/congestion.h"

static void
on_acked (KhCongestion *self, gsize bytes, gint64 now_us)
{
  if (self->window < self->threshold)
    {
      self->window += bytes;
      return;
    }

  /* One packet a window; counted, so that no division loses the rest. */
  self->acked_in_window += bytes;
  if (self->acked_in_window >= self->window)
    {
      self->acked_in_window -= self->window;
      self->window += self->max_packet;
    }
}

static void
on_congestion (KhCongestion *self, gint64 now_us)
{
  self->threshold = MAX (self->window / 2, kh_congestion_min_window (self));
  self->window = self->threshold;
  self->acked_in_window = 0;
}

static void
on_persistent (KhCongestion *self, gint64 now_us)
{
  self->window = kh_congestion_min_window (self);
  self->acked_in_window = 0;
}

const KhCongestionOps kh_congestion_newreno = {
  .name = "newreno",
  .on_acked = on_acked,
  .on_congestion = on_congestion,
  .on_persistent = on_persistent,
};
