/* preferences.c: the window of settings
 *
 * See preferences.h. Every control is bound to its key: what is changed is in force at once.
 */
#include "app/preferences.h"

#include <glib/gi18n.h>

#include "app/accessible.h"
#include "app/background-group.h"
#include "app/choice-row.h"
#include "app/identity-group.h"

struct _KhPreferences
{
  AdwPreferencesWindow parent_instance;

  /* template */
  KhIdentityGroup *identity;
  AdwComboRow *color_scheme;
  GtkAdjustment *text_size;
  GtkSwitch *notifications;
  GtkSwitch *preview;
  GtkWidget *preview_row;
  GtkSwitch *sounds;
  GtkSwitch *receipts;
  KhBackgroundGroup *background;
  GtkSwitch *typing;
  GtkSwitch *contacts_only;
  AdwComboRow *relay;
  GtkSwitch *local_network;
  GtkSwitch *port_mapping;
};

G_DEFINE_FINAL_TYPE (KhPreferences, kh_preferences, ADW_TYPE_PREFERENCES_WINDOW)

static void
kh_preferences_class_init (KhPreferencesClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  g_type_ensure (KH_TYPE_IDENTITY_GROUP);
  g_type_ensure (KH_TYPE_BACKGROUND_GROUP);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/knothole/Knothole/preferences.ui");
  gtk_widget_class_bind_template_child (widget_class, KhPreferences, identity);
  gtk_widget_class_bind_template_child (widget_class, KhPreferences, color_scheme);
  gtk_widget_class_bind_template_child (widget_class, KhPreferences, text_size);
  gtk_widget_class_bind_template_child (widget_class, KhPreferences, notifications);
  gtk_widget_class_bind_template_child (widget_class, KhPreferences, preview);
  gtk_widget_class_bind_template_child (widget_class, KhPreferences, preview_row);
  gtk_widget_class_bind_template_child (widget_class, KhPreferences, sounds);
  gtk_widget_class_bind_template_child (widget_class, KhPreferences, receipts);
  gtk_widget_class_bind_template_child (widget_class, KhPreferences, background);
  gtk_widget_class_bind_template_child (widget_class, KhPreferences, typing);
  gtk_widget_class_bind_template_child (widget_class, KhPreferences, contacts_only);
  gtk_widget_class_bind_template_child (widget_class, KhPreferences, relay);
  gtk_widget_class_bind_template_child (widget_class, KhPreferences, local_network);
  gtk_widget_class_bind_template_child (widget_class, KhPreferences, port_mapping);
}

static void
kh_preferences_init (KhPreferences *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  kh_choice_row_prepare (self->color_scheme);
  kh_choice_row_prepare (self->relay);
  kh_accessible_name_groups (GTK_WIDGET (self), _ ("Preferences"));
}

/* A row's place in its list is the number of the value. */
static gboolean
enum_to_place (GValue *value, GVariant *variant, gpointer user_data)
{
  const char *const *nicks = user_data;
  const char *nick = g_variant_get_string (variant, NULL);

  for (guint i = 0; nicks[i] != NULL; i++)
    if (g_str_equal (nicks[i], nick))
      {
        g_value_set_uint (value, i);
        return TRUE;
      }
  return FALSE;
}

static GVariant *
place_to_enum (const GValue *value, const GVariantType *type, gpointer user_data)
{
  const char *const *nicks = user_data;

  return g_variant_new_string (nicks[g_value_get_uint (value)]);
}

void
kh_preferences_present (GSettings *settings, KhEngine *engine, GtkWindow *parent)
{
  static const char *const schemes[] = { "default", "light", "dark", NULL };
  static const char *const relays[] = { "allow", "always", "never", NULL };
  g_autofree char *usual_dir = kh_engine_dup_default_dir ();
  const char *dir = kh_engine_get_data_dir (engine);
  KhPreferences *self = g_object_new (KH_TYPE_PREFERENCES, "transient-for", parent, NULL);
  const struct
  {
    const char *key;
    gpointer object;
    const char *property;
  } bound[] = {
    { "text-size", self->text_size, "value" },
    { "notifications", self->notifications, "active" },
    { "notifications-preview", self->preview, "active" },
    { "sounds", self->sounds, "active" },
    { "typing", self->typing, "active" },
    { "contacts-only", self->contacts_only, "active" },
    { "local-network", self->local_network, "active" },
    { "port-mapping", self->port_mapping, "active" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (bound); i++)
    g_settings_bind (settings, bound[i].key, bound[i].object, bound[i].property,
                     G_SETTINGS_BIND_DEFAULT);
  kh_identity_group_set_engine (self->identity, engine);
  g_object_bind_property (kh_engine_get_settings (engine), "read-receipts", self->receipts,
                          "active", G_BINDING_SYNC_CREATE | G_BINDING_BIDIRECTIONAL);
  kh_background_group_set_settings (self->background, settings,
                                    g_strcmp0 (dir, usual_dir) != 0 ? dir : NULL);
  g_settings_bind (settings, "notifications", self->preview_row, "sensitive", G_SETTINGS_BIND_GET);
  g_settings_bind_with_mapping (settings, "color-scheme", self->color_scheme, "selected",
                                G_SETTINGS_BIND_DEFAULT, enum_to_place, place_to_enum,
                                (gpointer) schemes, NULL);
  g_settings_bind_with_mapping (settings, "relay", self->relay, "selected", G_SETTINGS_BIND_DEFAULT,
                                enum_to_place, place_to_enum, (gpointer) relays, NULL);
  gtk_window_present (GTK_WINDOW (self));
}

/* the engine */

static void
apply_accept_mode (KhEngine *engine, const char *key, GSettings *settings)
{
  kh_engine_set_accept_mode (engine, g_settings_get_boolean (settings, "contacts-only")
                                         ? KH_ACCEPT_CONTACTS
                                         : KH_ACCEPT_ASK);
}

static void
apply_relay (KhEngine *engine, const char *key, GSettings *settings)
{
  static const KhRelayUse uses[] = { KH_RELAY_USE_AUTO, KH_RELAY_USE_ALWAYS, KH_RELAY_USE_NEVER };

  kh_engine_set_relay_policy (engine, uses[g_settings_get_enum (settings, "relay")]);
}

void
kh_preferences_apply (GSettings *settings, KhEngine *engine)
{
  g_settings_bind (settings, "port-mapping", engine, "port-mapping", G_SETTINGS_BIND_GET);
  g_settings_bind (settings, "local-network", engine, "local-network", G_SETTINGS_BIND_GET);
  g_signal_connect_object (settings, "changed::contacts-only", G_CALLBACK (apply_accept_mode),
                           engine, G_CONNECT_SWAPPED);
  g_signal_connect_object (settings, "changed::relay", G_CALLBACK (apply_relay), engine,
                           G_CONNECT_SWAPPED);
  apply_accept_mode (engine, NULL, settings);
  apply_relay (engine, NULL, settings);
}
