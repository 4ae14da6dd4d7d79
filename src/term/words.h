/* words.h: what the program says to people
 *
 * The engine gives a code and an English sentence; the words here are translated, and name the
 * options of this program as the way out (STYLE 29: what happened, why, what to do).
 */
#pragma once

#include "engine/error.h"
#include "engine/types.h"

/* What a sentence may have to name; all (nullable) and borrowed. */
typedef struct
{
  const char *server;
  const char *server_key; /* the one that is offered, where it is not the one we know */
  const char *peer;       /* name to be shown */
  const char *data_dir;
} KhWordsContext;

/* Errors of this program, beside those of the engine. */
typedef enum
{
  KH_TERM_ERROR_LINE_TOO_LONG, /* number: the line's */
  KH_TERM_ERROR_LINE_NOT_TEXT, /* number: the line's */
  KH_TERM_ERROR_LINE_NOT_SENT, /* number: the line's; follows the engine's error */
  KH_TERM_ERROR_UNDELIVERED,   /* number: of messages */
  KH_TERM_ERROR_NOBODY,        /* number: of lines */
  KH_TERM_ERROR_NO_KNOCK,
  KH_TERM_ERROR_BENCH_NOT_BEGUN,
  KH_TERM_ERROR_BENCH_STOPPED,
} KhTermError;

#define KH_TERM_ERROR_LAST KH_TERM_ERROR_BENCH_STOPPED

/* (transfer full): one line, in the user's language. @error is of any domain. */
char *kh_words_error (const GError *error, const KhWordsContext *context);
/* (transfer full): the same for ours */
char *kh_words_term_error (KhTermError code, guint64 number);
/* (transfer full): how it stands with @peer, and why. @rtt_us: of the path in use, 0 for none */
char *kh_words_presence (KhPresence presence, KhRoute route, gint64 rtt_us, const char *peer);
/* (transfer full) (nullable): NULL where there is nothing to tell */
char *kh_words_ended (KhEnded why, const char *peer);

/* For scripts: "no-space", …, "line-too-long", … */
const char *kh_words_error_code (const GError *error);
const char *kh_term_error_to_string (KhTermError code);
