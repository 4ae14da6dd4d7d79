/* store-messages.c: the operations on messages, on their way to the worker; messages.c
 * and export.c do them
 */
#include "store/store-private.h"

#include "store/export.h"
#include "store/messages.h"

static gpointer
run_add_outgoing (KhDatabase *database, const KhStoreCall *call, GError **error)
{
  return kh_messages_add_outgoing (database, call->contact, &call->id, call->text, call->ids,
                                   call->time_us, error);
}

void
kh_store_add_outgoing_async (KhStore *self,
                             gint64 contact,
                             const KhMessageId *id,
                             const char *text,
                             const KhMessageId *reply_to,
                             gint64 sent_us,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data)
{
  KhStoreCall *call = kh_store_call_new (run_add_outgoing, (GDestroyNotify) kh_store_message_free);

  call->contact = contact;
  call->id = *id;
  call->text = g_strdup (text);
  call->ids = g_memdup2 (reply_to, sizeof *reply_to);
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
                                    call->ids, call->limit, call->time_us, error);
}

void
kh_store_apply_receipt_async (KhStore *self,
                              gint64 contact,
                              KhReceiptState state,
                              const KhMessageId *ids,
                              guint n_ids,
                              gint64 now_us,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data)
{
  KhStoreCall *call = kh_store_call_new (run_apply_receipt, (GDestroyNotify) g_array_unref);

  call->contact = contact;
  call->number = state;
  call->ids = g_memdup2 (ids, n_ids * sizeof *ids);
  call->limit = n_ids;
  call->time_us = now_us;
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
  return kh_messages_mark_read (database, call->contact, call->number, call->time_us, error);
}

void
kh_store_mark_read_async (KhStore *self,
                          gint64 contact,
                          gint64 seq,
                          gint64 now_us,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer user_data)
{
  KhStoreCall *call = kh_store_call_new (run_mark_read, (GDestroyNotify) g_array_unref);

  call->contact = contact;
  call->number = seq;
  call->time_us = now_us;
  kh_store_submit (self, kh_store_mark_read_async, call, cancellable, callback, user_data);
}

GArray *
kh_store_mark_read_finish (KhStore *self, GAsyncResult *result, GError **error)
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
