/* engine-server-key.c: the key of a server, for people to compare
 *
 * In the spelling of the invite link: the whole key in base64url, so that nothing is left to
 * collide with.
 */
#include "engine/engine-private.h"

char *
kh_engine_spell_key (const KhKey *key)
{
  char *text = g_base64_encode (key->bytes, KH_KEY_SIZE);

  text[strcspn (text, "=")] = '\0';
  g_strdelimit (text, "+", '-');
  return g_strdelimit (text, "/", '_');
}

char *
kh_engine_dup_offered_server_key (KhEngine *self)
{
  g_return_val_if_fail (KH_IS_ENGINE (self), NULL);
  return kh_server_link_dup_offered_key (self->home);
}
