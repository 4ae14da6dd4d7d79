/* keyring.c: the secret key in the desktop's keyring, by libsecret
 *
 * See keyring.h. libsecret's own blocking calls know no limit, so its others are called on a main
 * context that lives as long as the call; when the time is up, they are cancelled there.
 */
#include "store/keyring.h"

#include <string.h>

#define SECRET_API_SUBJECT_TO_CHANGE 1
#include <libsecret/secret.h>

#include "crypto/peer-id.h"
#include "crypto/primitives.h"

#define HEX_SIZE (2 * KH_KEY_SIZE + 1)

static const SecretSchema schema = {
  "io.github.knothole.Identity",
  SECRET_SCHEMA_NONE,
  { { "public-key", SECRET_SCHEMA_ATTRIBUTE_STRING }, { NULL, 0 } },
};

static guint the_limit_ms = KH_KEYRING_LIMIT_MS;

/* One call: begun on its own context, ended by its result. */
typedef struct
{
  GMainContext *context;
  GSource *timer, *interrupt; /* (nullable): @interrupt */
  GCancellable *cancellable;
  GAsyncResult *result;
  gboolean timed_out;
} Call;

static gboolean
on_time_up (gpointer user_data)
{
  Call *self = user_data;

  self->timed_out = TRUE;
  g_cancellable_cancel (self->cancellable);
  return G_SOURCE_REMOVE;
}

static gboolean
on_interrupted (GCancellable *current, gpointer user_data)
{
  Call *self = user_data;

  g_cancellable_cancel (self->cancellable);
  return G_SOURCE_REMOVE;
}

static void
call_begin (Call *self, guint limit_ms)
{
  GCancellable *current = g_cancellable_get_current ();

  *self = (Call){
    .context = g_main_context_new (),
    .timer = g_timeout_source_new (limit_ms),
    .cancellable = g_cancellable_new (),
  };
  g_main_context_push_thread_default (self->context);
  g_source_set_callback (self->timer, on_time_up, self, NULL);
  g_source_attach (self->timer, self->context);
  if (current == NULL)
    return;
  self->interrupt = g_cancellable_source_new (current);
  g_source_set_callback (self->interrupt, G_SOURCE_FUNC (on_interrupted), self, NULL);
  g_source_attach (self->interrupt, self->context);
}

static void
on_result (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Call *self = user_data;

  self->result = g_object_ref (result);
}

static GAsyncResult *
call_wait (Call *self)
{
  while (self->result == NULL)
    g_main_context_iteration (self->context, TRUE);
  return self->result;
}

/* Turns what libsecret said into words. @local is taken. */
static gboolean
call_end (Call *self, gboolean ok, GError *local, GError **error)
{
  /* What it knows of the service is bound to our context, and let go of there. */
  secret_service_disconnect ();
  g_clear_object (&self->result);
  while (g_main_context_iteration (self->context, FALSE))
    continue;
  g_source_destroy (self->timer);
  g_source_unref (self->timer);
  if (self->interrupt != NULL)
    g_source_destroy (self->interrupt);
  g_clear_pointer (&self->interrupt, g_source_unref);
  g_main_context_pop_thread_default (self->context);
  g_main_context_unref (self->context);
  g_object_unref (self->cancellable);
  if (!ok && self->timed_out)
    g_set_error (error, KH_STORE_ERROR, KH_STORE_ERROR_KEYRING,
                 "The keyring of the desktop did not answer in time. Unlock it and try again");
  else if (!ok)
    g_set_error (error, KH_STORE_ERROR, KH_STORE_ERROR_KEYRING,
                 "The keyring of the desktop cannot be used: %s",
                 local != NULL ? local->message : "it is locked");
  g_clear_error (&local);
  return ok;
}

static void
to_hex (const guint8 bytes[KH_KEY_SIZE], char ret_hex[HEX_SIZE])
{
  for (guint i = 0; i < KH_KEY_SIZE; i++)
    g_snprintf (ret_hex + 2 * i, 3, "%02x", bytes[i]);
}

static gboolean
from_hex (const char *hex, guint8 ret_bytes[KH_KEY_SIZE])
{
  if (strlen (hex) != HEX_SIZE - 1 || strspn (hex, "0123456789abcdef") != HEX_SIZE - 1)
    return FALSE;
  for (guint i = 0; i < KH_KEY_SIZE; i++)
    ret_bytes[i] =
        (guint8) (g_ascii_xdigit_value (hex[2 * i]) << 4 | g_ascii_xdigit_value (hex[2 * i + 1]));
  return TRUE;
}

gboolean
kh_keyring_is_supported (void)
{
  return TRUE;
}

void
kh_keyring_set_limit (guint limit_ms)
{
  the_limit_ms = limit_ms;
}

gboolean
kh_keyring_store (const KhKey *key, const guint8 secret[KH_KEY_SIZE], GError **error)
{
  const KhPeerId id = kh_peer_id_from_key (key);
  g_autofree char *id_text = kh_peer_id_to_string (&id);
  g_autofree char *label = g_strdup_printf ("Knothole %s", id_text);
  char public_hex[HEX_SIZE], secret_hex[HEX_SIZE];
  GError *local = NULL;
  gboolean ok;
  Call call;

  to_hex (key->bytes, public_hex);
  to_hex (secret, secret_hex);
  call_begin (&call, the_limit_ms);
  secret_password_store (&schema, SECRET_COLLECTION_DEFAULT, label, secret_hex, call.cancellable,
                         on_result, &call, "public-key", public_hex, NULL);
  ok = secret_password_store_finish (call_wait (&call), &local);
  kh_wipe (secret_hex, sizeof secret_hex);
  return call_end (&call, ok, local, error);
}

/* Whether it is there, and has to be unlocked. */
static gboolean
search (const char *public_hex, gboolean *ret_locked, GError **error)
{
  GList *found;
  GError *local = NULL;
  gboolean is_there, locked;
  Call call;

  call_begin (&call, the_limit_ms);
  secret_password_search (&schema, SECRET_SEARCH_NONE, call.cancellable, on_result, &call,
                          "public-key", public_hex, NULL);
  found = secret_password_search_finish (call_wait (&call), &local);
  is_there = found != NULL;
  locked = is_there && SECRET_IS_ITEM (found->data) &&
           secret_item_get_locked (SECRET_ITEM (found->data));
  /* Bound to our context as well: what an item listens with is freed by the last of its turns. */
  g_list_free_full (found, g_object_unref);
  if (!call_end (&call, local == NULL, local, error))
    return FALSE;
  if (!is_there)
    {
      g_set_error_literal (error, KH_STORE_ERROR, KH_STORE_ERROR_KEYRING,
                           "The keyring of the desktop does not have the secret key of this "
                           "identity. Open the keyring that has it, or restore a backup");
      return FALSE;
    }
  *ret_locked = locked;
  return TRUE;
}

gboolean
kh_keyring_lookup (const KhKey *key, guint8 ret_secret[KH_KEY_SIZE], GError **error)
{
  char public_hex[HEX_SIZE];
  gboolean locked, ok;
  GError *local = NULL;
  char *secret_hex;
  Call call;

  to_hex (key->bytes, public_hex);
  if (!search (public_hex, &locked, error))
    return FALSE;
  call_begin (&call, locked ? KH_KEYRING_UNLOCK_MS : the_limit_ms);
  secret_password_lookup (&schema, call.cancellable, on_result, &call, "public-key", public_hex,
                          NULL);
  secret_hex = secret_password_lookup_finish (call_wait (&call), &local);
  ok = secret_hex != NULL && from_hex (secret_hex, ret_secret);
  secret_password_free (secret_hex);
  return call_end (&call, ok, local, error);
}

gboolean
kh_keyring_clear (const KhKey *key, GError **error)
{
  char public_hex[HEX_SIZE];
  GError *local = NULL;
  Call call;

  to_hex (key->bytes, public_hex);
  call_begin (&call, the_limit_ms);
  secret_password_clear (&schema, call.cancellable, on_result, &call, "public-key", public_hex,
                         NULL);
  /* FALSE without an error is that there was none. */
  secret_password_clear_finish (call_wait (&call), &local);
  return call_end (&call, local == NULL, local, error);
}
