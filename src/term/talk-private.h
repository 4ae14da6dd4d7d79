/* talk-private.h: KhTalk across its files
 *
 *   talk.c          its life: opening, connecting, waiting for the end, closing
 *   talk-events.c   what the engine has to say becomes reports
 *   talk-why.c      why a peer is connected as they are, and what can be typed
 *   talk-backlog.c  messages that came earlier and were never shown
 *   talk-input.c    lines become messages, commands and answers
 *   talk-bench.c    the measurement of --bench-to
 */
#pragma once

#include "engine/engine.h"
#include "term/passphrase.h"
#include "term/command.h"
#include "term/input.h"
#include "term/talk.h"
#include "term/words.h"

/* Messages that are not delivered, from which on no more input is read: enough to fill any path
 * at the rate of a chat, and 16 MiB at the very most. */
#define KH_TALK_WINDOW 256

/**
 * KhTalkStage:
 * @KH_TALK_OPENING: the disk, the server's name, the contact
 * @KH_TALK_TALKING: input is read, or held back while too much is undelivered
 * @KH_TALK_LISTENING: there is no input: until a signal or the timeout
 * @KH_TALK_DRAINING: the input has ended: until all is delivered, or the timeout
 * @KH_TALK_CLOSING: saying goodbye
 */
typedef enum
{
  KH_TALK_OPENING,
  KH_TALK_TALKING,
  KH_TALK_LISTENING,
  KH_TALK_DRAINING,
  KH_TALK_CLOSING,
} KhTalkStage;

/**
 * KhTalkBench:
 * @KH_TALK_BENCH_NONE: none was asked for
 * @KH_TALK_BENCH_WAITING: for the peer, and a direct path
 * @KH_TALK_BENCH_RUNNING: the engine measures
 * @KH_TALK_BENCH_DONE: it was reported, or has failed
 */
typedef enum
{
  KH_TALK_BENCH_NONE,
  KH_TALK_BENCH_WAITING,
  KH_TALK_BENCH_RUNNING,
  KH_TALK_BENCH_DONE,
} KhTalkBench;

/* A line that waits for somebody to send it to. */
typedef struct
{
  guint64 number;
  char *text;
} KhHeldLine;

typedef struct
{
  /* borrowed */
  const KhOptions *options;
  KhOutput *output;

  /* owned */
  KhEngine *engine;
  GMainLoop *loop;
  GCancellable *cancellable; /* of opening, connecting and measuring */
  KhInput *input;            /* (nullable) */
  KhConversation *target;    /* (nullable): whom lines go to */
  GHashTable *concerns;      /* (element-type KhConversation): lines went there */
  GHashTable *told;     /* KhConversation, or the engine → guint64 *: bits of the errors told */
  GHashTable *backlogs; /* (element-type KhConversation): being loaded */
  GHashTable *unmarked; /* (element-type KhConversation): printed, not marked as read */
  GQueue held;          /* of KhHeldLine */

  KhPassphrase *asking; /* (nullable): for the passphrase of the secret key */
  guint n_asked;        /* how often it was asked for */
  guint n_storing;      /* messages on their way to our disk */
  guint signals[3];     /* sources; 0 for none */
  guint timeout;        /* source; 0 for none */
  guint later;          /* source; 0 for none */
  guint marking;        /* source; 0 for none */
  guint loading;        /* source; 0 for none */
  KhTalkStage stage;
  KhTalkBench bench;
  KhExit status;
  gboolean asks;     /* knocks are answered with y, n, b on this terminal */
  gboolean stalled;  /* no input is read because too much is undelivered */
  gboolean has_read; /* a line came */
  gboolean has_met;  /* a session with the target was up in this run */
  gboolean failed;   /* something was not sent: the status will not be 0 */
} KhTalk;

/* talk.c */
const char *kh_talk_stage_to_string (KhTalkStage stage);
void kh_talk_quit (KhTalk *self, KhExit status);
/* The input is over: what is left is to be delivered. */
void kh_talk_end_input (KhTalk *self);
/* Looks soon, and once, whether lines can go out, more can be read, or all is done. */
void kh_talk_look_soon (KhTalk *self);
/* Lines go to @conversation from now on, and the end waits for it. */
void kh_talk_set_target (KhTalk *self, KhConversation *conversation);
/* What is on no other disk: messages, and lines without anybody to go to. */
guint kh_talk_count_undelivered (KhTalk *self);
void kh_talk_start_timeout (KhTalk *self);
void kh_talk_stop_timeout (KhTalk *self);

/* talk-events.c */
void kh_talk_watch_engine (KhTalk *self);
void kh_talk_watch_presence (KhTalk *self, KhConversation *conversation);
void kh_talk_unwatch (KhTalk *self);
void kh_talk_report (KhTalk *self, const KhReport *report);
/* Once for each code, until @conversation or the server (NULL) is there again. */
void kh_talk_report_error_once (KhTalk *self, KhConversation *conversation, const GError *error);
void kh_talk_report_error (KhTalk *self, KhConversation *conversation, const GError *error);
void kh_talk_report_own_error (KhTalk *self, KhTermError code, guint64 number);
void kh_talk_print_message (KhTalk *self, KhConversation *conversation, KhChatMessage *message);
/* What was printed is seen: told to the engine now, at the latest. */
void kh_talk_mark_read (KhTalk *self);
/* Why @conversation is not connected, where that is worth telling; once. */
void kh_talk_tell_problem (KhTalk *self, KhConversation *conversation);
/* The next question on the terminal, where there is one. */
void kh_talk_print_question (KhTalk *self);

/* talk-why.c */
/* For the engine's "verdict". */
void kh_talk_on_verdict (KhEngine *engine, KhConversation *conversation, KhTalk *self);
void kh_talk_print_why (KhTalk *self);
void kh_talk_print_help (KhTalk *self);

/* talk-backlog.c */
void kh_talk_load_backlogs (KhTalk *self);
void kh_talk_drop_backlogs (KhTalk *self);

/* talk-input.c */
void kh_talk_start_input (KhTalk *self);
/* Sends what was held, once there is somebody to send it to, and takes as many lines as there is
 * room for. */
void kh_talk_take_input (KhTalk *self);
void kh_talk_clear_held (KhTalk *self);

/* talk-bench.c */
const char *kh_talk_bench_to_string (KhTalkBench bench);
void kh_talk_bench_init (KhTalk *self);
/* Begins to measure where that is possible by now. */
void kh_talk_bench_look (KhTalk *self);
/* Is there a measurement to wait for? */
gboolean kh_talk_bench_is_pending (KhTalk *self);
/* Says so where a measurement will not come about any more. */
void kh_talk_bench_give_up (KhTalk *self);
