/* test-session-keys.c: who can take part in a change of keys, how often, and how many there can be
 */
#include <string.h>

#include "node/session-keys.h"

#define MS 1000
#define S G_USEC_PER_SEC

typedef struct
{
  guint64 seed;
  gint64 now_us;
  KhIdentity *identities[3];
  KhSessionKeys ours;
  KhSessionKeys theirs;
  guint64 number;
} Fixture;

static void
fill (guint8 *buf, gsize len, gpointer user_data)
{
  guint64 *state = user_data;

  for (gsize i = 0; i < len; i++)
    {
      *state = *state * 6364136223846793005u + 1442695040888963407u;
      buf[i] = (guint8) (*state >> 56);
    }
}

/* @who stands at the far end, with the session's keys. */
static void
init_keys (Fixture *f, KhSessionKeys *keys, gboolean initiator, const KhIdentity *who)
{
  static const guint8 hash[KH_NOISE_HASH_SIZE] = { 3 };
  KhTransportKeys forth = { { 1 }, { 2 } };
  KhTransportKeys back = { { 2 }, { 1 } };

  kh_session_keys_init (keys, initiator, who,
                        kh_identity_get_public (f->identities[initiator ? 1 : 0]), hash,
                        initiator ? &forth : &back, (KhRandom){ fill, &f->seed }, f->now_us);
}

static void
set_up (Fixture *f, gconstpointer data)
{
  KhRandom random = { fill, &f->seed };

  f->now_us = S;
  for (guint i = 0; i < G_N_ELEMENTS (f->identities); i++)
    f->identities[i] = kh_identity_new (&random);
  init_keys (f, &f->ours, TRUE, f->identities[0]);
  init_keys (f, &f->theirs, FALSE, f->identities[1]);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  static const KhSessionKeys none;

  kh_session_keys_clear (&f->ours);
  kh_session_keys_clear (&f->theirs);
  g_assert_cmpmem (&f->ours, sizeof none, &none, sizeof none);
  for (guint i = 0; i < G_N_ELEMENTS (f->identities); i++)
    kh_identity_free (f->identities[i]);
}

static void
ask (Fixture *f, KhSessionKeys *keys)
{
  keys->active = TRUE;
  keys->renewed_us = f->now_us - KH_REKEY_INTERVAL_US - KH_REKEY_LATER_US;
  g_assert_true (kh_session_keys_handle_timeout (keys, f->number, 10 * MS, f->now_us));
}

/* Carries what @from owes to @to. */
static KhRekeyResult
carry (Fixture *f, KhSessionKeys *from, KhSessionKeys *to)
{
  guint8 buf[KH_FRAME_REKEY_MAX + 16];
  KhWriter writer = kh_writer_init (buf, sizeof buf);
  KhCursor cursor;
  KhFrame frame;

  g_assert_true (kh_session_keys_write (from, &writer));
  cursor = kh_cursor_init (buf, writer.len);
  g_assert_true (kh_frame_read (&cursor, &frame));
  return kh_session_keys_receive (to, &frame, f->number, 10 * MS, f->now_us);
}

static gboolean
pass_packet (Fixture *f, KhSessionKeys *from, KhSessionKeys *to)
{
  guint8 buf[20] = "text";
  gboolean sealed = kh_key_pair_seal (&from->present, f->number, NULL, 0, buf, 4);

  g_assert_true (sealed);
  return kh_session_keys_open (to, from->present.epoch, f->number++, NULL, 0, buf, sizeof buf,
                               f->now_us) &&
         memcmp (buf, "text", 4) == 0;
}

static void
renew (Fixture *f)
{
  ask (f, &f->ours);
  g_assert_cmpint (carry (f, &f->ours, &f->theirs), ==, KH_REKEY_DUE);
  g_assert_cmpint (carry (f, &f->theirs, &f->ours), ==, KH_REKEY_RENEWED);
  g_assert_true (pass_packet (f, &f->theirs, &f->ours));
  g_assert_true (pass_packet (f, &f->ours, &f->theirs));
  g_assert_true (pass_packet (f, &f->theirs, &f->ours));
}

/* An epoch is a byte: it begins again, and so do the names, but not the keys. */
static void
test_many_epochs (Fixture *f, gconstpointer data)
{
  for (guint i = 1; i <= 258; i++)
    {
      renew (f);
      g_assert_cmpuint (f->ours.present.epoch, ==, i % 256);
      f->now_us += 120 * S;
    }
}

/* Packet numbers do not begin anew, wherever they are. */
static void
test_high_numbers (Fixture *f, gconstpointer data)
{
  f->number = (G_GUINT64_CONSTANT (1) << KH_KEY_GENERATION_BITS) - 3;
  renew (f);
  f->number += (G_GUINT64_CONSTANT (1) << KH_KEY_GENERATION_BITS) - 10;
  f->now_us += 120 * S;
  g_assert_true (pass_packet (f, &f->ours, &f->theirs));
  renew (f);
}

/* A question costs public-key operations, so another one soon after is not looked at. */
static void
test_questions_flood (Fixture *f, gconstpointer data)
{
  KhSessionKeys again;

  ask (f, &f->ours);
  g_assert_cmpint (carry (f, &f->ours, &f->theirs), ==, KH_REKEY_DUE);
  for (guint i = 0; i < 20; i++)
    {
      init_keys (f, &again, TRUE, f->identities[0]);
      ask (f, &again);
      g_assert_cmpint (carry (f, &again, &f->theirs), ==, KH_REKEY_PASSED_OVER);
      kh_session_keys_clear (&again);
      f->now_us += 10 * S;
    }
  /* The first one is remembered all the same, and its answer the same. */
  f->ours.owed = TRUE;
  g_assert_cmpint (carry (f, &f->ours, &f->theirs), ==, KH_REKEY_DUE);
  g_assert_cmpint (carry (f, &f->theirs, &f->ours), ==, KH_REKEY_RENEWED);
}

static void
test_questions_too_often (Fixture *f, gconstpointer data)
{
  renew (f);
  ask (f, &f->ours);
  g_assert_cmpint (carry (f, &f->ours, &f->theirs), ==, KH_REKEY_PASSED_OVER);
  f->now_us += KH_REKEY_ANSWER_INTERVAL_US;
  f->ours.owed = TRUE;
  g_assert_cmpint (carry (f, &f->ours, &f->theirs), ==, KH_REKEY_DUE);
}

/* Whoever has stolen the session's keys, but nobody's identity, cannot go on with them. */
static void
test_thief_asks (Fixture *f, gconstpointer data)
{
  KhSessionKeys thief;

  init_keys (f, &thief, TRUE, f->identities[2]);
  ask (f, &thief);
  g_assert_cmpint (carry (f, &thief, &f->theirs), ==, KH_REKEY_BROKEN);
  g_assert_cmpuint (f->theirs.present.epoch, ==, 0);
  kh_session_keys_clear (&thief);
}

static void
test_thief_answers (Fixture *f, gconstpointer data)
{
  KhSessionKeys thief;

  init_keys (f, &thief, FALSE, f->identities[2]);
  ask (f, &f->ours);
  /* It cannot even read the question. */
  g_assert_cmpint (carry (f, &f->ours, &thief), ==, KH_REKEY_BROKEN);
  kh_session_keys_clear (&thief);
}

/* A handshake belongs to the one before it: a question of another session is none here. */
static void
test_other_session (Fixture *f, gconstpointer data)
{
  ask (f, &f->ours);
  f->theirs.hash[0] ^= 1;
  g_assert_cmpint (carry (f, &f->ours, &f->theirs), ==, KH_REKEY_BROKEN);
}

static void
test_old_keys_only_open (Fixture *f, gconstpointer data)
{
  static const guint8 none[32];

  renew (f);
  g_assert_true (f->ours.has_previous);
  g_assert_cmpmem (f->ours.previous.send_key, 32, none, 32);
  g_assert_cmpmem (f->theirs.previous.send_key, 32, none, 32);
  f->now_us = MAX (f->ours.forget_us, f->theirs.forget_us);
  g_assert_true (kh_session_keys_handle_timeout (&f->ours, f->number, 0, f->now_us));
  g_assert_false (f->ours.has_previous);
  g_assert_cmpmem (f->ours.previous.receive_key, 32, none, 32);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func) g_test_add ("/session-keys/" name, Fixture, NULL, set_up, func, tear_down)
  ADD ("many-epochs", test_many_epochs);
  ADD ("high-numbers", test_high_numbers);
  ADD ("questions-flood", test_questions_flood);
  ADD ("questions-too-often", test_questions_too_often);
  ADD ("thief-asks", test_thief_asks);
  ADD ("thief-answers", test_thief_answers);
  ADD ("other-session", test_other_session);
  ADD ("old-keys-only-open", test_old_keys_only_open);
  return g_test_run ();
}
