/* cubic.c: CUBIC congestion control (RFC 9438) with HyStart++ (RFC 9406)
 *
 * The state is in KhCongestion. The arithmetic is in IEEE doubles without library functions, so
 * that it is the same everywhere.
 */
#include "transport/congestion.h"

/* RFC 9438, sections 4.6 and 5 */
#define BETA 0.7
#define C 0.4 /* packets a second cubed */
#define ALPHA (3 * (1 - BETA) / (1 + BETA))

static void
init (KhCongestion *self, gint64 rtt_us)
{
  self->cubic = (KhCubic){ .unused_us = G_MININT64 };
  kh_hystart_init (&self->cubic.hystart);
}

/* By Newton's method, from above. @x is not negative. */
static double
cube_root (double x)
{
  double root = MAX (x, 1);

  for (int i = 0; i < 64; i++)
    {
      double next = (2 * root + x / (root * root)) / 3;

      if (next >= root)
        break;
      root = next;
    }
  return root;
}

static void
begin_epoch (KhCongestion *self, gint64 now_us)
{
  KhCubicCurve *curve = &self->cubic.curve;
  double window = (double) self->window;

  curve->has_epoch = TRUE;
  curve->epoch_us = now_us;
  curve->w_est = window;
  curve->w_max = MAX (curve->w_max, window);
  curve->k_s = cube_root ((curve->w_max - window) / (double) self->max_packet / C);
  if (curve->w_max <= window)
    curve->k_s = 0;
}

/* Section 4.2 */
static double
w_cubic (const KhCongestion *self, gint64 since_us)
{
  const KhCubicCurve *curve = &self->cubic.curve;
  double t = (double) since_us / G_USEC_PER_SEC - curve->k_s;

  return curve->w_max + C * (double) self->max_packet * t * t * t;
}

static void
grow (KhCongestion *self, double bytes)
{
  gsize whole;

  self->cubic.rest += bytes;
  whole = (gsize) self->cubic.rest;
  self->cubic.rest -= (double) whole;
  self->window += whole;
}

static void
avoid_congestion (KhCongestion *self, const KhCongestionAck *ack, gint64 now_us)
{
  KhCubicCurve *curve = &self->cubic.curve;
  double window = (double) self->window;
  double acked = (double) ack->acked_fresh;
  double target;
  gint64 since_us;

  if (!curve->has_epoch)
    begin_epoch (self, now_us);

  /* Section 4.3: the Reno-friendly region */
  curve->w_est +=
      (curve->w_est < curve->w_prior ? ALPHA : 1) * acked / window * (double) self->max_packet;
  since_us = now_us - curve->epoch_us;
  if (w_cubic (self, since_us) < curve->w_est)
    {
      if (curve->w_est > window)
        grow (self, curve->w_est - window);
      return;
    }
  target = CLAMP (w_cubic (self, since_us + ack->smoothed_us), window, 1.5 * window);
  grow (self, (target - window) * acked / window);
}

/* Section 5.8: time in which the window was not used is not on the curve. */
static gboolean
note_use (KhCongestion *self, gboolean was_used, gint64 now_us)
{
  KhCubic *cubic = &self->cubic;

  if (!was_used && cubic->unused_us == G_MININT64)
    cubic->unused_us = now_us;
  if (was_used && cubic->unused_us != G_MININT64)
    {
      cubic->curve.epoch_us += now_us - MAX (cubic->unused_us, cubic->curve.epoch_us);
      cubic->unused_us = G_MININT64;
    }
  return was_used;
}

static void
on_ack (KhCongestion *self, const KhCongestionAck *ack, gint64 now_us)
{
  KhHystart *hystart = &self->cubic.hystart;

  if (!note_use (self, ack->was_used, now_us) || ack->acked_fresh == 0)
    return;
  if (self->window >= self->threshold)
    {
      avoid_congestion (self, ack, now_us);
      return;
    }

  self->window += kh_hystart_on_ack (hystart, ack->acked_fresh, ack->rtt_us,
                                     ack->sample.prior_delivered, self->delivery.delivered);
  if (hystart->state == KH_HYSTART_DONE && self->threshold == G_MAXSIZE)
    self->threshold = self->window;
}

static void
on_congestion (KhCongestion *self, gint64 now_us)
{
  KhCubic *cubic = &self->cubic;
  KhCubicCurve *curve = &cubic->curve;
  double window = (double) self->window;

  cubic->undo = *curve;
  /* Section 4.7: fast convergence gives way to a newcomer. */
  curve->w_max = window < curve->w_max ? window * (1 + BETA) / 2 : window;
  curve->w_prior = window;
  curve->has_epoch = FALSE;
  cubic->rest = 0;
  self->threshold = MAX ((gsize) (window * BETA), kh_congestion_min_window (self));
  self->window = self->threshold;
  kh_hystart_stop (&cubic->hystart);
}

static void
on_persistent (KhCongestion *self, gint64 now_us)
{
  self->window = kh_congestion_min_window (self);
  self->cubic.curve.has_epoch = FALSE;
  self->cubic.rest = 0;
}

/* Section 4.9.2 */
static void
on_undo (KhCongestion *self, gint64 now_us)
{
  if (self->undo_window <= self->window)
    return;
  self->window = self->undo_window;
  self->threshold = self->undo_threshold;
  self->cubic.curve = self->cubic.undo;
}

const KhCongestionOps kh_congestion_cubic = {
  .name = "cubic",
  .init = init,
  .on_congestion = on_congestion,
  .on_ack = on_ack,
  .on_persistent = on_persistent,
  .on_undo = on_undo,
};
