/* identity-group.h: the preferences about oneself: name, picture, secret key, backup, history */
#pragma once

#include <adwaita.h>

#include "engine/engine.h"

#define KH_TYPE_IDENTITY_GROUP (kh_identity_group_get_type ())
G_DECLARE_FINAL_TYPE (KhIdentityGroup, kh_identity_group, KH, IDENTITY_GROUP, AdwPreferencesGroup)

/* Once. */
void kh_identity_group_set_engine (KhIdentityGroup *self, KhEngine *engine);
