/* verdict-words.h: verdicts, networks and timelines in words
 *
 * Private to the engine; front ends have verdict-report.h. Pure functions: from the core's values
 * to whole sentences in the user's language, (transfer full). @peer is the display name of the
 * other; names and addresses are put in as they are, between U+2068 and U+2069, so that none turns
 * round what stands beside it.
 */
#pragma once

#include "engine/verdict-report.h"
#include "path/timeline.h"
#include "path/verdict.h"

/* @text between U+2068 and U+2069. */
char *kh_verdict_words_isolate (const char *text);

/* One sentence: how the two are connected, and whose network is the reason. Whoever @verdict names
 * where nobody can be named, there is a sentence. */
char *kh_verdict_words_headline (const KhVerdict *verdict, const char *peer);
/* (nullable): what would change it */
char *kh_verdict_words_advice (const KhVerdict *verdict, const char *peer);

/* Of what kind a network is, and sentences about it. @peer: NULL for our own */
KhNetworkKind kh_verdict_words_network_kind (const KhNatBehaviour *nat);
char *kh_verdict_words_network (const KhNatBehaviour *nat, const char *peer);

/**
 * kh_verdict_words_step:
 * @previous: (nullable): the last entry of the same type before @entry: why a path was chosen
 *   follows from what was in use before
 */
char *kh_verdict_words_step (const KhTimelineEntry *entry,
                             const KhTimelineEntry *previous,
                             const char *peer);
char *kh_verdict_words_attempt (const KhPath *path, gboolean in_use);
