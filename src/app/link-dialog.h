/* link-dialog.h: where a link really leads, before it is opened */
#pragma once

#include <gtk/gtk.h>

/* Asks, and opens @uri in the program that the user has for it; an invite link goes to
 * "win.new-chat-with" instead. @widget is where it was clicked. */
void kh_link_dialog_follow (GtkWidget *widget, const char *uri);
