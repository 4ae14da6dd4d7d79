/* search-hit-private.h: how the engine makes hits */
#pragma once

#include "engine/search-hit.h"

/* @marked: with KH_STORE_FOUND and KH_STORE_FOUND_END in it. */
KhSearchHit *
kh_search_hit_new (KhConversation *conversation, KhChatMessage *message, const char *marked);
