/* startup-error.h: why Knothole cannot start, and what to do
 *
 * Signal "retry" (int flags): open again with these KhOpenFlags.
 */
#pragma once

#include <adwaita.h>

#include "engine/engine.h"

#define KH_TYPE_STARTUP_ERROR (kh_startup_error_get_type ())
G_DECLARE_FINAL_TYPE (KhStartupError, kh_startup_error, KH, STARTUP_ERROR, AdwApplicationWindow)

KhStartupError *kh_startup_error_new (GtkApplication *application);
void kh_startup_error_set (KhStartupError *self, const GError *error, const char *data_dir);
