/* kept-frame.h: the last frame of a window, which need not stay in memory */
#pragma once

#include <gtk/gtk.h>

/* Whenever @window has drawn nothing for some seconds, what its drawing holds goes back to the
 * system, as far as it is known how; from its next frame on until it is closed. @window is
 * realized. */
void kh_kept_frame_watch (GtkWindow *window);
