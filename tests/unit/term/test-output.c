/* test-output.c: what each report looks like, and a reader that goes away */
#include "term/output.h"

#include <fcntl.h>
#include <glib-unix.h>
#include <signal.h>
#include <unistd.h>

#define ID "k3f9-7dqx-m2p8-0000-0000-0000-0000"

static const KhReportBench figures = {
  .goodput_bps = 9876543210,
  .bytes = 12345678,
  .packets = 9000,
  .lost = 7,
  .retransmitted_ppm = 1234,
  .elapsed_us = 10500000,
  .rtt_min_us = 210,
  .rtt_mean_us = 1530,
  .rtt_p95_us = 20000,
  .cpu_us = 9250000,
  .peer_cpu_us = 750000,
};

static const struct
{
  KhReport report;
  const char *json; /* after "event" and "t_ms" */
  const char *out;
  const char *err;
} cases[] = {
  { { KH_REPORT_REGISTERED, .peer_id = ID, .address = "192.0.2.1:99" },
    "\"peer_id\":\"" ID "\",\"address\":\"192.0.2.1:99\"",
    NULL,
    "You are " ID ", seen at 192.0.2.1:99.\n" },
  { { KH_REPORT_KNOCK, .peer_id = ID, .name = "Ada\033", .hint = "Well?" },
    "\"peer_id\":\"" ID "\",\"name\":\"Ada\\u001b\"",
    NULL,
    "Somebody who gives the name “Ada\\x1b” (" ID ") wants to talk to you.\n  Well?\n" },
  { { KH_REPORT_KNOCK, .peer_id = ID, .name = "", .hint = "Well?" },
    "\"peer_id\":\"" ID "\",\"name\":\"\"",
    NULL,
    "Somebody who gives no name (" ID ") wants to talk to you.\n  Well?\n" },
  { { KH_REPORT_SESSION, .peer_id = ID, .name = "Ada", .elapsed_us = 81234 },
    "\"peer_id\":\"" ID "\",\"name\":\"Ada\",\"elapsed_ms\":81.234",
    NULL,
    "Connected to Ada (" ID ").\n" },
  { { KH_REPORT_PATH, .peer_id = ID, .name = "Ada", .kind = "direct", .family = "ipv6",
      .local = "[2001:db8::1]:1", .remote = "[2001:db8::2]:2", .rtt_us = 23400,
      .elapsed_us = 90000 },
    "\"peer_id\":\"" ID "\",\"kind\":\"direct\",\"family\":\"ipv6\",\"local\":\"[2001:db8::1]:1\","
    "\"remote\":\"[2001:db8::2]:2\",\"rtt_ms\":23.400,\"elapsed_ms\":90.000",
    NULL,
    "Direct to Ada at [2001:db8::2]:2, 23.4 ms.\n" },
  { { KH_REPORT_PATH, .peer_id = ID, .name = "Ada", .kind = "relay", .rtt_us = 1000 },
    "\"peer_id\":\"" ID "\",\"kind\":\"relay\",\"family\":null,\"local\":null,\"remote\":null,"
    "\"rtt_ms\":1.000,\"elapsed_ms\":0.000",
    NULL,
    "Relayed by the server to Ada, 1.0 ms.\n" },
  { { KH_REPORT_MESSAGE, .peer_id = ID, .name = "Ada", .id = "00ff", .text = "one\nBob: \033two",
      .sent_time = 1000 },
    "\"peer_id\":\"" ID "\",\"id\":\"00ff\",\"text\":\"one\\nBob: \\u001btwo\","
    "\"sent_time\":\"1970-01-01T00:00:00.001Z\"",
    "Ada: one\n    Bob: \\x1btwo\n",
    NULL },
  { { KH_REPORT_SENT, .peer_id = ID, .id = "00ff", .text = "mine" },
    "\"peer_id\":\"" ID "\",\"id\":\"00ff\",\"text\":\"mine\"",
    NULL,
    NULL },
  { { KH_REPORT_RECEIPT, .peer_id = ID, .id = "00ff", .state = "delivered" },
    "\"peer_id\":\"" ID "\",\"id\":\"00ff\",\"state\":\"delivered\"",
    NULL,
    NULL },
  { { KH_REPORT_CLOSED, .peer_id = ID, .name = "Ada", .reason = "done", .text = "Ada has left." },
    "\"peer_id\":\"" ID "\",\"reason\":\"done\"",
    NULL,
    "Ada has left.\n" },
  { { KH_REPORT_CLOSED, .peer_id = ID, .name = "Ada", .reason = "replaced" },
    "\"peer_id\":\"" ID "\",\"reason\":\"replaced\"",
    NULL,
    NULL },
  { { KH_REPORT_ERROR, .code = "no-space", .text = "Full." },
    "\"code\":\"no-space\",\"message\":\"Full.\"",
    NULL,
    "knothole-term: Full.\n" },
  { { KH_REPORT_WHY, .peer_id = ID, .code = "offline", .text = "Not there." },
    "\"peer_id\":\"" ID "\",\"presence\":\"offline\",\"text\":\"Not there.\"",
    NULL,
    "Not there.\n" },
  { { KH_REPORT_WHY, .peer_id = ID, .code = "connected", .text = "There.",
      .detail = "one \u2068Ada\u2069\n\033two\n" },
    "\"peer_id\":\"" ID "\",\"presence\":\"connected\",\"text\":\"There.\"",
    NULL,
    "There.\n    one Ada\n    \\x1btwo\n" },
  { { KH_REPORT_CHANGED, .peer_id = "p", .name = "Ben", .id = "i", .state = "edited",
      .text = "a\nb" },
    "\"peer_id\":\"p\",\"id\":\"i\",\"change\":\"edited\",\"text\":\"a\\nb\"",
    NULL,
    "Ben edited a message: a\n    b\n" },
  { { KH_REPORT_CHANGED, .peer_id = "p", .name = "Ben", .id = "i", .state = "deleted", .text = "" },
    "\"peer_id\":\"p\",\"id\":\"i\",\"change\":\"deleted\",\"text\":\"\"",
    NULL,
    "Ben deleted a message.\n" },
  { { KH_REPORT_CHANGED, .peer_id = "p", .name = "Ben", .id = "i", .state = "reactions",
      .text = "👍" },
    "\"peer_id\":\"p\",\"id\":\"i\",\"change\":\"reactions\",\"text\":\"👍\"",
    NULL,
    "Ben reacted with 👍.\n" },
  { { KH_REPORT_HELP, .text = "Type." }, "\"text\":\"Type.\"", NULL, "Type.\n" },
  { { KH_REPORT_BENCH, .peer_id = ID, .name = "Ada\033", .bench = &figures },
    "\"peer_id\":\"" ID "\",\"goodput_bps\":9876543210,\"bytes\":12345678,"
    "\"seconds\":10.500000,\"packets\":9000,\"lost\":7,\"retransmitted_share\":0.001234,"
    "\"rtt_min_ms\":0.210,\"rtt_mean_ms\":1.530,\"rtt_p95_ms\":20.000,\"cpu_s\":9.250000,"
    "\"peer_cpu_s\":0.750000",
    "Measured to Ada\\x1b:\n"
    "  goodput      9.88 Gbit/s\n"
    "  data         12.3\u00a0MB in 10.500 s\n"
    "  packets      9000 sent, 7 lost, 0.123 % of the bytes sent again\n"
    "  round trip   0.21 ms at best, 1.53 ms mean, 20.00 ms for 95 %\n"
    "  processor    9.25 s here, 0.75 s there\n",
    NULL },
};

static void
test_plain (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *out = kh_output_plain.to_stdout (&cases[i].report, 0);
      g_autofree char *err = kh_output_plain.to_stderr (&cases[i].report, 0);

      g_assert_cmpstr (out, ==, cases[i].out);
      g_assert_cmpstr (err, ==, cases[i].err);
    }
}

static void
test_json (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *out = kh_output_json.to_stdout (&cases[i].report, 1500);
      g_autofree char *expected =
          g_strdup_printf ("{\"event\":\"%s\",\"t_ms\":1.500,%s}\n",
                           kh_report_type_to_string (cases[i].report.type), cases[i].json);

      g_assert_cmpstr (out, ==, expected);
      g_assert_null (kh_output_json.to_stderr (&cases[i].report, 1500));
    }
}

#define NATURE                                                                             \
  {                                                                                        \
    KH_NETWORK_SEQUENTIAL, "endpoint-dependent", "sequential", "unknown", "no", -2, FALSE, \
        (char *) "Well."                                                                   \
  }
#define NATURE_JSON                                                                       \
  "{\"kind\":\"sequential\",\"mapping\":\"endpoint-dependent\",\"ports\":\"sequential\"," \
  "\"filtering\":\"unknown\",\"hairpin\":\"no\",\"step\":-2,\"port_mapping\":false,"      \
  "\"text\":\"Well.\"}"

static void
test_verdict (void)
{
  KhAttempt attempt = { "relay", KH_ATTEMPT_WORKS, TRUE, NULL, NULL, 1500, (char *) "It works." };
  KhVerdictStep step = {
    250000, "chosen", NULL, NULL, (char *) "192.0.2.1:9", "used", (char *) "So be it."
  };
  KhVerdictReport verdict = { .reason = KH_REASON_FIREWALL,
                              .blame = KH_BLAME_THEM,
                              .headline = (char *) "No.\nBob: yes",
                              .advice = (char *) "Move.",
                              .ours = NATURE,
                              .theirs = NATURE,
                              .attempts = g_ptr_array_new (),
                              .steps = g_ptr_array_new () };
  KhReport report = { KH_REPORT_VERDICT, .peer_id = ID, .name = "Bob", .verdict = &verdict };
  g_autofree char *json = NULL;
  g_autofree char *err = NULL;

  g_ptr_array_add (verdict.attempts, &attempt);
  g_ptr_array_add (verdict.steps, &step);
  json = kh_output_json.to_stdout (&report, 0);
  g_assert_cmpstr (json, ==,
                   "{\"event\":\"verdict\",\"t_ms\":0.000,\"peer_id\":\"" ID "\","
                   "\"kind\":\"firewall\",\"who\":\"them\",\"text\":\"No.\\nBob: yes\","
                   "\"advice\":\"Move.\",\"ended\":false,\"local_nat\":" NATURE_JSON
                   ",\"remote_nat\":" NATURE_JSON
                   ",\"attempts\":[{\"kind\":\"relay\",\"state\":\"works\",\"in_use\":true,"
                   "\"local\":null,\"remote\":null,\"rtt_ms\":1.500}],\"timeline\":[{"
                   "\"at_ms\":250.000,\"what\":\"chosen\",\"technique\":null,\"local\":null,"
                   "\"remote\":\"192.0.2.1:9\",\"outcome\":\"used\",\"text\":\"So be it.\"}]}\n");
  g_assert_null (kh_output_plain.to_stdout (&report, 0));
  err = kh_output_plain.to_stderr (&report, 0);
  g_assert_cmpstr (err, ==, "No.\\nBob: yes\nMove.\n");
  /* What goes well is told by the path. */
  verdict.reason = KH_REASON_DIRECT_SEARCH;
  g_assert_null (kh_output_plain.to_stderr (&report, 0));
  g_ptr_array_unref (verdict.attempts);
  g_ptr_array_unref (verdict.steps);
}

static void
test_family (void)
{
  g_assert_cmpstr (kh_report_family ("192.0.2.1:4430"), ==, "ipv4");
  g_assert_cmpstr (kh_report_family ("[2001:db8::1]:4430"), ==, "ipv6");
  g_assert_null (kh_report_family (NULL));
}

static void
test_print (void)
{
  const KhReport report = { KH_REPORT_ERROR, .code = "a", .text = "b" };
  g_autoptr (KhOutput) output = NULL;
  int fds[2];
  char line[256];
  gssize size;

  g_assert_true (g_unix_open_pipe (fds, FD_CLOEXEC, NULL));
  output = kh_output_new (&kh_output_json, fds[1], STDERR_FILENO, 1000);
  g_assert_true (kh_output_print (output, &report, 3000));
  size = read (fds[0], line, sizeof line - 1);
  g_assert_cmpint (size, >, 0);
  line[size] = '\0';
  g_assert_cmpstr (line, ==,
                   "{\"event\":\"error\",\"t_ms\":2.000,\"code\":\"a\",\"message\":\"b\"}\n");

  close (fds[0]);
  g_assert_false (kh_output_print (output, &report, 4000));
  g_assert_true (kh_output_is_broken (output));
  g_assert_false (kh_output_print (output, &report, 5000));
  close (fds[1]);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  signal (SIGPIPE, SIG_IGN);
  g_test_add_func ("/term/output/plain", test_plain);
  g_test_add_func ("/term/output/json", test_json);
  g_test_add_func ("/term/output/verdict", test_verdict);
  g_test_add_func ("/term/output/family", test_family);
  g_test_add_func ("/term/output/print", test_print);
  return g_test_run ();
}
