/* pacer.c: a bucket of bytes (RFC 9002, section 7.7)
 *
 * A plain value; owns nothing. The rate is an argument, because congestion control moves it.
 */
#include "transport/pacer.h"

/* Bytes a second; 10 Tbit/s. What is reckoned here must not overflow. */
#define RATE_MAX (G_GUINT64_CONSTANT (10) * 1000 * 1000 * 1000 * 1000 / 8)

static gint64
packets (const KhPacer *self, guint n)
{
  return (gint64) (n * self->max_packet) * G_USEC_PER_SEC;
}

static gint64
worth (guint64 rate, gint64 time_us)
{
  return (gint64) MIN (rate, RATE_MAX) * time_us;
}

/* What a pause fills the bucket with. */
static gint64
full (const KhPacer *self, guint64 rate)
{
  return MAX (packets (self, KH_PACER_BURST), worth (rate, KH_PACER_QUANTUM_US));
}

void
kh_pacer_init (KhPacer *self, gsize max_packet, gint64 now_us)
{
  *self = (KhPacer){ .updated_us = now_us, .max_packet = max_packet };
  self->credit = packets (self, KH_PACER_FIRST_BURST);
}

void
kh_pacer_rest (KhPacer *self, gint64 now_us)
{
  /* One quantum of rest at least, or a sender of single packets would never be paced. */
  if (now_us - self->updated_us < KH_PACER_QUANTUM_US)
    return;
  /* What has come together in this time comes to it when the packet is sent. */
  self->credit = MAX (self->credit, packets (self, KH_PACER_FIRST_BURST));
}

/* The time in which so much comes in, rounded up so that at its end it surely has. */
static gint64
time_for (gint64 credit, guint64 rate)
{
  return (gint64) (((guint64) credit + rate - 1) / rate);
}

gint64
kh_pacer_release_us (const KhPacer *self, guint64 rate)
{
  gint64 target;

  rate = MIN (rate, RATE_MAX);
  if (self->credit > 0)
    return self->updated_us;
  target = worth (rate, KH_PACER_QUANTUM_US);
  target = MIN (target, (gint64) KH_PACER_QUANTUM_BYTES * G_USEC_PER_SEC);
  target = MAX (1, target - packets (self, 1));
  return self->updated_us + time_for (target - self->credit, rate);
}

gsize
kh_pacer_packets (const KhPacer *self, gsize bytes, gint64 now_us)
{
  gsize packet = bytes * G_USEC_PER_SEC;

  if (self->credit <= 0 || self->updated_us > now_us)
    return 0;
  return ((gsize) self->credit + packet - 1) / packet;
}

/* What has come in since the last packet; in a batch that is nothing for all but the first. */
static void
refill (KhPacer *self, guint64 rate, gint64 now_us)
{
  gint64 elapsed_us = now_us - self->updated_us;
  gint64 late_us = now_us - kh_pacer_release_us (self, rate);
  gint64 limit = full (self, rate);

  rate = MIN (rate, RATE_MAX);
  /* Who was kept waiting, and no longer than a busy loop explains, has not rested. */
  if (self->credit <= 0 && late_us > 0 && late_us <= KH_PACER_LATENESS_US)
    limit += worth (rate, late_us);
  limit = MAX (limit, self->credit);
  if (elapsed_us >= time_for (limit - self->credit, rate))
    self->credit = limit;
  else
    self->credit += worth (rate, elapsed_us);
  self->updated_us = now_us;
}

void
kh_pacer_sent (KhPacer *self, gsize bytes, guint64 rate, gint64 now_us)
{
  if (now_us > self->updated_us)
    refill (self, rate, now_us);
  self->credit -= (gint64) bytes * G_USEC_PER_SEC;
}
