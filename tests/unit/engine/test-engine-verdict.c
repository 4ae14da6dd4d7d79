/* test-engine-verdict.c: a front end learns why, while a session lasts and after it */
#include "engine-fixture.h"

static void
on_verdict (KhEngine *engine, KhConversation *conversation, guint *n)
{
  g_autoptr (KhVerdictReport) report = kh_engine_dup_verdict (engine, conversation);

  g_assert_nonnull (report);
  (*n)++;
}

/* On one machine a direct path is soon in use. */
static gboolean
is_direct (User *user, KhConversation *conversation)
{
  g_autoptr (KhVerdictReport) report = kh_engine_dup_verdict (user->engine, conversation);

  return report != NULL &&
         (report->reason == KH_REASON_DIRECT || report->reason == KH_REASON_DIRECT_LOCAL);
}

static guint
count_in_use (const KhVerdictReport *report)
{
  guint n = 0;

  for (guint i = 0; i < report->attempts->len; i++)
    {
      const KhAttempt *attempt = report->attempts->pdata[i];

      n += attempt->in_use;
      if (attempt->in_use)
        {
          g_assert_cmpint (attempt->state, ==, KH_ATTEMPT_WORKS);
          g_assert_nonnull (attempt->remote);
        }
    }
  return n;
}

static void
test_life (void)
{
  User *a = user_new ("Ann"), *b = user_new ("Ben");
  guint n_verdicts = 0;
  KhConversation *to_a, *to_b;
  g_autoptr (KhVerdictReport) report = NULL;
  g_autoptr (KhVerdictReport) after = NULL;
  g_autofree char *text = NULL;

  g_signal_connect (a->engine, "verdict", G_CALLBACK (on_verdict), &n_verdicts);
  user_serve (a);
  to_a = user_connect (b, kh_engine_get_peer_id (a->engine), kh_engine_get_server (a->engine));
  g_assert_null (kh_engine_dup_verdict (b->engine, to_a));
  g_assert_null (kh_engine_dup_connection_report (b->engine, to_a));
  wait_until (a->knocks > 0);
  g_assert_true (user_try_answer (a, KH_KNOCK_ACCEPT, NULL));
  wait_until (a->sessions > 0 && b->sessions > 0);
  to_b = user_conversation_with (a, b);
  wait_until (n_verdicts > 0 && is_direct (a, to_b) && is_direct (b, to_a));

  report = kh_engine_dup_verdict (a->engine, to_b);
  g_assert_cmpstr (report->peer_id, ==, kh_engine_get_peer_id (b->engine));
  g_assert_nonnull (strstr (report->headline, "Ben"));
  g_assert_false (report->is_over);
  g_assert_cmpuint (count_in_use (report), ==, 1);
  g_assert_cmpuint (report->steps->len, >, 0);

  user_free (b);
  wait_until (a->closed > 0);
  after = kh_engine_dup_verdict (a->engine, to_b);
  g_assert_true (after->is_over);
  g_assert_cmpint (after->reason, ==, report->reason);
  g_assert_cmpuint (after->steps->len, >=, report->steps->len + 1);
  text = kh_engine_dup_connection_report (a->engine, to_b);
  g_assert_nonnull (strstr (text, report->peer_id));
  g_assert_nonnull (strstr (text, "has ended"));
  g_assert_nonnull (strstr (text, "before you give it to others"));
  user_free (a);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/engine/verdict/life", test_life);
  return g_test_run ();
}
