/* keys.c: sealing and opening packets, and the generations of their keys
 *
 * DESIGN section 4, Noise sections 5.1 and 11.3. The state changes only after a packet has
 * verified, so that a forged number cannot push the receiver to a key the sender does not use.
 */
#include "crypto/keys.h"

#include "crypto/primitives.h"

#define GENERATION_SIZE (G_GUINT64_CONSTANT (1) << KH_KEY_GENERATION_BITS)

G_STATIC_ASSERT (KH_KEY_OVERHEAD == KH_AEAD_TAG_SIZE);

/* REKEY(): the first 32 bytes of ENCRYPT(k, 2^64 - 1, no ad, 32 zeros). In and out may be one. */
static void
rekey (const guint8 key[KH_AEAD_KEY_SIZE], guint8 ret_key[KH_AEAD_KEY_SIZE])
{
  guint8 buf[KH_AEAD_KEY_SIZE + KH_AEAD_TAG_SIZE] = { 0 };

  kh_aead_seal (key, G_MAXUINT64, NULL, 0, buf, KH_AEAD_KEY_SIZE);
  memcpy (ret_key, buf, KH_AEAD_KEY_SIZE);
  kh_wipe (buf, sizeof buf);
}

void
kh_key_pair_init (KhKeyPair *self, const KhTransportKeys *keys, guint8 epoch)
{
  *self = (KhKeyPair){ .epoch = epoch };
  memcpy (self->send_key, keys->send, sizeof self->send_key);
  memcpy (self->receive_key, keys->receive, sizeof self->receive_key);
}

void
kh_key_pair_clear (KhKeyPair *self)
{
  kh_wipe (self, sizeof *self);
  kh_aead_forget ();
}

gboolean
kh_key_pair_seal (
    KhKeyPair *self, guint64 number, const void *ad, gsize ad_len, guint8 *buf, gsize len)
{
  /* The generation of send_key is that of the last number sealed with it. */
  guint64 present = self->next_number == 0 ? 0 : (self->next_number - 1) >> KH_KEY_GENERATION_BITS;
  guint64 wanted = number >> KH_KEY_GENERATION_BITS;

  if (number < self->next_number || number > KH_PACKET_NUMBER_MAX || wanted > present + 1)
    return FALSE;
  if (wanted > present)
    rekey (self->send_key, self->send_key);
  self->next_number = number + 1;
  kh_aead_seal (self->send_key, number, ad, ad_len, buf, len);
  return TRUE;
}

static void
forget_previous (KhKeyPair *self)
{
  kh_wipe (self->previous_receive_key, sizeof self->previous_receive_key);
  self->has_previous = FALSE;
}

/* A packet of the next generation: it proves itself with a key that is not yet ours to keep. */
static gboolean
open_next (KhKeyPair *self, guint64 number, const void *ad, gsize ad_len, guint8 *buf, gsize len)
{
  guint8 next_key[KH_AEAD_KEY_SIZE];
  gboolean genuine;

  rekey (self->receive_key, next_key);
  genuine = kh_aead_open (next_key, number, ad, ad_len, buf, len);
  if (genuine)
    {
      memcpy (self->previous_receive_key, self->receive_key, sizeof self->receive_key);
      memcpy (self->receive_key, next_key, sizeof next_key);
      self->has_previous = TRUE;
      self->receive_generation++;
    }
  kh_wipe (next_key, sizeof next_key);
  return genuine;
}

gboolean
kh_key_pair_open (
    KhKeyPair *self, guint64 number, const void *ad, gsize ad_len, guint8 *buf, gsize len)
{
  guint64 present = self->receive_generation;
  guint64 wanted = number >> KH_KEY_GENERATION_BITS;

  if (number > KH_PACKET_NUMBER_MAX)
    return FALSE;
  if (wanted == present + 1 && present < G_MAXUINT32)
    return open_next (self, number, ad, ad_len, buf, len);
  if (wanted + 1 == present && self->has_previous)
    return kh_aead_open (self->previous_receive_key, number, ad, ad_len, buf, len);
  if (wanted != present || !kh_aead_open (self->receive_key, number, ad, ad_len, buf, len))
    return FALSE;
  if (self->has_previous && number % GENERATION_SIZE >= KH_KEY_STRAGGLERS)
    forget_previous (self);
  return TRUE;
}
