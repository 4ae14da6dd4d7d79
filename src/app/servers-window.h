/* servers-window.h: the servers that one knows, and how one stands with each */
#pragma once

#include <adwaita.h>

#include "engine/engine.h"

#define KH_TYPE_SERVERS_WINDOW (kh_servers_window_get_type ())
G_DECLARE_FINAL_TYPE (KhServersWindow, kh_servers_window, KH, SERVERS_WINDOW, AdwWindow)

void kh_servers_window_present (KhEngine *engine, GtkWindow *parent);
