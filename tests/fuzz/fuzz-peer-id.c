/* fuzz-peer-id.c: any text as a peer ID; what is accepted must be written and read back the same */
#include "crypto/peer-id.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);
  char formatted[KH_PEER_ID_STRING_MAX];
  KhPeerIdError error;
  KhPeerId id, again;

  if (!kh_peer_id_parse (text, &id, &error))
    {
      g_autofree char *words = kh_peer_id_error_to_string (&error);

      g_assert_true (g_utf8_validate (words, -1, NULL));
      g_assert_cmpuint (error.group, <=, KH_PEER_ID_GROUPS);
      return 0;
    }
  g_assert_true (kh_peer_id_parse (kh_peer_id_format (&id, formatted), &again, NULL));
  g_assert_true (kh_peer_id_equal (&id, &again));
  g_assert_true (kh_peer_id_from_bytes (id.bytes, &again));
  return 0;
}
