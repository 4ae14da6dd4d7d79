/* error.c: the engine's error domain, and what the layers below mean in it */
#include "engine/error-private.h"

#include "store/error.h"

G_DEFINE_QUARK (kh - engine - error - quark, kh_engine_error)

static const char *const names[] = {
  [KH_ENGINE_ERROR_DISK] = "disk",
  [KH_ENGINE_ERROR_NO_SPACE] = "no-space",
  [KH_ENGINE_ERROR_READ_ONLY] = "read-only",
  [KH_ENGINE_ERROR_LOCKED] = "locked",
  [KH_ENGINE_ERROR_NEWER_DATABASE] = "newer-database",
  [KH_ENGINE_ERROR_CORRUPT_DATABASE] = "corrupt-database",
  [KH_ENGINE_ERROR_IDENTITY_FILE] = "identity-file",
  [KH_ENGINE_ERROR_PASSPHRASE] = "passphrase",
  [KH_ENGINE_ERROR_KEYRING] = "keyring",
  [KH_ENGINE_ERROR_BAD_PEER_ID] = "bad-peer-id",
  [KH_ENGINE_ERROR_OWN_ID] = "own-id",
  [KH_ENGINE_ERROR_BAD_SERVER] = "bad-server",
  [KH_ENGINE_ERROR_TOO_LONG] = "too-long",
  [KH_ENGINE_ERROR_INVALID] = "invalid",
  [KH_ENGINE_ERROR_BIND] = "bind",
  [KH_ENGINE_ERROR_RESOLVE] = "resolve",
  [KH_ENGINE_ERROR_NO_SERVER] = "no-server",
  [KH_ENGINE_ERROR_SERVER_SILENT] = "server-silent",
  [KH_ENGINE_ERROR_SERVER_REFUSED] = "server-refused",
  [KH_ENGINE_ERROR_SERVER_VERSION] = "server-version",
  [KH_ENGINE_ERROR_SERVER_LOST] = "server-lost",
  [KH_ENGINE_ERROR_SERVER_GOING_AWAY] = "server-going-away",
  [KH_ENGINE_ERROR_SERVER_UNPROVEN] = "server-unproven",
  [KH_ENGINE_ERROR_SERVER_KEY_CHANGED] = "server-key-changed",
  [KH_ENGINE_ERROR_REPLACED] = "replaced",
  [KH_ENGINE_ERROR_PEER_OFFLINE] = "peer-offline",
  [KH_ENGINE_ERROR_PEER_UNANSWERED] = "peer-unanswered",
  [KH_ENGINE_ERROR_PEER_WRONG_KEY] = "peer-wrong-key",
  [KH_ENGINE_ERROR_PEER_PROTOCOL] = "peer-protocol",
  [KH_ENGINE_ERROR_NO_PATH] = "no-path",
  [KH_ENGINE_ERROR_NO_RELAY] = "no-relay",
  [KH_ENGINE_ERROR_REFUSED] = "refused",
  [KH_ENGINE_ERROR_INTERRUPTED] = "interrupted",
  [KH_ENGINE_ERROR_OTHER_SERVER] = "other-server",
  [KH_ENGINE_ERROR_CLOSED] = "closed",
};

const char *
kh_engine_error_to_string (KhEngineError code)
{
  return (guint) code < G_N_ELEMENTS (names) ? names[code] : "unknown";
}

static KhEngineError
code_from_store (KhStoreError code)
{
  switch (code)
    {
    case KH_STORE_ERROR_LOCKED:
      return KH_ENGINE_ERROR_LOCKED;
    case KH_STORE_ERROR_READ_ONLY:
      return KH_ENGINE_ERROR_READ_ONLY;
    case KH_STORE_ERROR_DISK_FULL:
      return KH_ENGINE_ERROR_NO_SPACE;
    case KH_STORE_ERROR_NEWER_VERSION:
      return KH_ENGINE_ERROR_NEWER_DATABASE;
    case KH_STORE_ERROR_CORRUPT:
    case KH_STORE_ERROR_FOREIGN:
      return KH_ENGINE_ERROR_CORRUPT_DATABASE;
    case KH_STORE_ERROR_IDENTITY:
    case KH_STORE_ERROR_NO_IDENTITY:
      return KH_ENGINE_ERROR_IDENTITY_FILE;
    case KH_STORE_ERROR_INVALID:
      return KH_ENGINE_ERROR_INVALID;
    case KH_STORE_ERROR_NEEDS_PASSPHRASE:
      return KH_ENGINE_ERROR_PASSPHRASE;
    case KH_STORE_ERROR_KEYRING:
      return KH_ENGINE_ERROR_KEYRING;
    case KH_STORE_ERROR_PASSPHRASE:
      return KH_ENGINE_ERROR_REFUSED;
    case KH_STORE_ERROR_BACKUP:
      return KH_ENGINE_ERROR_CORRUPT_DATABASE;
    case KH_STORE_ERROR_CLOSED:
      return KH_ENGINE_ERROR_CLOSED;
    case KH_STORE_ERROR_IO:
    case KH_STORE_ERROR_EXISTS:
    case KH_STORE_ERROR_NOT_FOUND:
    default:
      return KH_ENGINE_ERROR_DISK;
    }
}

static GError *
replace (GError *error, KhEngineError code)
{
  GError *replaced = g_error_new_literal (KH_ENGINE_ERROR, code, error->message);

  g_error_free (error);
  return replaced;
}

GError *
kh_engine_error_from_store (GError *error)
{
  if (error->domain == KH_ENGINE_ERROR || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return error;
  if (error->domain == KH_STORE_ERROR)
    return replace (error, code_from_store (error->code));
  return replace (error, KH_ENGINE_ERROR_DISK);
}

GError *
kh_engine_error_from_socket (GError *error)
{
  return replace (error, KH_ENGINE_ERROR_BIND);
}
