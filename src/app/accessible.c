/* accessible.c: names that a screen reader says once, and right; room for large text
 *
 * GTK 4.8 gives a button with a mnemonic two names in a row, "_Send Send": its label property as
 * it is written, and the label widget that it is "labelled by". In GTK 4.18 the item of a menu has
 * none at all: the label that it is "labelled by" is nothing that a screen reader can see.
 */
#include "app/accessible.h"

#include <adwaita.h>

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

/* A button is as wide as it was, but need not be. */
static void
wrap_labels (GtkWidget *widget)
{
  if (GTK_IS_LABEL (widget))
    {
      gtk_label_set_wrap (GTK_LABEL (widget), TRUE);
      gtk_label_set_natural_wrap_mode (GTK_LABEL (widget), GTK_NATURAL_WRAP_NONE);
      gtk_label_set_justify (GTK_LABEL (widget), GTK_JUSTIFY_CENTER);
    }
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    wrap_labels (child);
}

/* In a header bar it is the title that gives way; a question has another set of buttons for when
 * these are too wide, one above the other. */
static gboolean
may_wrap (GtkWidget *button)
{
  GtkWidget *parent = gtk_widget_get_parent (button);

  if (gtk_widget_get_ancestor (button, ADW_TYPE_HEADER_BAR) != NULL)
    return FALSE;
  return !ADW_IS_MESSAGE_DIALOG (gtk_widget_get_root (button)) || !GTK_IS_BOX (parent) ||
         gtk_orientable_get_orientation (GTK_ORIENTABLE (parent)) == GTK_ORIENTATION_VERTICAL;
}

void
kh_accessible_prepare_buttons (GtkWidget *root)
{
  if (GTK_IS_BUTTON (root))
    {
      name_button (GTK_BUTTON (root));
      if (may_wrap (root))
        wrap_labels (root);
    }
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    kh_accessible_prepare_buttons (child);
}

/* GtkModelButton is not public, but what it says is. */
static void
name_items (GtkWidget *widget)
{
  if (g_str_equal (G_OBJECT_TYPE_NAME (widget), "GtkModelButton"))
    {
      g_autofree char *text = NULL;
      g_autofree char *name = NULL;

      g_object_get (widget, "text", &text, NULL);
      name = strip_mnemonic (text != NULL ? text : "");
      gtk_accessible_reset_relation (GTK_ACCESSIBLE (widget), GTK_ACCESSIBLE_RELATION_LABELLED_BY);
      gtk_accessible_update_property (GTK_ACCESSIBLE (widget), GTK_ACCESSIBLE_PROPERTY_LABEL, name,
                                      -1);
      return;
    }
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    name_items (child);
}

void
kh_accessible_name_menu (GtkPopover *menu)
{
  g_signal_connect (menu, "map", G_CALLBACK (name_items), NULL);
}

/* (nullable): in @widget */
static GtkLabel *
find_cut_label (GtkWidget *widget)
{
  GtkLabel *found = NULL;

  if (GTK_IS_LABEL (widget))
    return pango_layout_is_ellipsized (gtk_label_get_layout (GTK_LABEL (widget)))
               ? GTK_LABEL (widget)
               : NULL;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL && found == NULL;
       child = gtk_widget_get_next_sibling (child))
    found = find_cut_label (child);
  return found;
}

static gboolean
on_query_title (GtkWidget *row, int x, int y, gboolean by_keyboard, GtkTooltip *tooltip)
{
  GtkLabel *title = find_cut_label (row);

  if (title == NULL)
    return FALSE;
  gtk_tooltip_set_text (tooltip, gtk_label_get_text (title));
  return TRUE;
}

void
kh_accessible_tell_titles (GtkWidget *root)
{
  if (ADW_IS_ENTRY_ROW (root))
    {
      gtk_widget_set_has_tooltip (root, TRUE);
      g_signal_connect (root, "query-tooltip", G_CALLBACK (on_query_title), NULL);
      return;
    }
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    kh_accessible_tell_titles (child);
}

/* A group's list has no name of its own in libadwaita 1.2, nor has a row that is not an action's.
 */
static void
name_group (AdwPreferencesGroup *group, const char *fallback, GtkWidget *widget)
{
  const char *title = adw_preferences_group_get_title (group);

  if (GTK_IS_LIST_BOX (widget) || GTK_IS_SWITCH (widget) || GTK_IS_SPIN_BUTTON (widget) ||
      (ADW_IS_PREFERENCES_ROW (widget) && !ADW_IS_ENTRY_ROW (widget)))
    gtk_accessible_reset_relation (GTK_ACCESSIBLE (widget), GTK_ACCESSIBLE_RELATION_LABELLED_BY);
  if (GTK_IS_LIST_BOX (widget))
    gtk_accessible_update_property (GTK_ACCESSIBLE (widget), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                    title != NULL && *title != '\0' ? title : fallback, -1);
  else if (ADW_IS_PREFERENCES_ROW (widget) && !ADW_IS_ENTRY_ROW (widget))
    {
      AdwPreferencesRow *row = ADW_PREFERENCES_ROW (widget);
      const char *words = adw_preferences_row_get_title (row);
      g_autofree char *name =
          adw_preferences_row_get_use_underline (row) ? strip_mnemonic (words) : g_strdup (words);

      gtk_accessible_update_property (GTK_ACCESSIBLE (widget), GTK_ACCESSIBLE_PROPERTY_LABEL, name,
                                      -1);
    }
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    name_group (group, fallback, child);
}

void
kh_accessible_name_groups (GtkWidget *root, const char *fallback)
{
  if (ADW_IS_PREFERENCES_GROUP (root))
    {
      name_group (ADW_PREFERENCES_GROUP (root), fallback, root);
      kh_accessible_tell_titles (root);
      return;
    }
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    kh_accessible_name_groups (child, fallback);
}
