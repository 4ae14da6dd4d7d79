/* test-rekey.c: two sessions renew their keys, over lines that lose, reorder and refuse
 */
#include "pair.h"

#include <string.h>

#define S G_USEC_PER_SEC
#define GENERATION (G_GUINT64_CONSTANT (1) << KH_KEY_GENERATION_BITS)

static void
assert_epoch (Pair *pair, guint8 epoch)
{
  for (guint i = 0; i < 2; i++)
    {
      g_assert_false (pair->closed[i]);
      g_assert_cmpuint (pair->sessions[i]->keys.present.epoch, ==, epoch);
      g_assert_cmpint (pair->sessions[i]->keys.state, ==, KH_REKEY_QUIET);
    }
}

/* Neither an old key nor anything of the handshake is left. */
static void
assert_wiped (Pair *pair)
{
  static const KhKeyPair none;

  for (guint i = 0; i < 2; i++)
    {
      KhSessionKeys *keys = &pair->sessions[i]->keys;

      g_assert_false (keys->has_previous);
      g_assert_cmpmem (&keys->previous, sizeof none, &none, sizeof none);
      g_assert_cmpmem (&keys->next, sizeof none, &none, sizeof none);
      g_assert_null (keys->noise);
    }
}

/* Up to just before the initiator asks. */
static void
run_until_due (Pair *pair)
{
  gint64 due_us = pair->sessions[0]->keys.renewed_us + KH_REKEY_INTERVAL_US;

  pair_run (pair, due_us - pair->now_us - 1);
}

static void
test_idle (Pair *pair, gconstpointer data)
{
  pair_mark (pair, 0);
  pair_run (pair, 600 * S);
  assert_epoch (pair, 0);
  /* Keepalives, and not a packet for the keys. */
  g_assert_cmpuint (pair->sent, <=, 4 * 600 / 15);
}

static void
test_renewal (Pair *pair, gconstpointer data)
{
  KhKeyPair before = pair->sessions[0]->keys.present;

  pair_write (pair, 0, 100);
  run_until_due (pair);
  assert_epoch (pair, 0);
  pair_run (pair, 4 * pair->delay_us);
  assert_epoch (pair, 1);
  g_assert_true (memcmp (pair->sessions[0]->keys.present.send_key, before.send_key, 32) != 0);
  g_assert_cmpmem (pair->sessions[0]->keys.present.send_key, 32,
                   pair->sessions[1]->keys.present.receive_key, 32);

  pair_run (pair, S);
  assert_wiped (pair);
  pair_write (pair, 1, 100);
  pair_run (pair, S);
  pair_assert_complete (pair);

  /* Said under the new keys, and then nothing more. */
  pair_run (pair, 600 * S);
  assert_epoch (pair, 2);
  assert_wiped (pair);
}

/* The reader alone can ask too: it has something to protect as well. */
static void
test_reader_asks (Pair *pair, gconstpointer data)
{
  gint64 due_us = pair->sessions[1]->keys.renewed_us + KH_REKEY_INTERVAL_US + KH_REKEY_LATER_US;

  pair->sessions[0]->keys.renewed_us = KH_NEVER / 2;
  pair_write (pair, 0, 100);
  pair_run (pair, due_us - pair->now_us - 1);
  g_assert_cmpuint (pair->sessions[1]->keys.present.epoch, ==, 0);
  pair_run (pair, 4 * pair->delay_us);
  assert_epoch (pair, 1);
}

/* Every single and double loss among the datagrams of the handshake; @data: both ask. */
static void
test_loss_masks (gconstpointer data)
{
  for (guint a = 0; a < 8; a++)
    for (guint b = a; b < 8; b++)
      {
        Pair pair = { .seed = a * 8 + b };

        pair_set_up (&pair, NULL);
        pair_write (&pair, 0, 100);
        pair_write (&pair, 1, 100);
        pair_run (&pair, S);
        if (data != NULL)
          pair.sessions[1]->keys.renewed_us = pair.sessions[0]->keys.renewed_us - KH_REKEY_LATER_US;
        run_until_due (&pair);
        pair_mark (&pair, G_GUINT64_CONSTANT (1) << a | G_GUINT64_CONSTANT (1) << b);
        pair_run (&pair, S / 2);
        pair_write (&pair, 0, 100);
        pair_write (&pair, 1, 100);
        pair_run (&pair, 9 * S);
        assert_epoch (&pair, 1);
        assert_wiped (&pair);
        pair_assert_complete (&pair);
        pair_tear_down (&pair, NULL);
      }
}

/* Both ask in the same moment: no delay, and one handshake. */
static void
test_glare (Pair *pair, gconstpointer data)
{
  pair_write (pair, 0, 100);
  pair_run (pair, S);
  pair->sessions[1]->keys.renewed_us = pair->sessions[0]->keys.renewed_us - KH_REKEY_LATER_US;
  run_until_due (pair);
  pair_run (pair, 2);
  g_assert_cmpint (pair->sessions[0]->keys.state, ==, KH_REKEY_ASKING);
  g_assert_cmpint (pair->sessions[1]->keys.state, ==, KH_REKEY_ASKING);
  pair_run (pair, 3 * pair->delay_us + 1000);
  assert_epoch (pair, 1);
}

/* A peer that acknowledges everything but will not have new keys. */
static void
test_refusal (Pair *pair, gconstpointer data)
{
  gint64 end_us;

  pair->sessions[1]->keys.answer_from_us = KH_NEVER;
  pair->sessions[1]->keys.renewed_us = KH_NEVER / 2;
  pair_write (pair, 0, 100);
  run_until_due (pair);
  end_us = pair->now_us + KH_REKEY_PATIENCE_US;
  while (pair->now_us < end_us - 15 * S)
    {
      pair_write (pair, 0, 1000);
      pair_run (pair, S);
      pair_assert_complete (pair);
      g_assert_false (pair->closed[0]);
    }
  pair_run (pair, 45 * S);
  g_assert_true (pair->closed[0]);
  g_assert_cmpint (pair->close[0].type, ==, KH_SESSION_EVENT_CLOSED);
  g_assert_false (pair->close[0].by_peer);
  g_assert_cmpuint (pair->close[0].code, ==, KH_TRANSPORT_KEY_UPDATE_ERROR);
  g_assert_true (pair->closed[1]);
  g_assert_true (pair->close[1].by_peer);
  g_assert_cmpuint (pair->close[1].code, ==, KH_TRANSPORT_KEY_UPDATE_ERROR);
}

/* A peer that asks, and never uses what it was given. */
static void
test_half_done (Pair *pair, gconstpointer data)
{
  pair_write (pair, 0, 100);
  run_until_due (pair);
  /* What it asked is answered by one who has forgotten the question. */
  pair_run (pair, 10);
  pair->sessions[0]->keys.state = KH_REKEY_QUIET;
  pair->sessions[0]->keys.renewed_us = KH_NEVER / 2;
  pair->sessions[0]->keys.next_us = KH_NEVER;
  pair_run (pair, 60 * S);
  g_assert_cmpint (pair->sessions[1]->keys.state, ==, KH_REKEY_ANSWERED);
  pair_run (pair, 90 * S);
  g_assert_true (pair->closed[1]);
  g_assert_cmpuint (pair->close[1].code, ==, KH_TRANSPORT_KEY_UPDATE_ERROR);
  g_clear_pointer (&pair->sessions[0]->keys.noise, kh_noise_free);
}

static void
test_nonsense (Pair *pair, gconstpointer data)
{
  guint8 payload[128];
  guint8 message[104] = { 9 };

  for (guint8 step = 1; step <= 2; step++)
    for (guint8 epoch = 0; epoch < 4; epoch += 2)
      {
        KhWriter writer = kh_writer_init (payload, sizeof payload);

        kh_frame_write_rekey (&writer, epoch, step, message, sizeof message);
        g_assert_cmpint (pair_forge (pair, 0, payload, writer.len), ==, KH_SESSION_GENUINE);
      }
  pair_run (pair, S);
  assert_epoch (pair, 0);

  for (gsize len = 0; len <= sizeof message && !pair->closed[1]; len += sizeof message)
    {
      KhWriter writer = kh_writer_init (payload, sizeof payload);

      kh_frame_write_rekey (&writer, 1, 1, message, len);
      g_assert_cmpint (pair_forge (pair, 0, payload, writer.len), ==, KH_SESSION_GENUINE);
      pair_run (pair, 2 * pair->delay_us + 1000);
    }
  g_assert_true (pair->closed[1]);
  g_assert_cmpuint (pair->close[1].code, ==, KH_TRANSPORT_KEY_UPDATE_ERROR);
  g_assert_true (pair->closed[0]);
  g_assert_true (pair->close[0].by_peer);
}

/* What was sealed before the change and comes after it. */
static void
test_stragglers (Pair *pair, gconstpointer data)
{
  guint8 early[2][KH_DATAGRAM_MAX];
  gsize lens[2];

  for (guint from = 0; from < 2; from++)
    {
      pair_write (pair, from, 100);
      pair_run (pair, S);
    }
  run_until_due (pair);
  for (guint i = 0; i < 2; i++)
    {
      KhDatagram out = { .data = early[i] };

      pair_write (pair, 1, 10);
      pair->now_us++;
      out.size = sizeof early[i];
      g_assert_true (kh_session_poll_send (pair->sessions[1], &out, pair->now_us));
      lens[i] = out.len;
    }
  pair_run (pair, 5 * pair->delay_us);
  assert_epoch (pair, 1);
  g_assert_true (pair->sessions[0]->keys.has_previous);
  g_assert_cmpint (pair_deliver (pair, 0, early[0], lens[0]), ==, KH_SESSION_GENUINE);
  g_assert_cmpint (pair_deliver (pair, 0, early[0], lens[0]), ==, KH_SESSION_REPLAYED);
  pair_run (pair, S);
  g_assert_cmpint (pair_deliver (pair, 0, early[1], lens[1]), ==, KH_SESSION_UNAUTHENTIC);
  pair_assert_complete (pair);
  assert_wiped (pair);
}

/* A transfer over several changes of keys, on a bad line. */
static void
test_transfer (gconstpointer data)
{
  for (guint seed = 1; seed <= 4; seed++)
    {
      Pair pair = { .seed = seed };

      pair_set_up (&pair, NULL);
      pair.loss = 0.1;
      pair.jitter_us = 60000;
      for (guint i = 0; i < 4000; i++)
        {
          pair_write (&pair, 0, 800);
          pair_write (&pair, 1, 50);
          pair_run (&pair, S / 10);
        }
      pair.loss = 0;
      pair_run (&pair, 10 * S);
      pair_assert_complete (&pair);
      assert_epoch (&pair, 3);
      pair_tear_down (&pair, NULL);
    }
}

/* Numbers pass from one generation of keys to the next, of the handshake's keys and of later ones,
 * with losses and reordering; @data: how long before a change of keys. */
static void
test_generations (gconstpointer data)
{
  for (guint seed = 1; seed <= 4; seed++)
    {
      Pair pair = { .seed = seed };

      pair_set_up (&pair, NULL);
      pair_write (&pair, 0, 10);
      pair_run (&pair, S);
      if (data != NULL)
        run_until_due (&pair);
      for (guint i = 0; i < 2; i++)
        pair.sessions[i]->next_packet = GENERATION - 30 - 5 * i;
      pair.loss = 0.1;
      pair.jitter_us = 50000;
      for (guint i = 0; i < 200; i++)
        {
          pair_write (&pair, 0, 1000);
          pair_write (&pair, 1, 1000);
          pair_run (&pair, S / 20);
        }
      pair.loss = 0;
      pair_run (&pair, 5 * S);
      pair_assert_complete (&pair);
      assert_epoch (&pair, data != NULL ? 1 : 0);
      for (guint i = 0; i < 2; i++)
        {
          g_assert_cmpuint (pair.sessions[i]->keys.present.send_generation, ==, 1);
          g_assert_cmpuint (pair.sessions[i]->keys.present.receive_generation, ==, 1);
        }
      pair_tear_down (&pair, NULL);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func) g_test_add ("/rekey/" name, Pair, NULL, pair_set_up, func, pair_tear_down)
  ADD ("idle", test_idle);
  ADD ("renewal", test_renewal);
  ADD ("reader-asks", test_reader_asks);
  ADD ("glare", test_glare);
  ADD ("refusal", test_refusal);
  ADD ("half-done", test_half_done);
  ADD ("nonsense", test_nonsense);
  ADD ("stragglers", test_stragglers);
  g_test_add_data_func ("/rekey/loss-masks", NULL, test_loss_masks);
  g_test_add_data_func ("/rekey/loss-masks-glare", "both", test_loss_masks);
  g_test_add_data_func ("/rekey/transfer", NULL, test_transfer);
  g_test_add_data_func ("/rekey/generations", NULL, test_generations);
  g_test_add_data_func ("/rekey/generations-renewed", "renewed", test_generations);
  return g_test_run ();
}
