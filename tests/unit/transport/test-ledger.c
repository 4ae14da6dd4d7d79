/* test-ledger.c: sent packets are found, counted, forgotten and bounded */
#include "transport/ledger.h"

static void
test_find (void)
{
  g_autoptr (KhLedger) ledger = kh_ledger_new ();

  /* Numbers with gaps, past several doublings and with a moving head. */
  for (guint64 i = 0; i < 100; i++)
    {
      KhSentPacket *packet = kh_ledger_add (ledger, 3 * i, 100, (gint64) i);

      g_assert_cmpuint (packet->index, ==, i);
      if (i >= 10)
        {
          kh_ledger_set_state (ledger, kh_ledger_get (ledger, 0), KH_SENT_ACKED);
          kh_ledger_trim (ledger, G_MININT64);
        }
    }
  g_assert_cmpuint (kh_ledger_count (ledger), ==, 10);
  g_assert_cmpuint (kh_ledger_get (ledger, 0)->number, ==, 270);
  g_assert_cmpuint (kh_ledger_find (ledger, 0), ==, 0);
  g_assert_cmpuint (kh_ledger_find (ledger, 270), ==, 0);
  g_assert_cmpuint (kh_ledger_find (ledger, 271), ==, 1);
  g_assert_cmpuint (kh_ledger_find (ledger, 297), ==, 9);
  g_assert_cmpuint (kh_ledger_find (ledger, 298), ==, 10);
}

static void
test_states (void)
{
  g_autoptr (KhLedger) ledger = kh_ledger_new ();

  for (guint64 i = 0; i < 3; i++)
    kh_ledger_add (ledger, i, 1, 10 * (gint64) i);
  g_assert_cmpuint (kh_ledger_outstanding (ledger), ==, 3);
  kh_ledger_set_state (ledger, kh_ledger_get (ledger, 0), KH_SENT_LOST);
  kh_ledger_set_state (ledger, kh_ledger_get (ledger, 0), KH_SENT_ACKED);
  kh_ledger_set_state (ledger, kh_ledger_get (ledger, 1), KH_SENT_LOST);
  g_assert_cmpuint (kh_ledger_outstanding (ledger), ==, 1);

  /* The acknowledged one goes; the lost one stays until it is old. */
  kh_ledger_trim (ledger, 10);
  g_assert_cmpuint (kh_ledger_count (ledger), ==, 2);
  kh_ledger_trim (ledger, 11);
  g_assert_cmpuint (kh_ledger_count (ledger), ==, 1);
  kh_ledger_trim (ledger, G_MAXINT64);
  g_assert_cmpuint (kh_ledger_count (ledger), ==, 1);
}

static void
test_bound (void)
{
  g_autoptr (KhLedger) ledger = kh_ledger_new ();
  guint64 number = 0;

  while (kh_ledger_has_room (ledger))
    {
      kh_ledger_add (ledger, number++, 1, 0);
      g_assert_cmpuint (number, <=, KH_LEDGER_PACKETS_MAX);
    }
  g_assert_cmpuint (number, ==, KH_LEDGER_PACKETS_MAX);

  /* The oldest lost one gives way. */
  kh_ledger_set_state (ledger, kh_ledger_get (ledger, 0), KH_SENT_LOST);
  g_assert_true (kh_ledger_has_room (ledger));
  kh_ledger_add (ledger, number, 1, 0);
  g_assert_cmpuint (kh_ledger_count (ledger), ==, KH_LEDGER_PACKETS_MAX);
  g_assert_cmpuint (kh_ledger_get (ledger, 0)->number, ==, 1);
  g_assert_false (kh_ledger_has_room (ledger));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ledger/find", test_find);
  g_test_add_func ("/ledger/states", test_states);
  g_test_add_func ("/ledger/bound", test_bound);
  return g_test_run ();
}
