/* invite-link-private.h: how the engine makes them */
#pragma once

#include "engine/invite-link.h"
#include "store/records.h"

/* @record: copied */
KhInviteLink *kh_invite_link_new (const KhStoreInvite *record);
/* KH_STORE_TOKEN_SIZE bytes. */
const guint8 *kh_invite_link_get_token (KhInviteLink *self);
