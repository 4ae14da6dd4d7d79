/* menus.h: what the buttons of the main window open
 *
 * Each is made by the first click: a start needs none of it.
 */
#pragma once

#include <gtk/gtk.h>

#include "engine/engine.h"

/* @menu: (transfer none): kept as long as @button */
void kh_menus_make_main (GtkMenuButton *button, GMenuModel *menu);

/* For the actions of "chat", which are those of the open conversation. */
void kh_menus_make_chat (GtkMenuButton *button);

/* The user's own peer ID.
 * @engine: (transfer none): kept as long as @button */
void kh_menus_make_id (GtkMenuButton *button, KhEngine *engine);
