/* store-change.c: what the user does to messages that are there, on its way to the worker;
 * messages.c and messages-change.c do it
 */
#include "store/store-private.h"

#include "store/backup.h"
#include "store/messages.h"

static gpointer
run_delete_message (KhDatabase *database, const KhStoreCall *call, GError **error)
{
  g_autoptr (KhStoreRevision) revision = kh_store_revision_new ();

  if (!kh_messages_delete (database, call->number, revision->dropped, error))
    return NULL;
  return g_steal_pointer (&revision);
}

void
kh_store_delete_message_async (KhStore *self,
                               gint64 seq,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data)
{
  KhStoreCall *call =
      kh_store_call_new (run_delete_message, (GDestroyNotify) kh_store_revision_free);

  call->number = seq;
  kh_store_submit (self, kh_store_delete_message_async, call, cancellable, callback, user_data);
}

KhStoreRevision *
kh_store_delete_message_finish (KhStore *self, GAsyncResult *result, GError **error)
{
  return kh_store_take_result (self, result, error);
}

static gpointer
run_revise (KhDatabase *database, const KhStoreCall *call, GError **error)
{
  return kh_messages_revise (database, call->number, (KhStoreKind) call->limit, &call->id,
                             call->text, call->time_us, error);
}

void
kh_store_revise_async (KhStore *self,
                       gint64 seq,
                       KhStoreKind kind,
                       const KhMessageId *id,
                       const char *text,
                       gint64 now_us,
                       GCancellable *cancellable,
                       GAsyncReadyCallback callback,
                       gpointer user_data)
{
  KhStoreCall *call = kh_store_call_new (run_revise, (GDestroyNotify) kh_store_revision_free);

  call->number = seq;
  call->limit = kind;
  call->id = *id;
  call->text = g_strdup (text);
  call->time_us = now_us;
  kh_store_submit (self, kh_store_revise_async, call, cancellable, callback, user_data);
}

KhStoreRevision *
kh_store_revise_finish (KhStore *self, GAsyncResult *result, GError **error)
{
  return kh_store_take_result (self, result, error);
}

static gpointer
run_clear_messages (KhDatabase *database, const KhStoreCall *call, GError **error)
{
  return kh_messages_clear (database, call->contact, error) ? KH_STORE_DONE : NULL;
}

void
kh_store_clear_messages_async (KhStore *self,
                               gint64 contact,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data)
{
  KhStoreCall *call = kh_store_call_new (run_clear_messages, NULL);

  call->contact = contact;
  kh_store_submit (self, kh_store_clear_messages_async, call, cancellable, callback, user_data);
}

static gpointer
run_prune (KhDatabase *database, const KhStoreCall *call, GError **error)
{
  return kh_messages_prune_old (database, call->time_us, error) ? KH_STORE_DONE : NULL;
}

void
kh_store_prune_async (KhStore *self,
                      gint64 now_us,
                      GCancellable *cancellable,
                      GAsyncReadyCallback callback,
                      gpointer user_data)
{
  KhStoreCall *call = kh_store_call_new (run_prune, NULL);

  call->time_us = now_us;
  kh_store_submit (self, kh_store_prune_async, call, cancellable, callback, user_data);
}

static gpointer
run_scrub (KhDatabase *database, const KhStoreCall *call, GError **error)
{
  gboolean ok = kh_messages_scrub (database, error);

  /* Of all conversations, where opening ended, or of all of the index. */
  kh_database_forget_pages (database);
  return ok ? KH_STORE_DONE : NULL;
}

void
kh_store_scrub_async (KhStore *self,
                      GCancellable *cancellable,
                      GAsyncReadyCallback callback,
                      gpointer user_data)
{
  kh_store_submit (self, kh_store_scrub_async, kh_store_call_new (run_scrub, NULL), cancellable,
                   callback, user_data);
}

typedef struct
{
  char *dir;
  char *passphrase;
  guint8 secret[KH_KEY_SIZE];
  KhRandom random;
} Backup;

static void
backup_free (gpointer data)
{
  Backup *self = data;

  explicit_bzero (self->passphrase, strlen (self->passphrase));
  explicit_bzero (self->secret, sizeof self->secret);
  g_free (self->passphrase);
  g_free (self->dir);
  g_free (self);
}

static gpointer
run_backup (KhDatabase *database, const KhStoreCall *call, GError **error)
{
  const Backup *backup = call->other;

  return kh_backup_write (database, backup->dir, backup->secret, call->text, backup->passphrase,
                          call->limit != 0, &backup->random, error)
             ? KH_STORE_DONE
             : NULL;
}

void
kh_store_backup_async (KhStore *self,
                       const guint8 secret[KH_KEY_SIZE],
                       const char *path,
                       const char *passphrase,
                       gboolean with_messages,
                       const KhRandom *random,
                       GCancellable *cancellable,
                       GAsyncReadyCallback callback,
                       gpointer user_data)
{
  KhStoreCall *call = kh_store_call_new (run_backup, NULL);
  Backup *backup = g_new (Backup, 1);

  backup->dir = g_strdup (kh_store_get_dir (self));
  backup->passphrase = g_strdup (passphrase);
  memcpy (backup->secret, secret, sizeof backup->secret);
  backup->random = *random;
  call->text = g_strdup (path);
  call->limit = with_messages != FALSE;
  call->other = backup;
  call->free_other = backup_free;
  kh_store_submit (self, kh_store_backup_async, call, cancellable, callback, user_data);
}
