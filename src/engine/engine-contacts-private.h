/* engine-contacts-private.h: how one becomes a contact, across three files
 *
 *   engine-contacts.c  contacts, and the making of one
 *   engine-connect.c   by a peer ID or an invite link
 *   engine-knocks.c    by a knock
 */
#pragma once

#include "engine/engine-private.h"

/* A contact that is being made. */
typedef struct
{
  KhStoreContact *contact; /* as it is wanted, then as it is */
  gboolean has_token;
  guint8 token[KH_INVITE_TOKEN_SIZE];
  KhKnock *knock; /* (nullable): that is answered by it */
  gboolean has_server;
  KhServerName server;
  gboolean has_server_key;
  KhKey server_key;
} KhMake;

/* A task whose data is a KhMake of @peer in @state, at the present server. Its result is the
 * conversation. */
GTask *kh_make_task_new (KhEngine *self,
                         const KhPeerId *peer,
                         KhContactState state,
                         GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer user_data);
/* Saves the contact, takes it up, and ends the task. */
void kh_make_run (GTask *task);
/* Ends it with @error, which is taken. */
void kh_make_fail (GTask *task, GError *error);

/* engine-knocks.c */
void kh_engine_knocks_add (KhEngine *self, KhKnock *knock);
void kh_engine_knocks_remove_of (KhEngine *self, const KhPeerId *peer);
