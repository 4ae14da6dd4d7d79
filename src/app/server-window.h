/* server-window.h: all about one server: how one stands with it, its key, and a test */
#pragma once

#include <adwaita.h>

#include "engine/engine.h"
#include "engine/known-server.h"

#define KH_TYPE_SERVER_WINDOW (kh_server_window_get_type ())
G_DECLARE_FINAL_TYPE (KhServerWindow, kh_server_window, KH, SERVER_WINDOW, AdwWindow)

/* Over the window of @widget.
 * @known: (nullable): what is remembered of it; NULL where it was never reached */
void kh_server_window_present (KhEngine *engine,
                               const char *server,
                               KhKnownServer *known,
                               GtkWidget *widget);
