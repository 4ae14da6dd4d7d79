/* test-network-check.c: a check of the network beside an engine, and one that is broken off */
#include "engine-fixture.h"

#include "engine/network-check.h"

static KhNetworkReport *
check (const char *server, const char *key, GCancellable *cancellable, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autofree char *offered = NULL;
  KhNetworkReport *report;

  kh_network_check_async (server, key, KH_NETWORK_CHECK_NONE, cancellable, fixture_on_result,
                          &result);
  report = kh_network_check_finish (fixture_wait (&result), &offered, error);
  g_assert_cmpint (offered != NULL, ==,
                   g_error_matches (*error, KH_ENGINE_ERROR, KH_ENGINE_ERROR_SERVER_KEY_CHANGED));
  return report;
}

/* "This computer" as the server, which speaks no TCP. */
static void
test_beside_engine (void)
{
  User *user = user_new ("Ann");
  g_autoptr (GError) error = NULL;
  g_autoptr (KhNetworkReport) report = NULL;
  g_autoptr (KhNetworkReport) other = NULL;

  user_serve (user);
  report = check (kh_engine_get_server (user->engine), NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (report->udp, ==, KH_FINDING_WORKS);
  g_assert_true (g_str_has_prefix (report->software, "knotholed "));
  g_assert_true (report->has_clock);
  g_assert_cmpint (report->rtt_us, >, 0);
  g_assert_null (report->mapping);
  g_assert_cmpint (kh_engine_get_link (user->engine), ==, KH_ENGINE_LINK_ONLINE);

  other = check (kh_engine_get_server (user->engine), "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
                 NULL, &error);
  g_assert_null (other);
  g_assert_error (error, KH_ENGINE_ERROR, KH_ENGINE_ERROR_SERVER_KEY_CHANGED);
  user_free (user);
}

static void
test_words (void)
{
  g_autoptr (GError) name = NULL;
  g_autoptr (GError) key = NULL;

  g_assert_null (check ("two words", NULL, NULL, &name));
  g_assert_error (name, KH_ENGINE_ERROR, KH_ENGINE_ERROR_BAD_SERVER);
  g_assert_null (check ("127.0.0.1", "short", NULL, &key));
  g_assert_error (key, KH_ENGINE_ERROR, KH_ENGINE_ERROR_INVALID);
}

/* Before it begins, while a name is looked up, and while nobody answers. */
static void
test_cancel (void)
{
  static const char *const servers[] = { "127.0.0.1:9", "localhost:9" };

  for (guint i = 0; i < G_N_ELEMENTS (servers); i++)
    for (guint turns = 0; turns < 4; turns++)
      {
        g_autoptr (GCancellable) cancellable = g_cancellable_new ();
        g_autoptr (GAsyncResult) result = NULL;
        g_autoptr (GError) error = NULL;

        if (turns == 0)
          g_cancellable_cancel (cancellable);
        kh_network_check_async (servers[i], NULL, KH_NETWORK_CHECK_NONE, cancellable,
                                fixture_on_result, &result);
        for (guint j = 1; j < turns; j++)
          g_main_context_iteration (NULL, FALSE);
        g_cancellable_cancel (cancellable);
        g_assert_null (kh_network_check_finish (fixture_wait (&result), NULL, &error));
        g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
      }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/network-check/beside-engine", test_beside_engine);
  g_test_add_func ("/network-check/words", test_words);
  g_test_add_func ("/network-check/cancel", test_cancel);
  return g_test_run ();
}
