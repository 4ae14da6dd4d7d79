/* key-window.h: where the secret key is to be kept
 *
 * Signal "moved" (): it is somewhere else now; the window closes itself.
 */
#pragma once

#include <adwaita.h>

#include "engine/engine.h"

#define KH_TYPE_KEY_WINDOW (kh_key_window_get_type ())
G_DECLARE_FINAL_TYPE (KhKeyWindow, kh_key_window, KH, KEY_WINDOW, AdwWindow)

KhKeyWindow *kh_key_window_new (KhEngine *engine, GtkWindow *parent);
/* Says that it came from a backup and is in no safe place yet; the keyring is chosen. */
void kh_key_window_tell_restored (KhKeyWindow *self);
/* (transfer none): what the place of the key means for the user. */
const char *kh_key_window_words_for (KhKeyPlace place);
