/* engine-profile.h: our picture, our invite links, the servers we know, and a conversation as a
 * file
 *
 * Part of engine.h.
 */
#pragma once

#include "engine/conversation.h"
#include "engine/invite-link.h"
#include "engine/known-server.h"
#include "engine/user-settings.h"

typedef struct _KhEngine KhEngine;

/* (transfer none): see user-settings.h */
KhUserSettings *kh_engine_get_settings (KhEngine *self);

/* Bytes of a picture. */
#define KH_AVATAR_MAX 65536

/* (nullable) (transfer none): ours, while the engine is open; notifies as "avatar". */
GBytes *kh_engine_get_avatar (KhEngine *self);
/**
 * kh_engine_set_avatar_async:
 * @picture: (nullable): PNG or JPEG, 1 to KH_AVATAR_MAX bytes; NULL for none
 *
 * Saved, and sent to contacts as they connect. Ends in kh_engine_finish(). TOO_LONG.
 */
void kh_engine_set_avatar_async (KhEngine *self,
                                 GBytes *picture,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data);

/* (transfer none): of KhInviteLink, oldest first: those that were made here, beside the one that is
 * "invite-link" of the engine. Who knocks with any of them is "invited". */
GListModel *kh_engine_get_invites (KhEngine *self);
/**
 * kh_engine_add_invite_async:
 * @label: for the user to know it by; cleaned
 *
 * INVALID where there are 64 already.
 */
void kh_engine_add_invite_async (KhEngine *self,
                                 const char *label,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data);
/* (transfer full) */
KhInviteLink *kh_engine_add_invite_finish (KhEngine *self, GAsyncResult *result, GError **error);
/* Whoever knocks with it from now on is a stranger. Ends in kh_engine_finish(). */
void kh_engine_withdraw_invite_async (KhEngine *self,
                                      KhInviteLink *invite,
                                      GCancellable *cancellable,
                                      GAsyncReadyCallback callback,
                                      gpointer user_data);
/* The same of "invite-link", in whose place another one comes. Ends in kh_engine_finish(). */
void kh_engine_renew_invite_link_async (KhEngine *self,
                                        GCancellable *cancellable,
                                        GAsyncReadyCallback callback,
                                        gpointer user_data);
/* (transfer full) (nullable): with the present server; NULL without one. */
char *kh_engine_dup_link_of_invite (KhEngine *self, KhInviteLink *invite);

/* The servers that we have met, with the keys that they had. */
void kh_engine_load_servers_async (KhEngine *self,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data);
/* (transfer full): of KhKnownServer, by name */
GListModel *kh_engine_load_servers_finish (KhEngine *self, GAsyncResult *result, GError **error);
/* Whatever key it shows at the next start is taken for its own. Ends in kh_engine_finish(). */
void kh_engine_forget_server_async (KhEngine *self,
                                    const char *server,
                                    GCancellable *cancellable,
                                    GAsyncReadyCallback callback,
                                    gpointer user_data);

/**
 * kh_engine_export_async:
 * @file: a local one, which must not exist
 *
 * Writes the conversation as plain text in UTF-8, with mode 0600, page by page on the thread of the
 * history. Ends in kh_engine_finish(). INVALID for a file that is not local; those of the disk,
 * DISK among them for a file that exists. After an error nothing was left of it.
 */
void kh_engine_export_async (KhEngine *self,
                             KhConversation *conversation,
                             GFile *file,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data);
