/* settings.c: see settings.h */
#include "server/settings.h"

#include <glib/gi18n.h>

#define GROUP "relay"

static gboolean
check_names (GKeyFile *file, const char *path, GError **error)
{
  static const char *const known[] = { "enabled", "rate", "volume", NULL };
  g_auto (GStrv) groups = g_key_file_get_groups (file, NULL);

  for (gsize g = 0; groups[g] != NULL; g++)
    {
      g_auto (GStrv) keys = g_key_file_get_keys (file, groups[g], NULL, NULL);
      gboolean is_known = g_str_equal (groups[g], GROUP);

      for (gsize k = 0; keys[k] != NULL || !is_known; k++)
        if (!is_known || !g_strv_contains (known, keys[k]))
          {
            g_set_error (error, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_KEY_NOT_FOUND,
                         /* Translators: a file, and what it says that is not known */
                         _ ("%s: there is no setting “%s”"), path, is_known ? keys[k] : groups[g]);
            return FALSE;
          }
    }
  return TRUE;
}

static gboolean
read_limit (
    GKeyFile *file, const char *path, const char *key, double unit, double *limit, GError **error)
{
  g_autoptr (GError) wrong = NULL;
  double value;

  if (!g_key_file_has_key (file, GROUP, key, NULL))
    return TRUE;
  value = g_key_file_get_double (file, GROUP, key, &wrong);
  if (wrong != NULL || !kh_options_is_quota (value))
    {
      g_set_error (error, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_INVALID_VALUE,
                   _ ("%s: “%s” is no limit that can be kept; 0 means no limit"), path, key);
      return FALSE;
    }
  *limit = value * unit;
  return TRUE;
}

gboolean
kh_settings_read (const char *path, KhOptions *options, GError **error)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autoptr (GError) wrong = NULL;
  double rate = options->relay_rate, volume = options->relay_volume;
  gboolean relay = options->relay;

  if (!g_key_file_load_from_file (file, path, G_KEY_FILE_NONE, error))
    {
      g_prefix_error (error, "%s: ", path);
      return FALSE;
    }
  if (!check_names (file, path, error) ||
      !read_limit (file, path, "rate", KH_OPTIONS_BYTES_PER_MBIT, &rate, error) ||
      !read_limit (file, path, "volume", KH_OPTIONS_BYTES_PER_GB, &volume, error))
    return FALSE;
  if (g_key_file_has_key (file, GROUP, "enabled", NULL))
    {
      relay = g_key_file_get_boolean (file, GROUP, "enabled", &wrong);
      if (wrong != NULL)
        {
          g_set_error (error, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_INVALID_VALUE,
                       _ ("%s: “%s” is neither true nor false"), path, "enabled");
          return FALSE;
        }
    }
  options->relay = relay;
  options->relay_rate = rate;
  options->relay_volume = volume;
  return TRUE;
}
