/* store-messages.c: the operations on messages, on their way to the worker; messages.c,
 * messages-load.c and export.c do them
 */
#include "store/store-private.h"

#include "store/export.h"
#include "store/messages.h"

static gpointer
run_add_outgoing (KhDatabase *database, const KhStoreCall *call, GError **error)
{
  return kh_messages_add_outgoing (database, call->contact, &call->id, call->text, call->time_us,
                                   error);
}

void
kh_store_add_outgoing_async (KhStore *self,
                             gint64 contact,
                             const KhMessageId *id,
                             const char *text,
                             gint64 sent_us,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data)
{
  KhStoreCall *call = kh_store_call_new (run_add_outgoing, (GDestroyNotify) kh_store_message_free);

  call->contact = contact;
  call->id = *id;
  call->text = g_strdup (text);
  call->time_us = sent_us;
  kh_store_submit (self, kh_store_add_outgoing_async, call, cancellable, callback, user_data);
}

KhStoreMessage *
kh_store_add_outgoing_finish (KhStore *self, GAsyncResult *result, GError **error)
{
  return kh_store_take_result (self, result, error);
}

static gpointer
run_add_incoming (KhDatabase *database, const KhStoreCall *call, GError **error)
{
  return kh_messages_add_incoming (database, call->contact, call->messages, call->time_us, error);
}

void
kh_store_add_incoming_async (KhStore *self,
                             gint64 contact,
                             GPtrArray *messages,
                             gint64 received_us,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data)
{
  KhStoreCall *call = kh_store_call_new (run_add_incoming, (GDestroyNotify) g_ptr_array_unref);

  call->contact = contact;
  call->messages = g_ptr_array_ref (messages);
  call->time_us = received_us;
  kh_store_submit (self, kh_store_add_incoming_async, call, cancellable, callback, user_data);
}

GPtrArray *
kh_store_add_incoming_finish (KhStore *self, GAsyncResult *result, GError **error)
{
  return kh_store_take_result (self, result, error);
}

static gpointer
run_apply_receipt (KhDatabase *database, const KhStoreCall *call, GError **error)
{
  return kh_messages_apply_receipt (database, call->contact, (KhReceiptState) call->number,
                                    call->ids, call->limit, error);
}

void
kh_store_apply_receipt_async (KhStore *self,
                              gint64 contact,
                              KhReceiptState state,
                              const KhMessageId *ids,
                              guint n_ids,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data)
{
  KhStoreCall *call = kh_store_call_new (run_apply_receipt, (GDestroyNotify) g_array_unref);

  call->contact = contact;
  call->number = state;
  call->ids = g_memdup2 (ids, n_ids * sizeof *ids);
  call->limit = n_ids;
  kh_store_submit (self, kh_store_apply_receipt_async, call, cancellable, callback, user_data);
}

GArray *
kh_store_apply_receipt_finish (KhStore *self, GAsyncResult *result, GError **error)
{
  return kh_store_take_result (self, result, error);
}

static gpointer
run_mark_read (KhDatabase *database, const KhStoreCall *call, GError **error)
{
  return kh_messages_mark_read (database, call->contact, call->number, error);
}

void
kh_store_mark_read_async (KhStore *self,
                          gint64 contact,
                          gint64 seq,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer user_data)
{
  KhStoreCall *call = kh_store_call_new (run_mark_read, (GDestroyNotify) g_array_unref);

  call->contact = contact;
  call->number = seq;
  kh_store_submit (self, kh_store_mark_read_async, call, cancellable, callback, user_data);
}

GArray *
kh_store_mark_read_finish (KhStore *self, GAsyncResult *result, GError **error)
{
  return kh_store_take_result (self, result, error);
}

static gpointer
run_delete_message (KhDatabase *database, const KhStoreCall *call, GError **error)
{
  return kh_messages_delete (database, call->number, error) ? KH_STORE_DONE : NULL;
}

void
kh_store_delete_message_async (KhStore *self,
                               gint64 seq,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data)
{
  KhStoreCall *call = kh_store_call_new (run_delete_message, NULL);

  call->number = seq;
  kh_store_submit (self, kh_store_delete_message_async, call, cancellable, callback, user_data);
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
  KhStoreCall *call = kh_store_call_new (run_load_pending, (GDestroyNotify) g_ptr_array_unref);

  call->contact = contact;
  call->number = after_seq;
  call->limit = limit;
  kh_store_submit (self, kh_store_load_pending_async, call, cancellable, callback, user_data);
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
  KhStoreCall *call = kh_store_call_new (run_load_page, (GDestroyNotify) g_ptr_array_unref);

  call->contact = contact;
  call->number = before_seq;
  call->limit = limit;
  kh_store_submit (self, kh_store_load_page_async, call, cancellable, callback, user_data);
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
  KhStoreCall *call = kh_store_call_new (run_load_after, (GDestroyNotify) g_ptr_array_unref);

  call->contact = contact;
  call->number = after_seq;
  call->limit = limit;
  kh_store_submit (self, kh_store_load_after_async, call, cancellable, callback, user_data);
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

static gpointer
run_export (KhDatabase *database, const KhStoreCall *call, GError **error)
{
  return kh_export_write (database, call->contact, call->text, call->extra, error) ? KH_STORE_DONE
                                                                                   : NULL;
}

void
kh_store_export_async (KhStore *self,
                       gint64 contact,
                       const char *path,
                       const char *own_name,
                       GCancellable *cancellable,
                       GAsyncReadyCallback callback,
                       gpointer user_data)
{
  KhStoreCall *call = kh_store_call_new (run_export, NULL);

  call->contact = contact;
  call->text = g_strdup (path);
  call->extra = g_strdup (own_name);
  kh_store_submit (self, kh_store_export_async, call, cancellable, callback, user_data);
}
