/* store-contacts.c: the operations on contacts, on their way to the worker; contacts.c does them
 */
#include "store/store-private.h"

#include "store/contacts.h"

static gpointer
run_load_contacts (KhDatabase *database, const KhStoreCall *call, GError **error)
{
  return kh_contacts_load (database, error);
}

void
kh_store_load_contacts_async (KhStore *self,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data)
{
  KhStoreCall *call = kh_store_call_new (run_load_contacts, (GDestroyNotify) g_ptr_array_unref);

  kh_store_submit (self, kh_store_load_contacts_async, call, cancellable, callback, user_data);
}

GPtrArray *
kh_store_load_contacts_finish (KhStore *self, GAsyncResult *result, GError **error)
{
  return kh_store_take_result (self, result, error);
}

static gpointer
run_save_contact (KhDatabase *database, const KhStoreCall *call, GError **error)
{
  return kh_contacts_save (database, call->record, error);
}

void
kh_store_save_contact_async (KhStore *self,
                             const KhStoreContact *contact,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data)
{
  KhStoreCall *call = kh_store_call_new (run_save_contact, (GDestroyNotify) kh_store_contact_free);

  call->record = kh_store_contact_copy (contact);
  kh_store_submit (self, kh_store_save_contact_async, call, cancellable, callback, user_data);
}

KhStoreContact *
kh_store_save_contact_finish (KhStore *self, GAsyncResult *result, GError **error)
{
  return kh_store_take_result (self, result, error);
}

static gpointer
run_set_contact_state (KhDatabase *database, const KhStoreCall *call, GError **error)
{
  return kh_contacts_set_state (database, call->contact, (KhContactState) call->number, error)
             ? KH_STORE_DONE
             : NULL;
}

void
kh_store_set_contact_state_async (KhStore *self,
                                  gint64 contact,
                                  KhContactState state,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data)
{
  KhStoreCall *call = kh_store_call_new (run_set_contact_state, NULL);

  call->contact = contact;
  call->number = state;
  kh_store_submit (self, kh_store_set_contact_state_async, call, cancellable, callback, user_data);
}

static gpointer
run_set_contact_alias (KhDatabase *database, const KhStoreCall *call, GError **error)
{
  return kh_contacts_set_alias (database, call->contact, call->text, error) ? KH_STORE_DONE : NULL;
}

void
kh_store_set_contact_alias_async (KhStore *self,
                                  gint64 contact,
                                  const char *alias,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data)
{
  KhStoreCall *call = kh_store_call_new (run_set_contact_alias, NULL);

  call->contact = contact;
  call->text = g_strdup (alias);
  kh_store_submit (self, kh_store_set_contact_alias_async, call, cancellable, callback, user_data);
}

static gpointer
run_set_contact_verified (KhDatabase *database, const KhStoreCall *call, GError **error)
{
  return kh_contacts_set_verified (database, call->contact, call->number != 0, error)
             ? KH_STORE_DONE
             : NULL;
}

void
kh_store_set_contact_verified_async (KhStore *self,
                                     gint64 contact,
                                     gboolean verified,
                                     GCancellable *cancellable,
                                     GAsyncReadyCallback callback,
                                     gpointer user_data)
{
  KhStoreCall *call = kh_store_call_new (run_set_contact_verified, NULL);

  call->contact = contact;
  call->number = verified;
  kh_store_submit (self, kh_store_set_contact_verified_async, call, cancellable, callback,
                   user_data);
}

static gpointer
run_set_contact_flag (KhDatabase *database, const KhStoreCall *call, GError **error)
{
  return kh_contacts_set_flag (database, call->contact, (KhContactFlags) call->number,
                               call->limit != 0, error)
             ? KH_STORE_DONE
             : NULL;
}

void
kh_store_set_contact_flag_async (KhStore *self,
                                 gint64 contact,
                                 KhContactFlags flag,
                                 gboolean set,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data)
{
  KhStoreCall *call = kh_store_call_new (run_set_contact_flag, NULL);

  call->contact = contact;
  call->number = flag;
  call->limit = set != FALSE;
  kh_store_submit (self, kh_store_set_contact_flag_async, call, cancellable, callback, user_data);
}

static gpointer
run_set_contact_flags (KhDatabase *database, const KhStoreCall *call, GError **error)
{
  return kh_contacts_set_flags (database, call->contact, (KhContactFlags) call->number,
                                (KhContactFlags) call->limit, error)
             ? KH_STORE_DONE
             : NULL;
}

void
kh_store_set_contact_flags_async (KhStore *self,
                                  gint64 contact,
                                  KhContactFlags mask,
                                  KhContactFlags flags,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data)
{
  KhStoreCall *call = kh_store_call_new (run_set_contact_flags, NULL);

  call->contact = contact;
  call->number = mask;
  call->limit = flags;
  kh_store_submit (self, kh_store_set_contact_flags_async, call, cancellable, callback, user_data);
}

static gpointer
run_set_contact_draft (KhDatabase *database, const KhStoreCall *call, GError **error)
{
  return kh_contacts_set_draft (database, call->contact, call->text, error) ? KH_STORE_DONE : NULL;
}

void
kh_store_set_contact_draft_async (KhStore *self,
                                  gint64 contact,
                                  const char *draft,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data)
{
  KhStoreCall *call = kh_store_call_new (run_set_contact_draft, NULL);

  call->contact = contact;
  call->text = g_strdup (draft);
  kh_store_submit (self, kh_store_set_contact_draft_async, call, cancellable, callback, user_data);
}

static gpointer
run_set_contact_knock_stamp (KhDatabase *database, const KhStoreCall *call, GError **error)
{
  return kh_contacts_set_knock_stamp (database, call->contact, (guint64) call->number, error)
             ? KH_STORE_DONE
             : NULL;
}

void
kh_store_set_contact_knock_stamp_async (KhStore *self,
                                        gint64 contact,
                                        guint64 stamp,
                                        GCancellable *cancellable,
                                        GAsyncReadyCallback callback,
                                        gpointer user_data)
{
  KhStoreCall *call = kh_store_call_new (run_set_contact_knock_stamp, NULL);

  call->contact = contact;
  call->number = (gint64) stamp;
  kh_store_submit (self, kh_store_set_contact_knock_stamp_async, call, cancellable, callback,
                   user_data);
}

static gpointer
run_delete_contact (KhDatabase *database, const KhStoreCall *call, GError **error)
{
  return kh_contacts_delete (database, call->contact, error) ? KH_STORE_DONE : NULL;
}

void
kh_store_delete_contact_async (KhStore *self,
                               gint64 contact,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data)
{
  KhStoreCall *call = kh_store_call_new (run_delete_contact, NULL);

  call->contact = contact;
  kh_store_submit (self, kh_store_delete_contact_async, call, cancellable, callback, user_data);
}
