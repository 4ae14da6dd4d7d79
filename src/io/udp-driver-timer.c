/* udp-driver-timer.c: wakes up the loop to the microsecond (timerfd_create(2))
 *
 * A main loop sleeps in milliseconds, and at 1 Gbit/s one of them is 125 kB that were not sent. So
 * a timeout that is near is kept by a timer with a descriptor of its own. Setting it is a system
 * call, and deadlines mostly recede: it is left as it is where it goes off too early, which costs
 * one look at the time.
 */
#include "io/udp-driver-private.h"

#include <errno.h>
#include <sys/timerfd.h>
#include <unistd.h>

/* A timeout further off may be late by a millisecond. */
#define NEAR_US 20000

void
kh_udp_timer_open (KhUdpTimer *self, GSource *source)
{
  self->at_us = KH_NEVER;
  self->fd = timerfd_create (CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  if (self->fd >= 0)
    g_source_add_unix_fd (source, self->fd, G_IO_IN);
  else
    g_debug ("timerfd_create: %s", g_strerror (errno));
}

void
kh_udp_timer_close (KhUdpTimer *self)
{
  if (self->fd >= 0)
    close (self->fd);
  self->fd = -1;
}

/* Also takes back that it has gone off. */
static void
set (KhUdpTimer *self, gint64 at_us)
{
  struct itimerspec when = { 0 };

  if (at_us != KH_NEVER)
    when.it_value = (struct timespec){ .tv_sec = at_us / G_USEC_PER_SEC,
                                       .tv_nsec = at_us % G_USEC_PER_SEC * 1000 };
  timerfd_settime (self->fd, TFD_TIMER_ABSTIME, &when, NULL);
  self->at_us = at_us;
}

int
kh_udp_timer_wait (KhUdpTimer *self, gint64 ready_us, gint64 now_us)
{
  gboolean has_gone_off = self->at_us <= now_us;
  gboolean is_near = self->fd >= 0 && ready_us - now_us < NEAR_US;

  if (ready_us <= now_us)
    return 0;
  if (is_near && (has_gone_off || self->at_us > ready_us))
    set (self, ready_us);
  else if (!is_near && has_gone_off)
    set (self, KH_NEVER);
  if (is_near || ready_us == KH_NEVER)
    return -1;
  return (int) MIN ((ready_us - now_us + 999) / 1000, G_MAXINT);
}
