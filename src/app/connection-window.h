/* connection-window.h: how one is connected to a contact, and why: drawn, and in words */
#pragma once

#include <adwaita.h>

#include "engine/engine.h"

#define KH_TYPE_CONNECTION_WINDOW (kh_connection_window_get_type ())
G_DECLARE_FINAL_TYPE (KhConnectionWindow, kh_connection_window, KH, CONNECTION_WINDOW, AdwWindow)

/* Over the window of @widget. */
void
kh_connection_window_present (KhEngine *engine, KhConversation *conversation, GtkWidget *widget);
