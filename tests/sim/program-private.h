/* program-private.h: what the files of KhSimProgram share
 *
 * program.c        what happens when, and how it ends
 * program-app.c    the applications of the two ends, and what they may see
 */
#pragma once

#include "program.h"

/* One direction of a stream; named by the place that sends. */
typedef struct
{
  /* the sender's */
  guint64 want, written; /* bytes */
  gboolean finish;       /* once all is written */
  gboolean finished;
  gboolean reset;
  guint64 reset_code;
  gboolean stopped; /* was told that the reader wants no more */
  /* the reader's */
  guint64 read;
  gboolean stop;
  guint64 stop_code;
  gboolean paused;
  gboolean ended; /* has seen the end, or the reset */
  gboolean was_reset;
} KhSimHalf;

typedef struct
{
  guint64 id;
  guint opener;
  gboolean known[2]; /* by place: opened it, or has heard of it */
  KhSimHalf halves[2];
} KhSimStream;

struct _KhSimProgram
{
  KhSimWorld *world; /* owned */
  KhSimPipe *pipe;
  KhSimEnd *ends[2];
  KhSimRng rng;
  GPtrArray *streams; /* of KhSimStream */
  gboolean is_greedy;
  guint ops_left;
  gint64 next_us; /* the next step of the script */
  guint64 read;
  guint32 datagrams[2];      /* sent, by place */
  GHashTable *datagrams_got; /* numbers, twice, plus the place of the sender */
  /* the end, by place */
  gboolean closed[2];
  guint64 close_code[2];
  guint64 close_packets[2]; /* what it had sent before */
  gboolean saw_close[2];
};

void kh_sim_program_join (KhSimProgram *self);
/* (nullable): no stream of @place can be opened now */
KhSimStream *kh_sim_program_open (KhSimProgram *self, guint place);
void kh_sim_program_write (KhSimProgram *self, KhSimStream *stream, guint place, guint64 bytes);
void kh_sim_program_finish (KhSimProgram *self, KhSimStream *stream, guint place);
void kh_sim_program_reset (KhSimProgram *self, KhSimStream *stream, guint place, guint64 code);
/* By the reader, whose @place it is. */
void kh_sim_program_stop (KhSimProgram *self, KhSimStream *stream, guint place, guint64 code);
void kh_sim_program_pause (KhSimProgram *self, KhSimStream *stream, guint place, gboolean paused);
void kh_sim_program_send_datagram (KhSimProgram *self, guint place, gsize len);
void kh_sim_program_close (KhSimProgram *self, guint place, guint64 code);
/* Has everything that was done to @stream reached the other end? */
gboolean kh_sim_program_is_settled (KhSimProgram *self, const KhSimStream *stream);
/* Prints what is not settled of it. */
void kh_sim_program_describe (KhSimProgram *self, const KhSimStream *stream);
