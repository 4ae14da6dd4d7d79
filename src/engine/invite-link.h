/* invite-link.h: an invite link of ours that can be withdrawn
 *
 * Properties, read-only and constant: "label" (string), "created" (int64, µs since 1970 UTC).
 * kh_engine_dup_link_of_invite() is the link itself.
 */
#pragma once

#include <glib-object.h>

#define KH_TYPE_INVITE_LINK (kh_invite_link_get_type ())
G_DECLARE_FINAL_TYPE (KhInviteLink, kh_invite_link, KH, INVITE_LINK, GObject)

const char *kh_invite_link_get_label (KhInviteLink *self);
gint64 kh_invite_link_get_created (KhInviteLink *self);
