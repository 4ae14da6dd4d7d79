/* knock.h: somebody who is no contact asks to talk
 *
 * A row of kh_engine_get_requests(); it leaves the list when it is answered. Immutable, and only a
 * claim: the name is theirs to choose, and the knock proves nothing yet (PROTOCOL.md,
 * "Introductions").
 *
 * Properties, all read-only: "peer-id" (string), "name" (string), "time" (int64), "invited"
 * (boolean).
 */
#pragma once

#include "engine/types.h"

#define KH_TYPE_KNOCK (kh_knock_get_type ())
G_DECLARE_FINAL_TYPE (KhKnock, kh_knock, KH, KNOCK, GObject)

const char *kh_knock_get_peer_id (KhKnock *self);
/* As they call themselves, cleaned; may be empty. */
const char *kh_knock_get_name (KhKnock *self);
/* µs since 1970 UTC */
gint64 kh_knock_get_time (KhKnock *self);
/* They used our invite link: to be shown at once, where others wait quietly. */
gboolean kh_knock_get_invited (KhKnock *self);
