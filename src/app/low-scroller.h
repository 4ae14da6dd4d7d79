/* low-scroller.h: as high as its child would like at the width there is, and scrolling below that
 *
 * A widget for templates, with the properties "child" and "max-height" (pixels, or -1).
 */
#pragma once

#include <gtk/gtk.h>

#define KH_TYPE_LOW_SCROLLER (kh_low_scroller_get_type ())
G_DECLARE_FINAL_TYPE (KhLowScroller, kh_low_scroller, KH, LOW_SCROLLER, GtkWidget)

/* @child: (transfer none) */
GtkWidget *kh_low_scroller_new (GtkWidget *child);
