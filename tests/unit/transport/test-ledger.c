/* test-ledger.c: sent packets are found, counted, forgotten and bounded */
#include "transport/ledger.h"

static const KhDeliveryMark no_mark;

static KhSentPacket *
add (KhLedger *ledger, guint64 number, gint64 sent_us)
{
  return kh_ledger_add (ledger, number, 100, &no_mark, NULL, 0, sent_us);
}

static void
test_find (void)
{
  g_autoptr (KhLedger) ledger = kh_ledger_new ();

  /* Numbers with gaps, past several doublings and with a moving head. */
  for (guint64 i = 0; i < 100; i++)
    {
      add (ledger, 3 * i, (gint64) i);
      if (i >= 10)
        {
          kh_ledger_set_state (ledger, kh_ledger_first (ledger), KH_SENT_ACKED);
          kh_ledger_trim (ledger, G_MININT64);
        }
    }
  g_assert_cmpuint (kh_ledger_first (ledger), ==, 90);
  g_assert_cmpuint (kh_ledger_end (ledger), ==, 100);
  g_assert_cmpuint (kh_ledger_get (ledger, 90)->number, ==, 270);
  g_assert_cmpuint (kh_ledger_find (ledger, 0), ==, 90);
  g_assert_cmpuint (kh_ledger_find (ledger, 270), ==, 90);
  g_assert_cmpuint (kh_ledger_find (ledger, 271), ==, 91);
  g_assert_cmpuint (kh_ledger_find (ledger, 297), ==, 99);
  g_assert_cmpuint (kh_ledger_find (ledger, 298), ==, 100);
}

static void
test_states (void)
{
  g_autoptr (KhLedger) ledger = kh_ledger_new ();

  for (guint64 i = 0; i < 3; i++)
    add (ledger, i, 10 * (gint64) i);
  g_assert_cmpuint (kh_ledger_outstanding (ledger), ==, 3);
  g_assert_cmpuint (kh_ledger_oldest (ledger), ==, 0);
  kh_ledger_set_state (ledger, 0, KH_SENT_LOST);
  kh_ledger_set_state (ledger, 0, KH_SENT_ACKED);
  kh_ledger_set_state (ledger, 1, KH_SENT_LOST);
  g_assert_cmpuint (kh_ledger_outstanding (ledger), ==, 1);
  g_assert_cmpuint (kh_ledger_oldest (ledger), ==, 2);

  /* The acknowledged one goes; the lost one stays until it is old. */
  kh_ledger_trim (ledger, 10);
  g_assert_cmpuint (kh_ledger_first (ledger), ==, 1);
  kh_ledger_trim (ledger, 11);
  g_assert_cmpuint (kh_ledger_first (ledger), ==, 2);
  kh_ledger_trim (ledger, G_MAXINT64);
  g_assert_cmpuint (kh_ledger_first (ledger), ==, 2);
}

/* Whatever the order of ACKs, the next unacknowledged packet is found as a walk would find it. */
static void
test_runs (void)
{
  enum
  {
    N = 500
  };
  g_autoptr (KhLedger) ledger = kh_ledger_new ();
  g_autoptr (GRand) rand = g_rand_new_with_seed (7);

  for (guint64 i = 0; i < N; i++)
    add (ledger, i, 0);
  for (int round = 0; round < 3 * N; round++)
    {
      guint64 from = (guint64) g_rand_int_range (rand, 0, N);
      guint64 at = from;

      while (at < N && kh_ledger_get (ledger, at)->state == KH_SENT_ACKED)
        at++;
      g_assert_cmpuint (kh_ledger_next_unacked (ledger, from), ==, at);
      if (at < N)
        kh_ledger_set_state (ledger, at, round % 3 == 0 ? KH_SENT_LOST : KH_SENT_ACKED);
    }
}

static void
test_frames (void)
{
  g_autoptr (KhLedger) ledger = kh_ledger_new ();
  KhSentFrame frames[KH_LEDGER_FRAMES_MAX];

  for (guint64 number = 0; number < 200; number++)
    {
      guint n = number % (KH_LEDGER_FRAMES_MAX + 1);

      for (guint i = 0; i < n; i++)
        frames[i] = (KhSentFrame){ .type = KH_FRAME_STREAM,
                                   .id = number,
                                   .offset = (G_GUINT64_CONSTANT (1) << 62) - 1 - i,
                                   .len = 8952,
                                   .fin = i % 2 };
      kh_ledger_add (ledger, number, 1, &no_mark, frames, n, 0);
      /* Room of those that are gone is used again. */
      if (number >= 20)
        kh_ledger_set_state (ledger, number - 20, KH_SENT_ACKED);
      if (number % 7 == 0)
        kh_ledger_trim (ledger, 0);
    }
  for (guint64 at = 180; at < 200; at++)
    {
      const KhSentPacket *packet = kh_ledger_get (ledger, at);

      g_assert_cmpuint (packet->n_frames, ==, at % (KH_LEDGER_FRAMES_MAX + 1));
      for (guint i = 0; i < packet->n_frames; i++)
        {
          KhSentFrame frame = kh_ledger_frame (ledger, packet, i);

          g_assert_cmpint (frame.type, ==, KH_FRAME_STREAM);
          g_assert_cmpuint (frame.id, ==, at);
          g_assert_cmpuint (frame.offset, ==, (G_GUINT64_CONSTANT (1) << 62) - 1 - i);
          g_assert_cmpuint (frame.len, ==, 8952);
          g_assert_cmpuint (frame.fin, ==, i % 2);
        }
    }
  g_assert_cmpuint (kh_ledger_footprint (ledger), <, 32 * 1024);
}

static void
test_bound (void)
{
  g_autoptr (KhLedger) ledger = kh_ledger_new ();
  guint64 number = 0;

  while (kh_ledger_has_room (ledger))
    {
      add (ledger, number++, 0);
      g_assert_cmpuint (number, <=, KH_LEDGER_PACKETS_MAX);
    }
  g_assert_cmpuint (number, ==, KH_LEDGER_PACKETS_MAX);

  /* The oldest lost one gives way. */
  kh_ledger_set_state (ledger, 0, KH_SENT_LOST);
  g_assert_true (kh_ledger_has_room (ledger));
  add (ledger, number, 0);
  g_assert_cmpuint (kh_ledger_end (ledger) - kh_ledger_first (ledger), ==, KH_LEDGER_PACKETS_MAX);
  g_assert_cmpuint (kh_ledger_get (ledger, kh_ledger_first (ledger))->number, ==, 1);
  g_assert_false (kh_ledger_has_room (ledger));
}

/* After the rush the memory is given back, and what was lost last can still be told. */
static void
test_shrink (void)
{
  g_autoptr (KhLedger) ledger = kh_ledger_new ();
  KhSentFrame frames[KH_LEDGER_FRAMES_MAX] = { { .type = KH_FRAME_MAX_DATA } };
  guint64 first, number = 0;

  for (; number < 5000; number++)
    kh_ledger_add (ledger, number, 1, &no_mark, frames, KH_LEDGER_FRAMES_MAX, 5);
  for (guint64 i = 0; i < number; i++)
    kh_ledger_set_state (ledger, i, i % 100 == 0 ? KH_SENT_LOST : KH_SENT_ACKED);
  g_assert_cmpuint (kh_ledger_footprint (ledger), >, 100 * 1024);
  kh_ledger_trim (ledger, 5);
  g_assert_cmpuint (kh_ledger_footprint (ledger), <, 4 * 1024);

  first = kh_ledger_find (ledger, 4900);
  g_assert_cmpuint (first, <, kh_ledger_end (ledger));
  g_assert_cmpuint (kh_ledger_get (ledger, first)->number, ==, 4900);
  g_assert_cmpint (kh_ledger_get (ledger, first)->state, ==, KH_SENT_LOST);
  g_assert_cmpuint (kh_ledger_end (ledger), ==, 5000);
  add (ledger, number, 6);
  g_assert_cmpuint (kh_ledger_oldest (ledger), ==, 5000);
}

static const KhSentFrame bulk = { .type = KH_FRAME_STREAM, .id = 4, .offset = 1000, .len = 100 };

/* Fifty packets from the number 10 on */
static KhLedger *
ledger_with_run (void)
{
  KhLedger *ledger = kh_ledger_new ();
  KhDeliveryMark mark = { .delivered = 7, .in_flight = 130 };

  kh_ledger_add_run (ledger, 10, 50, 130, &mark, &bulk, 3);
  return ledger;
}

/* Many at once are as many one by one. */
static void
test_add_run (void)
{
  g_autoptr (KhLedger) ledger = ledger_with_run ();

  g_assert_cmpuint (kh_ledger_outstanding (ledger), ==, 50);
  g_assert_cmpuint (kh_ledger_room (ledger), ==, KH_LEDGER_PACKETS_MAX - 50);
  for (guint64 i = 0; i < 50; i++)
    {
      const KhSentPacket *packet = kh_ledger_get (ledger, i);

      g_assert_cmpuint (packet->number, ==, 10 + i);
      g_assert_cmpuint (packet->bytes, ==, 130);
      g_assert_cmpint (packet->sent_us, ==, 3);
      g_assert_cmpuint (packet->mark.delivered, ==, 7);
      g_assert_cmpuint (packet->mark.in_flight, ==, 130 * (i + 1));
      g_assert_cmpuint (kh_ledger_frame (ledger, packet, 0).offset, ==, 1000 + 100 * i);
    }
}

static void
test_ack_run (void)
{
  g_autoptr (KhLedger) ledger = ledger_with_run ();
  KhSentFrame data;
  gsize len;

  kh_ledger_set_state (ledger, 20, KH_SENT_LOST);
  g_assert_cmpuint (kh_ledger_ack_run (ledger, 0, 14, &data, &len), ==, 5);
  g_assert_cmpuint (data.offset, ==, 1000);
  g_assert_cmpuint (len, ==, 500);
  g_assert_cmpuint (kh_ledger_ack_run (ledger, 5, 100, &data, &len), ==, 15);
  g_assert_cmpuint (data.offset, ==, 1500);
  g_assert_cmpuint (len, ==, 1500);
  g_assert_cmpuint (kh_ledger_ack_run (ledger, 20, 100, &data, &len), ==, 0);
  g_assert_cmpuint (kh_ledger_outstanding (ledger), ==, 29);
  g_assert_cmpuint (kh_ledger_next_unacked (ledger, 0), ==, 20);
  g_assert_cmpuint (kh_ledger_next_unacked (ledger, 7), ==, 20);
  g_assert_cmpuint (kh_ledger_oldest (ledger), ==, 21);
  kh_ledger_trim (ledger, 0);
  g_assert_cmpuint (kh_ledger_first (ledger), ==, 20);
}

/* Another place, length, stream or kind, and the last bytes, are not of the run. */
static void
test_ack_run_ends (void)
{
  g_autoptr (KhLedger) ledger = ledger_with_run ();
  KhSentFrame frame = bulk, data;
  gsize len;

  frame.offset = 6100;
  kh_ledger_add (ledger, 60, 130, &no_mark, &frame, 1, 3);
  frame.offset = 6200;
  kh_ledger_add (ledger, 61, 140, &no_mark, &frame, 1, 3);
  frame.id = 8;
  frame.offset = 6300;
  kh_ledger_add (ledger, 62, 140, &no_mark, &frame, 1, 3);
  frame.offset = 6400;
  frame.fin = 1;
  kh_ledger_add (ledger, 63, 140, &no_mark, &frame, 1, 3);
  add (ledger, 64, 3);

  g_assert_cmpuint (kh_ledger_ack_run (ledger, 0, 100, &data, &len), ==, 50);
  for (guint64 i = 50; i < 53; i++)
    g_assert_cmpuint (kh_ledger_ack_run (ledger, i, 100, &data, &len), ==, 1);
  g_assert_cmpuint (kh_ledger_ack_run (ledger, 53, 100, &data, &len), ==, 0);
  g_assert_cmpuint (kh_ledger_ack_run (ledger, 54, 100, &data, &len), ==, 0);
  g_assert_cmpuint (kh_ledger_outstanding (ledger), ==, 2);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ledger/find", test_find);
  g_test_add_func ("/ledger/states", test_states);
  g_test_add_func ("/ledger/runs", test_runs);
  g_test_add_func ("/ledger/frames", test_frames);
  g_test_add_func ("/ledger/add-run", test_add_run);
  g_test_add_func ("/ledger/ack-run", test_ack_run);
  g_test_add_func ("/ledger/ack-run-ends", test_ack_run_ends);
  g_test_add_func ("/ledger/bound", test_bound);
  g_test_add_func ("/ledger/shrink", test_shrink);
  return g_test_run ();
}
