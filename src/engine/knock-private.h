/* knock-private.h: how the engine makes knocks */
#pragma once

#include "crypto/peer-id.h"
#include "engine/knock.h"
#include "engine/server-link.h"

/* @link: where they knock */
KhKnock *kh_knock_new (KhServerLink *link,
                       const KhPeerId *peer,
                       const KhKey *key,
                       const char *name,
                       gint64 time_us,
                       gboolean invited);
/* (transfer none) */
KhServerLink *kh_knock_get_link (KhKnock *self);
const KhPeerId *kh_knock_get_raw_peer_id (KhKnock *self);
const KhKey *kh_knock_get_key (KhKnock *self);
