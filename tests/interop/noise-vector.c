/* noise-vector.c: plays a test vector's handshake and transport messages with src/crypto
 *
 * Both sides are ours: each message must come out as the vector has it, and the other side must
 * read the vector's bytes back to the payload.
 */
#include "noise-vector.h"

#include <string.h>

#include "crypto/keys.h"

typedef struct
{
  KhIdentity *identities[2];
  KhNoise *sides[2];
  KhKeyPair pairs[2];
} Run;

NoiseVector *
noise_vector_new (void)
{
  NoiseVector *self = g_new0 (NoiseVector, 1);

  self->payloads = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  self->ciphertexts = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  return self;
}

void
noise_vector_free (NoiseVector *self)
{
  if (self == NULL)
    return;
  for (int i = 0; i < 2; i++)
    {
      g_clear_pointer (&self->prologues[i], g_bytes_unref);
      g_clear_pointer (&self->secrets[i], g_bytes_unref);
      g_clear_pointer (&self->ephemerals[i], g_bytes_unref);
    }
  g_clear_pointer (&self->remote_static, g_bytes_unref);
  g_clear_pointer (&self->hash, g_bytes_unref);
  g_ptr_array_unref (self->payloads);
  g_ptr_array_unref (self->ciphertexts);
  g_free (self);
}

GBytes *
noise_vector_bytes (const char *text)
{
  gsize len = strlen (text);
  g_autofree guint8 *bytes = g_malloc (len / 2 + 1);

  if (len % 2 != 0)
    return NULL;
  for (gsize i = 0; i < len / 2; i++)
    {
      int high = g_ascii_xdigit_value (text[2 * i]);
      int low = g_ascii_xdigit_value (text[2 * i + 1]);

      if (high < 0 || low < 0)
        return NULL;
      bytes[i] = (guint8) (high << 4 | low);
    }
  return g_bytes_new_take (g_steal_pointer (&bytes), len / 2);
}

static gboolean
fail (char **ret_why, const char *why)
{
  *ret_why = g_strdup (why);
  return FALSE;
}

static gboolean
is_key (GBytes *bytes)
{
  return bytes != NULL && g_bytes_get_size (bytes) == KH_KEY_SIZE;
}

static gboolean
check_fields (const NoiseVector *self, char **ret_why)
{
  for (int i = 0; i < 2; i++)
    if (!is_key (self->secrets[i]) || !is_key (self->ephemerals[i]))
      return fail (ret_why, "a static or ephemeral key is missing or has not 32 bytes");
  if (self->remote_static != NULL && !is_key (self->remote_static))
    return fail (ret_why, "init_remote_static has not 32 bytes");
  if (self->payloads->len < 2 || self->payloads->len != self->ciphertexts->len)
    return fail (ret_why, "there are fewer than two messages");
  return TRUE;
}

static void
fill_ephemeral (guint8 *buf, gsize len, gpointer user_data)
{
  g_assert_cmpuint (len, ==, g_bytes_get_size (user_data));
  memcpy (buf, g_bytes_get_data (user_data, NULL), len);
}

static void
start (const NoiseVector *self, Run *run)
{
  for (int i = 0; i < 2; i++)
    run->identities[i] = kh_identity_new_from_secret (g_bytes_get_data (self->secrets[i], NULL));
  for (int i = 0; i < 2; i++)
    {
      KhRandom random = { fill_ephemeral, self->ephemerals[i] };
      gsize len = 0;
      const void *prologue =
          self->prologues[i] == NULL ? NULL : g_bytes_get_data (self->prologues[i], &len);
      KhKey remote = *kh_identity_get_public (run->identities[1]);

      if (self->remote_static != NULL)
        memcpy (remote.bytes, g_bytes_get_data (self->remote_static, NULL), KH_KEY_SIZE);
      run->sides[i] =
          i == 0 ? kh_noise_new_initiator (run->identities[0], &remote, prologue, len, &random)
                 : kh_noise_new_responder (run->identities[1], prologue, len, &random);
    }
}

static void
stop (Run *run)
{
  for (int i = 0; i < 2; i++)
    {
      kh_noise_free (run->sides[i]);
      kh_identity_free (run->identities[i]);
      kh_key_pair_clear (&run->pairs[i]);
    }
}

static gboolean
equal_bytes (const guint8 *bytes, gsize len, GBytes *expected)
{
  gsize expected_len;
  const void *data = g_bytes_get_data (expected, &expected_len);

  return len == expected_len && (len == 0 || memcmp (bytes, data, len) == 0);
}

/* Handshake messages 0 and 1, transport messages after. */
static gboolean
write_message (Run *run, guint i, GBytes *payload, guint8 *out, gsize *ret_len)
{
  gsize len;
  const void *data = g_bytes_get_data (payload, &len);

  if (len > KH_NOISE_MESSAGE_MAX - KH_NOISE_MSG1_OVERHEAD)
    return FALSE;
  if (i < 2)
    return kh_noise_write (run->sides[i], data, len, out, KH_NOISE_MESSAGE_MAX, ret_len);
  if (len > 0)
    memcpy (out, data, len);
  *ret_len = len + KH_KEY_OVERHEAD;
  return kh_key_pair_seal (&run->pairs[i % 2], i / 2 - 1, NULL, 0, out, len);
}

static gboolean
read_message (Run *run, guint i, guint8 *message, gsize len, guint8 *out, gsize *ret_len)
{
  if (i < 2)
    return kh_noise_read (run->sides[1 - i], message, len, out, KH_NOISE_MESSAGE_MAX, ret_len);
  memcpy (out, message, len);
  *ret_len = len - KH_KEY_OVERHEAD;
  return kh_key_pair_open (&run->pairs[1 - i % 2], i / 2 - 1, NULL, 0, out, len);
}

static gboolean
split (const NoiseVector *self, Run *run, char **ret_why)
{
  for (int i = 0; i < 2; i++)
    {
      KhTransportKeys keys;

      if (self->hash != NULL && !equal_bytes (kh_noise_hash (run->sides[i]), 32, self->hash))
        return fail (ret_why, "the handshake hash differs");
      if (!kh_noise_split (run->sides[i], &keys))
        return fail (ret_why, "the handshake is not complete");
      kh_key_pair_init (&run->pairs[i], &keys, 0);
    }
  return TRUE;
}

static gboolean
run_message (const NoiseVector *self, Run *run, guint i, guint8 *message, guint8 *plain)
{
  gsize len;

  return write_message (run, i, self->payloads->pdata[i], message, &len) &&
         equal_bytes (message, len, self->ciphertexts->pdata[i]) &&
         read_message (run, i, message, len, plain, &len) &&
         equal_bytes (plain, len, self->payloads->pdata[i]);
}

gboolean
noise_vector_run (const NoiseVector *self, char **ret_why)
{
  g_autofree guint8 *message = g_malloc (KH_NOISE_MESSAGE_MAX);
  g_autofree guint8 *plain = g_malloc (KH_NOISE_MESSAGE_MAX);
  Run run = { 0 };
  gboolean passed = TRUE;

  if (!check_fields (self, ret_why))
    return FALSE;
  start (self, &run);
  for (guint i = 0; passed && i < self->payloads->len; i++)
    {
      passed = run_message (self, &run, i, message, plain);
      if (!passed)
        *ret_why = g_strdup_printf ("message %u differs", i);
      else if (i == 1)
        passed = split (self, &run, ret_why);
    }
  stop (&run);
  return passed;
}
