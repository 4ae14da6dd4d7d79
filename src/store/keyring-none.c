/* keyring-none.c: store/keyring.h where libsecret is not there */
#include "store/keyring.h"

static gboolean
refuse (GError **error)
{
  g_set_error_literal (error, KH_STORE_ERROR, KH_STORE_ERROR_KEYRING,
                       "This Knothole was built without keyrings. Install libsecret and build it "
                       "again");
  return FALSE;
}

gboolean
kh_keyring_is_supported (void)
{
  return FALSE;
}

void
kh_keyring_set_limit (guint limit_ms)
{
}

gboolean
kh_keyring_store (const KhKey *key, const guint8 secret[KH_KEY_SIZE], GError **error)
{
  return refuse (error);
}

gboolean
kh_keyring_lookup (const KhKey *key, guint8 ret_secret[KH_KEY_SIZE], GError **error)
{
  return refuse (error);
}

gboolean
kh_keyring_clear (const KhKey *key, GError **error)
{
  return refuse (error);
}
