/* button-box.h: buttons side by side, or one above the other where they are too long for that
 *
 * A widget for templates: its children are the buttons. What is left of the width is shared among
 * them, unless the box is aligned.
 */
#pragma once

#include <gtk/gtk.h>

#define KH_TYPE_BUTTON_BOX (kh_button_box_get_type ())
G_DECLARE_FINAL_TYPE (KhButtonBox, kh_button_box, KH, BUTTON_BOX, GtkWidget)
