/* sidebar.h: who asks to talk, and whom we talk with
 *
 * Signals: "show-chat" (KhConversation): the user goes through the list; "open" (KhConversation),
 * "open-message" (KhConversation, KhChatMessage): the user chose it. Property "searching"
 * (boolean): there is an entry, and what it finds takes the list's place.
 */
#pragma once

#include <gtk/gtk.h>

#include "engine/engine.h"

#define KH_TYPE_SIDEBAR (kh_sidebar_get_type ())
G_DECLARE_FINAL_TYPE (KhSidebar, kh_sidebar, KH, SIDEBAR, GtkWidget)

/* Once, before anything else. */
void kh_sidebar_set_engine (KhSidebar *self, KhEngine *engine);
/* The window was seen: the chats may come. */
void kh_sidebar_fill (KhSidebar *self);
/* Beside the chat, the one on view is selected; alone, nothing is, and a row must be activated. */
void kh_sidebar_set_folded (KhSidebar *self, gboolean folded);
/* @conversation: (nullable): selects it without "open"; a row that is not there is ignored. */
void kh_sidebar_select (KhSidebar *self, KhConversation *conversation);
/* The keyboard goes to the row of @conversation (nullable), or to the first. */
void kh_sidebar_focus (KhSidebar *self, KhConversation *conversation);
void kh_sidebar_set_searching (KhSidebar *self, gboolean searching);
/* As if the user had typed @words into the search. */
void kh_sidebar_search (KhSidebar *self, const char *words);
/* For what failed and belongs to no chat. */
void kh_sidebar_show_problem (KhSidebar *self, const char *title, const char *body);
