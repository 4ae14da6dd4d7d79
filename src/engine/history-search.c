/* history-search.c: see history-search.h; the reading is done on a thread */
#include "engine/history-search.h"

#include "engine/error-private.h"
#include "store/peek-search.h"

typedef struct
{
  char *dir;
  char *query;
  guint n_names, n_messages;
} Search;

static void
search_free (gpointer data)
{
  Search *self = data;

  g_free (self->dir);
  g_free (self->query);
  g_free (self);
}

void
kh_found_free (KhFound *self)
{
  if (self == NULL)
    return;
  g_free (self->peer_id);
  g_free (self->name);
  g_free (self->snippet);
  g_free (self);
}

static void
add_found (
    const KhPeerId *peer_id, const char *name, gint64 seq, const char *snippet, gpointer user_data)
{
  KhFound *found = g_new0 (KhFound, 1);

  found->peer_id = kh_peer_id_to_string (peer_id);
  found->name = g_strdup (name != NULL && *name != '\0' ? name : found->peer_id);
  found->seq = seq;
  found->snippet = g_strdup (snippet);
  g_ptr_array_add (user_data, found);
}

static void
search (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  const Search *self = task_data;
  g_autoptr (GPtrArray) found = g_ptr_array_new_with_free_func ((GDestroyNotify) kh_found_free);
  GError *error = NULL;

  if (kh_peek_search (self->dir, self->query, self->n_names, self->n_messages, add_found, found,
                      &error))
    g_task_return_pointer (task, g_steal_pointer (&found), (GDestroyNotify) g_ptr_array_unref);
  else
    g_task_return_error (task, kh_engine_error_from_store (error));
}

void
kh_history_search_async (const char *data_dir,
                         const char *query,
                         guint n_names,
                         guint n_messages,
                         GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  Search *self = g_new (Search, 1);

  self->dir = g_strdup (data_dir);
  self->query = g_strdup (query);
  self->n_names = n_names;
  self->n_messages = n_messages;
  g_task_set_source_tag (task, kh_history_search_async);
  g_task_set_task_data (task, self, search_free);
  g_task_run_in_thread (task, search);
}

GPtrArray *
kh_history_search_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}
