/* chat-view.h: one conversation: what was said, and what is being written
 *
 * Kept for as long as the window, so that a draft and the place in the history survive looking at
 * another chat. The messages are drawn by a virtualised list over the engine's model.
 */
#pragma once

#include <gtk/gtk.h>

#include "engine/engine.h"

#define KH_TYPE_CHAT_VIEW (kh_chat_view_get_type ())
G_DECLARE_FINAL_TYPE (KhChatView, kh_chat_view, KH, CHAT_VIEW, GtkWidget)

KhChatView *kh_chat_view_new (KhEngine *engine, KhConversation *conversation, GSettings *settings);
/* (transfer none) */
KhConversation *kh_chat_view_get_conversation (KhChatView *self);
void kh_chat_view_focus (KhChatView *self);
/* @seq: kh_chat_message_get_seq() of one of the conversation's; it is loaded where it is further
 * up. */
void kh_chat_view_show_message (KhChatView *self, gint64 seq);
