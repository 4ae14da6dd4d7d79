/* path-model.c: what a drawing of a connection shows
 *
 * See path-model.h. The engine's attempts are sorted from the path in use to those that failed, and
 * cut to what an eye can tell apart; whether one leads through the routers is known by its address.
 */
#include "app/path-model.h"

#include <gio/gio.h>
#include <glib/gi18n.h>

const char *
kh_path_model_network_words (KhNetworkKind kind)
{
  switch (kind)
    {
    case KH_NETWORK_OPEN:
      return _ ("no router");
    case KH_NETWORK_STEADY:
      return _ ("ordinary router");
    case KH_NETWORK_SEQUENTIAL:
      return _ ("fairly strict router");
    case KH_NETWORK_RANDOM:
      return _ ("strict router");
    case KH_NETWORK_TCP_ONLY:
      return _ ("router that blocks UDP");
    case KH_NETWORK_HIDDEN:
      return _ ("kept private");
    case KH_NETWORK_UNKNOWN:
    default:
      return _ ("not known yet");
    }
}

const char *
kh_path_model_state_words (KhPathLineState state)
{
  switch (state)
    {
    case KH_PATH_LINE_USED:
      return C_ ("path", "in use");
    case KH_PATH_LINE_WORKS:
      return C_ ("path", "works too");
    case KH_PATH_LINE_ANSWERED:
      return C_ ("path", "answered");
    case KH_PATH_LINE_FAILED:
      return C_ ("path", "no answer");
    case KH_PATH_LINE_TRYING:
    default:
      return C_ ("path", "being tried");
    }
}

static KhPathLineState
state_of (const KhVerdictReport *report, const KhAttempt *attempt)
{
  if (attempt->in_use && !report->is_over)
    return KH_PATH_LINE_USED;
  switch (attempt->state)
    {
    case KH_ATTEMPT_HEARD:
      return KH_PATH_LINE_ANSWERED;
    case KH_ATTEMPT_WORKS:
      return KH_PATH_LINE_WORKS;
    case KH_ATTEMPT_FAILED:
      return KH_PATH_LINE_FAILED;
    case KH_ATTEMPT_WAITING:
    default:
      return KH_PATH_LINE_TRYING;
    }
}

/* @address: "192.0.2.1:4430", "[2001:db8::1]:4430": whether it means nothing beyond a local
 * network */
static gboolean
is_local (const char *address)
{
  g_autoptr (GSocketConnectable) parsed = g_network_address_parse (address, 0, NULL);
  g_autoptr (GInetAddress) inet = NULL;
  const char *host;

  if (parsed == NULL)
    return FALSE;
  host = g_network_address_get_hostname (G_NETWORK_ADDRESS (parsed));
  inet = g_inet_address_new_from_string (host);
  if (inet == NULL)
    return FALSE;
  if (g_inet_address_get_family (inet) == G_SOCKET_FAMILY_IPV6 &&
      (g_inet_address_to_bytes (inet)[0] & 0xfe) == 0xfc) /* RFC 4193 */
    return TRUE;
  return g_inet_address_get_is_site_local (inet) || g_inet_address_get_is_link_local (inet) ||
         g_inet_address_get_is_loopback (inet);
}

static KhPathWay
way_of (const KhAttempt *attempt)
{
  if (attempt->remote == NULL)
    return KH_PATH_WAY_RELAY;
  return is_local (attempt->remote) ? KH_PATH_WAY_LOCAL : KH_PATH_WAY_DIRECT;
}

static void
add_lines (KhPathModel *self, const KhVerdictReport *report, KhPathLineState state, guint *n_direct)
{
  for (guint i = 0; i < report->attempts->len; i++)
    {
      const KhAttempt *attempt = g_ptr_array_index (report->attempts, i);
      KhPathLine line = { .way = way_of (attempt), .state = state_of (report, attempt) };

      if (line.state != state)
        continue;
      self->counts[state]++;
      if (line.way == KH_PATH_WAY_RELAY ? self->n_lines - *n_direct == 1
                                        : *n_direct == KH_PATH_LINES_MAX)
        continue;
      if (line.way != KH_PATH_WAY_RELAY)
        (*n_direct)++;
      self->lines[self->n_lines++] = line;
    }
}

KhPathModel *
kh_path_model_new (const KhVerdictReport *report, const char *peer)
{
  KhPathModel *self = g_new0 (KhPathModel, 1);
  guint n_direct = 0;

  self->peer = g_strdup (peer);
  if (report == NULL)
    return self;
  self->ours = report->ours.kind;
  self->theirs = report->theirs.kind;
  for (int state = 0; state < KH_PATH_LINE_STATES; state++)
    add_lines (self, report, (KhPathLineState) state, &n_direct);
  self->is_trying =
      !report->is_over &&
      (report->reason == KH_REASON_TRYING || report->reason == KH_REASON_NOT_CONNECTED) &&
      self->counts[KH_PATH_LINE_TRYING] + self->counts[KH_PATH_LINE_ANSWERED] > 0;
  return self;
}

void
kh_path_model_free (KhPathModel *self)
{
  if (self == NULL)
    return;
  g_free (self->peer);
  g_free (self);
}

static const char *
describe_use (const KhPathModel *self)
{
  if (self->counts[KH_PATH_LINE_USED] == 0)
    return _ ("No path is in use.");
  switch (self->lines[0].way)
    {
    case KH_PATH_WAY_LOCAL:
      return _ ("A direct path within the local network is in use.");
    case KH_PATH_WAY_RELAY:
      return _ ("The path over the server is in use.");
    case KH_PATH_WAY_DIRECT:
    default:
      return _ ("A direct path from router to router is in use.");
    }
}

static void
append_count (GString *text, guint n, const char *format)
{
  if (n == 0)
    return;
  g_string_append_c (text, ' ');
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  g_string_append_printf (text, format, n);
#pragma GCC diagnostic pop
}

char *
kh_path_model_dup_description (const KhPathModel *self)
{
  const guint *n = self->counts;
  GString *text = g_string_new (NULL);

  g_string_append_printf (text,
                          /* TRANSLATORS: "ordinary router", a name, "strict router" */
                          _ ("You: %s. \u2068%s\u2069: %s. The server is between you."),
                          kh_path_model_network_words (self->ours), self->peer,
                          kh_path_model_network_words (self->theirs));
  g_string_append_c (text, ' ');
  g_string_append (text, describe_use (self));
  append_count (text, n[KH_PATH_LINE_WORKS],
                ngettext ("%u other path works.", "%u other paths work.", n[KH_PATH_LINE_WORKS]));
  append_count (text, n[KH_PATH_LINE_ANSWERED],
                ngettext ("%u path was heard.", "%u paths were heard.", n[KH_PATH_LINE_ANSWERED]));
  append_count (text, n[KH_PATH_LINE_TRYING],
                ngettext ("%u path is being tried.", "%u paths are being tried.",
                          n[KH_PATH_LINE_TRYING]));
  append_count (text, n[KH_PATH_LINE_FAILED],
                ngettext ("%u path did not answer.", "%u paths did not answer.",
                          n[KH_PATH_LINE_FAILED]));
  return g_string_free (text, FALSE);
}
