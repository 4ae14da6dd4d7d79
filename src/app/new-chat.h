/* new-chat.h: the dialog that asks whom to talk to
 *
 * Says while typing what is wrong with a peer ID, an invite link or a server. Signal "connected"
 * (KhConversation): they are a contact now; the dialog closes itself.
 */
#pragma once

#include <adwaita.h>

#include "engine/engine.h"

#define KH_TYPE_NEW_CHAT (kh_new_chat_get_type ())
G_DECLARE_FINAL_TYPE (KhNewChat, kh_new_chat, KH, NEW_CHAT, AdwWindow)

/* @target: (nullable): filled in already, but for the user to confirm */
KhNewChat *kh_new_chat_new (KhEngine *engine, const char *target);
