/* test-check-list.c: the schedule of checks, what proves a path, and when another one is taken */
#include "check-list-fixture.h"

static void
test_patience (Fixture *f, gconstpointer data)
{
  gint64 start_us = f->now_us;
  guint sent = 0;
  gboolean failed = FALSE;

  kh_check_list_start (f->list, f->now_us, f->now_us);
  while (kh_check_list_next_timeout (f->list) != KH_NEVER)
    {
      jump (f);
      sent += turn (f, NULL, 0);
      failed |= drain (f, KH_CHECK_EVENT_FAILED);
    }
  g_assert_true (failed);
  g_assert_null (kh_check_list_get_selected (f->list));
  g_assert_cmpuint (sent, ==, 12);
  g_assert_cmpint (f->now_us - start_us, >=, KH_CHECK_PATIENCE_US);
  g_assert_cmpint (f->now_us - start_us, <, 2 * KH_CHECK_PATIENCE_US);
}

static void
test_proven (Fixture *f, gconstpointer data)
{
  const KhPath *path;

  kh_check_list_start (f->list, f->now_us, f->now_us);
  g_assert_cmpuint (turn (f, &f->far, 30 * MS), ==, 1);
  path = kh_check_list_get_selected (f->list);
  g_assert_nonnull (path);
  g_assert_cmpint (path->state, ==, KH_PATH_VALID);
  g_assert_cmpint (path->rtt_us, ==, 30 * MS);
  g_assert_true (drain (f, KH_CHECK_EVENT_SELECTED));

  /* A few samples more, and then silence. */
  for (guint i = 0; i < 10 && kh_check_list_next_timeout (f->list) != KH_NEVER; i++)
    {
      jump (f);
      turn (f, &f->far, 30 * MS);
    }
  g_assert_cmpint (kh_check_list_next_timeout (f->list), ==, KH_NEVER);
  g_assert_false (drain (f, KH_CHECK_EVENT_FAILED));
}

static void
test_forged_response (Fixture *f, gconstpointer data)
{
  KhAddr us = kh_addr_ipv4 (203, 0, 113, 1, 4000);
  guint8 zeros[KH_CHECK_DATA_SIZE] = { 0 };
  KhCheck check;

  kh_check_list_start (f->list, f->now_us, f->now_us);
  g_assert_true (kh_check_list_poll_send (f->list, &check, f->now_us));
  kh_check_list_on_response (f->list, &f->far, zeros, &us, f->now_us);
  kh_check_list_on_response (f->list, &f->near, check.data, &us, f->now_us);
  g_assert_null (kh_check_list_get_selected (f->list));

  /* Each challenge proves once. */
  kh_check_list_on_response (f->list, &f->far, check.data, &us, f->now_us + 9 * MS);
  kh_check_list_on_response (f->list, &f->far, check.data, &us, f->now_us + 90 * MS);
  g_assert_cmpint (kh_check_list_get_selected (f->list)->rtt_us, ==, 9 * MS);
}

static void
test_opener (Fixture *f, gconstpointer data)
{
  KhCandidate near = candidate (&f->near);
  gint64 earnest_us = f->now_us + 80 * MS;
  KhCheck check;
  guint early_far = 0;
  guint early_near = 0;

  kh_check_list_add (f->list, &near, f->now_us);
  kh_check_list_start (f->list, earnest_us, f->now_us);
  while (f->now_us < earnest_us)
    {
      while (kh_check_list_poll_send (f->list, &check, f->now_us))
        if (kh_addr_equal (&check.remote, &f->far))
          {
            early_far++;
            g_assert_cmpuint (check.hop_limit, ==, KH_OPENER_HOP_LIMIT);
          }
        else
          {
            early_near++;
            g_assert_cmpuint (check.hop_limit, ==, 0);
          }
      jump (f);
    }
  g_assert_cmpuint (early_far, ==, 1);
  g_assert_cmpuint (early_near, >, 1);

  /* In earnest now. */
  g_assert_cmpint (f->now_us, ==, earnest_us);
  g_assert_true (kh_check_list_poll_send (f->list, &check, f->now_us));
  g_assert_cmpuint (check.hop_limit, ==, 0);
}

static void
test_triggered (Fixture *f, gconstpointer data)
{
  guint8 theirs[KH_CHECK_DATA_SIZE] = { 1, 2, 3 };
  KhCheck check;

  /* An unknown address answers before its time: peer-reflexive, answered and checked at once. */
  kh_check_list_start (f->list, f->now_us + 80 * MS, f->now_us);
  turn (f, NULL, 0);
  kh_check_list_on_challenge (f->list, &f->near, theirs, f->now_us);
  g_assert_cmpint (kh_check_list_get_selected (f->list)->state, ==, KH_PATH_HEARD);
  g_assert_cmpint (kh_check_list_get_selected (f->list)->kind, ==, KH_CANDIDATE_PRFLX);
  g_assert_true (kh_check_list_poll_send (f->list, &check, f->now_us));
  g_assert_true (check.is_response);
  g_assert_cmpmem (check.data, sizeof check.data, theirs, sizeof theirs);
  g_assert_true (kh_check_list_poll_send (f->list, &check, f->now_us));
  g_assert_false (check.is_response);
  g_assert_cmpuint (check.hop_limit, ==, 0);
  g_assert_true (kh_addr_equal (&check.remote, &f->near));
}

/* Runs 2 s in which only @answering answers, after @rtt_us. */
static void
run (Fixture *f, const KhAddr *answering, gint64 rtt_us)
{
  gint64 end_us = f->now_us + 2 * G_USEC_PER_SEC;

  while (f->now_us < end_us && kh_check_list_next_timeout (f->list) < end_us)
    {
      jump (f);
      turn (f, answering, rtt_us);
    }
  f->now_us = end_us;
}

static void
test_peer_moves (Fixture *f, gconstpointer data)
{
  kh_check_list_start (f->list, f->now_us, f->now_us);
  run (f, &f->far, 20 * MS);
  g_assert_true (kh_addr_equal (&kh_check_list_get_selected (f->list)->remote, &f->far));

  /* A packet from elsewhere moves nothing by itself: anyone could have sent it on. */
  kh_check_list_on_packet (f->list, &f->near, f->now_us);
  g_assert_true (kh_addr_equal (&kh_check_list_get_selected (f->list)->remote, &f->far));

  /* The new way is proven and the old one silent. */
  run (f, &f->near, 20 * MS);
  g_assert_true (kh_addr_equal (&kh_check_list_get_selected (f->list)->remote, &f->near));
}

static void
test_faster_wins (Fixture *f, gconstpointer data)
{
  KhCandidate near = candidate (&f->near);
  KhAddr us = kh_addr_ipv4 (203, 0, 113, 1, 4000);
  gint64 slow_us = 40 * MS;
  gint64 fast_us = GPOINTER_TO_INT (data) * MS;
  KhCheck check;

  kh_check_list_start (f->list, f->now_us, f->now_us);
  run (f, &f->far, slow_us);
  kh_check_list_add (f->list, &near, f->now_us);
  g_assert_true (kh_check_list_get_nth (f->list, 0) == kh_check_list_get_selected (f->list));
  g_assert_true (kh_addr_equal (&kh_check_list_get_nth (f->list, 1)->remote, &f->near));
  g_assert_null (kh_check_list_get_nth (f->list, 2));
  for (guint i = 0; i < 8 && kh_check_list_next_timeout (f->list) != KH_NEVER; i++)
    {
      jump (f);
      while (kh_check_list_poll_send (f->list, &check, f->now_us))
        {
          gint64 rtt_us = kh_addr_equal (&check.remote, &f->near) ? fast_us : slow_us;

          kh_check_list_on_response (f->list, &check.remote, check.data, &us, f->now_us + rtt_us);
        }
      f->now_us += slow_us;
    }
  /* Better by 10% and 3 ms, or nothing changes. */
  g_assert_true (kh_addr_equal (&kh_check_list_get_selected (f->list)->remote,
                                slow_us - fast_us > 4 * MS ? &f->near : &f->far));
}

static void
test_bounded (Fixture *f, gconstpointer data)
{
  guint8 theirs[KH_CHECK_DATA_SIZE] = { 0 };
  KhCheck check;
  guint responses = 0;
  guint challenges = 0;

  kh_check_list_start (f->list, f->now_us, f->now_us);
  for (guint i = 0; i < 5000; i++)
    {
      KhAddr addr = kh_addr_ipv4 (198, 18, (guint8) (i >> 8), (guint8) i, 5000);

      kh_check_list_on_challenge (f->list, &addr, theirs, f->now_us);
    }
  while (kh_check_list_poll_send (f->list, &check, f->now_us))
    if (check.is_response)
      responses++;
    else
      challenges++;
  g_assert_cmpuint (responses, <=, 16);
  g_assert_cmpuint (challenges, <=, 2 * KH_CANDIDATES_MAX);
}

/* A peer with keys that challenges without end: so many are answered at once, and so many a
 * second, and none waits. */
static void
test_challenge_flood (Fixture *f, gconstpointer data)
{
  const guint8 challenge[KH_CHECK_DATA_SIZE] = { 1 };
  KhCheck check;
  guint answers = 0;
  guint most_at_once = 0;

  kh_check_list_start (f->list, f->now_us, f->now_us);
  for (guint ms = 0; ms < 10000; ms++)
    {
      guint at_once = 0;

      for (guint i = 0; i < 100; i++)
        kh_check_list_on_challenge (f->list, &f->far, challenge, f->now_us);
      while (kh_check_list_poll_send (f->list, &check, f->now_us))
        at_once += check.is_response;
      answers += at_once;
      most_at_once = MAX (most_at_once, at_once);
      f->now_us += MS;
    }
  g_assert_cmpuint (most_at_once, <=, 16);
  g_assert_cmpuint (answers, >=, 1000);
  g_assert_cmpuint (answers, <=, 1000 + 64);
}

/* Packets from everywhere make us challenge few of those places, and lose no path that works. */
static void
test_address_flood (Fixture *f, gconstpointer data)
{
  const guint8 challenge[KH_CHECK_DATA_SIZE] = { 1 };
  KhAddr us = kh_addr_ipv4 (203, 0, 113, 1, 4000);
  KhCheck check;
  guint challenges = 0;

  kh_check_list_start (f->list, f->now_us, f->now_us);
  turn (f, &f->far, 30 * MS);
  for (guint i = 0; i < 100000; i++)
    {
      KhAddr addr = kh_addr_ipv4 (203, 0, (guint8) (113 + i % 3), (guint8) (i >> 8), (guint16) i);
      KhCandidate c = candidate (&addr);

      kh_check_list_on_challenge (f->list, &addr, challenge, f->now_us);
      kh_check_list_add (f->list, &c, f->now_us);
      if (i % 100 == 0)
        jump (f);
      while (kh_check_list_poll_send (f->list, &check, f->now_us))
        {
          challenges += !check.is_response;
          if (!check.is_response && kh_addr_equal (&check.remote, &f->far))
            kh_check_list_on_response (f->list, &f->far, check.data, &us, f->now_us);
        }
      f->now_us += MS / 10;
    }
  /* 48 addresses at first, one more in each of some 20 s, and a dozen challenges to each. */
  g_assert_cmpuint (challenges, >, 100);
  g_assert_cmpuint (challenges, <, (48 + 40) * 13);
  g_assert_true (kh_addr_equal (&kh_check_list_get_selected (f->list)->remote, &f->far));
}

/* A path that went silent is not used again for being asked again, but for answering. */
static void
test_silent_must_answer (Fixture *f, gconstpointer data)
{
  KhAddr relay = kh_addr_relay (7);

  kh_check_list_set_relay (f->list, &relay, 100 * MS, f->now_us);
  kh_check_list_start (f->list, f->now_us, f->now_us);
  turn (f, &f->far, 20 * MS);
  g_assert_true (kh_addr_equal (&kh_check_list_get_selected (f->list)->remote, &f->far));
  kh_check_list_recheck (f->list, f->now_us);
  for (guint i = 0; i < 12; i++)
    {
      turn (f, &relay, 1 * MS);
      jump (f);
    }
  g_assert_true (kh_addr_is_relay (&kh_check_list_get_selected (f->list)->remote));
  kh_check_list_start (f->list, f->now_us, f->now_us);
  turn (f, &relay, 1 * MS);
  g_assert_true (kh_addr_is_relay (&kh_check_list_get_selected (f->list)->remote));
  jump (f);
  turn (f, &f->far, 20 * MS);
  g_assert_true (kh_addr_equal (&kh_check_list_get_selected (f->list)->remote, &f->far));
}

/* Where the peer has gone to the relay, or data went nowhere, other ports of the same gateway are
 * no better for having answered once: all are asked anew, and the relay serves until one answers.
 * @data: whether data went nowhere */
static void
test_all_must_answer (Fixture *f, gconstpointer data)
{
  KhAddr relay = kh_addr_relay (7);
  KhCandidate near = candidate (&f->near);

  kh_check_list_add (f->list, &near, f->now_us);
  kh_check_list_set_relay (f->list, &relay, 100 * MS, f->now_us);
  kh_check_list_start (f->list, f->now_us, f->now_us);
  turn (f, &f->far, 20 * MS);
  kh_check_list_recheck (f->list, f->now_us);
  turn (f, &f->near, 20 * MS);
  g_assert_true (kh_addr_equal (&kh_check_list_get_selected (f->list)->remote, &f->far));
  if (GPOINTER_TO_INT (data))
    g_assert_true (kh_check_list_distrust (f->list, f->now_us));
  else
    kh_check_list_doubt (f->list, f->now_us);
  g_assert_true (kh_addr_is_relay (&kh_check_list_get_selected (f->list)->remote));
  jump (f);
  turn (f, &f->near, 20 * MS);
  g_assert_true (kh_addr_equal (&kh_check_list_get_selected (f->list)->remote, &f->near));
}

/* The relay was asked while the peer was away, and the peer comes back by it: it is followed at
 * once, not when the next check is answered. */
static void
test_back_by_relay (Fixture *f, gconstpointer data)
{
  KhAddr relay = kh_addr_relay (7);

  kh_check_list_set_relay (f->list, &relay, 100 * MS, f->now_us);
  kh_check_list_start (f->list, f->now_us, f->now_us);
  turn (f, &f->far, 20 * MS);
  kh_check_list_touch_relay (f->list, f->now_us);
  for (guint i = 0; i < 6; i++)
    {
      turn (f, NULL, 0);
      jump (f);
    }
  f->now_us += 400 * MS;
  g_assert_true (kh_addr_equal (&kh_check_list_get_selected (f->list)->remote, &f->far));
  kh_check_list_on_packet (f->list, &relay, f->now_us);
  kh_check_list_doubt (f->list, f->now_us);
  g_assert_true (kh_addr_is_relay (&kh_check_list_get_selected (f->list)->remote));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, data, function) \
  g_test_add ("/check-list/" name, Fixture, data, set_up, function, tear_down)
  ADD ("patience", NULL, test_patience);
  ADD ("proven", NULL, test_proven);
  ADD ("forged-response", NULL, test_forged_response);
  ADD ("opener", NULL, test_opener);
  ADD ("triggered", NULL, test_triggered);
  ADD ("peer-moves", NULL, test_peer_moves);
  ADD ("faster-wins", GINT_TO_POINTER (20), test_faster_wins);
  ADD ("barely-faster-loses", GINT_TO_POINTER (38), test_faster_wins);
  ADD ("bounded", NULL, test_bounded);
  ADD ("challenge-flood", NULL, test_challenge_flood);
  ADD ("address-flood", NULL, test_address_flood);
  ADD ("silent-must-answer", NULL, test_silent_must_answer);
  ADD ("back-by-relay", NULL, test_back_by_relay);
  ADD ("all-must-answer-doubt", GINT_TO_POINTER (FALSE), test_all_must_answer);
  ADD ("all-must-answer-distrust", GINT_TO_POINTER (TRUE), test_all_must_answer);
  return g_test_run ();
}
