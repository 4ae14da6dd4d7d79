/* test-keys.c: sealing and opening, the generations of keys, and the refusal to use a nonce twice
 */
#include "crypto/keys.h"

#include "crypto/primitives.h"
#include "hex.h"

#define GENERATION (G_GUINT64_CONSTANT (1) << KH_KEY_GENERATION_BITS)

typedef struct
{
  KhKeyPair ours;
  KhKeyPair theirs;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  KhTransportKeys keys, mirrored;
  KhRandom random = hex_random ();

  kh_random_fill (&random, &keys, sizeof keys);
  memcpy (mirrored.send, keys.receive, 32);
  memcpy (mirrored.receive, keys.send, 32);
  kh_key_pair_init (&f->ours, &keys, 3);
  kh_key_pair_init (&f->theirs, &mirrored, 3);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  KhKeyPair zero = { 0 };

  kh_key_pair_clear (&f->ours);
  kh_key_pair_clear (&f->theirs);
  g_assert_cmpmem (&f->ours, sizeof zero, &zero, sizeof zero);
}

/* Returns whether @number could be sealed. */
static gboolean
seal (Fixture *f, guint64 number, guint8 packet[20])
{
  memcpy (packet, "text", 4);
  return kh_key_pair_seal (&f->ours, number, "head", 4, packet, 4);
}

static gboolean
open_packet (Fixture *f, guint64 number, const guint8 packet[20])
{
  guint8 buf[20];

  memcpy (buf, packet, sizeof buf);
  if (!kh_key_pair_open (&f->theirs, number, "head", 4, buf, sizeof buf))
    return FALSE;
  g_assert_cmpmem (buf, 4, "text", 4);
  return TRUE;
}

static void
assert_passes (Fixture *f, guint64 number)
{
  guint8 packet[20];

  g_assert_true (seal (f, number, packet));
  g_assert_true (open_packet (f, number, packet));
}

static void
test_numbers (Fixture *f, gconstpointer data)
{
  guint8 packet[20], untouched[20];

  g_assert_cmpuint (f->ours.epoch, ==, 3);
  assert_passes (f, 0);
  assert_passes (f, 1);
  assert_passes (f, 500);
  for (guint64 used = 0; used <= 500; used += 100)
    {
      KhKeyPair before = f->ours;

      memcpy (untouched, "text", 4);
      g_assert_false (seal (f, used, packet));
      g_assert_cmpmem (packet, 4, untouched, 4);
      g_assert_cmpmem (&f->ours, sizeof before, &before, sizeof before);
    }
  assert_passes (f, 501);
  g_assert_false (seal (f, 501 + 2 * GENERATION, packet));
  g_assert_false (seal (f, KH_PACKET_NUMBER_MAX + 1, packet));
  g_assert_false (seal (f, G_MAXUINT64, packet));
}

static void
test_refusals (Fixture *f, gconstpointer data)
{
  KhKeyPair before;
  guint8 packet[20], other[20];

  g_assert_true (seal (f, 7, packet));
  before = f->theirs;
  for (guint i = 0; i < sizeof packet; i++)
    {
      packet[i] ^= 0x20;
      g_assert_false (open_packet (f, 7, packet));
      packet[i] ^= 0x20;
    }
  g_assert_false (open_packet (f, 8, packet));
  g_assert_false (open_packet (f, 7 + GENERATION, packet));
  g_assert_false (open_packet (f, 7 + 2 * GENERATION, packet));
  g_assert_false (open_packet (f, G_MAXUINT64, packet));
  memcpy (other, packet, sizeof other);
  g_assert_false (kh_key_pair_open (&f->theirs, 7, "heaD", 4, other, sizeof other));
  g_assert_false (kh_key_pair_open (&f->theirs, 7, "head", 4, packet, 15));
  g_assert_false (kh_key_pair_open (&f->theirs, 7, "head", 4, packet, 0));
  g_assert_cmpmem (&f->theirs, sizeof before, &before, sizeof before);
}

/* A packet that bounces back to its sender is not genuine. */
static void
test_reflection (Fixture *f, gconstpointer data)
{
  guint8 packet[20];

  g_assert_true (seal (f, 0, packet));
  g_assert_false (kh_key_pair_open (&f->ours, 0, "head", 4, packet, sizeof packet));
}

static void
test_generations (Fixture *f, gconstpointer data)
{
  guint8 first_key[32], straggler[20], forged[20] = { 0 };

  memcpy (first_key, f->ours.send_key, 32);
  assert_passes (f, GENERATION - 2);
  g_assert_true (seal (f, GENERATION - 1, straggler));
  g_assert_cmpmem (f->ours.send_key, 32, first_key, 32);
  g_assert_false (open_packet (f, GENERATION, forged));
  g_assert_cmpuint (f->theirs.receive_generation, ==, 0);

  assert_passes (f, GENERATION);
  g_assert_true (memcmp (f->ours.send_key, first_key, 32) != 0);
  g_assert_cmpuint (f->theirs.receive_generation, ==, 1);
  g_assert_true (f->theirs.has_previous);
  g_assert_true (open_packet (f, GENERATION - 1, straggler));

  assert_passes (f, GENERATION + KH_KEY_STRAGGLERS - 1);
  g_assert_true (f->theirs.has_previous);
  assert_passes (f, GENERATION + KH_KEY_STRAGGLERS);
  g_assert_false (f->theirs.has_previous);
  assert_hex (f->theirs.previous_receive_key, 32,
              "0000000000000000000000000000000000000000000000000000000000000000");
  g_assert_false (open_packet (f, GENERATION - 1, straggler));

  for (guint64 generation = 2; generation < 10; generation++)
    assert_passes (f, generation * GENERATION + 5);
  g_assert_cmpuint (f->theirs.receive_generation, ==, 9);
  g_assert_false (seal (f, 11 * GENERATION, straggler));
}

/* REKEY() by the letter of Noise section 4.2. */
static void
test_rekey (Fixture *f, gconstpointer data)
{
  guint8 expected[48] = { 0 }, packet[20];

  kh_aead_seal (f->ours.send_key, G_MAXUINT64, NULL, 0, expected, 32);
  g_assert_true (seal (f, GENERATION, packet));
  g_assert_cmpmem (f->ours.send_key, 32, expected, 32);
  g_assert_true (open_packet (f, GENERATION, packet));
}

/* The pair of a later handshake begins wherever the numbers of each direction are. */
static void
test_late_start (Fixture *f, gconstpointer data)
{
  KhTransportKeys keys = { { 1 }, { 2 } }, mirrored = { { 2 }, { 1 } };
  guint64 from = 7 * GENERATION - 3;
  guint8 straggler[20], packet[20];

  g_assert_true (kh_key_pair_init_at (&f->ours, &keys, 4, from, 0));
  g_assert_true (kh_key_pair_init_at (&f->theirs, &mirrored, 4, 0, from));
  g_assert_false (seal (f, from - 1, packet));
  g_assert_true (seal (f, from, straggler));
  g_assert_cmpmem (f->ours.send_key, 32, keys.send, 32);
  assert_passes (f, from + 2);
  assert_passes (f, from + 3);
  g_assert_true (open_packet (f, from, straggler));
}

/* What a session sends while a handshake is under way may be many generations. */
static void
test_far_start (Fixture *f, gconstpointer data)
{
  KhTransportKeys keys = { { 1 }, { 2 } }, mirrored = { { 2 }, { 1 } };
  guint8 packet[20], forged[20] = { 0 };

  g_assert_true (kh_key_pair_init_at (&f->ours, &keys, 4, 5, 0));
  g_assert_true (kh_key_pair_init_at (&f->theirs, &mirrored, 4, 0, 5));
  g_assert_false (seal (f, (KH_KEY_GENERATIONS_AHEAD + 1) * GENERATION, packet));
  g_assert_false (open_packet (f, KH_KEY_GENERATIONS_AHEAD * GENERATION, forged));
  g_assert_cmpuint (f->theirs.receive_generation, ==, 0);

  assert_passes (f, KH_KEY_GENERATIONS_AHEAD * GENERATION);
  g_assert_false (seal (f, (KH_KEY_GENERATIONS_AHEAD + 2) * GENERATION, packet));
  g_assert_true (seal (f, (KH_KEY_GENERATIONS_AHEAD + 1) * GENERATION - 1, packet));
  assert_passes (f, (KH_KEY_GENERATIONS_AHEAD + 1) * GENERATION);
  g_assert_true (open_packet (f, (KH_KEY_GENERATIONS_AHEAD + 1) * GENERATION - 1, packet));
}

static void
test_impossible_start (Fixture *f, gconstpointer data)
{
  KhTransportKeys keys = { { 1 }, { 2 } };
  KhKeyPair before = f->ours;

  g_assert_false (kh_key_pair_init_at (&f->ours, &keys, 4, 0, KH_PACKET_NUMBER_MAX));
  g_assert_false (kh_key_pair_init_at (&f->ours, &keys, 4, 0, G_MAXUINT64));
  g_assert_cmpmem (&f->ours, sizeof before, &before, sizeof before);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func) g_test_add ("/keys/" name, Fixture, NULL, set_up, func, tear_down)
  ADD ("numbers", test_numbers);
  ADD ("refusals", test_refusals);
  ADD ("reflection", test_reflection);
  ADD ("generations", test_generations);
  ADD ("rekey", test_rekey);
  ADD ("late-start", test_late_start);
  ADD ("far-start", test_far_start);
  ADD ("impossible-start", test_impossible_start);
  return g_test_run ();
}
