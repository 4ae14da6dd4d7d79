/* choice-row.c: a row of choices that says what is chosen
 *
 * See choice-row.h. AdwComboRow lets what is chosen be cut down to nothing before the title beside
 * it goes to another line.
 */
#include "app/choice-row.h"

static void
on_setup (GtkSignalListItemFactory *factory, GtkListItem *item)
{
  gtk_list_item_set_child (item, gtk_label_new (NULL));
}

/* What shows it is a list of one item: both are named by it. */
static void
on_bind (GtkSignalListItemFactory *factory, GtkListItem *item)
{
  const char *words = gtk_string_object_get_string (gtk_list_item_get_item (item));
  GtkWidget *widget = gtk_list_item_get_child (item);

  gtk_label_set_label (GTK_LABEL (widget), words);
  for (widget = gtk_widget_get_parent (widget); widget != NULL && !ADW_IS_COMBO_ROW (widget);
       widget = gtk_widget_get_parent (widget))
    if (g_str_equal (G_OBJECT_TYPE_NAME (widget), "GtkListItemWidget") || GTK_IS_LIST_VIEW (widget))
      gtk_accessible_update_property (GTK_ACCESSIBLE (widget), GTK_ACCESSIBLE_PROPERTY_LABEL, words,
                                      -1);
}

static gboolean
is_in_sight (GtkWidget *row)
{
  GtkWidget *view = gtk_widget_get_ancestor (row, GTK_TYPE_SCROLLED_WINDOW);
  graphene_rect_t bounds;
  float middle;

  if (view == NULL || !gtk_widget_compute_bounds (row, view, &bounds))
    return TRUE;
  middle = bounds.origin.y + bounds.size.height / 2;
  return middle >= 0 && middle <= (float) gtk_widget_get_height (view);
}

/* Scrolling may take some frames. */
static gboolean
open_in_sight (GtkWidget *row, GdkFrameClock *clock, gpointer user_data)
{
  if (!gtk_widget_has_focus (row))
    return G_SOURCE_REMOVE;
  if (!is_in_sight (row))
    return G_SOURCE_CONTINUE;
  gtk_widget_activate (row);
  return G_SOURCE_REMOVE;
}

/* A list of choices that would open beyond the edge of the screen is refused by GTK 4.8 with a
 * warning: the row is scrolled to first. */
static gboolean
on_mnemonic (GtkWidget *row, gboolean group_cycling, gpointer user_data)
{
  if (group_cycling || is_in_sight (row))
    return FALSE;
  if (gtk_widget_grab_focus (row))
    gtk_widget_add_tick_callback (row, open_in_sight, NULL, NULL);
  return TRUE;
}

void
kh_choice_row_show_whole (AdwComboRow *row)
{
  g_autoptr (GtkListItemFactory) factory = gtk_signal_list_item_factory_new ();

  g_signal_connect (factory, "setup", G_CALLBACK (on_setup), NULL);
  g_signal_connect (factory, "bind", G_CALLBACK (on_bind), NULL);
  /* With the marks of libadwaita's. */
  adw_combo_row_set_list_factory (row, adw_combo_row_get_factory (row));
  adw_combo_row_set_factory (row, factory);
  g_signal_connect (row, "mnemonic-activate", G_CALLBACK (on_mnemonic), NULL);
}
