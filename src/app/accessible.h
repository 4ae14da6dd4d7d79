/* accessible.h: names that a screen reader says once, and right; room for large text */
#pragma once

#include <gtk/gtk.h>

/* Names the buttons in and under @root by their labels, and lets a label that is too long for a
 * narrow window go on in another line. To be called after the template is made,
 * and again after a button's label changed. */
void kh_accessible_prepare_buttons (GtkWidget *root);
/* Names the items of a menu by their words, each time that it opens. */
void kh_accessible_name_menu (GtkPopover *menu);
/* A tooltip for the title of each entry row below @root, while that is cut off. */
void kh_accessible_tell_titles (GtkWidget *root);
/* The lists and rows of all preference groups below @root: @fallback (translated) where a group has
 * no title. With their tooltips, as above. */
void kh_accessible_name_groups (GtkWidget *root, const char *fallback);
