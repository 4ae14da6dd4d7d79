/* question.h: a dialog that asks, and whose words scroll where the screen is low */
#pragma once

#include <adwaita.h>

/* An AdwMessageDialog, to which responses are added. @heading and @body are translated, and no
 * markup.
 *
 * Returns: (transfer none): it is its own until it is closed */
GtkWidget *kh_question_new (GtkWindow *parent, const char *heading, const char *body);
