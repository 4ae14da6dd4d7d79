/* engine-task.c: operations of the engine: begun, and ended, with or without somebody waiting */
#include "engine/engine-private.h"

gboolean
kh_engine_check_open (KhEngine *self, GTask *task)
{
  if (self->stage == KH_ENGINE_OPEN)
    return TRUE;
  g_task_return_new_error (task, KH_ENGINE_ERROR, KH_ENGINE_ERROR_CLOSED, "Knothole is not open.");
  return FALSE;
}

/* For an operation that nobody waits for. @user_data is (nullable) (transfer full). */
static void
on_unattended (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (KhConversation) conversation = user_data;
  g_autoptr (GError) error = NULL;

  /* A result is freed with the task; only failures are taken out. */
  if (!g_task_had_error (G_TASK (result)))
    return;
  g_task_propagate_boolean (G_TASK (result), &error);
  if (!g_error_matches (error, KH_ENGINE_ERROR, KH_ENGINE_ERROR_CLOSED))
    kh_engine_emit_problem (KH_ENGINE (source), conversation, g_steal_pointer (&error));
}

GTask *
kh_engine_task_new (KhEngine *self,
                    KhConversation *conversation,
                    GCancellable *cancellable,
                    GAsyncReadyCallback callback,
                    gpointer user_data)
{
  GTask *task;

  if (callback != NULL)
    task = g_task_new (self, cancellable, callback, user_data);
  else
    task = g_task_new (self, cancellable, on_unattended,
                       conversation != NULL ? g_object_ref (conversation) : NULL);
  /* What is on the disk is reported as done. */
  g_task_set_check_cancellable (task, FALSE);
  return task;
}

void
kh_engine_return_stored (GObject *store, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;

  if (kh_store_finish (KH_STORE (store), result, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, kh_engine_error_from_store (error));
}

gboolean
kh_engine_finish (KhEngine *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}
