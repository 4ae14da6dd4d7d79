/* notifications.h: what came in while the user looks elsewhere
 *
 * Actions of the application that they name, each with a peer ID: "app.open", "app.mark-read",
 * "app.accept", "app.decline".
 */
#pragma once

#include "engine/engine.h"

/* Nothing where the user wants none. It goes when the message was read. */
void kh_notifications_show_message (GApplication *application,
                                    GSettings *settings,
                                    KhConversation *conversation,
                                    KhChatMessage *message);
void kh_notifications_show_knock (GApplication *application, GSettings *settings, KhKnock *knock);
/* The window is closed, and the program goes on: told the first time, whatever else is wanted. */
void kh_notifications_show_background (GApplication *application, GSettings *settings);
