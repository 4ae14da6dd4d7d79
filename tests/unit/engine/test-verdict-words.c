/* test-verdict-words.c: every verdict has words that name whose network it is, and no others */
#include "engine/verdict-report-private.h"
#include "engine/verdict-words.h"

#define KINDS (KH_VERDICT_NO_HAIRPIN + 1)

/* What the two sides of each verdict must be told; @advice: what it must speak of. */
static const struct
{
  KhVerdict verdict;
  const char *headline;
  const char *advice;
} table[] = {
  { { KH_VERDICT_NOT_CONNECTED, KH_VERDICT_NOBODY }, "You are not connected to Bob.", NULL },
  { { KH_VERDICT_DIRECT, KH_VERDICT_NOBODY }, "You are connected directly to Bob.", NULL },
  { { KH_VERDICT_DIRECT_LOCAL, KH_VERDICT_NOBODY },
    "You are connected directly to Bob, within one local network.",
    NULL },
  { { KH_VERDICT_DIRECT_SEARCH, KH_VERDICT_NOBODY },
    "You are connected directly to Bob, through a port that had to be searched for.",
    "UPnP" },
  { { KH_VERDICT_TRYING, KH_VERDICT_NOBODY },
    "The server relays between you and Bob while a direct path is being looked for.",
    NULL },
  { { KH_VERDICT_PRIVACY, KH_VERDICT_US },
    "The server relays between you and Bob, because you keep your addresses to yourself.",
    "your settings" },
  { { KH_VERDICT_PRIVACY, KH_VERDICT_THEM },
    "The server relays between you and Bob, because Bob keeps their addresses to themselves.",
    "Only Bob" },
  { { KH_VERDICT_PRIVACY, KH_VERDICT_BOTH },
    "The server relays between you and Bob, because both of you keep your addresses to "
    "yourselves.",
    "both of you" },
  { { KH_VERDICT_UDP_BLOCKED, KH_VERDICT_US },
    "Your network lets no UDP through, without which there is no direct path to Bob.",
    "on your side" },
  { { KH_VERDICT_UDP_BLOCKED, KH_VERDICT_THEM },
    "Bob’s network lets no UDP through, without which there is no direct path.",
    "on Bob’s side" },
  { { KH_VERDICT_UDP_BLOCKED, KH_VERDICT_BOTH },
    "Neither your network nor Bob’s lets UDP through, without which there is no direct path.",
    "on both sides" },
  { { KH_VERDICT_NO_FAMILY, KH_VERDICT_US },
    "Your network has only IPv6 and Bob’s only IPv4, and no packet goes directly from one to the "
    "other.",
    "IPv6 in Bob’s network, or IPv4 in yours" },
  { { KH_VERDICT_NO_FAMILY, KH_VERDICT_THEM },
    "Bob’s network has only IPv6 and yours only IPv4, and no packet goes directly from one to the "
    "other.",
    "IPv6 in your network, or IPv4 in Bob’s" },
  { { KH_VERDICT_RANDOM_RANDOM, KH_VERDICT_BOTH },
    "Your network and Bob’s both give every connection a random port, so neither side can know "
    "where to reach the other.",
    "UPnP" },
  { { KH_VERDICT_RANDOM_STRICT, KH_VERDICT_US },
    "Your network gives every connection a random port, and Bob’s lets only answers in; the right "
    "port was searched for and not found.",
    "UPnP" },
  { { KH_VERDICT_RANDOM_STRICT, KH_VERDICT_THEM },
    "Bob’s network gives every connection a random port, and yours lets only answers in; the right "
    "port was searched for and not found.",
    "UPnP" },
  { { KH_VERDICT_DEPENDENT, KH_VERDICT_US },
    "Your network gives every connection a random port, and Bob’s gives every connection another "
    "one, so the two cannot be foreseen together.",
    "UPnP" },
  { { KH_VERDICT_DEPENDENT, KH_VERDICT_THEM },
    "Bob’s network gives every connection a random port, and yours gives every connection another "
    "one, so the two cannot be foreseen together.",
    "UPnP" },
  { { KH_VERDICT_UNPREDICTED, KH_VERDICT_US },
    "Your network gives every connection the next port, and the ones that were expected for Bob "
    "were taken by others.",
    "UPnP" },
  { { KH_VERDICT_UNPREDICTED, KH_VERDICT_THEM },
    "Bob’s network gives every connection the next port, and the ones that were expected were "
    "taken "
    "by others.",
    "UPnP" },
  { { KH_VERDICT_UNPREDICTED, KH_VERDICT_BOTH },
    "Your network and Bob’s both give every connection the next port, and the ones that were "
    "expected were taken by others.",
    "UPnP" },
  { { KH_VERDICT_FIREWALL, KH_VERDICT_NOBODY },
    "Nothing that was sent directly between you and Bob arrived, although both networks look as if "
    "it should: there is a firewall on one of the two sides.",
    "on both sides" },
};

/* @text with each Bob isolated. */
static char *
isolated (const char *text)
{
  GString *out = g_string_new (text);

  g_string_replace (out, "Bob", "\u2068Bob\u2069", 0);
  return g_string_free (out, FALSE);
}

static void
test_table (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (table); i++)
    {
      g_autofree char *headline = kh_verdict_words_headline (&table[i].verdict, "Bob");
      g_autofree char *advice = kh_verdict_words_advice (&table[i].verdict, "Bob");

      g_autofree char *wanted = isolated (table[i].headline);

      g_assert_cmpstr (headline, ==, wanted);
      g_assert_cmpint (advice != NULL, ==, table[i].advice != NULL);
      if (advice != NULL)
        {
          g_autofree char *part = isolated (table[i].advice);

          g_assert_nonnull (strstr (advice, part));
        }
    }
}

static void
check_sentence (const char *text)
{
  g_assert_null (strchr (text, '{'));
  g_assert_true (g_str_has_suffix (text, "."));
  if (g_str_has_prefix (text, "\u2068"))
    text += strlen ("\u2068");
  g_assert_true (g_unichar_isupper (g_utf8_get_char (text)) || g_unichar_isdigit (text[0]));
}

/* Whatever a verdict names, also what it cannot name today. */
static void
test_all (void)
{
  for (guint kind = 0; kind < KINDS; kind++)
    for (guint who = 0; who <= KH_VERDICT_BOTH; who++)
      {
        KhVerdict verdict = { kind, who };
        g_autofree char *headline = kh_verdict_words_headline (&verdict, "Bob");
        g_autofree char *advice = kh_verdict_words_advice (&verdict, "Bob");

        g_assert_nonnull (headline);
        check_sentence (headline);
        if (kh_verdict_is_proven (kind))
          g_assert_nonnull (advice);
        if (advice != NULL)
          check_sentence (advice);
      }
}

/* A name is never taken for more than a name. */
static void
test_name (void)
{
  KhVerdict verdict = { KH_VERDICT_PRIVACY, KH_VERDICT_THEM };
  g_autofree char *headline = kh_verdict_words_headline (&verdict, "{peer}%s");

  g_assert_cmpstr (headline, ==,
                   "The server relays between you and \u2068{peer}%s\u2069, because "
                   "\u2068{peer}%s\u2069 keeps their addresses to themselves.");
}

static void
test_networks (void)
{
  static const struct
  {
    KhNatBehaviour nat;
    KhNetworkKind kind;
    const char *ours;
    const char *theirs;
  } rows[] = {
    { { 0 },
      KH_NETWORK_UNKNOWN,
      "It is not known yet how your network treats connections.",
      "It is not known how Bob’s network treats connections." },
    { { .mapping = KH_NAT_MAPPING_NONE, .filtering = KH_NAT_FILTERING_BY_PORT },
      KH_NETWORK_OPEN,
      "Your network passes your address on as it is. From outside, only answers are let in.",
      "Bob’s network passes their address on as it is. From outside, only answers are let in." },
    { { .mapping = KH_NAT_MAPPING_INDEPENDENT,
        .filtering = KH_NAT_FILTERING_IGNORES_PORTS,
        .hairpin = KH_NAT_HAIRPIN_YES,
        .is_mapped = TRUE },
      KH_NETWORK_STEADY,
      "Your network has a router that shows this program at one and the same port to everybody. "
      "From outside, packets from any port of who was written to are let in. Computers behind it "
      "reach each other by its outside address. The router forwards a port to the program (port "
      "mapping).",
      NULL },
    { { .mapping = KH_NAT_MAPPING_DEPENDENT, .ports = KH_NAT_PORTS_SEQUENTIAL, .step = 2 },
      KH_NETWORK_SEQUENTIAL,
      NULL,
      "Bob’s network has a router that gives every connection another port, the next one in a "
      "row." },
    { { .mapping = KH_NAT_MAPPING_DEPENDENT, .ports = KH_NAT_PORTS_RANDOM },
      KH_NETWORK_RANDOM,
      "Your network has a router that gives every connection another port, a random one.",
      NULL },
    { { .udp_blocked = TRUE, .mapping = KH_NAT_MAPPING_DEPENDENT },
      KH_NETWORK_TCP_ONLY,
      "Your network lets no UDP through.",
      "Bob’s network lets no UDP through." },
    { { .is_relay_only = TRUE, .udp_blocked = TRUE },
      KH_NETWORK_HIDDEN,
      "You keep your network’s addresses to yourself.",
      "Bob keeps their network’s addresses to themselves." },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *ours = kh_verdict_words_network (&rows[i].nat, NULL);
      g_autofree char *theirs = kh_verdict_words_network (&rows[i].nat, "Bob");

      g_assert_cmpstr (kh_network_kind_to_string (kh_verdict_words_network_kind (&rows[i].nat)), ==,
                       kh_network_kind_to_string (rows[i].kind));
      if (rows[i].ours != NULL)
        g_assert_cmpstr (ours, ==, rows[i].ours);
      if (rows[i].theirs != NULL)
        {
          g_autofree char *wanted = isolated (rows[i].theirs);

          g_assert_cmpstr (theirs, ==, wanted);
        }
      check_sentence (ours);
      check_sentence (theirs);
    }
}

/* --- reports ----------------------------------------------------------------------------- */

static KhPath
path_to (KhCandidateKind kind, KhAddr remote, KhPathState state, gint64 rtt_us)
{
  return (KhPath){ .kind = kind, .remote = remote, .state = state, .rtt_us = rtt_us };
}

static void
add_entry (KhVerdictRecord *record, KhTimelineType type, gint64 at_us, const KhPath *path)
{
  KhTimelineEntry entry = { .type = type, .at_us = at_us, .technique = KH_TECHNIQUE_BIRTHDAY };

  if (path != NULL)
    entry.path = *path;
  g_array_append_val (record->entries, entry);
}

/* Relayed at first, then direct to one of two addresses, then silent, and over. */
static KhVerdictRecord *
record_new (void)
{
  KhVerdictRecord *record = kh_verdict_record_new ();
  KhPath relay = path_to (KH_CANDIDATE_RELAY, kh_addr_relay (7), KH_PATH_VALID, 40000);
  KhPath dead = path_to (KH_CANDIDATE_HOST, kh_addr_ipv4 (192, 168, 1, 2, 99), KH_PATH_FAILED, 0);
  KhPath good =
      path_to (KH_CANDIDATE_SRFLX, kh_addr_ipv4 (203, 0, 113, 9, 99), KH_PATH_VALID, 12345);
  KhPath gone = path_to (KH_CANDIDATE_RELAY, (KhAddr){ 0 }, KH_PATH_FAILED, 0);

  good.seen = kh_addr_ipv4 (198, 51, 100, 1, 4000);
  g_array_append_val (record->paths, relay);
  g_array_append_val (record->paths, dead);
  g_array_append_val (record->paths, good);
  g_array_append_val (record->paths, gone);
  record->in_use = 2;
  record->verdict = (KhVerdict){ KH_VERDICT_RANDOM_STRICT, KH_VERDICT_THEM };
  record->theirs.mapping = KH_NAT_MAPPING_DEPENDENT;
  add_entry (record, KH_TIMELINE_BEGUN, 5000000, NULL);
  add_entry (record, KH_TIMELINE_CHOSEN, 5000000, &relay);
  add_entry (record, KH_TIMELINE_BEHAVIOURS, 5100000, NULL);
  add_entry (record, KH_TIMELINE_PATH_FAILED, 5200000, &dead);
  add_entry (record, KH_TIMELINE_SEARCH_BEGUN, 5300000, NULL);
  add_entry (record, KH_TIMELINE_PATH_VALID, 5400000, &good);
  add_entry (record, KH_TIMELINE_CHOSEN, 5400000, &good);
  add_entry (record, KH_TIMELINE_NETWORK_CHANGED, 5500000, NULL);
  add_entry (record, KH_TIMELINE_LOST, 5600000, &good);
  add_entry (record, KH_TIMELINE_CHOSEN, 5600000, &relay);
  add_entry (record, KH_TIMELINE_SEARCH_FAILED, 5700000, NULL);
  add_entry (record, KH_TIMELINE_BEHAVIOURS, 5800000, NULL);
  return record;
}

static void
test_report (void)
{
  g_autoptr (KhVerdictRecord) record = record_new ();
  g_autoptr (KhVerdictReport) report = kh_verdict_report_new (record, "id", "Bob");
  KhAttempt **attempts = (KhAttempt **) report->attempts->pdata;
  KhVerdictStep **steps = (KhVerdictStep **) report->steps->pdata;

  g_assert_cmpstr (kh_reason_to_string (report->reason), ==, "random-strict");
  g_assert_cmpstr (kh_blame_to_string (report->blame), ==, "them");
  g_assert_false (report->is_over);
  g_assert_false (report->is_proven);
  g_assert_cmpstr (report->theirs.mapping, ==, "endpoint-dependent");

  g_assert_cmpuint (report->attempts->len, ==, 3);
  g_assert_cmpstr (attempts[0]->kind, ==, "relay");
  g_assert_null (attempts[0]->remote);
  g_assert_cmpstr (attempts[0]->text, ==, "The relay works, with a round trip of 40.0 ms.");
  g_assert_cmpstr (attempts[1]->text, ==, "\u2068192.168.1.2:99\u2069 did not answer.");
  g_assert_cmpstr (kh_attempt_state_to_string (attempts[1]->state), ==, "failed");
  g_assert_true (attempts[2]->in_use);
  g_assert_cmpstr (attempts[2]->local, ==, "198.51.100.1:4000");
  g_assert_cmpstr (attempts[2]->text, ==,
                   "\u2068203.0.113.9:99\u2069 is in use, with a round trip of 12.3 ms.");

  g_assert_cmpuint (report->steps->len, ==, 12);
  g_assert_cmpint (steps[5]->at_us, ==, 400000);
  g_assert_cmpstr (steps[5]->what, ==, "path-valid");
  g_assert_cmpstr (steps[5]->outcome, ==, "works");
  g_assert_cmpstr (steps[4]->technique, ==, "birthday");
  g_assert_null (steps[5]->technique);
  for (guint i = 0; i < report->steps->len; i++)
    check_sentence (steps[i]->text);
  g_assert_nonnull (strstr (steps[1]->text, "because it needs no search"));
  g_assert_nonnull (strstr (steps[6]->text, "a direct path goes before the relay"));
  g_assert_nonnull (strstr (steps[9]->text, "went silent"));
  g_assert_nonnull (strstr (steps[2]->text, "one port among many"));
  g_assert_nonnull (strstr (steps[11]->text, "stays the same"));
}

static void
test_text (void)
{
  g_autoptr (KhVerdictRecord) record = record_new ();
  g_autoptr (KhVerdictReport) report = NULL;
  g_autofree char *text = NULL;

  record->ended_us = 9000000;
  record->n_dropped = 2;
  report = kh_verdict_report_new (record, "id", "Bob");
  text = kh_verdict_report_to_text (report);
  g_assert_true (report->is_over);
  g_assert_true (g_str_has_prefix (
      text, "The connection to \u2068Bob\u2069 has ended; this is how it was at the end.\n"
            "\u2068Bob\u2069’s network gives every connection a random port, and yours"));
  g_assert_nonnull (strstr (text, "\n  \u2068192.168.1.2:99\u2069 did not answer.\n"));
  g_assert_nonnull (
      strstr (text, "\n     0.200 s  Nothing came back from \u2068192.168.1.2:99\u2069.\n"));
  g_assert_nonnull (strstr (text, "\n     4.000 s  The connection ended.\n"));
  g_assert_nonnull (strstr (text, "2 steps after the first ones are left out"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/verdict-words/table", test_table);
  g_test_add_func ("/verdict-words/all", test_all);
  g_test_add_func ("/verdict-words/name", test_name);
  g_test_add_func ("/verdict-words/networks", test_networks);
  g_test_add_func ("/verdict-words/report", test_report);
  g_test_add_func ("/verdict-words/text", test_text);
  return g_test_run ();
}
