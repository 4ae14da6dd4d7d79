/* test-outbox.c: what goes out in which order, over sessions that come and go */
#include "chat/outbox.h"

static KhMessageId
nth (guint n)
{
  return (KhMessageId){ { (guint8) n, (guint8) (n >> 8) } };
}

static void
push (KhOutbox *outbox, guint n, gsize size)
{
  KhMessageId id = nth (n);

  g_assert_true (kh_outbox_push (outbox, &id, size));
}

static gboolean
settle (KhOutbox *outbox, guint n)
{
  KhMessageId id = nth (n);

  return kh_outbox_settle (outbox, &id);
}

/* Takes all that is let out and compares the numbers. */
static void
assert_sends (KhOutbox *outbox, const char *expected)
{
  g_autoptr (GString) sent = g_string_new (NULL);
  KhMessageId id;

  while (kh_outbox_next (outbox, &id))
    g_string_append_printf (sent, "%d ", id.bytes[0] | id.bytes[1] << 8);
  g_assert_cmpstr (sent->str, ==, expected);
}

static void
test_edges (void)
{
  static const char allowed[4][5] = { ".xxx", "x.xx", "...x", "...." };

  for (int from = 0; from < 4; from++)
    for (int to = 0; to < 4; to++)
      g_assert_cmpint (kh_message_state_can_become (from, to), ==, allowed[from][to] == 'x');
  g_assert_false (kh_message_state_can_become (KH_MESSAGE_READ + 1, KH_MESSAGE_READ));
  g_assert_false (kh_message_state_can_become (KH_MESSAGE_PENDING, KH_MESSAGE_READ + 1));
}

static void
test_order (void)
{
  g_autoptr (KhOutbox) outbox = kh_outbox_new (1000);
  KhMessageId first = nth (1);
  KhMessageState state;

  push (outbox, 1, 10);
  push (outbox, 2, 10);
  g_assert_false (kh_outbox_push (outbox, &first, 10));
  assert_sends (outbox, "");
  kh_outbox_session_up (outbox);
  assert_sends (outbox, "1 2 ");
  push (outbox, 3, 10);
  assert_sends (outbox, "3 ");
  g_assert_true (kh_outbox_get_state (outbox, &first, &state));
  g_assert_cmpint (state, ==, KH_MESSAGE_SENT);
  g_assert_cmpuint (kh_outbox_get_in_flight (outbox), ==, 30);

  g_assert_true (settle (outbox, 1));
  g_assert_false (kh_outbox_get_state (outbox, &first, &state));
  g_assert_false (settle (outbox, 1));
  g_assert_false (settle (outbox, 99));
  g_assert_cmpuint (kh_outbox_get_length (outbox), ==, 2);
  g_assert_cmpuint (kh_outbox_get_in_flight (outbox), ==, 20);
}

static void
test_again_after_session (void)
{
  g_autoptr (KhOutbox) outbox = kh_outbox_new (1000);

  for (guint i = 1; i <= 4; i++)
    push (outbox, i, 10);
  kh_outbox_session_up (outbox);
  assert_sends (outbox, "1 2 3 4 ");
  g_assert_true (settle (outbox, 2));
  kh_outbox_session_down (outbox);
  g_assert_cmpuint (kh_outbox_get_in_flight (outbox), ==, 0);
  push (outbox, 5, 10);
  assert_sends (outbox, "");

  /* A receipt that the lost session earned comes before the message is repeated. */
  kh_outbox_session_up (outbox);
  g_assert_true (settle (outbox, 1));
  assert_sends (outbox, "3 4 5 ");

  /* A session may be replaced without having gone down. */
  kh_outbox_session_up (outbox);
  assert_sends (outbox, "3 4 5 ");
}

static void
test_in_flight (void)
{
  g_autoptr (KhOutbox) outbox = kh_outbox_new (100);

  push (outbox, 1, 60);
  push (outbox, 2, 40);
  push (outbox, 3, 1);
  push (outbox, 4, 500);
  push (outbox, 5, 1);
  kh_outbox_session_up (outbox);
  assert_sends (outbox, "1 2 ");
  g_assert_true (settle (outbox, 1));
  assert_sends (outbox, "3 ");
  g_assert_true (settle (outbox, 2));
  assert_sends (outbox, "");
  /* Alone, one that is larger than the limit goes too. */
  g_assert_true (settle (outbox, 3));
  assert_sends (outbox, "4 ");
  g_assert_true (settle (outbox, 4));
  assert_sends (outbox, "5 ");
}

static void
test_remove (void)
{
  g_autoptr (KhOutbox) outbox = kh_outbox_new (100);
  KhMessageId id;

  for (guint i = 1; i <= 4; i++)
    push (outbox, i, 30);
  kh_outbox_session_up (outbox);
  assert_sends (outbox, "1 2 3 ");
  /* The one that would be next, then one in flight. */
  id = nth (4);
  g_assert_true (kh_outbox_remove (outbox, &id));
  id = nth (2);
  g_assert_true (kh_outbox_remove (outbox, &id));
  g_assert_false (kh_outbox_remove (outbox, &id));
  push (outbox, 6, 30);
  assert_sends (outbox, "6 ");
  kh_outbox_session_up (outbox);
  assert_sends (outbox, "1 3 6 ");
}

/* A receiver that stores each id once, over sessions that break anywhere, has all in order. */
static void
test_exactly_once (void)
{
  for (guint32 seed = 0; seed < 200; seed++)
    {
      g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
      g_autoptr (KhOutbox) outbox = kh_outbox_new (50);
      g_autoptr (GArray) history = g_array_new (FALSE, FALSE, sizeof (guint));
      guint pushed = 0, step;

      for (step = 0; step < 100000 && history->len + kh_outbox_get_length (outbox) < 400; step++)
        {
          KhMessageId id;

          if (pushed < 200)
            push (outbox, pushed++, 10);
          if (g_rand_int_range (rand, 0, 10) == 0)
            kh_outbox_session_up (outbox);
          while (g_rand_boolean (rand) && kh_outbox_next (outbox, &id))
            {
              guint n = id.bytes[0] | (guint) id.bytes[1] << 8;

              /* The history's unique index. */
              if (n == history->len)
                g_array_append_val (history, n);
              else
                g_assert_cmpuint (n, <, history->len);
              /* The receipt may be lost with the session. */
              if (g_rand_boolean (rand))
                g_assert_true (kh_outbox_settle (outbox, &id));
            }
          if (pushed == 200 && kh_outbox_get_length (outbox) == 0)
            break;
        }
      g_assert_cmpuint (history->len, ==, 200);
      g_assert_cmpuint (kh_outbox_get_length (outbox), ==, 0);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/outbox/edges", test_edges);
  g_test_add_func ("/outbox/order", test_order);
  g_test_add_func ("/outbox/again-after-session", test_again_after_session);
  g_test_add_func ("/outbox/in-flight", test_in_flight);
  g_test_add_func ("/outbox/remove", test_remove);
  g_test_add_func ("/outbox/exactly-once", test_exactly_once);
  return g_test_run ();
}
