/* question.c: a dialog that asks, and whose words scroll where the screen is low
 *
 * See question.h. libadwaita 1.2 gives a message all the height it needs, which is more than a
 * small screen has where text is large.
 */
#include "app/question.h"

#include "app/low-scroller.h"

/* Characters; as AdwMessageDialog has it. */
#define BODY_WIDTH 40
/* Pixels between the body and what is below it. */
#define SPACING 12

GtkWidget *
kh_question_new (GtkWindow *parent, const char *heading, const char *body)
{
  GtkWidget *dialog = adw_message_dialog_new (parent, heading, NULL);
  GtkWidget *label = gtk_label_new (body);
  GtkWidget *words = gtk_box_new (GTK_ORIENTATION_VERTICAL, SPACING);
  GtkWidget *scroller = kh_low_scroller_new (words);

  gtk_box_append (GTK_BOX (words), label);
  g_object_set_data (G_OBJECT (dialog), "words", words);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_max_width_chars (GTK_LABEL (label), BODY_WIDTH);
  gtk_label_set_justify (GTK_LABEL (label), GTK_JUSTIFY_CENTER);
  gtk_widget_set_vexpand (scroller, TRUE);
  adw_message_dialog_set_extra_child (ADW_MESSAGE_DIALOG (dialog), scroller);
  gtk_accessible_update_relation (GTK_ACCESSIBLE (dialog), GTK_ACCESSIBLE_RELATION_DESCRIBED_BY,
                                  label, NULL, -1);
  return dialog;
}

void
kh_question_add (GtkWidget *dialog, GtkWidget *widget)
{
  gtk_box_append (GTK_BOX (g_object_get_data (G_OBJECT (dialog), "words")), widget);
}
