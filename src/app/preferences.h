/* preferences.h: the window of settings, and what they do to the engine */
#pragma once

#include <adwaita.h>

#include "engine/engine.h"

#define KH_TYPE_PREFERENCES (kh_preferences_get_type ())
G_DECLARE_FINAL_TYPE (KhPreferences, kh_preferences, KH, PREFERENCES, AdwPreferencesWindow)

/* @engine: open */
void kh_preferences_present (GSettings *settings, KhEngine *engine, GtkWindow *parent);
/* From now on @engine is as @settings say. Before it is opened. */
void kh_preferences_apply (GSettings *settings, KhEngine *engine);
