/* contact-window.h: all about one contact: their names, their key, and what is kept of them */
#pragma once

#include <adwaita.h>

#include "engine/engine.h"

#define KH_TYPE_CONTACT_WINDOW (kh_contact_window_get_type ())
G_DECLARE_FINAL_TYPE (KhContactWindow, kh_contact_window, KH, CONTACT_WINDOW, AdwWindow)

/* Over the window of @widget. It closes by itself when the contact is removed. */
void kh_contact_window_present (KhEngine *engine, KhConversation *conversation, GtkWidget *widget);
