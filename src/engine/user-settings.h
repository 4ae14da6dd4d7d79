/* user-settings.h: what the user decided about their data, kept beside it
 *
 * The engine has one, kh_engine_get_settings(), whose properties can be set and bound to at any
 * time while it is open; they are saved in the background (a failure is a "problem" of the engine)
 * and take effect at once.
 *
 *   "read-receipts"   boolean      TRUE at first: others hear what we have seen
 *   "typing-notices"  boolean      TRUE at first: others hear that we write to them
 *   "invited-only"    boolean      FALSE at first: knocks without one of our invite links are
 *                                  dropped, as by KH_ACCEPT_CONTACTS
 *   "retention"       KhRetention  FOREVER at first. What is older is deleted at once, for good
 */
#pragma once

#include "engine/types.h"

#define KH_TYPE_USER_SETTINGS (kh_user_settings_get_type ())
G_DECLARE_FINAL_TYPE (KhUserSettings, kh_user_settings, KH, USER_SETTINGS, GObject)

KhUserSettings *kh_user_settings_new (void);

gboolean kh_user_settings_get_read_receipts (KhUserSettings *self);
gboolean kh_user_settings_get_typing_notices (KhUserSettings *self);
gboolean kh_user_settings_get_invited_only (KhUserSettings *self);
KhRetention kh_user_settings_get_retention (KhUserSettings *self);
