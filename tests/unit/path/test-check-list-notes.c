/* test-check-list-notes.c: what is told of each path, and a list that may use the relay only */
#include "check-list-fixture.h"

static void
expect_note (Fixture *f, KhCheckNoteType type, const KhAddr *remote, guint n_checks)
{
  KhCheckNote note;

  g_assert_true (kh_check_list_poll_note (f->list, &note));
  g_assert_cmpint (note.type, ==, type);
  g_assert_true (kh_addr_equal (&note.path.remote, remote));
  g_assert_cmpuint (note.n_checks, ==, n_checks);
}

static void
expect_chosen (Fixture *f, const KhAddr *remote, KhPathReason reason)
{
  KhCheckNote note;

  g_assert_true (kh_check_list_poll_note (f->list, &note));
  g_assert_cmpint (note.type, ==, KH_CHECK_NOTE_CHOSEN);
  g_assert_true (kh_addr_equal (&note.path.remote, remote));
  g_assert_cmpstr (kh_path_reason_to_string (note.reason), ==, kh_path_reason_to_string (reason));
}

/* What becomes of each check, and why each path is taken, is told. */
static void
test_notes (Fixture *f, gconstpointer data)
{
  KhAddr relay = kh_addr_relay (7);
  KhCandidate near = candidate (&f->near);
  KhCheckNote note;

  kh_check_list_add (f->list, &near, f->now_us);
  expect_note (f, KH_CHECK_NOTE_ADDED, &f->far, 0);
  expect_note (f, KH_CHECK_NOTE_ADDED, &f->near, 0);
  kh_check_list_start (f->list, f->now_us, f->now_us);
  kh_check_list_set_relay (f->list, &relay, 100 * MS, f->now_us);
  expect_chosen (f, &relay, KH_PATH_REASON_FIRST);
  turn (f, &f->near, 2 * MS);
  expect_note (f, KH_CHECK_NOTE_SENT, &f->far, 0);
  expect_note (f, KH_CHECK_NOTE_SENT, &f->near, 0);
  expect_note (f, KH_CHECK_NOTE_ANSWERED, &f->near, 1);
  expect_chosen (f, &f->near, KH_PATH_REASON_DIRECT);
  g_assert_true (kh_check_list_distrust (f->list, f->now_us));
  expect_chosen (f, &relay, KH_PATH_REASON_NO_DATA);
  while (kh_check_list_next_timeout (f->list) != KH_NEVER)
    {
      jump (f);
      turn (f, &relay, 0);
    }
  expect_note (f, KH_CHECK_NOTE_FAILED, &f->far, 12);
  expect_note (f, KH_CHECK_NOTE_FAILED, &f->near, 14);
  g_assert_false (kh_check_list_poll_note (f->list, &note));
}

/* Nobody polls, and nothing grows. */
static void
test_notes_are_bounded (Fixture *f, gconstpointer data)
{
  KhCheckNote note;
  guint n = 0;

  kh_check_list_start (f->list, f->now_us, f->now_us);
  for (guint i = 0; i < 1000; i++)
    {
      KhAddr addr = kh_addr_ipv4 (203, 0, 113, 5, (guint16) (1024 + i));

      f->now_us += G_USEC_PER_SEC;
      kh_check_list_on_packet (f->list, &addr, f->now_us);
      turn (f, NULL, 0);
      kh_check_list_handle_timeout (f->list, f->now_us);
    }
  while (kh_check_list_poll_note (f->list, &note))
    n++;
  g_assert_cmpuint (n, ==, 64);
}

/* All but the relay is forgotten at once, in whatever state it is, and not learned again. */
static void
test_relay_only (Fixture *f, gconstpointer data)
{
  KhAddr relay = kh_addr_relay (7);
  KhCandidate near = candidate (&f->near);
  guint8 challenge[KH_CHECK_DATA_SIZE] = { 1 };
  KhCheck check;

  kh_check_list_add (f->list, &near, f->now_us);
  kh_check_list_start (f->list, f->now_us, f->now_us);
  turn (f, &f->near, 2 * MS);
  kh_check_list_set_relay (f->list, &relay, 100 * MS, f->now_us);
  g_assert_true (kh_addr_equal (&kh_check_list_get_selected (f->list)->remote, &f->near));
  kh_check_list_on_challenge (f->list, &f->near, challenge, f->now_us);
  while (drain (f, KH_CHECK_EVENT_SELECTED))
    ;
  kh_check_list_set_relay_only (f->list, TRUE, f->now_us);
  g_assert_true (kh_addr_is_relay (&kh_check_list_get_selected (f->list)->remote));
  g_assert_true (drain (f, KH_CHECK_EVENT_SELECTED));
  kh_check_list_add (f->list, &near, f->now_us);
  kh_check_list_on_packet (f->list, &f->far, f->now_us);
  kh_check_list_on_challenge (f->list, &f->near, challenge, f->now_us);
  kh_check_list_start (f->list, f->now_us, f->now_us);
  while (kh_check_list_poll_send (f->list, &check, f->now_us))
    g_assert_true (kh_addr_is_relay (&check.remote));
  g_assert_null (kh_check_list_get_nth (f->list, 1));
  kh_check_list_set_relay (f->list, NULL, 0, f->now_us);
  kh_check_list_set_relay_only (f->list, FALSE, f->now_us);
  kh_check_list_add (f->list, &near, f->now_us);
  g_assert_nonnull (kh_check_list_get_nth (f->list, 1));
}

/* Nothing in the local network: what is elsewhere stays as it is, the path in use too. */
static void
test_shuns_local (Fixture *f, gconstpointer data)
{
  guint8 challenge[KH_CHECK_DATA_SIZE] = { 1 };
  KhCandidate near = candidate (&f->near);
  KhCheck check;

  kh_check_list_add (f->list, &near, f->now_us);
  kh_check_list_start (f->list, f->now_us, f->now_us);
  turn (f, &f->far, 2 * MS);
  kh_check_list_on_challenge (f->list, &f->near, challenge, f->now_us);
  while (drain (f, KH_CHECK_EVENT_SELECTED))
    ;
  kh_check_list_set_shuns_local (f->list, TRUE, f->now_us);
  g_assert_false (drain (f, KH_CHECK_EVENT_SELECTED));
  g_assert_true (kh_addr_equal (&kh_check_list_get_selected (f->list)->remote, &f->far));
  kh_check_list_add (f->list, &near, f->now_us);
  kh_check_list_on_packet (f->list, &f->near, f->now_us);
  kh_check_list_on_challenge (f->list, &f->near, challenge, f->now_us);
  kh_check_list_start (f->list, f->now_us, f->now_us);
  while (kh_check_list_poll_send (f->list, &check, f->now_us))
    g_assert_true (kh_addr_equal (&check.remote, &f->far));
  g_assert_null (kh_check_list_get_nth (f->list, 1));

  kh_check_list_set_shuns_local (f->list, FALSE, f->now_us);
  kh_check_list_add (f->list, &near, f->now_us);
  turn (f, &f->near, MS / 10);
  kh_check_list_set_relay_only (f->list, TRUE, f->now_us);
  g_assert_null (kh_check_list_get_selected (f->list));
}

/* Without a relay there is nothing left. */
static void
test_relay_only_without (Fixture *f, gconstpointer data)
{
  kh_check_list_start (f->list, f->now_us, f->now_us);
  turn (f, &f->far, 2 * MS);
  g_assert_nonnull (kh_check_list_get_selected (f->list));
  kh_check_list_set_relay_only (f->list, TRUE, f->now_us);
  g_assert_null (kh_check_list_get_selected (f->list));
  jump (f);
  g_assert_cmpuint (turn (f, NULL, 0), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, data, function) \
  g_test_add ("/check-list-notes/" name, Fixture, data, set_up, function, tear_down)
  ADD ("relay-only", NULL, test_relay_only);
  ADD ("relay-only-without", NULL, test_relay_only_without);
  ADD ("shuns-local", NULL, test_shuns_local);
  ADD ("notes", NULL, test_notes);
  ADD ("notes-are-bounded", NULL, test_notes_are_bounded);
  return g_test_run ();
}
