/* store-settings.c: the operations on pins, pictures, invites and settings, on their way to the
 * worker; settings.c does them
 */
#include "store/store-private.h"

#include "store/settings.h"

/* A result must not be NULL, so what may be absent travels in an array of one or none. */
static gpointer
optional (gpointer value, GDestroyNotify free_value)
{
  GPtrArray *result = g_ptr_array_new_with_free_func (free_value);

  if (value != NULL)
    g_ptr_array_add (result, value);
  return result;
}

static gboolean
take_optional (KhStore *self, GAsyncResult *result, gpointer *ret_value, GError **error)
{
  g_autoptr (GPtrArray) values = kh_store_take_result (self, result, error);

  if (values == NULL)
    return FALSE;
  *ret_value = values->len > 0 ? g_ptr_array_steal_index (values, 0) : NULL;
  return TRUE;
}

static gpointer
run_get_pin (KhDatabase *database, const KhStoreCall *call, GError **error)
{
  KhStorePin *value;

  if (!kh_settings_get_pin (database, call->text, &value, error))
    return NULL;
  return optional (value, (GDestroyNotify) kh_store_pin_free);
}

void
kh_store_get_pin_async (KhStore *self,
                        const char *server,
                        GCancellable *cancellable,
                        GAsyncReadyCallback callback,
                        gpointer user_data)
{
  KhStoreCall *call = kh_store_call_new (run_get_pin, (GDestroyNotify) g_ptr_array_unref);

  call->text = g_strdup (server);
  kh_store_submit (self, kh_store_get_pin_async, call, cancellable, callback, user_data);
}

gboolean
kh_store_get_pin_finish (KhStore *self, GAsyncResult *result, KhStorePin **ret_pin, GError **error)
{
  gpointer value;

  if (!take_optional (self, result, &value, error))
    return FALSE;
  *ret_pin = value;
  return TRUE;
}

static gpointer
run_set_pin (KhDatabase *database, const KhStoreCall *call, GError **error)
{
  return kh_settings_set_pin (database, call->pin, error) ? KH_STORE_DONE : NULL;
}

void
kh_store_set_pin_async (KhStore *self,
                        const KhStorePin *pin,
                        GCancellable *cancellable,
                        GAsyncReadyCallback callback,
                        gpointer user_data)
{
  KhStoreCall *call = kh_store_call_new (run_set_pin, NULL);

  call->pin = g_memdup2 (pin, sizeof *pin);
  call->pin->server = g_strdup (pin->server);
  kh_store_submit (self, kh_store_set_pin_async, call, cancellable, callback, user_data);
}

static gpointer
run_load_pins (KhDatabase *database, const KhStoreCall *call, GError **error)
{
  return kh_settings_load_pins (database, error);
}

void
kh_store_load_pins_async (KhStore *self,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer user_data)
{
  kh_store_submit (self, kh_store_load_pins_async,
                   kh_store_call_new (run_load_pins, (GDestroyNotify) g_ptr_array_unref),
                   cancellable, callback, user_data);
}

GPtrArray *
kh_store_load_pins_finish (KhStore *self, GAsyncResult *result, GError **error)
{
  return kh_store_take_result (self, result, error);
}

static gpointer
run_forget_pin (KhDatabase *database, const KhStoreCall *call, GError **error)
{
  return kh_settings_forget_pin (database, call->text, error) ? KH_STORE_DONE : NULL;
}

void
kh_store_forget_pin_async (KhStore *self,
                           const char *server,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data)
{
  KhStoreCall *call = kh_store_call_new (run_forget_pin, NULL);

  call->text = g_strdup (server);
  kh_store_submit (self, kh_store_forget_pin_async, call, cancellable, callback, user_data);
}

static gpointer
run_set_picture (KhDatabase *database, const KhStoreCall *call, GError **error)
{
  return kh_settings_set_picture (database, call->contact, (const guint8 *) call->text, call->bytes,
                                  error)
             ? KH_STORE_DONE
             : NULL;
}

void
kh_store_set_picture_async (KhStore *self,
                            gint64 contact,
                            const guint8 *hash,
                            GBytes *data,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data)
{
  KhStoreCall *call = kh_store_call_new (run_set_picture, NULL);

  call->contact = contact;
  call->text = g_memdup2 (hash, KH_MESSAGE_HASH_SIZE);
  call->bytes = data != NULL ? g_bytes_ref (data) : NULL;
  kh_store_submit (self, kh_store_set_picture_async, call, cancellable, callback, user_data);
}

static gpointer
run_get_picture (KhDatabase *database, const KhStoreCall *call, GError **error)
{
  GBytes *value;

  if (!kh_settings_get_picture (database, call->contact, &value, error))
    return NULL;
  return optional (value, (GDestroyNotify) g_bytes_unref);
}

void
kh_store_get_picture_async (KhStore *self,
                            gint64 contact,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data)
{
  KhStoreCall *call = kh_store_call_new (run_get_picture, (GDestroyNotify) g_ptr_array_unref);

  call->contact = contact;
  kh_store_submit (self, kh_store_get_picture_async, call, cancellable, callback, user_data);
}

gboolean
kh_store_get_picture_finish (KhStore *self, GAsyncResult *result, GBytes **ret_data, GError **error)
{
  gpointer value;

  if (!take_optional (self, result, &value, error))
    return FALSE;
  *ret_data = value;
  return TRUE;
}

static gpointer
run_load_invites (KhDatabase *database, const KhStoreCall *call, GError **error)
{
  return kh_settings_load_invites (database, error);
}

void
kh_store_load_invites_async (KhStore *self,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data)
{
  kh_store_submit (self, kh_store_load_invites_async,
                   kh_store_call_new (run_load_invites, (GDestroyNotify) g_ptr_array_unref),
                   cancellable, callback, user_data);
}

GPtrArray *
kh_store_load_invites_finish (KhStore *self, GAsyncResult *result, GError **error)
{
  return kh_store_take_result (self, result, error);
}

static gpointer
run_add_invite (KhDatabase *database, const KhStoreCall *call, GError **error)
{
  return kh_settings_add_invite (database, call->invite, error) ? KH_STORE_DONE : NULL;
}

void
kh_store_add_invite_async (KhStore *self,
                           const KhStoreInvite *invite,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data)
{
  KhStoreCall *call = kh_store_call_new (run_add_invite, NULL);

  call->invite = g_memdup2 (invite, sizeof *invite);
  call->invite->label = g_strdup (invite->label);
  kh_store_submit (self, kh_store_add_invite_async, call, cancellable, callback, user_data);
}

static gpointer
run_remove_invite (KhDatabase *database, const KhStoreCall *call, GError **error)
{
  return kh_settings_remove_invite (database, (const guint8 *) call->text, error) ? KH_STORE_DONE
                                                                                  : NULL;
}

void
kh_store_remove_invite_async (KhStore *self,
                              const guint8 token[KH_STORE_TOKEN_SIZE],
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data)
{
  KhStoreCall *call = kh_store_call_new (run_remove_invite, NULL);

  call->text = g_memdup2 (token, KH_STORE_TOKEN_SIZE);
  kh_store_submit (self, kh_store_remove_invite_async, call, cancellable, callback, user_data);
}

static gpointer
run_get_setting (KhDatabase *database, const KhStoreCall *call, GError **error)
{
  char *value;

  if (!kh_settings_get (database, call->text, &value, error))
    return NULL;
  return optional (value, g_free);
}

void
kh_store_get_setting_async (KhStore *self,
                            const char *name,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data)
{
  KhStoreCall *call = kh_store_call_new (run_get_setting, (GDestroyNotify) g_ptr_array_unref);

  call->text = g_strdup (name);
  kh_store_submit (self, kh_store_get_setting_async, call, cancellable, callback, user_data);
}

gboolean
kh_store_get_setting_finish (KhStore *self, GAsyncResult *result, char **ret_value, GError **error)
{
  gpointer value;

  if (!take_optional (self, result, &value, error))
    return FALSE;
  *ret_value = value;
  return TRUE;
}

static gpointer
run_set_setting (KhDatabase *database, const KhStoreCall *call, GError **error)
{
  return kh_settings_set (database, call->text, call->extra, error) ? KH_STORE_DONE : NULL;
}

void
kh_store_set_setting_async (KhStore *self,
                            const char *name,
                            const char *value,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data)
{
  KhStoreCall *call = kh_store_call_new (run_set_setting, NULL);

  call->text = g_strdup (name);
  call->extra = g_strdup (value);
  kh_store_submit (self, kh_store_set_setting_async, call, cancellable, callback, user_data);
}
