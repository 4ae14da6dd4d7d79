/* test-options.c: the command line, and what it refuses */
#include "term/options.h"

#include <string.h>

static KhOptions *
parse (const char *line, GError **error)
{
  g_autofree char *whole = g_strconcat ("knothole-term ", line, NULL);
  g_auto (GStrv) args = NULL;

  g_assert_true (g_shell_parse_argv (whole, NULL, &args, NULL));
  return kh_options_parse ((const char *const *) args, error);
}

static void
test_defaults (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (KhOptions) options = parse ("", &error);

  g_assert_no_error (error);
  g_assert_null (options->server);
  g_assert_null (options->name);
  g_assert_null (options->target);
  g_assert_null (options->server_key);
  g_assert_true (g_str_has_suffix (options->data_dir, "/knothole"));
  g_assert_cmpint (options->accept, ==, KH_ACCEPT_ASK);
  g_assert_cmpint (options->relay, ==, KH_RELAY_USE_AUTO);
  g_assert_cmpint (options->timeout_us, ==, -1);
  g_assert_false (options->json || options->id || options->version || options->self_test);
}

static void
test_all (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (KhOptions) options =
      parse ("--server example.org:99 --name 'Ada ü' --data-dir /tmp/x --accept=all --relay=always "
             "--json --id "
             "--timeout 2.5 --accept-server-key KEY --version --self-test k3f9",
             &error);

  g_assert_no_error (error);
  g_assert_cmpstr (options->server, ==, "example.org:99");
  g_assert_cmpstr (options->name, ==, "Ada ü");
  g_assert_cmpstr (options->data_dir, ==, "/tmp/x");
  g_assert_cmpint (options->accept, ==, KH_ACCEPT_ALL);
  g_assert_cmpint (options->relay, ==, KH_RELAY_USE_ALWAYS);
  g_assert_true (options->json && options->id && options->version && options->self_test);
  g_assert_cmpint (options->timeout_us, ==, 2500000);
  g_assert_cmpstr (options->server_key, ==, "KEY");
  g_assert_cmpstr (options->target, ==, "k3f9");
}

static void
test_values (void)
{
  static const struct
  {
    const char *line;
    KhAcceptMode accept;
    gint64 timeout_us;
  } good[] = {
    { "--accept ask", KH_ACCEPT_ASK, -1 },
    { "--accept=contacts", KH_ACCEPT_CONTACTS, -1 },
    { "--timeout 0", KH_ACCEPT_ASK, 0 },
    { "--timeout=.5", KH_ACCEPT_ASK, 500000 },
    { "--timeout 86400", KH_ACCEPT_ASK, 86400 * (gint64) G_USEC_PER_SEC },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (KhOptions) options = parse (good[i].line, &error);

      g_assert_no_error (error);
      g_assert_cmpint (options->accept, ==, good[i].accept);
      g_assert_cmpint (options->timeout_us, ==, good[i].timeout_us);
    }
}

static void
test_bench (void)
{
  static const struct
  {
    const char *line;
    guint64 bytes;
    gint64 duration_us;
    guint streams;
  } good[] = {
    { "--bench-to k3f9", 0, 10000000, 1 },
    { "--bench-to k3f9 --bytes 1", 1, 0, 1 },
    { "--bench-to k3f9 --bytes 10k --streams 4", 10000, 0, 4 },
    { "--bench-to k3f9 --bytes=25M --streams=100", 25000000, 0, 100 },
    { "--bench-to k3f9 --bytes 2G", 2000000000, 0, 1 },
    { "--bench-to k3f9 --seconds 0.25", 0, 250000, 1 },
    { "--bench-to k3f9 --seconds 604800", 0, 604800000000, 1 },
  };
  g_autoptr (KhOptions) serve = parse ("--bench-serve --accept=all", NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (KhOptions) options = parse (good[i].line, &error);

      g_assert_no_error (error);
      g_assert_true (options->bench && !options->bench_serve);
      g_assert_cmpstr (options->target, ==, "k3f9");
      g_assert_cmpuint (options->plan.bytes, ==, good[i].bytes);
      g_assert_cmpint (options->plan.duration_us, ==, good[i].duration_us);
      g_assert_cmpuint (options->plan.streams, ==, good[i].streams);
    }
  g_assert_true (serve->bench_serve && !serve->bench);
  g_assert_null (serve->target);
}

/* Each is refused for its own reason, which names the options that do not go together. */
static void
test_bench_refusals (void)
{
  static const struct
  {
    const char *line;
    const char *word;
  } bad[] = {
    { "--bench-to a b", "--bench-to" },
    { "--bench-to a --bench-serve", "--bench-serve" },
    { "--bytes 5", "--bench-to" },
    { "--seconds 5 --bench-serve", "--bench-to" },
    { "--streams 2 a", "--bench-to" },
    { "--bench-to a --bytes 5 --seconds 5", "--seconds" },
    { "--bench-to a --bytes 0", "--bytes" },
    { "--bench-to a --bytes -1", "--bytes" },
    { "--bench-to a --bytes ''", "--bytes" },
    { "--bench-to a --bytes M", "--bytes" },
    { "--bench-to a --bytes 5K", "--bytes" },
    { "--bench-to a --bytes 5MB", "--bytes" },
    { "--bench-to a --bytes 5.5M", "--bytes" },
    { "--bench-to a --bytes 99999999999G", "--bytes" },
    { "--bench-to a --bytes 99999999999999999999999", "--bytes" },
    { "--bench-to a --seconds 0", "--seconds" },
    { "--bench-to a --seconds inf", "--seconds" },
    { "--bench-to a --seconds 1e9", "--seconds" },
    { "--bench-to a --seconds 5s", "--seconds" },
    { "--bench-to a --streams 0", "--streams" },
    { "--bench-to a --streams 101", "--streams" },
    { "--bench-to a --streams -1", "--streams" },
    { "--bench-to a --streams two", "--streams" },
    { "--bench-to", "--bench-to" },
    { "--bench-to \377", "PEER-ID" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (KhOptions) options = parse (bad[i].line, &error);

      g_autofree char *shown = g_strescape (bad[i].line, NULL);

      g_test_message ("%s", shown);
      g_assert_null (options);
      g_assert_nonnull (error);
      g_assert_cmpuint (error->domain, ==, G_OPTION_ERROR);
      g_assert_nonnull (strstr (error->message, bad[i].word));
    }
}

static void
test_check_network (void)
{
  static const struct
  {
    const char *line;
    const char *word;
  } bad[] = {
    { "--long", "--check-network" },
    { "--check-network k3f9", "PEER-ID" },
    { "--check-network --bench-serve", "--check-network" },
    { "--check-network --bench-to k3f9", "--check-network" },
  };
  g_autoptr (KhOptions) quick = parse ("--check-network --server example.org", NULL);
  g_autoptr (KhOptions) slow = parse ("--long --json --check-network", NULL);

  g_assert_true (quick->check_network && !quick->is_long);
  g_assert_true (slow->check_network && slow->is_long && slow->json);
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (KhOptions) options = parse (bad[i].line, &error);

      g_assert_null (options);
      g_assert_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE);
      g_assert_nonnull (strstr (error->message, bad[i].word));
    }
}

static void
test_refusals (void)
{
  static const char *const bad[] = {
    "--no-such-option", "--accept=perhaps", "--accept=",     "--timeout soon", "--timeout -1",
    "--timeout 1s",     "--timeout ''",     "--timeout inf", "--timeout nan",  "--timeout 1e12",
    "--timeout 0x10",   "--server",         "one two",       "--name \377",    "\377",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (KhOptions) options = parse (bad[i], &error);

      g_autofree char *shown = g_strescape (bad[i], NULL);

      g_test_message ("%s", shown);
      g_assert_null (options);
      g_assert_nonnull (error);
      g_assert_cmpuint (error->domain, ==, G_OPTION_ERROR);
      g_assert_cmpuint (strlen (error->message), >, 10);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/term/options/defaults", test_defaults);
  g_test_add_func ("/term/options/all", test_all);
  g_test_add_func ("/term/options/values", test_values);
  g_test_add_func ("/term/options/bench", test_bench);
  g_test_add_func ("/term/options/bench-refusals", test_bench_refusals);
  g_test_add_func ("/term/options/check-network", test_check_network);
  g_test_add_func ("/term/options/refusals", test_refusals);
  return g_test_run ();
}
