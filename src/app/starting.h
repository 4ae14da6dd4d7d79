/* starting.h: what a start leaves until its window has been seen */
#pragma once

#include <gtk/gtk.h>

/* For desktops that look for the icon in the window, and not in the desktop file. @window is
 * realized. */
void kh_starting_set_icon (GtkWindow *window);
/* After the next frame of @window: what the start needed, and nothing needs any more, goes back to
 * the system. */
void kh_starting_tidy (GtkWindow *window);
/* The app's icon as a picture of 128 pixels or fewer, for the display of @widget. */
const char *kh_starting_get_picture (GtkWidget *widget);
