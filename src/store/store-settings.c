/* store-settings.c: the operations on pins and settings, on their way to the worker; settings.c
 * does them
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
