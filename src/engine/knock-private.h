/* knock-private.h: how the engine makes knocks */
#pragma once

#include "crypto/peer-id.h"
#include "engine/knock.h"

KhKnock *kh_knock_new (
    const KhPeerId *peer, const KhKey *key, const char *name, gint64 time_us, gboolean invited);
const KhPeerId *kh_knock_get_raw_peer_id (KhKnock *self);
const KhKey *kh_knock_get_key (KhKnock *self);
