/* search-hit.h: something that a search found
 *
 * Properties, all read-only and constant: "conversation" (KhConversation), "message"
 * (KhChatMessage, nullable), "snippet" (string).
 */
#pragma once

#include "engine/conversation.h"

#define KH_TYPE_SEARCH_HIT (kh_search_hit_get_type ())
G_DECLARE_FINAL_TYPE (KhSearchHit, kh_search_hit, KH, SEARCH_HIT, GObject)

KhConversation *kh_search_hit_get_conversation (KhSearchHit *self);
/* (nullable): the message; NULL where it is the contact's name that was found. */
KhChatMessage *kh_search_hit_get_message (KhSearchHit *self);
/* Some words of the message around those that were found, on one line, or the contact's name: at
 * most 240 characters. */
const char *kh_search_hit_get_snippet (KhSearchHit *self);
guint kh_search_hit_get_n_found (KhSearchHit *self);
/* Bytes of the snippet that were looked for: from @ret_start to before @ret_end. They do not
 * overlap, and grow. */
void kh_search_hit_get_found (KhSearchHit *self, guint index, guint *ret_start, guint *ret_end);
