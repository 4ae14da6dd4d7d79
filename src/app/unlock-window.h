/* unlock-window.h: asks for the passphrase of the secret key, at the start
 *
 * Signal "unlock" (string passphrase): try this one; kh_unlock_window_refused() says that it was
 * another.
 */
#pragma once

#include <adwaita.h>

#define KH_TYPE_UNLOCK_WINDOW (kh_unlock_window_get_type ())
G_DECLARE_FINAL_TYPE (KhUnlockWindow, kh_unlock_window, KH, UNLOCK_WINDOW, AdwApplicationWindow)

KhUnlockWindow *kh_unlock_window_new (GtkApplication *application);
void kh_unlock_window_refused (KhUnlockWindow *self);
