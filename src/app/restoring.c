/* restoring.c: a backup in place of what a first start has made: see restoring.h */
#include "app/restoring.h"

#include <string.h>

typedef struct
{
  char *dir;
  GFile *file;
  char *passphrase;
} Restoring;

static void
restoring_free (gpointer data)
{
  Restoring *self = data;

  explicit_bzero (self->passphrase, strlen (self->passphrase));
  g_free (self->passphrase);
  g_object_unref (self->file);
  g_free (self->dir);
  g_free (self);
}

static void
on_restored (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;

  if (kh_engine_restore_finish (result, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
restore (GTask *task)
{
  const Restoring *self = g_task_get_task_data (task);

  kh_engine_restore_async (self->dir, self->file, self->passphrase, TRUE, NULL, on_restored,
                           g_object_ref (task));
}

static void
on_closed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;

  kh_engine_close_finish (KH_ENGINE (source), result);
  restore (task);
}

void
kh_restoring_async (KhEngine *engine,
                    const char *data_dir,
                    GFile *file,
                    const char *passphrase,
                    GAsyncReadyCallback callback,
                    gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, callback, user_data);
  Restoring *self = g_new (Restoring, 1);

  *self = (Restoring){
    .dir = g_strdup (data_dir),
    .file = g_object_ref (file),
    .passphrase = g_strdup (passphrase),
  };
  g_task_set_source_tag (task, kh_restoring_async);
  g_task_set_task_data (task, self, restoring_free);
  if (kh_engine_is_open (engine))
    kh_engine_close_async (engine, on_closed, g_steal_pointer (&task));
  else
    restore (task);
}

gboolean
kh_restoring_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
