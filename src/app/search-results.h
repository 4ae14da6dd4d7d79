/* search-results.h: what a search found: chats by name, and messages by their words
 *
 * Signals: "open" (KhConversation), "open-message" (KhConversation, KhChatMessage): the user chose
 * one.
 */
#pragma once

#include <gtk/gtk.h>

#include "engine/engine.h"

#define KH_TYPE_SEARCH_RESULTS (kh_search_results_get_type ())
G_DECLARE_FINAL_TYPE (KhSearchResults, kh_search_results, KH, SEARCH_RESULTS, GtkWidget)

/* Once, before anything else. */
void kh_search_results_set_engine (KhSearchResults *self, KhEngine *engine);
/* Searches; an empty @query forgets what was found. */
void kh_search_results_set_query (KhSearchResults *self, const char *query);
/* Chooses the first one that was found, if any. */
void kh_search_results_activate_first (KhSearchResults *self);
/* The keyboard goes to the list. */
gboolean kh_search_results_focus (KhSearchResults *self);
