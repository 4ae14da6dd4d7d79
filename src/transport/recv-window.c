/* recv-window.c: the receive window and its size (RFC 9000, sections 4.1 and 4.2)
 *
 * A plain value; owns nothing. What was allowed once is never taken back, so the size may only
 * shrink as far as the peer has used up what it was told.
 */
#include "transport/recv-window.h"

/* Sizes in what is consumed in a round trip: see recv-window.h */
#define ROUNDS 3

void
kh_recv_window_init (KhRecvWindow *self, guint64 least, guint64 most)
{
  *self = (KhRecvWindow){ .max = least, .size = least, .least = least, .most = most };
}

void
kh_recv_window_consume (KhRecvWindow *self, guint64 bytes, gint64 rtt_us, gint64 now_us)
{
  gint64 elapsed_us = now_us - self->round_us;

  self->consumed += bytes;
  if (elapsed_us >= MAX (rtt_us, KH_RECV_WINDOW_ROUND_US))
    {
      if (elapsed_us >= KH_RECV_WINDOW_IDLE_US)
        self->size = self->least;
      self->round_us = now_us;
      self->in_round = 0;
    }
  self->in_round += bytes;
  self->size = MAX (self->size, MIN (self->in_round * ROUNDS, self->most));
}

gboolean
kh_recv_window_wants_max (const KhRecvWindow *self)
{
  return self->consumed + self->size >= self->max + self->size / 4;
}

guint64
kh_recv_window_raise_max (KhRecvWindow *self)
{
  self->max = MAX (self->max, self->consumed + self->size);
  return self->max;
}
