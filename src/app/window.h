/* window.h: the main window: the chats on one side, the open one on the other
 *
 * Under 600 pixels of width there is one pane, and a way back. Actions: "win.new-chat",
 * "win.new-chat-with" (a peer ID or invite link), "win.search", "win.setup", "win.back"; and
 * "chat.…" of the open chat (conversation-actions.h).
 */
#pragma once

#include <adwaita.h>

#include "engine/engine.h"

#define KH_TYPE_WINDOW (kh_window_get_type ())
G_DECLARE_FINAL_TYPE (KhWindow, kh_window, KH, WINDOW, AdwApplicationWindow)

KhWindow *kh_window_new (GtkApplication *application, KhEngine *engine, GSettings *settings);

/* Shows @conversation, and puts the cursor where one writes. */
void kh_window_open (KhWindow *self, KhConversation *conversation);
/* The same, at the message with kh_chat_message_get_seq() @seq. */
void kh_window_open_message (KhWindow *self, KhConversation *conversation, gint64 seq);
/* As if the user had typed @words into the search. */
void kh_window_search (KhWindow *self, const char *words);
/* (transfer none) (nullable): the conversation that the user is looking at, in a window that the
 * user is working in. */
KhConversation *kh_window_get_watched (KhWindow *self);
/* @target: (nullable): a peer ID or invite link to fill in */
void kh_window_new_chat (KhWindow *self, const char *target);
/* For what failed and nobody waits for. */
void kh_window_show_problem (KhWindow *self, const char *title, const char *body);
