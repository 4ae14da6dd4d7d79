/* search-provider.c: see search-provider.h
 *
 * The identifier of a result is a peer ID, and for a message ":" and its place in the history, so
 * it can be acted on by a process that did not find it. What else is to be said of it is remembered
 * from the search that found it.
 */
#include "app/search-provider.h"

#include "app/message-text.h"
#include "engine/engine.h"
#include "engine/history-search.h"

/* A shell shows five and "3 more". */
#define NAMES_MAX 8
#define MESSAGES_MAX 16
/* Results of past searches that are remembered: whoever asks the bus can make us find more. */
#define REMEMBERED_MAX 256
/* Letters from which on messages are looked through: one is in half of them. */
#define MESSAGE_QUERY_MIN 2
#define SNIPPET_CHARS 120
/* Seconds without a question after which a program without a window ends. */
#define LINGER_SECONDS 10

#define INTERFACE                                                                                 \
  "<node><interface name='org.gnome.Shell.SearchProvider2'>"                                      \
  "<method name='GetInitialResultSet'>"                                                           \
  "  <arg type='as' direction='in'/><arg type='as' direction='out'/>"                             \
  "</method>"                                                                                     \
  "<method name='GetSubsearchResultSet'>"                                                         \
  "  <arg type='as' direction='in'/><arg type='as' direction='in'/>"                              \
  "  <arg type='as' direction='out'/>"                                                            \
  "</method>"                                                                                     \
  "<method name='GetResultMetas'>"                                                                \
  "  <arg type='as' direction='in'/><arg type='aa{sv}' direction='out'/>"                         \
  "</method>"                                                                                     \
  "<method name='ActivateResult'>"                                                                \
  "  <arg type='s' direction='in'/><arg type='as' direction='in'/><arg type='u' direction='in'/>" \
  "</method>"                                                                                     \
  "<method name='LaunchSearch'>"                                                                  \
  "  <arg type='as' direction='in'/><arg type='u' direction='in'/>"                               \
  "</method>"                                                                                     \
  "</interface></node>"

struct _KhSearchProvider
{
  GObject parent_instance;

  /* borrowed */
  GtkApplication *application;

  /* owned */
  GDBusConnection *connection;
  GHashTable *found; /* identifier to KhFound */
  guint registration;
  guint linger_source; /* while the program is held for the next question */
  gboolean had_window; /* whose end is the program's */
};

G_DEFINE_FINAL_TYPE (KhSearchProvider, kh_search_provider, G_TYPE_OBJECT)

/* staying for the next question */

static gboolean
on_lingered (gpointer user_data)
{
  KhSearchProvider *self = user_data;

  self->linger_source = 0;
  g_application_release (G_APPLICATION (self->application));
  return G_SOURCE_REMOVE;
}

static void
stop_lingering (KhSearchProvider *self)
{
  if (self->linger_source == 0)
    return;
  g_clear_handle_id (&self->linger_source, g_source_remove);
  g_application_release (G_APPLICATION (self->application));
}

static void
linger (KhSearchProvider *self)
{
  if (self->had_window)
    return;
  g_application_hold (G_APPLICATION (self->application));
  stop_lingering (self);
  self->linger_source = g_timeout_add_seconds (LINGER_SECONDS, on_lingered, self);
}

static void
on_window_added (KhSearchProvider *self)
{
  self->had_window = TRUE;
  stop_lingering (self);
}

/* searching */

static char *
dup_identifier (const KhFound *found)
{
  return found->seq > 0 ? g_strdup_printf ("%s:%" G_GINT64_FORMAT, found->peer_id, found->seq)
                        : g_strdup (found->peer_id);
}

static void
on_searched (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GDBusMethodInvocation *invocation = user_data;
  KhSearchProvider *self = g_dbus_method_invocation_get_user_data (invocation);
  g_autoptr (GPtrArray) found = kh_history_search_finish (result, NULL);
  GVariantBuilder identifiers;

  g_variant_builder_init (&identifiers, G_VARIANT_TYPE ("as"));
  if (found != NULL && g_hash_table_size (self->found) + found->len > REMEMBERED_MAX)
    g_hash_table_remove_all (self->found);
  /* What cannot be read is said when the app is opened, not in a search. */
  while (found != NULL && found->len > 0)
    {
      KhFound *one = g_ptr_array_steal_index (found, 0);
      char *identifier = dup_identifier (one);

      g_variant_builder_add (&identifiers, "s", identifier);
      g_hash_table_replace (self->found, identifier, one);
    }
  g_dbus_method_invocation_return_value (invocation, g_variant_new ("(as)", &identifiers));
  linger (self);
  g_application_release (G_APPLICATION (self->application));
  g_object_unref (self);
}

static void
search (KhSearchProvider *self, GVariant *terms, GDBusMethodInvocation *invocation)
{
  g_autofree const char **words = g_variant_get_strv (terms, NULL);
  g_autofree char *query = g_strjoinv (" ", (char **) words);
  g_autofree char *dir = kh_engine_dup_default_dir ();
  gboolean in_messages = g_utf8_strlen (query, -1) >= MESSAGE_QUERY_MIN;

  g_object_ref (self);
  g_application_hold (G_APPLICATION (self->application));
  kh_history_search_async (dir, query, NAMES_MAX, in_messages ? MESSAGES_MAX : 0, NULL, on_searched,
                           invocation);
}

/* telling */

static void
add_meta (GVariantBuilder *metas, const char *identifier, const KhFound *found)
{
  g_autofree char *name = kh_message_text_dup_line (found->name, SNIPPET_CHARS);
  g_autofree char *snippet =
      found->snippet != NULL ? kh_message_text_dup_line (found->snippet, SNIPPET_CHARS) : NULL;

  g_variant_builder_open (metas, G_VARIANT_TYPE ("a{sv}"));
  g_variant_builder_add (metas, "{sv}", "id", g_variant_new_string (identifier));
  g_variant_builder_add (metas, "{sv}", "name", g_variant_new_string (name));
  g_variant_builder_add (metas, "{sv}", "gicon",
                         g_variant_new_string (found->seq > 0
                                                   ? "io.github.knothole.Knothole-symbolic"
                                                   : "avatar-default-symbolic"));
  if (snippet != NULL)
    g_variant_builder_add (metas, "{sv}", "description", g_variant_new_string (snippet));
  g_variant_builder_close (metas);
}

static void
tell (KhSearchProvider *self, GVariant *identifiers, GDBusMethodInvocation *invocation)
{
  g_autofree const char **wanted = g_variant_get_strv (identifiers, NULL);
  GVariantBuilder metas;

  g_variant_builder_init (&metas, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; wanted[i] != NULL; i++)
    {
      const KhFound *found = g_hash_table_lookup (self->found, wanted[i]);

      if (found != NULL)
        add_meta (&metas, wanted[i], found);
    }
  g_dbus_method_invocation_return_value (invocation, g_variant_new ("(aa{sv})", &metas));
  linger (self);
}

/* choosing */

static void
activate (KhSearchProvider *self, const char *identifier)
{
  GActionGroup *actions = G_ACTION_GROUP (self->application);
  const char *colon = strchr (identifier, ':');
  g_autofree char *peer_id = NULL;
  gint64 seq;

  if (colon == NULL)
    {
      g_action_group_activate_action (actions, "open", g_variant_new_string (identifier));
      return;
    }
  peer_id = g_strndup (identifier, (gsize) (colon - identifier));
  if (g_ascii_string_to_signed (colon + 1, 10, 1, G_MAXINT64 - 1, &seq, NULL))
    g_action_group_activate_action (actions, "open-message", g_variant_new ("(sx)", peer_id, seq));
}

static void
launch (KhSearchProvider *self, GVariant *terms)
{
  g_autofree const char **words = g_variant_get_strv (terms, NULL);
  g_autofree char *query = g_strjoinv (" ", (char **) words);

  g_action_group_activate_action (G_ACTION_GROUP (self->application), "search",
                                  g_variant_new_string (query));
}

static void
on_call (GDBusConnection *connection,
         const char *sender,
         const char *object_path,
         const char *interface_name,
         const char *method_name,
         GVariant *parameters,
         GDBusMethodInvocation *invocation,
         gpointer user_data)
{
  KhSearchProvider *self = user_data;
  g_autoptr (GVariant) first = g_variant_get_child_value (parameters, 0);

  if (g_str_equal (method_name, "GetInitialResultSet"))
    search (self, first, invocation);
  else if (g_str_equal (method_name, "GetSubsearchResultSet"))
    {
      g_autoptr (GVariant) terms = g_variant_get_child_value (parameters, 1);

      search (self, terms, invocation);
    }
  else if (g_str_equal (method_name, "GetResultMetas"))
    tell (self, first, invocation);
  else
    {
      if (g_str_equal (method_name, "ActivateResult"))
        activate (self, g_variant_get_string (first, NULL));
      else
        launch (self, first);
      stop_lingering (self);
      g_dbus_method_invocation_return_value (invocation, NULL);
    }
}

/* life */

static void
kh_search_provider_dispose (GObject *object)
{
  KhSearchProvider *self = KH_SEARCH_PROVIDER (object);

  if (self->registration != 0)
    g_dbus_connection_unregister_object (self->connection, self->registration);
  self->registration = 0;
  stop_lingering (self);
  g_clear_object (&self->connection);
  g_clear_pointer (&self->found, g_hash_table_unref);
  G_OBJECT_CLASS (kh_search_provider_parent_class)->dispose (object);
}

static void
kh_search_provider_class_init (KhSearchProviderClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = kh_search_provider_dispose;
}

static void
kh_search_provider_init (KhSearchProvider *self)
{
  self->found =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) kh_found_free);
}

KhSearchProvider *
kh_search_provider_new (GtkApplication *application,
                        GDBusConnection *connection,
                        const char *object_path)
{
  static const GDBusInterfaceVTable vtable = { .method_call = on_call };
  KhSearchProvider *self = g_object_new (KH_TYPE_SEARCH_PROVIDER, NULL);
  g_autofree char *path = g_strconcat (object_path, "/SearchProvider", NULL);
  g_autoptr (GDBusNodeInfo) node = g_dbus_node_info_new_for_xml (INTERFACE, NULL);
  g_autoptr (GError) error = NULL;

  self->application = application;
  self->connection = g_object_ref (connection);
  self->registration = g_dbus_connection_register_object (connection, path, node->interfaces[0],
                                                          &vtable, self, NULL, &error);
  /* Nothing but the search goes without it. */
  if (self->registration == 0)
    g_debug ("No search for the desktop: %s", error->message);
  g_signal_connect_object (application, "window-added", G_CALLBACK (on_window_added), self,
                           G_CONNECT_SWAPPED);
  return self;
}
