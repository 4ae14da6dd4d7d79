/* plain.c: what the app is compared with: a window with a header bar, and nothing of ours
 *
 * usage: plain [ROWS]
 *
 * With ROWS, there is a GtkListView of so many labels in it; else an empty page.
 */
#include <adwaita.h>
#include <stdlib.h>

static void
on_setup (GtkListItemFactory *factory, GtkListItem *item)
{
  GtkWidget *label = g_object_new (GTK_TYPE_LABEL, "xalign", 0.0, "wrap", TRUE, NULL);

  gtk_list_item_set_child (item, label);
}

static void
on_bind (GtkListItemFactory *factory, GtkListItem *item)
{
  gtk_label_set_label (GTK_LABEL (gtk_list_item_get_child (item)),
                       gtk_string_object_get_string (gtk_list_item_get_item (item)));
}

/* Rows that say what those of the store do: tests/bench/app/fill. */
static GtkWidget *
list_new (guint n_rows)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();
  GtkStringList *strings = gtk_string_list_new (NULL);

  for (guint i = 0; i < n_rows; i++)
    {
      g_autofree char *text =
          g_strdup_printf ("Message %u of a long talk about nothing in particular", i);

      gtk_string_list_append (strings, text);
    }
  g_signal_connect (factory, "setup", G_CALLBACK (on_setup), NULL);
  g_signal_connect (factory, "bind", G_CALLBACK (on_bind), NULL);
  return gtk_list_view_new (GTK_SELECTION_MODEL (gtk_no_selection_new (G_LIST_MODEL (strings))),
                            factory);
}

static void
on_activate (GtkApplication *application, gpointer n_rows)
{
  GtkWidget *window = adw_application_window_new (application);
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget *page =
      GPOINTER_TO_UINT (n_rows) > 0 ? list_new (GPOINTER_TO_UINT (n_rows)) : adw_status_page_new ();
  GtkWidget *scroller = gtk_scrolled_window_new ();

  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), page);
  gtk_widget_set_vexpand (scroller, TRUE);
  gtk_box_append (GTK_BOX (box), adw_header_bar_new ());
  gtk_box_append (GTK_BOX (box), scroller);
  adw_application_window_set_content (ADW_APPLICATION_WINDOW (window), box);
  gtk_window_set_default_size (GTK_WINDOW (window), 880, 620);
  gtk_window_present (GTK_WINDOW (window));
}

int
main (int argc, char *argv[])
{
  guint n_rows = argc > 1 ? (guint) atoi (argv[1]) : 0;
  g_autoptr (AdwApplication) application = adw_application_new (NULL, G_APPLICATION_NON_UNIQUE);

  g_signal_connect (application, "activate", G_CALLBACK (on_activate), GUINT_TO_POINTER (n_rows));
  return g_application_run (G_APPLICATION (application), 1, argv);
}
