/* pipe.h: two connections joined by a bad network, on a virtual clock
 *
 * The clock only ever jumps to the next arrival or to a deadline that a connection has announced.
 * After every step all that is built is checked to be well-formed, and a side that announces a
 * deadline in the past without doing anything fails the test.
 */
#pragma once

#include "transport/connection.h"
#include "wire/datagram.h"

#define PIPE_PAYLOAD 1170

typedef struct _Pipe Pipe;

/* What stands in for the owner's application: called for both sides after every step. */
typedef void (*PipeApp) (Pipe *pipe, int side);

struct _Pipe
{
  KhConnection *side[2]; /* 0 is the initiator */
  guint64 next_pn[2];
  guint64 built[2]; /* packets, lost ones included */
  guint64 ack_only[2];
  gint64 now_us;
  gint64 delay_us; /* one way */

  /* The bit of a packet's place in its direction says that it is lost. */
  guint64 loss_mask[2];
  gboolean is_cut; /* everything is lost */
  /* Percentages, from rand */
  GRand *rand; /* (nullable) */
  int loss;
  int duplicate;
  int reorder;

  /* Every so many numbers one is left out, as an owner's path checks do; 0 for never. */
  guint64 skip_every;

  PipeApp app;
  gpointer app_data;
  GQueue in_flight; /* of Datagram, by time of arrival */
};

Pipe *pipe_new (void);
void pipe_free (Pipe *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Pipe, pipe_free)

/* Lets both sides send what they want to. */
void pipe_flush (Pipe *self);
/* To the next arrival or deadline. FALSE if there is none. */
gboolean pipe_step (Pipe *self);
/* Until nothing happens any more, or until @until_us. */
void pipe_run (Pipe *self, gint64 until_us);
void pipe_run_until_quiet (Pipe *self);
/* Both sides owe nothing and wait for nothing. */
void pipe_assert_idle (Pipe *self);

/* Passes a payload in as if it had come from the other side, with the other side's next number. */
void pipe_inject (Pipe *self, int to, const guint8 *payload, gsize len);

/* The next event of that kind; those before it are dropped. FALSE if there is none. */
gboolean pipe_find_event (KhConnection *connection,
                          KhConnectionEventType type,
                          KhConnectionEvent *ret_event);

/* The byte at a place of a stream, different for the two directions. */
guint8 pipe_pattern (guint64 stream_id, int from, guint64 offset);
