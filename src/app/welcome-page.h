/* welcome-page.h: beside the chats, where none is open */
#pragma once

#include <gtk/gtk.h>

#include "engine/engine.h"

#define KH_TYPE_WELCOME_PAGE (kh_welcome_page_get_type ())
G_DECLARE_FINAL_TYPE (KhWelcomePage, kh_welcome_page, KH, WELCOME_PAGE, GtkWidget)

/* With the user's own peer ID as long as there are no chats. */
GtkWidget *kh_welcome_page_new (KhEngine *engine);
