/* question.h: a dialog that asks, and whose words scroll where the screen is low */
#pragma once

#include <adwaita.h>

/* An AdwMessageDialog, to which responses are added. @heading and @body are translated, and no
 * markup.
 *
 * Returns: (transfer none): it is its own until it is closed */
GtkWidget *kh_question_new (GtkWindow *parent, const char *heading, const char *body);
/* Shows @widget below the body of @dialog, which kh_question_new() has made. The dialog's extra
 * child is what holds both: do not set another. */
void kh_question_add (GtkWidget *dialog, GtkWidget *widget);
