/* servers-window.c: the servers that one knows
 *
 * See servers-window.h. Those that we are at or go to, and those that we have met, from the disk:
 * asked anew whenever something changed that may have changed them.
 */
#include "app/servers-window.h"

#include <glib/gi18n.h>

#include "app/accessible.h"
#include "app/server-window.h"
#include "app/server-words.h"

struct _KhServersWindow
{
  AdwWindow parent_instance;

  /* template */
  GtkListBox *list;

  /* owned */
  KhEngine *engine;
  GListModel *known; /* (nullable): of KhKnownServer, before they are loaded */
};

G_DEFINE_FINAL_TYPE (KhServersWindow, kh_servers_window, ADW_TYPE_WINDOW)

static void
on_activated (KhServersWindow *self, AdwActionRow *row)
{
  kh_server_window_present (self->engine, g_object_get_data (G_OBJECT (row), "server"),
                            g_object_get_data (G_OBJECT (row), "known"), GTK_WIDGET (self));
}

/* @known: (nullable) */
static void
add_row (KhServersWindow *self, const char *server, KhKnownServer *known)
{
  g_autoptr (KhServerLink) link = kh_server_words_find (self->engine, server);
  g_autofree char *state = kh_server_words_state (link);
  g_autofree char *name = g_strdup_printf ("%s, %s", server, state);
  GtkWidget *row = g_object_new (ADW_TYPE_ACTION_ROW, "use-markup", FALSE, "title", server,
                                 "subtitle", state, "activatable", TRUE, "title-lines", 0, NULL);
  GtkWidget *image = g_object_new (GTK_TYPE_IMAGE, "icon-name", "go-next-symbolic",
                                   "accessible-role", GTK_ACCESSIBLE_ROLE_PRESENTATION, NULL);

  adw_action_row_add_suffix (ADW_ACTION_ROW (row), image);
  g_object_set_data_full (G_OBJECT (row), "server", g_strdup (server), g_free);
  if (known != NULL)
    g_object_set_data_full (G_OBJECT (row), "known", g_object_ref (known), g_object_unref);
  g_signal_connect_object (row, "activated", G_CALLBACK (on_activated), self, G_CONNECT_SWAPPED);
  gtk_accessible_reset_relation (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_RELATION_LABELLED_BY);
  gtk_accessible_update_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  gtk_list_box_append (self->list, row);
}

/* (transfer none) (nullable) */
static KhKnownServer *
find_known (KhServersWindow *self, KhServerLink *link)
{
  guint n = self->known != NULL ? g_list_model_get_n_items (self->known) : 0;

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (KhKnownServer) known = g_list_model_get_item (self->known, i);
      g_autoptr (KhServerLink) other =
          kh_server_words_find (self->engine, kh_known_server_get_server (known));

      if (other == link)
        return known;
    }
  return NULL;
}

/* First those that are gone to, then those that are remembered. */
static void
update (KhServersWindow *self)
{
  GListModel *links = kh_engine_get_servers (self->engine);
  guint n = self->known != NULL ? g_list_model_get_n_items (self->known) : 0;
  GtkListBoxRow *row;

  while ((row = gtk_list_box_get_row_at_index (self->list, 0)) != NULL)
    gtk_list_box_remove (self->list, GTK_WIDGET (row));
  for (guint i = 0; i < g_list_model_get_n_items (links); i++)
    {
      g_autoptr (KhServerLink) link = g_list_model_get_item (links, i);

      add_row (self, kh_server_link_get_name (link), find_known (self, link));
    }
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (KhKnownServer) known = g_list_model_get_item (self->known, i);
      const char *server = kh_known_server_get_server (known);
      g_autoptr (KhServerLink) link = kh_server_words_find (self->engine, server);

      if (link == NULL)
        add_row (self, server, known);
    }
}

static void
on_loaded (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (KhServersWindow) self = user_data;
  g_autoptr (GError) error = NULL;
  GListModel *known = kh_engine_load_servers_finish (KH_ENGINE (source), result, &error);

  if (self->engine == NULL)
    {
      g_clear_object (&known);
      return;
    }
  g_clear_object (&self->known);
  self->known = known;
  update (self);
}

static void
load (KhServersWindow *self)
{
  kh_engine_load_servers_async (self->engine, NULL, on_loaded, g_object_ref (self));
}

/* Back from one of them, which may have been forgotten. */
static void
on_active (KhServersWindow *self)
{
  if (self->engine != NULL && gtk_window_is_active (GTK_WINDOW (self)))
    load (self);
}

static void
on_change (KhServersWindow *self)
{
  GtkWindow *parent = gtk_window_get_transient_for (GTK_WINDOW (self));

  gtk_widget_activate_action (GTK_WIDGET (parent), "win.setup", NULL);
}

static void
kh_servers_window_dispose (GObject *object)
{
  KhServersWindow *self = KH_SERVERS_WINDOW (object);

  g_clear_object (&self->known);
  g_clear_object (&self->engine);
  G_OBJECT_CLASS (kh_servers_window_parent_class)->dispose (object);
}

static void
kh_servers_window_class_init (KhServersWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = kh_servers_window_dispose;

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/knothole/Knothole/servers-window.ui");
  gtk_widget_class_bind_template_child (widget_class, KhServersWindow, list);
  gtk_widget_class_bind_template_callback (widget_class, on_active);
  gtk_widget_class_bind_template_callback (widget_class, on_change);
}

static void
kh_servers_window_init (KhServersWindow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  kh_accessible_prepare_buttons (GTK_WIDGET (self));
}

void
kh_servers_window_present (KhEngine *engine, GtkWindow *parent)
{
  KhServersWindow *self = g_object_new (KH_TYPE_SERVERS_WINDOW, "transient-for", parent, NULL);

  self->engine = g_object_ref (engine);
  g_signal_connect_object (engine, "server-changed", G_CALLBACK (load), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (kh_engine_get_servers (engine), "items-changed", G_CALLBACK (load), self,
                           G_CONNECT_SWAPPED);
  update (self);
  load (self);
  gtk_window_present (GTK_WINDOW (self));
}
