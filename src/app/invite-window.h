/* invite-window.h: the user's invite link: as a QR code, to be copied, sent, saved or withdrawn
 */
#pragma once

#include <adwaita.h>

#include "engine/engine.h"

#define KH_TYPE_INVITE_WINDOW (kh_invite_window_get_type ())
G_DECLARE_FINAL_TYPE (KhInviteWindow, kh_invite_window, KH, INVITE_WINDOW, AdwWindow)

/* Over the window of @widget. */
void kh_invite_window_present (KhEngine *engine, GtkWidget *widget);
