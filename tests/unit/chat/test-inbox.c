/* test-inbox.c: nothing is acknowledged that is not stored, nothing stored out of order */
#include "chat/inbox.h"

#include <string.h>

static gboolean
receive (KhInbox *inbox, guint n, const char *text)
{
  KhMessage message = { .type = KH_MESSAGE_TEXT };
  gboolean taken;

  message.text.id.bytes[0] = (guint8) n;
  message.text.id.bytes[1] = (guint8) (n >> 8);
  message.text.text = g_strdup (text);
  taken = kh_inbox_receive (inbox, &message);
  g_assert_cmpint (message.type, ==, KH_MESSAGE_NONE);
  return taken;
}

static void
assert_batch (KhInbox *inbox, const char *expected)
{
  g_autoptr (GPtrArray) batch = kh_inbox_take_batch (inbox);
  g_autoptr (GString) numbers = g_string_new (NULL);

  for (guint i = 0; batch != NULL && i < batch->len; i++)
    g_string_append_printf (numbers, "%d ", ((KhMessage *) batch->pdata[i])->text.id.bytes[0]);
  g_assert_cmpstr (numbers->str, ==, expected);
}

static void
assert_receipts (KhInbox *inbox, const char *expected)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (;;)
    {
      g_auto (KhMessage) receipt = { 0 };

      if (!kh_inbox_next_receipt (inbox, &receipt))
        break;
      g_string_append (text, kh_receipt_state_to_string (receipt.receipt.state));
      for (guint i = 0; i < receipt.receipt.n_ids; i++)
        g_string_append_printf (text, " %d", receipt.receipt.ids[i].bytes[0]);
      g_string_append (text, "; ");
    }
  g_assert_cmpstr (text->str, ==, expected);
}

static void
test_stored_then_acknowledged (void)
{
  g_autoptr (KhInbox) inbox = kh_inbox_new ();

  kh_inbox_session_up (inbox);
  g_assert_true (receive (inbox, 1, "a"));
  g_assert_true (receive (inbox, 2, "b"));
  assert_batch (inbox, "1 2 ");
  g_assert_true (receive (inbox, 3, "c"));
  /* One batch at a time, and no receipt before it is stored. */
  assert_batch (inbox, "");
  assert_receipts (inbox, "");
  kh_inbox_batch_stored (inbox);
  assert_receipts (inbox, "delivered 1 2; ");
  assert_receipts (inbox, "");
  assert_batch (inbox, "3 ");
  kh_inbox_batch_stored (inbox);
  assert_receipts (inbox, "delivered 3; ");
}

static void
test_failure_stops (void)
{
  g_autoptr (KhInbox) inbox = kh_inbox_new ();

  kh_inbox_session_up (inbox);
  receive (inbox, 1, "a");
  assert_batch (inbox, "1 ");
  receive (inbox, 2, "b");
  kh_inbox_batch_failed (inbox);
  g_assert_true (kh_inbox_is_failed (inbox));
  /* 2 must not get into the history before 1. */
  assert_batch (inbox, "");
  g_assert_false (receive (inbox, 3, "c"));
  assert_receipts (inbox, "");

  kh_inbox_session_up (inbox);
  g_assert_false (kh_inbox_is_failed (inbox));
  receive (inbox, 1, "a");
  receive (inbox, 2, "b");
  assert_batch (inbox, "1 2 ");
  kh_inbox_batch_stored (inbox);
  assert_receipts (inbox, "delivered 1 2; ");
}

static void
test_batch_outlives_session (void)
{
  g_autoptr (KhInbox) inbox = kh_inbox_new ();

  kh_inbox_session_up (inbox);
  receive (inbox, 1, "a");
  assert_batch (inbox, "1 ");
  receive (inbox, 2, "b");
  kh_inbox_session_down (inbox);
  kh_inbox_session_up (inbox);
  receive (inbox, 1, "a");
  assert_batch (inbox, "");
  kh_inbox_batch_stored (inbox);
  assert_receipts (inbox, "delivered 1; ");
  /* The history finds that it is a duplicate; it is acknowledged again. */
  assert_batch (inbox, "1 ");
  kh_inbox_batch_stored (inbox);
  assert_receipts (inbox, "delivered 1; ");
}

static void
test_read_is_repeated (void)
{
  g_autoptr (KhInbox) inbox = kh_inbox_new ();
  KhMessageId seven = { { 7 } }, nine = { { 9 } };

  kh_inbox_session_up (inbox);
  assert_receipts (inbox, "");
  kh_inbox_mark_read (inbox, &seven);
  kh_inbox_mark_read (inbox, &nine);
  assert_receipts (inbox, "read 9; ");
  kh_inbox_session_down (inbox);
  kh_inbox_session_up (inbox);
  assert_receipts (inbox, "read 9; ");
  assert_receipts (inbox, "");
}

static void
test_bounded_bytes (void)
{
  g_autoptr (KhInbox) inbox = kh_inbox_new ();
  g_autofree char *text = g_strnfill (KH_MESSAGE_TEXT_MAX, 'x');
  guint n = 0;

  while (receive (inbox, n, text))
    n++;
  g_assert_cmpuint (n, ==, KH_INBOX_BYTES_MAX / KH_MESSAGE_TEXT_MAX);
  g_assert_false (kh_inbox_has_room (inbox));
  g_ptr_array_unref (kh_inbox_take_batch (inbox));
  g_assert_false (kh_inbox_has_room (inbox));
  kh_inbox_batch_stored (inbox);
  g_assert_true (kh_inbox_has_room (inbox));
}

static void
test_bounded_count (void)
{
  g_autoptr (KhInbox) inbox = kh_inbox_new ();
  guint n = 0, n_acknowledged = 0;

  while (receive (inbox, n, "x"))
    n++;
  g_assert_cmpuint (n, ==, KH_INBOX_MESSAGES_MAX);
  for (;;)
    {
      g_autoptr (GPtrArray) batch = kh_inbox_take_batch (inbox);

      if (batch == NULL)
        break;
      g_assert_cmpuint (batch->len, <=, KH_INBOX_BATCH_MAX);
      kh_inbox_batch_stored (inbox);
    }
  /* Receipts that cannot leave hold the peer back as well. */
  g_assert_false (kh_inbox_has_room (inbox));
  for (;;)
    {
      g_auto (KhMessage) receipt = { 0 };

      if (!kh_inbox_next_receipt (inbox, &receipt))
        break;
      g_assert_cmpuint (receipt.receipt.n_ids, <=, KH_MESSAGE_RECEIPT_IDS_MAX);
      n_acknowledged += receipt.receipt.n_ids;
    }
  g_assert_cmpuint (n_acknowledged, ==, n);
  g_assert_true (kh_inbox_has_room (inbox));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/inbox/stored-then-acknowledged", test_stored_then_acknowledged);
  g_test_add_func ("/inbox/failure-stops", test_failure_stops);
  g_test_add_func ("/inbox/batch-outlives-session", test_batch_outlives_session);
  g_test_add_func ("/inbox/read-is-repeated", test_read_is_repeated);
  g_test_add_func ("/inbox/bounded-bytes", test_bounded_bytes);
  g_test_add_func ("/inbox/bounded-count", test_bounded_count);
  return g_test_run ();
}
