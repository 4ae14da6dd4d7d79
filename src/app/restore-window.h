/* restore-window.h: asks which backup to restore, and for its passphrase
 *
 * Signal "restore" (GFile file, string passphrase): do so; kh_restore_window_failed() says that it
 * could not be done.
 */
#pragma once

#include <adwaita.h>

#define KH_TYPE_RESTORE_WINDOW (kh_restore_window_get_type ())
G_DECLARE_FINAL_TYPE (KhRestoreWindow, kh_restore_window, KH, RESTORE_WINDOW, AdwWindow)

KhRestoreWindow *kh_restore_window_new (GtkWindow *parent);
void kh_restore_window_failed (KhRestoreWindow *self, const GError *error);
