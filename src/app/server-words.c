/* server-words.c: how one stands with a server, and what a test of it has found, as words
 *
 * See server-words.h. A test's sentences for the terminal are the engine's (network-report.h); here
 * each finding has a line of its own.
 */
#include "app/server-words.h"

#include <glib/gi18n.h>

#include "app/words.h"

/* Clocks that are closer than this agree, for people. */
#define CLOCK_AGREES_US (2 * G_USEC_PER_SEC)
/* What a server's name ends with unless it says otherwise: KH_DEFAULT_PORT. */
#define USUAL_PORT ":4430"
/* Characters of a key between two spaces. */
#define KEY_GROUP 6

/* Without the usual port, which need not be said. */
static gsize
get_length (const char *server)
{
  gsize len = strlen (server);

  return g_str_has_suffix (server, USUAL_PORT) ? len - strlen (USUAL_PORT) : len;
}

KhServerLink *
kh_server_words_find (KhEngine *engine, const char *server)
{
  GListModel *links = kh_engine_get_servers (engine);
  gsize len = get_length (server);

  for (guint i = 0; i < g_list_model_get_n_items (links); i++)
    {
      g_autoptr (KhServerLink) link = g_list_model_get_item (links, i);
      const char *name = kh_server_link_get_name (link);

      if (name != NULL && get_length (name) == len && g_ascii_strncasecmp (name, server, len) == 0)
        return g_steal_pointer (&link);
    }
  return NULL;
}

static char *
dup_link_words (KhServerLink *link)
{
  switch (kh_server_link_get_link (link))
    {
    case KH_ENGINE_LINK_ONLINE:
      return g_strdup_printf (_ ("Online, %.1f ms"), (double) kh_server_link_get_rtt (link) / 1000);
    case KH_ENGINE_LINK_KEY_CHANGED:
      return g_strdup (_ ("Its key has changed"));
    case KH_ENGINE_LINK_REPLACED:
      return g_strdup (_ ("You are online elsewhere"));
    case KH_ENGINE_LINK_OFF:
      return g_strdup (_ ("Not in use"));
    case KH_ENGINE_LINK_RESOLVING:
    case KH_ENGINE_LINK_REACHING:
    default:
      return g_strdup (kh_server_link_get_problem (link) != NULL ? _ ("Cannot be reached")
                                                                 : _ ("Looking for it…"));
    }
}

char *
kh_server_words_state (KhServerLink *link)
{
  g_autofree char *words = NULL;

  if (link == NULL)
    return g_strdup (_ ("Not in use"));
  words = dup_link_words (link);
  if (!kh_server_link_is_default (link))
    return g_steal_pointer (&words);
  /* TRANSLATORS: how one stands with a server: "Online, 23 ms · your own" */
  return g_strdup_printf (_ ("%s · your own"), words);
}

char *
kh_server_words_key (const char *key)
{
  GString *text = g_string_new (NULL);

  for (gsize i = 0; key[i] != '\0'; i++)
    {
      if (i > 0 && i % KEY_GROUP == 0)
        g_string_append_c (text, ' ');
      g_string_append_c (text, key[i]);
    }
  return g_string_free (text, FALSE);
}

/* findings */

static void
finding_free (gpointer data)
{
  KhServerFinding *finding = data;

  g_free (finding->what);
  g_free (finding->words);
  g_free (finding);
}

/* @words: (transfer full) */
static void
add (GPtrArray *findings, const char *what, char *words, gboolean good)
{
  KhServerFinding *finding = g_new (KhServerFinding, 1);

  *finding = (KhServerFinding){ .what = g_strdup (what), .words = words, .good = good };
  g_ptr_array_add (findings, finding);
}

static const char *
finding_words (KhFinding finding)
{
  switch (finding)
    {
    case KH_FINDING_WORKS:
      return _ ("Works");
    case KH_FINDING_FAILS:
      return _ ("Does not get through");
    case KH_FINDING_NOT_HERE:
      return _ ("This computer has none");
    case KH_FINDING_NOT_THERE:
      return _ ("The server has none");
    case KH_FINDING_UNKNOWN:
    default:
      return _ ("Not tried");
    }
}

/* @address: (nullable): as the server sees us */
static void
add_finding (GPtrArray *findings, const char *what, KhFinding finding, const char *address)
{
  char *words = finding == KH_FINDING_WORKS && address != NULL
                    ? g_strdup_printf (_ ("Works; the server sees you at %s"), address)
                    : g_strdup (finding_words (finding));

  add (findings, what, words, finding != KH_FINDING_FAILS);
}

static void
add_clock (GPtrArray *findings, const KhNetworkReport *report)
{
  double seconds = (double) ABS (report->clock_ahead_us) / G_USEC_PER_SEC;
  char *words;

  if (!report->has_clock)
    return;
  if (ABS (report->clock_ahead_us) < CLOCK_AGREES_US)
    words = g_strdup (_ ("Agrees with yours"));
  else if (report->clock_ahead_us > 0)
    words = g_strdup_printf (_ ("%.1f seconds ahead of yours: one of the two is wrong"), seconds);
  else
    words = g_strdup_printf (_ ("%.1f seconds behind yours: one of the two is wrong"), seconds);
  add (findings, _ ("Clock"), words, ABS (report->clock_ahead_us) < CLOCK_AGREES_US);
}

static void
add_version (GPtrArray *findings, const KhNetworkReport *report)
{
  char *words;

  if (report->version_min == report->version_max)
    words = g_strdup_printf (_ ("Version %u"), report->version_min);
  else
    words = g_strdup_printf (_ ("Versions %u to %u"), report->version_min, report->version_max);
  add (findings, _ ("Protocol"), words, TRUE);
  if (report->software[0] != '\0')
    add (findings, _ ("Software"), g_strdup (report->software), TRUE);
}

GPtrArray *
kh_server_words_of_report (const KhNetworkReport *report, const char *known_key)
{
  GPtrArray *findings = g_ptr_array_new_with_free_func (finding_free);

  add (findings, _ ("Key"),
       g_strdup (known_key != NULL ? _ ("The one you know") : _ ("Not known before")), TRUE);
  add (findings, _ ("Round trip"), g_strdup_printf (_ ("%.1f ms"), (double) report->rtt_us / 1000),
       TRUE);
  add_finding (findings, _ ("UDP"), report->udp, NULL);
  add_finding (findings, _ ("TCP"), report->tcp, NULL);
  add_finding (findings, _ ("TCP to port 443"), report->https, NULL);
  add_finding (findings, _ ("IPv4"), report->ipv4, report->address);
  add_finding (findings, _ ("IPv6"), report->ipv6, report->address6);
  if (report->relay != KH_FINDING_UNKNOWN)
    add (findings, _ ("Relay"), kh_network_report_dup_relay_words (report),
         report->relay == KH_FINDING_WORKS);
  add_clock (findings, report);
  add_version (findings, report);
  if (report->network.text != NULL)
    add (findings, _ ("Your network"), g_strdup (report->network.text), TRUE);
  return findings;
}

GPtrArray *
kh_server_words_of_error (const GError *error, const char *server, const char *offered_key)
{
  GPtrArray *findings = g_ptr_array_new_with_free_func (finding_free);
  g_auto (KhWords) words = kh_words_for_link_problem (error, server);

  add (findings, words.title, g_strdup (words.body), FALSE);
  if (offered_key != NULL)
    add (findings, _ ("Key that it shows now"), kh_server_words_key (offered_key), FALSE);
  return findings;
}

char *
kh_server_words_summary (const KhNetworkReport *report)
{
  char *text = kh_network_report_to_text (report);

  text[strcspn (text, "\n")] = '\0';
  return text;
}
