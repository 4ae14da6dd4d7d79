/* message-view.h: the messages of a chat: a virtualised list that stays where the reader is
 *
 * Signals: "seen" (): the reader has come to the end of the list, or new messages came there;
 * "reply", "edit" (KhChatMessage): the user wants to write.
 */
#pragma once

#include <gtk/gtk.h>

#include "engine/engine.h"

#define KH_TYPE_MESSAGE_VIEW (kh_message_view_get_type ())
G_DECLARE_FINAL_TYPE (KhMessageView, kh_message_view, KH, MESSAGE_VIEW, GtkWidget)

/* Once, before anything else. */
void kh_message_view_set_conversation (KhMessageView *self,
                                       KhEngine *engine,
                                       KhConversation *conversation);
/* To the newest message, and to stay there. */
void kh_message_view_go_to_end (KhMessageView *self);
/* Is the newest message in sight, as far as it is known? */
gboolean kh_message_view_is_at_end (KhMessageView *self);
/* Scrolls to the message with kh_chat_message_get_seq() @seq, once it is loaded, and marks it. */
void kh_message_view_show (KhMessageView *self, gint64 seq);
/* The user looks elsewhere, or answered: what came until now is not new any more. */
void kh_message_view_clear_unread_line (KhMessageView *self);
