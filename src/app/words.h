/* words.h: what a person reads, for what the engine reports as values and codes
 *
 * All words are translated; names and addresses in them are isolated (U+2068 … U+2069), so that a
 * right-to-left name cannot turn the sentence around it. Never markup.
 */
#pragma once

#include "engine/engine.h"

/* What happened, why, and what to do; values of kh_words_*() are (transfer full) unless const. */
typedef struct
{
  char *title; /* what happened, short */
  char *body;  /* why, and what to do */
} KhWords;

void kh_words_clear (KhWords *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (KhWords, kh_words_clear)

/* @text between U+2068 and U+2069. */
char *kh_words_isolate (const char *text);

/* Adds @more to the facts in @text, as a screen reader says them one after the other. */
void kh_words_add (char **text, const char *more);

/* @message as a sentence: what is said about something typed is a fragment at times. */
char *kh_words_sentence (const char *message);

/* For errors of starting, sending and saving; @data_dir (nullable) is named where it helps. */
KhWords kh_words_for_error (const GError *error, const char *data_dir);
/* @server: (nullable): as the user chose it. For kh_engine_get_link_problem(). */
KhWords kh_words_for_link_problem (const GError *error, const char *server);
/* Why @conversation is not connected, and what happens to what is written. FALSE, and nothing
 * written, where there is nothing to say beyond the chip. */
gboolean
kh_words_for_conversation (KhConversation *conversation, KhEngineLink link, KhWords *ret_words);

/* "direct, 23 ms", "waiting for Ada": the chip in the header. */
char *kh_words_chip (KhConversation *conversation, KhEngineLink link, const GError *link_problem);
/* "connected", "not online": where there is no room for that. */
const char *kh_words_chip_short (KhConversation *conversation);
/* And as sentences, with addresses, for its tooltip and popover. */
char *
kh_words_connection (KhConversation *conversation, KhEngineLink link, const GError *link_problem);
/* "online", "connecting…": for the row of the list. */
const char *kh_words_presence (KhPresence presence);
/* "Read", "Delivered": for the tick. */
const char *kh_words_status (KhMessageStatus status);
/* When @message was written, and how far it got, a line each: for a tooltip. */
char *kh_words_times (KhChatMessage *message);
/* "Ada (unverified) wants to talk" */
char *kh_words_knock (KhKnock *knock);
