/* store.c: the worker thread that owns the database, and opening and closing it
 *
 * Operations are GTasks in a queue. The worker alone touches the database after opening; it also
 * owns the lock, so the data folder is free exactly when the database is closed. The last
 * reference to a KhStore may be dropped by a task on the worker itself, which cannot join
 * itself: then it is let go, and ends at the farewell in its queue.
 */
#include "store/store-private.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <sys/stat.h>

#include "store/backup.h"
#include "store/lock.h"
#include "store/schema.h"

struct _KhStore
{
  GObject parent_instance;

  gboolean closed;
  char *dir;
  GThread *thread;
  GAsyncQueue *queue;
};

G_DEFINE_FINAL_TYPE (KhStore, kh_store, G_TYPE_OBJECT)

typedef struct
{
  GAsyncQueue *queue;
  KhDatabase *database;
  KhLock *lock;
} Worker;

/* What ends the queue; only its address matters. */
static const char farewell;

KhStoreCall *
kh_store_call_new (KhStoreRun run, GDestroyNotify free_result)
{
  KhStoreCall *call = g_new0 (KhStoreCall, 1);

  call->run = run;
  call->free_result = free_result;
  return call;
}

static void
call_free (gpointer data)
{
  KhStoreCall *call = data;

  g_free (call->text);
  g_free (call->extra);
  g_free (call->ids);
  g_clear_pointer (&call->messages, g_ptr_array_unref);
  kh_store_contact_free (call->record);
  kh_store_pin_free (call->pin);
  kh_store_invite_free (call->invite);
  g_clear_pointer (&call->bytes, g_bytes_unref);
  if (call->free_other != NULL)
    call->free_other (call->other);
  g_free (call);
}

static void
worker_do (Worker *self, GTask *task)
{
  KhStoreCall *call = g_task_get_task_data (task);
  GError *error = NULL;
  gpointer result;

  if (g_task_return_error_if_cancelled (task))
    return;
  result = call->run (self->database, call, &error);
  if (result != NULL)
    g_task_return_pointer (task, result, call->free_result);
  else
    g_task_return_error (task, error);
}

static gpointer
worker_main (gpointer data)
{
  Worker *self = data;
  gpointer item;

  while ((item = g_async_queue_pop (self->queue)) != &farewell)
    {
      g_autoptr (GTask) task = item;

      worker_do (self, task);
    }
  kh_database_free (self->database);
  kh_lock_free (self->lock);
  g_async_queue_unref (self->queue);
  g_free (self);
  return NULL;
}

void
kh_store_submit (KhStore *self,
                 gpointer source_tag,
                 KhStoreCall *call,
                 GCancellable *cancellable,
                 GAsyncReadyCallback callback,
                 gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, source_tag);
  g_task_set_task_data (task, call, call_free);
  /* What is done is reported as done. */
  g_task_set_check_cancellable (task, FALSE);
  if (self->closed)
    g_task_return_new_error (task, KH_STORE_ERROR, KH_STORE_ERROR_CLOSED,
                             "The history in %s is closed", self->dir);
  else
    g_async_queue_push (self->queue, g_steal_pointer (&task));
}

gpointer
kh_store_take_result (KhStore *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

gboolean
kh_store_finish (KhStore *self, GAsyncResult *result, GError **error)
{
  return kh_store_take_result (self, result, error) != NULL;
}

static KhStore *
start (const char *dir, KhLock *lock, GError **error)
{
  g_autofree char *path = g_build_filename (dir, KH_STORE_DATABASE_NAME, NULL);
  g_autoptr (KhLock) owned_lock = lock;
  g_autoptr (KhStore) self = NULL;
  KhDatabase *database;
  Worker *worker;

  database = kh_database_open (path, kh_schema_migrations, kh_schema_n_migrations, error);
  if (database == NULL)
    return NULL;
  kh_backup_tidy (dir);
  self = g_object_new (KH_TYPE_STORE, NULL);
  self->dir = g_strdup (dir);
  worker = g_new0 (Worker, 1);
  worker->queue = g_async_queue_ref (self->queue);
  worker->database = database;
  worker->lock = g_steal_pointer (&owned_lock);
  self->closed = FALSE;
  self->thread = g_thread_new ("kh-store", worker_main, worker);
  return g_steal_pointer (&self);
}

static KhLock *
take_lock (const char *dir, GError **error)
{
  g_autofree char *path = g_build_filename (dir, KH_STORE_LOCK_NAME, NULL);

  return kh_lock_make_dir (dir, error) ? kh_lock_take (path, error) : NULL;
}

KhStore *
kh_store_open (const char *dir, GError **error)
{
  KhLock *lock = take_lock (dir, error);

  return lock != NULL ? start (dir, lock, error) : NULL;
}

/* Moves @from away where it exists; never over another file. */
static gboolean
move_away (const char *from, const char *to, gboolean *ret_moved, GError **error)
{
  GStatBuf info;

  if (g_lstat (to, &info) == 0)
    {
      g_set_error (error, KH_STORE_ERROR, KH_STORE_ERROR_EXISTS,
                   "There is a file %s already; nothing was moved", to);
      return FALSE;
    }
  if (g_rename (from, to) != 0 && errno != ENOENT)
    {
      kh_store_error_set_errno (error, errno, "set aside", from);
      return FALSE;
    }
  *ret_moved = g_lstat (to, &info) == 0;
  return TRUE;
}

/* The log goes with its database: committed messages may be in it alone. Its index is made anew.
 * The log goes first, so that what a crash between the two leaves is never a log beside a
 * database that is not its own. */
static gboolean
set_aside (const char *dir, char **ret_set_aside, GError **error)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  g_autofree char *stamp = g_date_time_format (now, "%Y%m%dT%H%M%S");
  g_autofree char *path = g_build_filename (dir, KH_STORE_DATABASE_NAME, NULL);
  g_autofree char *log = g_strconcat (path, "-wal", NULL);
  g_autofree char *shared = g_strconcat (path, "-shm", NULL);
  g_autofree char *aside =
      g_strdup_printf ("%s.corrupt-%s-%06d", path, stamp, g_date_time_get_microsecond (now));
  g_autofree char *log_aside = g_strconcat (aside, "-wal", NULL);
  gboolean moved_log, moved;

  if (!move_away (log, log_aside, &moved_log, error) || !move_away (path, aside, &moved, error))
    return FALSE;
  g_unlink (shared);
  *ret_set_aside = moved ? g_steal_pointer (&aside) : NULL;
  return TRUE;
}

KhStore *
kh_store_open_fresh (const char *dir, char **ret_set_aside, GError **error)
{
  g_autoptr (KhLock) lock = take_lock (dir, error);
  g_autofree char *aside = NULL;
  KhStore *self;

  if (lock == NULL || !set_aside (dir, &aside, error))
    return NULL;
  self = start (dir, g_steal_pointer (&lock), error);
  if (self != NULL && ret_set_aside != NULL)
    *ret_set_aside = g_steal_pointer (&aside);
  return self;
}

static void
open_in_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  GError *error = NULL;
  KhStore *self = kh_store_open (task_data, &error);

  if (self != NULL)
    g_task_return_pointer (task, self, g_object_unref);
  else
    g_task_return_error (task, error);
}

void
kh_store_open_async (const char *dir,
                     GCancellable *cancellable,
                     GAsyncReadyCallback callback,
                     gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);

  g_task_set_source_tag (task, kh_store_open_async);
  g_task_set_task_data (task, g_strdup (dir), g_free);
  g_task_run_in_thread (task, open_in_thread);
}

KhStore *
kh_store_open_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

void
kh_store_close (KhStore *self)
{
  if (self->closed)
    return;
  self->closed = TRUE;
  g_async_queue_push (self->queue, (gpointer) &farewell);
  g_thread_join (g_steal_pointer (&self->thread));
}

const char *
kh_store_get_dir (KhStore *self)
{
  return self->dir;
}

static void
kh_store_finalize (GObject *object)
{
  KhStore *self = KH_STORE (object);

  if (!self->closed)
    {
      g_async_queue_push (self->queue, (gpointer) &farewell);
      g_thread_unref (self->thread);
    }
  g_async_queue_unref (self->queue);
  g_free (self->dir);

  G_OBJECT_CLASS (kh_store_parent_class)->finalize (object);
}

static void
kh_store_class_init (KhStoreClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = kh_store_finalize;
}

static void
kh_store_init (KhStore *self)
{
  /* Until the worker runs. */
  self->closed = TRUE;
  self->queue = g_async_queue_new ();
}
