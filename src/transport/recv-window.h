/* recv-window.h: how far a peer may send ahead of our reader (RFC 9000, section 4.1)
 *
 * The limit for one stream, or for all together, with a size that follows what is read: three times
 * what was consumed in a round trip. One is in flight, one may wait behind a lost packet, and the
 * third lets a sender that doubles its rate find the room when it gets there. It falls back when
 * nothing was read for a while. Offsets and sizes in bytes.
 */
#pragma once

#include <glib.h>

/* A value to be embedded. */
typedef struct
{
  guint64 consumed; /* read or dropped, over all time */
  guint64 max;      /* what the peer was told */
  guint64 size;     /* of the window now */
  guint64 least;    /* size at first */
  guint64 most;     /* bound of size */
  gint64 round_us;  /* when the present round began */
  guint64 in_round; /* bytes consumed since */
} KhRecvWindow;

/* The shortest round, in µs: a main loop does not read more often than this. */
#define KH_RECV_WINDOW_ROUND_US 2000
/* So long without reading, in µs, and the window is back at its first size. */
#define KH_RECV_WINDOW_IDLE_US (5 * G_USEC_PER_SEC)

/* The peer knows the limit @least from the beginning. @most may be the same: a fixed size. */
void kh_recv_window_init (KhRecvWindow *self, guint64 least, guint64 most);
void kh_recv_window_consume (KhRecvWindow *self, guint64 bytes, gint64 rtt_us, gint64 now_us);
/* Is it time to tell the peer a higher limit: would it grow by a quarter of the window? */
gboolean kh_recv_window_wants_max (const KhRecvWindow *self);
/* Raises the limit and returns it, to be sent. */
guint64 kh_recv_window_raise_max (KhRecvWindow *self);
