/* accessible.c: names that a screen reader says once, and right
 *
 * GTK 4.8 gives a button with a mnemonic two names in a row, "_Send Send": its label property as
 * it is written, and the label widget that it is "labelled by".
 */
#include "app/accessible.h"

/* (transfer full): without the underscores that mark mnemonics. */
static char *
strip_mnemonic (const char *label)
{
  GString *text = g_string_new (NULL);

  for (const char *p = label; *p != '\0'; p++)
    {
      if (*p == '_' && *++p == '\0')
        break;
      g_string_append_c (text, *p);
    }
  return g_string_free (text, FALSE);
}

static void
name_button (GtkButton *button)
{
  const char *label = gtk_button_get_label (button);
  g_autofree char *name = NULL;

  if (label == NULL)
    return;
  name = gtk_button_get_use_underline (button) ? strip_mnemonic (label) : g_strdup (label);
  gtk_accessible_reset_relation (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_RELATION_LABELLED_BY);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
}

void
kh_accessible_name_buttons (GtkWidget *root)
{
  if (GTK_IS_BUTTON (root))
    name_button (GTK_BUTTON (root));
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    kh_accessible_name_buttons (child);
}
