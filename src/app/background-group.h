/* background-group.h: the preferences about going on without a window: a group of their page
 *
 * Two keys of the settings: "background" and "autostart". What the desktop refuses is switched
 * back, and said.
 */
#pragma once

#include <adwaita.h>

#define KH_TYPE_BACKGROUND_GROUP (kh_background_group_get_type ())
G_DECLARE_FINAL_TYPE (
    KhBackgroundGroup, kh_background_group, KH, BACKGROUND_GROUP, AdwPreferencesGroup)

/* Once, before it is shown. @data_dir: (nullable): of what is to begin with the session; NULL for
 * the usual one */
void kh_background_group_set_settings (KhBackgroundGroup *self,
                                       GSettings *settings,
                                       const char *data_dir);
