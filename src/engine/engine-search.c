/* engine-search.c: names are in memory and are looked through here, messages by the history */
#include "engine/engine-private.h"

#include <string.h>

#include "engine/search-hit-private.h"

typedef struct
{
  KhConversation *conversation; /* (nullable): the only one to search */
  char *query;
} Search;

static void
search_free (gpointer data)
{
  Search *self = data;

  g_clear_object (&self->conversation);
  g_free (self->query);
  g_free (self);
}

/* As the history matches messages: all words, the last as a beginning, case and accents aside. */
static void
add_names (KhEngine *self, const char *query, GListStore *hits)
{
  GListModel *conversations = G_LIST_MODEL (self->conversations);

  for (guint i = 0; i < g_list_model_get_n_items (conversations); i++)
    {
      g_autoptr (KhConversation) conversation = g_list_model_get_item (conversations, i);
      const char *name = kh_conversation_get_name (conversation);

      if (g_str_match_string (query, name, TRUE) ||
          g_str_match_string (query, kh_conversation_get_given_name (conversation), TRUE))
        {
          g_autoptr (KhSearchHit) hit = kh_search_hit_new (conversation, NULL, name);

          g_list_store_append (hits, hit);
        }
    }
}

static void
add_messages (KhEngine *self, GPtrArray *records, GListStore *hits)
{
  for (guint i = 0; i < records->len; i++)
    {
      const KhStoreMessage *record = records->pdata[i];
      KhConversation *conversation = kh_engine_find_by_number (self, record->contact);
      g_autoptr (KhChatMessage) message = NULL;
      g_autoptr (KhSearchHit) hit = NULL;

      /* It may have been removed since. */
      if (conversation == NULL)
        continue;
      message = kh_message_list_wrap (conversation->messages, record);
      hit = kh_search_hit_new (conversation, message, record->snippet);
      g_list_store_append (hits, hit);
    }
}

static void
on_found (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  KhEngine *self = g_task_get_source_object (task);
  const Search *search = g_task_get_task_data (task);
  g_autoptr (GListStore) hits = g_list_store_new (KH_TYPE_SEARCH_HIT);
  GError *error = NULL;
  g_autoptr (GPtrArray) records = kh_store_messages_finish (KH_STORE (source), result, &error);

  if (records == NULL)
    {
      g_task_return_error (task, kh_engine_error_from_store (error));
      return;
    }
  if (search->conversation == NULL)
    add_names (self, search->query, hits);
  add_messages (self, records, hits);
  g_task_return_pointer (task, g_steal_pointer (&hits), g_object_unref);
}

void
kh_engine_search_async (KhEngine *self,
                        KhConversation *conversation,
                        const char *query,
                        guint limit,
                        GCancellable *cancellable,
                        GAsyncReadyCallback callback,
                        gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  Search *search;

  g_return_if_fail (query != NULL);
  g_task_set_source_tag (task, kh_engine_search_async);
  if (conversation != NULL ? !kh_engine_check_conversation (self, conversation, task)
                           : !kh_engine_check_open (self, task))
    return;
  search = g_new (Search, 1);
  search->conversation = conversation != NULL ? g_object_ref (conversation) : NULL;
  search->query = g_strdup (query);
  g_task_set_task_data (task, search, search_free);
  kh_store_search_async (self->store, conversation != NULL ? conversation->contact->id : 0, query,
                         CLAMP (limit, 1, KH_STORE_PAGE_MAX), cancellable, on_found,
                         g_steal_pointer (&task));
}

GListModel *
kh_engine_search_finish (KhEngine *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}
