/* keys.c: sealing and opening packets, and the generations of their keys
 *
 * PROTOCOL.md, "Keys"; Noise, sections 5.1 and 11.3. The state changes only after a packet has
 * verified, so that a forged number cannot push the receiver to a key the sender does not use.
 */
#include "crypto/keys.h"

#include "crypto/primitives.h"

#define GENERATION_SIZE (G_GUINT64_CONSTANT (1) << KH_KEY_GENERATION_BITS)
/* Fits the fields of a pair; no session seals 2^54 packets. */
#define GENERATION_MAX G_MAXUINT32

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

gboolean
kh_key_pair_init_at (KhKeyPair *self,
                     const KhTransportKeys *keys,
                     guint8 epoch,
                     guint64 send_from,
                     guint64 receive_from)
{
  guint64 send_generation = send_from >> KH_KEY_GENERATION_BITS;
  guint64 receive_generation = receive_from >> KH_KEY_GENERATION_BITS;

  if (MAX (send_generation, receive_generation) > GENERATION_MAX)
    return FALSE;
  *self = (KhKeyPair){
    .epoch = epoch,
    .next_number = send_from,
    .send_generation = (guint32) send_generation,
    .receive_generation = (guint32) receive_generation,
  };
  memcpy (self->send_key, keys->send, sizeof self->send_key);
  memcpy (self->receive_key, keys->receive, sizeof self->receive_key);
  return TRUE;
}

void
kh_key_pair_init (KhKeyPair *self, const KhTransportKeys *keys, guint8 epoch)
{
  gboolean is_made = kh_key_pair_init_at (self, keys, epoch, 0, 0);

  g_assert (is_made);
}

void
kh_key_pair_clear (KhKeyPair *self)
{
  kh_wipe (self, sizeof *self);
  kh_aead_forget ();
}

gboolean
kh_key_pair_seal_parts (KhKeyPair *self,
                        guint64 number,
                        const void *ad,
                        gsize ad_len,
                        guint8 *buf,
                        gsize len,
                        const KhBytes *tail,
                        guint n_tail)
{
  guint64 wanted = number >> KH_KEY_GENERATION_BITS;
  guint64 ahead = self->has_sealed ? 1 : KH_KEY_GENERATIONS_AHEAD;

  if (number < self->next_number || number > KH_PACKET_NUMBER_MAX || wanted > GENERATION_MAX ||
      wanted > self->send_generation + ahead)
    return FALSE;
  for (; self->send_generation < wanted; self->send_generation++)
    rekey (self->send_key, self->send_key);
  self->has_sealed = TRUE;
  self->next_number = number + 1;
  kh_aead_seal_parts (self->send_key, number, ad, ad_len, buf, len, tail, n_tail);
  return TRUE;
}

gboolean
kh_key_pair_seal (
    KhKeyPair *self, guint64 number, const void *ad, gsize ad_len, guint8 *buf, gsize len)
{
  return kh_key_pair_seal_parts (self, number, ad, ad_len, buf, len, NULL, 0);
}

static void
forget_previous (KhKeyPair *self)
{
  kh_wipe (self->previous_receive_key, sizeof self->previous_receive_key);
  self->has_previous = FALSE;
}

/* A packet of a later generation: it proves itself with a key that is not yet ours to keep. */
static gboolean
open_later (KhKeyPair *self,
            guint32 generation,
            guint64 number,
            const void *ad,
            gsize ad_len,
            guint8 *buf,
            gsize len)
{
  guint8 key[KH_AEAD_KEY_SIZE], key_before[KH_AEAD_KEY_SIZE];
  gboolean genuine;

  memcpy (key, self->receive_key, sizeof key);
  for (guint32 i = self->receive_generation; i < generation; i++)
    {
      memcpy (key_before, key, sizeof key);
      rekey (key, key);
    }
  genuine = kh_aead_open (key, number, ad, ad_len, buf, len);
  if (genuine)
    {
      memcpy (self->previous_receive_key, key_before, sizeof key_before);
      memcpy (self->receive_key, key, sizeof key);
      self->has_previous = TRUE;
      self->has_opened = TRUE;
      self->receive_generation = generation;
    }
  kh_wipe (key, sizeof key);
  kh_wipe (key_before, sizeof key_before);
  return genuine;
}

gboolean
kh_key_pair_open (
    KhKeyPair *self, guint64 number, const void *ad, gsize ad_len, guint8 *buf, gsize len)
{
  guint64 present = self->receive_generation;
  guint64 wanted = number >> KH_KEY_GENERATION_BITS;
  guint64 ahead = self->has_opened ? 1 : KH_KEY_GENERATIONS_AHEAD;

  if (number > KH_PACKET_NUMBER_MAX || wanted > GENERATION_MAX)
    return FALSE;
  if (wanted > present && wanted <= present + ahead)
    return open_later (self, (guint32) wanted, number, ad, ad_len, buf, len);
  if (wanted + 1 == present && self->has_previous)
    return kh_aead_open (self->previous_receive_key, number, ad, ad_len, buf, len);
  if (wanted != present || !kh_aead_open (self->receive_key, number, ad, ad_len, buf, len))
    return FALSE;
  self->has_opened = TRUE;
  if (self->has_previous && number % GENERATION_SIZE >= KH_KEY_STRAGGLERS)
    forget_previous (self);
  return TRUE;
}
