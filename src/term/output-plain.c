/* output-plain.c: messages and measurements on standard output, all else on standard error
 *
 * So `knothole-term >file` keeps what it was run for and nothing else. What others wrote goes
 * through escape.h; a message of several lines is indented, so that no line of it can pass for
 * another's.
 */
#include "term/output.h"

#include <glib/gi18n.h>

#include "term/bench-words.h"
#include "term/escape.h"

#define INDENT "    "

static char *
to_stdout (const KhReport *report, gint64 t_us)
{
  g_autofree char *name = NULL;
  g_autofree char *text = NULL;

  /* Of names that others gave there is none in it. */
  if (report->type == KH_REPORT_NETWORK)
    return g_strdup (report->text);
  if (report->type != KH_REPORT_MESSAGE && report->type != KH_REPORT_BENCH)
    return NULL;
  name = kh_escape_line (report->name);
  if (report->type == KH_REPORT_BENCH)
    return kh_bench_words (report->bench, name);
  text = kh_escape_block (report->text, INDENT);
  return g_strdup_printf ("%s: %s\n", name, text);
}

static char *
knock_line (const KhReport *report, const char *name)
{
  g_autofree char *who =
      name[0] != '\0'
          /* Translators: the name is what the stranger says; the second is the peer ID. */
          ? g_strdup_printf (_ ("Somebody who gives the name “%s” (%s) wants to talk to you."),
                             name, report->peer_id)
          : g_strdup_printf (_ ("Somebody who gives no name (%s) wants to talk to you."),
                             report->peer_id);

  return report->hint != NULL ? g_strdup_printf ("%s\n  %s\n", who, report->hint)
                              : g_strdup_printf ("%s\n", who);
}

static char *
path_line (const KhReport *report, const char *name)
{
  double rtt_ms = (double) report->rtt_us / 1000.0;

  if (g_strcmp0 (report->kind, "relay") == 0)
    return g_strdup_printf (_ ("Relayed by the server to %s, %.1f ms.\n"), name, rtt_ms);
  return g_strdup_printf (_ ("Direct to %s at %s, %.1f ms.\n"), name,
                          report->remote != NULL ? report->remote : "?", rtt_ms);
}

/* The engine isolates names within its sentences, which they cannot break out of; not every
 * terminal knows what to do with the marks.
 * @text: (nullable): as if empty */
static char *
without_isolates (const char *text)
{
  GString *out = g_string_new (text);

  g_string_replace (out, "\u2068", "", 0);
  g_string_replace (out, "\u2069", "", 0);
  return g_string_free (out, FALSE);
}

/* The detail has lines of its own; what others wrote in it must not begin one. */
static char *
why_lines (const KhReport *report, const char *text)
{
  g_autofree char *plain = without_isolates (report->detail);
  g_autofree char *detail = kh_escape_block (plain, INDENT);

  if (detail[0] == '\0')
    return g_strdup_printf ("%s\n", text);
  return g_strdup_printf ("%s\n%s%s\n", text, INDENT, g_strchomp (detail));
}

/* Of a change only what there is to be done about: the rest is asked for by /why. */
static char *
verdict_lines (const KhVerdictReport *verdict)
{
  g_autofree char *plain_headline = without_isolates (verdict->headline);
  g_autofree char *plain_advice = without_isolates (verdict->advice);
  g_autofree char *headline = kh_escape_line (plain_headline);
  g_autofree char *advice = kh_escape_line (plain_advice);

  if (verdict->reason <= KH_REASON_TRYING)
    return NULL;
  return g_strdup_printf ("%s\n%s%s", headline, advice, advice[0] != '\0' ? "\n" : "");
}

static char *
changed_line (const KhReport *report, const char *name, const char *text)
{
  if (g_strcmp0 (report->state, "edited") == 0)
    /* Translators: the name of a contact, and the new text of a message. */
    return g_strdup_printf (_ ("%s edited a message: %s\n"), name, text);
  if (g_strcmp0 (report->state, "deleted") == 0)
    return g_strdup_printf (_ ("%s deleted a message.\n"), name);
  if (*text == '\0')
    return g_strdup_printf (_ ("%s took a reaction back.\n"), name);
  /* Translators: the name of a contact, and one emoji or more. */
  return g_strdup_printf (_ ("%s reacted with %s.\n"), name, text);
}

static char *
to_stderr (const KhReport *report, gint64 t_us)
{
  g_autofree char *name = kh_escape_line (report->name != NULL ? report->name : "");
  g_autofree char *text = kh_escape_block (report->text != NULL ? report->text : "", INDENT);

  switch (report->type)
    {
    case KH_REPORT_REGISTERED:
      return g_strdup_printf (_ ("You are %s, seen at %s.\n"), report->peer_id, report->address);
    case KH_REPORT_KNOCK:
      return knock_line (report, name);
    case KH_REPORT_SESSION:
      return g_strdup_printf (_ ("Connected to %s (%s).\n"), name, report->peer_id);
    case KH_REPORT_PATH:
      return path_line (report, name);
    case KH_REPORT_CHANGED:
      return changed_line (report, name, text);
    case KH_REPORT_CLOSED:
      return report->text != NULL ? g_strdup_printf ("%s\n", text) : NULL;
    case KH_REPORT_ERROR:
      return g_strdup_printf ("knothole-term: %s\n", text);
    case KH_REPORT_WHY:
      return why_lines (report, text);
    case KH_REPORT_VERDICT:
      return verdict_lines (report->verdict);
    case KH_REPORT_HELP:
      return g_strdup_printf ("%s\n", report->text);
    case KH_REPORT_MESSAGE:
    case KH_REPORT_SENT:
    case KH_REPORT_RECEIPT:
    case KH_REPORT_BENCH:
    case KH_REPORT_NETWORK:
    default:
      return NULL;
    }
}

const KhOutputStyle kh_output_plain = { to_stdout, to_stderr };
