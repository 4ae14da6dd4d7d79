/* choice-row.c: a row of choices that says what is chosen, and opens in sight
 *
 * See choice-row.h. AdwComboRow lets what is chosen be cut down to nothing before the title beside
 * it goes to another line, and opens by a key wherever it has been scrolled to.
 */
#include "app/choice-row.h"

/* A layout in the first is all that it takes, but for what draws the frames late. */
#define SCROLL_FRAMES_MAX 30

static void
on_setup (GtkSignalListItemFactory *factory, GtkListItem *item)
{
  gtk_list_item_set_child (item, gtk_label_new (NULL));
}

/* GTK 4.8 names the item that shows it by nothing. Newer ones name it by the label, and bind it
 * before it is in the list. */
static void
on_bind (GtkSignalListItemFactory *factory, GtkListItem *item)
{
  const char *words = gtk_string_object_get_string (gtk_list_item_get_item (item));
  GtkWidget *label = gtk_list_item_get_child (item);
  GtkWidget *parent = gtk_widget_get_parent (label);

  gtk_label_set_label (GTK_LABEL (label), words);
  if (parent != NULL && g_str_equal (G_OBJECT_TYPE_NAME (parent), "GtkListItemWidget"))
    gtk_accessible_update_property (GTK_ACCESSIBLE (parent), GTK_ACCESSIBLE_PROPERTY_LABEL, words,
                                    -1);
}

/* The other one is what it opens. */
static GtkWidget *
find_list_of_chosen (GtkWidget *widget)
{
  GtkWidget *found = GTK_IS_LIST_VIEW (widget) ? widget : NULL;

  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL && found == NULL;
       child = gtk_widget_get_next_sibling (child))
    if (!GTK_IS_POPOVER (child))
      found = find_list_of_chosen (child);
  return found;
}

/* What is chosen is shown by a list of one item, which is named by it. */
static void
on_chosen (AdwComboRow *row)
{
  GtkStringObject *chosen = adw_combo_row_get_selected_item (row);
  GtkWidget *list = find_list_of_chosen (GTK_WIDGET (row));

  if (chosen != NULL && list != NULL)
    gtk_accessible_update_property (GTK_ACCESSIBLE (list), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                    gtk_string_object_get_string (chosen), -1);
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

/* Scrolling may take some frames. What is not in sight after those has been scrolled away by hand,
 * and is not to open when it is scrolled back to. */
static gboolean
open_in_sight (GtkWidget *row, GdkFrameClock *clock, gpointer frames)
{
  int *left = frames;

  if (!gtk_widget_has_focus (row))
    return G_SOURCE_REMOVE;
  if (!is_in_sight (row))
    return --*left > 0 ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
  gtk_widget_activate (row);
  return G_SOURCE_REMOVE;
}

static void
scroll_to (GtkWidget *row)
{
  GtkWidget *viewport = gtk_widget_get_ancestor (row, GTK_TYPE_VIEWPORT);
  GtkWidget *page;
  graphene_rect_t bounds;

  if (viewport == NULL)
    return;
  page = gtk_viewport_get_child (GTK_VIEWPORT (viewport));
  if (page != NULL && gtk_widget_compute_bounds (row, page, &bounds))
    gtk_adjustment_clamp_page (gtk_scrollable_get_vadjustment (GTK_SCROLLABLE (viewport)),
                               (double) bounds.origin.y,
                               (double) (bounds.origin.y + bounds.size.height));
}

/* A list of choices that would open beyond the edge of the screen is refused by GTK 4.8 with a
 * warning: the row is scrolled to first. */
static gboolean
open_later (GtkWidget *row)
{
  int *frames;

  if (is_in_sight (row) || !gtk_widget_grab_focus (row))
    return GDK_EVENT_PROPAGATE;
  scroll_to (row);
  frames = g_new (int, 1);
  *frames = SCROLL_FRAMES_MAX;
  gtk_widget_add_tick_callback (row, open_in_sight, frames, g_free);
  return GDK_EVENT_STOP;
}

static gboolean
on_mnemonic (GtkWidget *row, gboolean group_cycling, gpointer user_data)
{
  return group_cycling ? GDK_EVENT_PROPAGATE : open_later (row);
}

/* It may have been scrolled away since it has the focus. */
static gboolean
on_enter (GtkWidget *row, GVariant *arguments, gpointer user_data)
{
  return gtk_widget_has_focus (row) ? open_later (row) : GDK_EVENT_PROPAGATE;
}

static GtkEventController *
enter_controller_new (void)
{
  GtkEventController *keys = gtk_shortcut_controller_new ();

  gtk_event_controller_set_propagation_phase (keys, GTK_PHASE_CAPTURE);
  gtk_shortcut_controller_add_shortcut (
      GTK_SHORTCUT_CONTROLLER (keys),
      gtk_shortcut_new (gtk_shortcut_trigger_parse_string ("Return|KP_Enter|space|KP_Space"),
                        gtk_callback_action_new (on_enter, NULL, NULL)));
  return keys;
}

void
kh_choice_row_prepare (AdwComboRow *row)
{
  g_autoptr (GtkListItemFactory) factory = gtk_signal_list_item_factory_new ();

  g_signal_connect (factory, "setup", G_CALLBACK (on_setup), NULL);
  g_signal_connect (factory, "bind", G_CALLBACK (on_bind), NULL);
  /* With the marks of libadwaita's. */
  adw_combo_row_set_list_factory (row, adw_combo_row_get_factory (row));
  adw_combo_row_set_factory (row, factory);
  g_signal_connect (row, "notify::selected-item", G_CALLBACK (on_chosen), NULL);
  on_chosen (row);
  g_signal_connect (row, "mnemonic-activate", G_CALLBACK (on_mnemonic), NULL);
  gtk_widget_add_controller (GTK_WIDGET (row), enter_controller_new ());
}
