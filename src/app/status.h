/* status.h: words that come later, for those who see them and those who hear them */
#pragma once

#include <gtk/gtk.h>

/* Shows @text, translated, or hides @label if it is NULL; and has it said, where it is new. */
void kh_status_show (GtkLabel *label, const char *text);
/* Has a screen reader say @text, translated, without the focus going there. GTK before 4.14 cannot.
 */
void kh_status_say (GtkWidget *widget, const char *text);
