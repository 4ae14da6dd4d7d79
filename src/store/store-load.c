/* store-load.c: the questions about messages, on their way to the worker; messages-load.c answers
 * them
 */
#include "store/store-private.h"

#include "store/messages.h"

/* Of one conversation, from a place on. */
static void
load (KhStore *self,
      gpointer source_tag,
      KhStoreRun run,
      gint64 contact,
      gint64 seq,
      guint limit,
      GCancellable *cancellable,
      GAsyncReadyCallback callback,
      gpointer user_data)
{
  KhStoreCall *call = kh_store_call_new (run, (GDestroyNotify) g_ptr_array_unref);

  call->contact = contact;
  call->number = seq;
  call->limit = limit;
  kh_store_submit (self, source_tag, call, cancellable, callback, user_data);
}

static gpointer
run_load_pending (KhDatabase *database, const KhStoreCall *call, GError **error)
{
  return kh_messages_load_pending (database, call->contact, call->number, call->limit, error);
}

void
kh_store_load_pending_async (KhStore *self,
                             gint64 contact,
                             gint64 after_seq,
                             guint limit,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data)
{
  load (self, kh_store_load_pending_async, run_load_pending, contact, after_seq, limit, cancellable,
        callback, user_data);
}

static gpointer
run_load_page (KhDatabase *database, const KhStoreCall *call, GError **error)
{
  return kh_messages_load_page (database, call->contact, call->number, call->limit, error);
}

void
kh_store_load_page_async (KhStore *self,
                          gint64 contact,
                          gint64 before_seq,
                          guint limit,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer user_data)
{
  load (self, kh_store_load_page_async, run_load_page, contact, before_seq, limit, cancellable,
        callback, user_data);
}

static gpointer
run_load_after (KhDatabase *database, const KhStoreCall *call, GError **error)
{
  return kh_messages_load_after (database, call->contact, call->number, call->limit, error);
}

void
kh_store_load_after_async (KhStore *self,
                           gint64 contact,
                           gint64 after_seq,
                           guint limit,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data)
{
  load (self, kh_store_load_after_async, run_load_after, contact, after_seq, limit, cancellable,
        callback, user_data);
}

static gpointer
run_search (KhDatabase *database, const KhStoreCall *call, GError **error)
{
  return kh_messages_search (database, call->contact, call->text, call->limit, error);
}

void
kh_store_search_async (KhStore *self,
                       gint64 contact,
                       const char *query,
                       guint limit,
                       GCancellable *cancellable,
                       GAsyncReadyCallback callback,
                       gpointer user_data)
{
  KhStoreCall *call = kh_store_call_new (run_search, (GDestroyNotify) g_ptr_array_unref);

  call->contact = contact;
  call->text = g_strdup (query);
  call->limit = limit;
  kh_store_submit (self, kh_store_search_async, call, cancellable, callback, user_data);
}

GPtrArray *
kh_store_messages_finish (KhStore *self, GAsyncResult *result, GError **error)
{
  return kh_store_take_result (self, result, error);
}

static gpointer
run_load_summaries (KhDatabase *database, const KhStoreCall *call, GError **error)
{
  return kh_messages_load_summaries (database, error);
}

void
kh_store_load_summaries_async (KhStore *self,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data)
{
  KhStoreCall *call = kh_store_call_new (run_load_summaries, (GDestroyNotify) g_ptr_array_unref);

  kh_store_submit (self, kh_store_load_summaries_async, call, cancellable, callback, user_data);
}

GPtrArray *
kh_store_load_summaries_finish (KhStore *self, GAsyncResult *result, GError **error)
{
  return kh_store_take_result (self, result, error);
}
