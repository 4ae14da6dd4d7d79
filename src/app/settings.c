/* settings.c: what the user prefers
 *
 * See settings.h. The looks are the toolkit's own: its colour scheme, and its resolution of fonts,
 * which also libadwaita's own widgets follow.
 */
#include "app/settings.h"

#include <adwaita.h>

#define SCHEMA "io.github.knothole.Knothole"

/* Where the desktop says nothing (gtk-xft-dpi is -1): 96 dots an inch, in 1024ths. */
#define USUAL_DPI (96 * 1024)

static GSettingsSchema *
look_up_in (const char *folder)
{
  GSettingsSchemaSource *above = g_settings_schema_source_get_default ();
  g_autoptr (GSettingsSchemaSource) source =
      g_settings_schema_source_new_from_directory (folder, above, TRUE, NULL);

  return source != NULL ? g_settings_schema_source_lookup (source, SCHEMA, FALSE) : NULL;
}

/* (transfer full) (nullable): from the desktop's folders, from ours, or from where it was built. */
static GSettingsSchema *
look_up (void)
{
  GSettingsSchemaSource *source = g_settings_schema_source_get_default ();
  GSettingsSchema *schema =
      source != NULL ? g_settings_schema_source_lookup (source, SCHEMA, TRUE) : NULL;
  g_autofree char *program = NULL;
  g_autofree char *beside = NULL;

  if (schema == NULL)
    schema = look_up_in (KH_SCHEMADIR);
  if (schema != NULL)
    return schema;
  program = g_file_read_link ("/proc/self/exe", NULL);
  beside = program != NULL ? g_path_get_dirname (program) : NULL;
  return beside != NULL ? look_up_in (beside) : NULL;
}

GSettings *
kh_settings_new (void)
{
  g_autoptr (GSettingsSchema) schema = look_up ();

  if (schema == NULL)
    g_error ("The settings schema %s is missing: install Knothole again.", SCHEMA);
  return g_settings_new_full (schema, NULL, NULL);
}

static void
apply_color_scheme (GSettings *settings)
{
  static const AdwColorScheme schemes[] = { ADW_COLOR_SCHEME_DEFAULT, ADW_COLOR_SCHEME_FORCE_LIGHT,
                                            ADW_COLOR_SCHEME_FORCE_DARK };
  int scheme = g_settings_get_enum (settings, "color-scheme");

  adw_style_manager_set_color_scheme (adw_style_manager_get_default (), schemes[scheme]);
}

static void
apply_text_size (GSettings *settings)
{
  GtkSettings *gtk = gtk_settings_get_default ();
  int percent = g_settings_get_int (settings, "text-size");
  int dpi;

  /* The desktop's own, which may have changed since. */
  gtk_settings_reset_property (gtk, "gtk-xft-dpi");
  if (percent == 100)
    return;
  g_object_get (gtk, "gtk-xft-dpi", &dpi, NULL);
  if (dpi <= 0)
    dpi = USUAL_DPI;
  g_object_set (gtk, "gtk-xft-dpi", (int) ((gint64) dpi * percent / 100), NULL);
}

void
kh_settings_apply_looks (GSettings *settings)
{
  /* With all of a text selected, Tab goes past its links. */
  g_object_set (gtk_settings_get_default (), "gtk-label-select-on-focus", FALSE, NULL);
  g_signal_connect (settings, "changed::color-scheme", G_CALLBACK (apply_color_scheme), NULL);
  g_signal_connect (settings, "changed::text-size", G_CALLBACK (apply_text_size), NULL);
  apply_color_scheme (settings);
  apply_text_size (settings);
}
