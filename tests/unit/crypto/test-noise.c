/* test-noise.c: the handshake against the published vector's shape, against itself with hostile
 * messages, and out of turn. Whole vector files are run by tests/noise-vectors.
 */
#include "crypto/noise.h"

#include "crypto/primitives.h"
#include "hex.h"

typedef struct
{
  KhIdentity *identities[2];
  KhNoise *sides[2]; /* initiator, responder */
  guint8 first[256];
  gsize first_len;
  guint8 second[256];
  gsize second_len;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  KhRandom random = hex_random ();

  f->identities[0] = kh_identity_new (&random);
  f->identities[1] = kh_identity_new (&random);
  f->sides[0] = kh_noise_new_initiator (f->identities[0], kh_identity_get_public (f->identities[1]),
                                        "pro", 3, &random);
  f->sides[1] = kh_noise_new_responder (f->identities[1], "pro", 3, &random);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  for (int i = 0; i < 2; i++)
    {
      kh_noise_free (f->sides[i]);
      kh_identity_free (f->identities[i]);
    }
}

static void
write_first (Fixture *f)
{
  g_assert_true (
      kh_noise_write (f->sides[0], "hello", 5, f->first, sizeof f->first, &f->first_len));
  g_assert_cmpuint (f->first_len, ==, 5 + KH_NOISE_MSG1_OVERHEAD);
}

static void
read_first (Fixture *f)
{
  guint8 payload[5];
  gsize len;

  g_assert_true (
      kh_noise_read (f->sides[1], f->first, f->first_len, payload, sizeof payload, &len));
  g_assert_cmpmem (payload, len, "hello", 5);
  g_assert_true (kh_key_equal (kh_noise_remote_static (f->sides[1]),
                               kh_identity_get_public (f->identities[0])));
}

static void
write_second (Fixture *f)
{
  g_assert_true (
      kh_noise_write (f->sides[1], "hi", 2, f->second, sizeof f->second, &f->second_len));
  g_assert_cmpuint (f->second_len, ==, 2 + KH_NOISE_MSG2_OVERHEAD);
}

static void
finish (Fixture *f)
{
  KhTransportKeys keys[2];
  guint8 payload[2];
  gsize len;

  g_assert_true (kh_noise_read (f->sides[0], f->second, f->second_len, payload, 2, &len));
  g_assert_cmpmem (payload, len, "hi", 2);
  for (int i = 0; i < 2; i++)
    {
      g_assert_true (kh_noise_is_complete (f->sides[i]));
      g_assert_true (kh_noise_split (f->sides[i], &keys[i]));
      g_assert_false (kh_noise_split (f->sides[i], &keys[i]));
      g_assert_false (kh_noise_is_complete (f->sides[i]));
    }
  g_assert_cmpmem (keys[0].send, 32, keys[1].receive, 32);
  g_assert_cmpmem (keys[0].receive, 32, keys[1].send, 32);
  g_assert_true (memcmp (keys[0].send, keys[0].receive, 32) != 0);
  g_assert_cmpmem (kh_noise_hash (f->sides[0]), 32, kh_noise_hash (f->sides[1]), 32);
}

static void
test_handshake (Fixture *f, gconstpointer data)
{
  g_assert_null (kh_noise_remote_static (f->sides[1]));
  write_first (f);
  read_first (f);
  write_second (f);
  finish (f);
}

/* Every bit of either message and every length but its own: refused, and the true message is
 * accepted afterwards. */
static void
assert_refused (KhNoise *side, const guint8 *message, gsize len)
{
  guint8 hash[32], payload[256];
  gsize payload_len = 12345;

  memcpy (hash, kh_noise_hash (side), sizeof hash);
  g_assert_false (kh_noise_read (side, message, len, payload, sizeof payload, &payload_len));
  g_assert_cmpuint (payload_len, ==, 12345);
  g_assert_cmpmem (kh_noise_hash (side), 32, hash, 32);
  g_assert_false (kh_noise_is_complete (side));
}

static void
assert_all_forgeries_refused (KhNoise *side, const guint8 *message, gsize len)
{
  guint8 forged[257];

  for (gsize i = 0; i < len; i++)
    {
      memcpy (forged, message, len);
      forged[i] ^= 1 << g_test_rand_int_range (0, 7);
      assert_refused (side, forged, len);
    }
  for (gsize short_len = 0; short_len < len; short_len += 1 + short_len / 16)
    assert_refused (side, message, short_len);
  memcpy (forged, message, len);
  forged[len] = 0;
  assert_refused (side, forged, len + 1);
}

static void
test_tampering (Fixture *f, gconstpointer data)
{
  write_first (f);
  assert_all_forgeries_refused (f->sides[1], f->first, f->first_len);
  g_assert_null (kh_noise_remote_static (f->sides[1]));
  read_first (f);
  write_second (f);
  assert_all_forgeries_refused (f->sides[0], f->second, f->second_len);
  finish (f);
}

static void
test_out_of_turn (Fixture *f, gconstpointer data)
{
  KhTransportKeys keys;
  guint8 buf[256];
  gsize len;

  g_assert_false (kh_noise_write (f->sides[1], "", 0, buf, sizeof buf, &len));
  g_assert_false (kh_noise_split (f->sides[0], &keys));
  g_assert_false (kh_noise_split (f->sides[1], &keys));
  write_first (f);
  g_assert_false (kh_noise_write (f->sides[0], "", 0, buf, sizeof buf, &len));
  assert_refused (f->sides[0], f->first, f->first_len);
  read_first (f);
  g_assert_false (kh_noise_read (f->sides[1], f->first, f->first_len, buf, sizeof buf, &len));
  g_assert_false (kh_noise_split (f->sides[1], &keys));
  write_second (f);
  g_assert_false (kh_noise_write (f->sides[1], "", 0, buf, sizeof buf, &len));
  finish (f);
  g_assert_false (kh_noise_read (f->sides[0], f->second, f->second_len, buf, sizeof buf, &len));
  g_assert_false (kh_noise_write (f->sides[0], "", 0, buf, sizeof buf, &len));
}

static void
test_sizes (Fixture *f, gconstpointer data)
{
  g_autofree guint8 *payload = g_malloc0 (KH_NOISE_MESSAGE_MAX);
  g_autofree guint8 *message = g_malloc (KH_NOISE_MESSAGE_MAX + 1);
  gsize most = KH_NOISE_MESSAGE_MAX - KH_NOISE_MSG1_OVERHEAD, len;

  g_assert_false (
      kh_noise_write (f->sides[0], payload, most + 1, message, KH_NOISE_MESSAGE_MAX + 1, &len));
  g_assert_false (
      kh_noise_write (f->sides[0], payload, 10, message, 9 + KH_NOISE_MSG1_OVERHEAD, &len));
  g_assert_false (kh_noise_write (f->sides[0], payload, G_MAXSIZE, message, G_MAXSIZE, &len));
  g_assert_true (kh_noise_write (f->sides[0], payload, most, message, KH_NOISE_MESSAGE_MAX, &len));
  g_assert_cmpuint (len, ==, KH_NOISE_MESSAGE_MAX);
  g_assert_false (kh_noise_read (f->sides[1], message, len, payload, most - 1, &len));
  g_assert_true (kh_noise_read (f->sides[1], message, KH_NOISE_MESSAGE_MAX, payload, most, &len));
  g_assert_cmpuint (len, ==, most);

  g_assert_true (kh_noise_write (f->sides[1], NULL, 0, message, KH_NOISE_MSG2_OVERHEAD, &len));
  g_assert_true (kh_noise_read (f->sides[0], message, len, NULL, 0, &len));
  g_assert_cmpuint (len, ==, 0);
}

static void
test_prologue_and_key (Fixture *f, gconstpointer data)
{
  KhRandom random = hex_random ();
  g_autoptr (KhIdentity) stranger = kh_identity_new (&random);
  g_autoptr (KhNoise) other_role = kh_noise_new_responder (f->identities[1], "pr", 2, &random);
  g_autoptr (KhNoise) other_key = kh_noise_new_responder (stranger, "pro", 3, &random);

  write_first (f);
  assert_refused (other_role, f->first, f->first_len);
  assert_refused (other_key, f->first, f->first_len);
}

/* Two responders with one key, as when a forger replays message 1: only the answer to the
 * handshake that was meant fits. */
static void
test_foreign_answer (Fixture *f, gconstpointer data)
{
  KhRandom random = hex_random ();
  g_autoptr (KhNoise) second_try =
      kh_noise_new_initiator (f->identities[0], kh_identity_get_public (f->identities[1]), "pro", 3,
                              &random);
  guint8 message[256];
  gsize len;

  write_first (f);
  g_assert_true (kh_noise_write (second_try, "hello", 5, message, sizeof message, &len));
  read_first (f);
  write_second (f);
  assert_refused (second_try, f->second, f->second_len);
  finish (f);
}

static void
test_low_order (Fixture *f, gconstpointer data)
{
  KhRandom random = hex_random ();
  const KhKey zero = { { 0 } }, one = { { 1 } };
  g_autoptr (KhNoise) to_nobody = kh_noise_new_initiator (f->identities[0], &zero, "", 0, &random);
  guint8 message[256];
  gsize len;

  g_assert_false (kh_noise_write (to_nobody, "", 0, message, sizeof message, &len));
  write_first (f);
  memcpy (message, f->first, f->first_len);
  memcpy (message, one.bytes, KH_KEY_SIZE);
  assert_refused (f->sides[1], message, f->first_len);
  memcpy (message, zero.bytes, KH_KEY_SIZE);
  assert_refused (f->sides[1], message, f->first_len);
  read_first (f);
  write_second (f);
  memcpy (message, f->second, f->second_len);
  memcpy (message, zero.bytes, KH_KEY_SIZE);
  assert_refused (f->sides[0], message, f->second_len);
  finish (f);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func) g_test_add ("/noise/" name, Fixture, NULL, set_up, func, tear_down)
  ADD ("handshake", test_handshake);
  ADD ("tampering", test_tampering);
  ADD ("out-of-turn", test_out_of_turn);
  ADD ("sizes", test_sizes);
  ADD ("prologue-and-key", test_prologue_and_key);
  ADD ("foreign-answer", test_foreign_answer);
  ADD ("low-order", test_low_order);
  return g_test_run ();
}
