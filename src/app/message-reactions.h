/* message-reactions.h: the emoji that were left at a message, ours marked
 *
 * Signal "react" (string emoji, boolean set): the user leaves one, or takes it back.
 */
#pragma once

#include <gtk/gtk.h>

#include "engine/chat-message.h"

#define KH_TYPE_MESSAGE_REACTIONS (kh_message_reactions_get_type ())
G_DECLARE_FINAL_TYPE (KhMessageReactions, kh_message_reactions, KH, MESSAGE_REACTIONS, GtkWidget)

/* Hides where there are none. */
void kh_message_reactions_set_message (KhMessageReactions *self, KhChatMessage *message);
/* "you reacted with 👍", "they reacted with 🎉": added to the accessible name of the message. */
void kh_message_reactions_add_words (KhMessageReactions *self, char **label);
