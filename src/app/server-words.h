/* server-words.h: how one stands with a server, and what a test of it has found, as words
 *
 * Values are (transfer full), translated, and never markup.
 */
#pragma once

#include "engine/engine.h"
#include "engine/network-check.h"

/* (transfer full) (nullable): by any spelling of its name; NULL of one that is not gone to. */
KhServerLink *kh_server_words_find (KhEngine *engine, const char *server);
/* "Online, 23 ms". @link: (nullable) */
char *kh_server_words_state (KhServerLink *link);
/* A server's 43 characters of key, in groups, to be compared. */
char *kh_server_words_key (const char *key);

/**
 * KhServerFinding: one line of the results of a test
 * @good: nothing to worry about
 */
typedef struct
{
  char *what;
  char *words;
  gboolean good;
} KhServerFinding;

/* (element-type KhServerFinding) @known_key: (nullable): the key that it was asked for */
GPtrArray *kh_server_words_of_report (const KhNetworkReport *report, const char *known_key);
/* The same of a test that did not reach the server. @offered_key: (nullable) */
GPtrArray *
kh_server_words_of_error (const GError *error, const char *server, const char *offered_key);
/* The first sentence: what the results mean for direct paths. */
char *kh_server_words_summary (const KhNetworkReport *report);
