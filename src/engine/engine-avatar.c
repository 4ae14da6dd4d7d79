/* engine-avatar.c: our picture, and those of others as they are asked for
 *
 * A picture of somebody is loaded when it is first wanted: most conversations are not on the
 * screen.
 */
#include "engine/engine-private.h"

void
kh_engine_avatar_restore (KhEngine *self, GBytes *avatar)
{
  gsize len;
  const void *data;

  if (avatar == NULL)
    return;
  data = g_bytes_get_data (avatar, &len);
  self->avatar = g_bytes_ref (avatar);
  kh_sha256 (self->avatar_hash, data, len);
  kh_engine_notify_avatar (self);
}

GBytes *
kh_engine_get_avatar (KhEngine *self)
{
  g_return_val_if_fail (KH_IS_ENGINE (self), NULL);
  return self->avatar;
}

static void
on_avatar_saved (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  KhEngine *self = g_task_get_source_object (task);
  GBytes *avatar = g_task_get_task_data (task);
  GError *error = NULL;
  GHashTableIter iter;
  gpointer value;

  if (!kh_store_finish (KH_STORE (source), result, &error))
    {
      g_task_return_error (task, kh_engine_error_from_store (error));
      return;
    }
  if (!kh_engine_check_open (self, task))
    return;
  g_clear_pointer (&self->avatar, g_bytes_unref);
  if (avatar != NULL)
    kh_engine_avatar_restore (self, avatar);
  else
    kh_engine_notify_avatar (self);
  g_hash_table_iter_init (&iter, self->by_id);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    kh_exchange_send_profile (((KhConversation *) value)->exchange);
  g_task_return_boolean (task, TRUE);
}

void
kh_engine_set_avatar_async (KhEngine *self,
                            GBytes *picture,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data)
{
  g_autoptr (GTask) task = kh_engine_task_new (self, NULL, cancellable, callback, user_data);
  guint8 hash[KH_HASH_SIZE] = { 0 };
  gsize len = 0;
  const void *data = picture != NULL ? g_bytes_get_data (picture, &len) : NULL;

  g_task_set_source_tag (task, kh_engine_set_avatar_async);
  if (!kh_engine_check_open (self, task))
    return;
  if (picture != NULL && (len == 0 || len > KH_AVATAR_MAX))
    {
      g_task_return_new_error (task, KH_ENGINE_ERROR, KH_ENGINE_ERROR_TOO_LONG,
                               "The picture is too large. Choose a smaller one.");
      return;
    }
  if (picture != NULL)
    {
      kh_sha256 (hash, data, len);
      g_task_set_task_data (task, g_bytes_ref (picture), (GDestroyNotify) g_bytes_unref);
    }
  kh_store_set_picture_async (self->store, 0, hash, picture, NULL, on_avatar_saved,
                              g_steal_pointer (&task));
}

/* theirs */

static void
on_picture_loaded (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (KhConversation) conversation = user_data;
  g_autoptr (GBytes) picture = NULL;

  if (kh_store_get_picture_finish (KH_STORE (source), result, &picture, NULL) &&
      conversation->engine != NULL && conversation->avatar == NULL && picture != NULL)
    kh_conversation_set_avatar (conversation, picture);
}

void
kh_engine_avatar_load (KhEngine *self, KhConversation *conversation)
{
  if (self->stage == KH_ENGINE_OPEN)
    kh_store_get_picture_async (self->store, conversation->contact->id, NULL, on_picture_loaded,
                                g_object_ref (conversation));
}

typedef struct
{
  KhConversation *conversation;
  GBytes *picture; /* (nullable) */
  guint8 hash[KH_HASH_SIZE];
} Received;

static void
on_picture_saved (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autofree Received *received = user_data;
  g_autoptr (KhConversation) conversation = received->conversation;
  g_autoptr (GBytes) picture = received->picture;
  g_autoptr (KhStoreContact) contact = NULL;

  /* What could not be saved is offered again in the next session. */
  if (!kh_store_finish (KH_STORE (source), result, NULL) || conversation->engine == NULL)
    return;
  contact = kh_store_contact_copy (conversation->contact);
  contact->has_picture = picture != NULL;
  memcpy (contact->picture, received->hash, sizeof contact->picture);
  kh_conversation_set_contact (conversation, contact);
  kh_conversation_set_avatar (conversation, picture);
}

void
kh_engine_avatar_received (KhEngine *self,
                           KhConversation *conversation,
                           const guint8 *hash,
                           GBytes *picture)
{
  Received *received = g_new0 (Received, 1);

  received->conversation = g_object_ref (conversation);
  received->picture = picture != NULL ? g_bytes_ref (picture) : NULL;
  if (hash != NULL)
    memcpy (received->hash, hash, sizeof received->hash);
  kh_store_set_picture_async (self->store, conversation->contact->id, hash, picture, NULL,
                              on_picture_saved, received);
}
