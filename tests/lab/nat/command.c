/* command.c: what the NAT can be told
 *
 * One table of what can be set, each with its reader; a line that is wrong changes nothing. All but
 * "firewall" is about the NAT of IPv4; what blocks and what lasts is so for the firewall too.
 */
#include "command.h"

#include "link/units.h"

const char command_help[] =
    "Commands, as arguments and as lines of standard input:\n"
    "  kind NAME                   all of a kind that has a name, as the simulator has them\n"
    "  mapping DEPENDENCE          endpoint, address or port: what of the remote it depends on\n"
    "  filtering DEPENDENCE        the same for what is let in\n"
    "  firewall DEPENDENCE         the same for IPv6, which is not translated\n"
    "  ports preserving|random|sequential [STEP]\n"
    "  background RATE             so many mappings a second that others make\n"
    "  timeout TIME                of a UDP mapping without traffic: 20s\n"
    "  unreplied TIME              the same, as long as nothing has come back\n"
    "  hairpin on|off\n"
    "  input open|closed           what comes first and unasked takes its port\n"
    "  udp on|off\n"
    "  tcp on|off|PORT             or only to this port\n"
    "  limit MAPPINGS RATE         dies of more mappings, or of more new ones a second; 0: never\n"
    "  ipv4 on|off, ipv6 on|off    whether it is carried at all\n"
    "  rebind [ADDRESS]            forgets all and gives other ports; has another address\n"
    "  stats                       one JSON object\n"
    "Each line of standard input is answered with one line: \"ok\", \"error: …\" or the object.\n";

#define NS_PER_US 1000

/* Of words, the last one NULL, the index of @text; FALSE where it is none of them. */
static gboolean
read_word (const char *text, const char *const *words, int *ret_index)
{
  for (int i = 0; text != NULL && words[i] != NULL; i++)
    if (g_str_equal (text, words[i]))
      {
        *ret_index = i;
        return TRUE;
      }
  return FALSE;
}

static gboolean
read_switch (const char *text, gboolean *ret_on)
{
  return read_word (text, (const char *const[]){ "off", "on", NULL }, ret_on);
}

static gboolean
read_number (const char *text, guint max, guint *ret_number)
{
  double number;

  if (!units_read (text, units_plain, max, &number))
    return FALSE;
  *ret_number = (guint) number;
  return TRUE;
}

static gboolean
read_time (const char *text, gint64 *ret_us)
{
  gint64 ns;

  if (!units_read_time (text, &ns) || ns < NS_PER_US)
    return FALSE;
  *ret_us = ns / NS_PER_US;
  return TRUE;
}

static gboolean
read_dependence (const char *text, KhSimDependence *ret_dependence)
{
  int index;

  if (!read_word (text, (const char *const[]){ "endpoint", "address", "port", NULL }, &index))
    return FALSE;
  *ret_dependence = (KhSimDependence) index;
  return TRUE;
}

static gboolean
set_kind (KhSimNatConfig *config, char **words)
{
  const KhSimNatConfig *kind = kh_sim_nat_find_kind (words[0]);

  if (kind == NULL)
    return FALSE;
  *config = *kind;
  return TRUE;
}

static gboolean
set_mapping (KhSimNatConfig *config, char **words)
{
  return read_dependence (words[0], &config->mapping);
}

static gboolean
set_filtering (KhSimNatConfig *config, char **words)
{
  return read_dependence (words[0], &config->filtering);
}

static gboolean
set_ports (KhSimNatConfig *config, char **words)
{
  guint step = 1;
  int index;

  if (!read_word (words[0], (const char *const[]){ "preserving", "sequential", "random", NULL },
                  &index) ||
      (words[1] != NULL &&
       (index != KH_SIM_PORTS_SEQUENTIAL || !read_number (words[1], 1000, &step) || step == 0)))
    return FALSE;
  config->ports = (KhSimPorts) index;
  config->step = (int) step;
  return TRUE;
}

static gboolean
set_background (KhSimNatConfig *config, char **words)
{
  return units_read (words[0], units_plain, 1e4, &config->background);
}

static gboolean
set_timeout (KhSimNatConfig *config, char **words)
{
  if (!read_time (words[0], &config->timeout_us))
    return FALSE;
  config->unreplied_timeout_us = config->timeout_us;
  return TRUE;
}

static gboolean
set_unreplied (KhSimNatConfig *config, char **words)
{
  return read_time (words[0], &config->unreplied_timeout_us);
}

static gboolean
set_hairpin (KhSimNatConfig *config, char **words)
{
  return read_switch (words[0], &config->hairpin);
}

static gboolean
set_input (KhSimNatConfig *config, char **words)
{
  return read_word (words[0], (const char *const[]){ "closed", "open", NULL }, &config->input_open);
}

static gboolean
set_udp (KhSimNatConfig *config, char **words)
{
  gboolean on;

  if (!read_switch (words[0], &on))
    return FALSE;
  config->no_udp = !on;
  return TRUE;
}

static gboolean
set_tcp (KhSimNatConfig *config, char **words)
{
  gboolean on;
  guint port;

  if (read_switch (words[0], &on))
    config->tcp_port = on ? KH_SIM_TCP_ANY : KH_SIM_TCP_NONE;
  else if (read_number (words[0], 65535, &port) && port > 0)
    config->tcp_port = (int) port;
  else
    return FALSE;
  return TRUE;
}

static gboolean
set_limit (KhSimNatConfig *config, char **words)
{
  guint mappings, rate;

  if (!read_number (words[0], 65535, &mappings) || !read_number (words[1], 65535, &rate))
    return FALSE;
  config->max_mappings = mappings;
  config->max_new = rate;
  return TRUE;
}

static const struct
{
  const char *name;
  guint min_words, max_words;
  gboolean (*set) (KhSimNatConfig *config, char **words);
  gboolean for_both; /* for the firewall too */
} settings[] = {
  { "kind", 1, 1, set_kind, FALSE },
  { "mapping", 1, 1, set_mapping, FALSE },
  { "filtering", 1, 1, set_filtering, FALSE },
  { "ports", 1, 2, set_ports, FALSE },
  { "background", 1, 1, set_background, FALSE },
  { "timeout", 1, 1, set_timeout, TRUE },
  { "unreplied", 1, 1, set_unreplied, TRUE },
  { "hairpin", 1, 1, set_hairpin, FALSE },
  { "input", 1, 1, set_input, FALSE },
  { "udp", 1, 1, set_udp, TRUE },
  { "tcp", 1, 1, set_tcp, TRUE },
  { "limit", 2, 2, set_limit, FALSE },
};

static char *
set (Gateway *gateway, guint setting, char **words)
{
  KhSimNatTable *nat = gateway_get_table (gateway, KH_FAMILY_IPV4);
  KhSimNatTable *firewall = gateway_get_table (gateway, KH_FAMILY_IPV6);
  KhSimNatConfig config = *kh_sim_nat_table_get_config (nat);
  KhSimNatConfig config6 = *kh_sim_nat_table_get_config (firewall);
  guint n_words = g_strv_length (words);

  if (n_words < settings[setting].min_words || n_words > settings[setting].max_words ||
      !settings[setting].set (&config, words))
    return g_strdup_printf ("error: not a value of %s", settings[setting].name);
  kh_sim_nat_table_set_config (nat, &config);
  if (settings[setting].for_both)
    settings[setting].set (&config6, words);
  /* What a kind blocks it blocks in both families. */
  config6.no_udp = config.no_udp;
  config6.tcp_port = config.tcp_port;
  kh_sim_nat_table_set_config (firewall, &config6);
  return g_strdup ("ok");
}

static char *
set_firewall (Gateway *gateway, char **words)
{
  KhSimNatTable *firewall = gateway_get_table (gateway, KH_FAMILY_IPV6);
  KhSimNatConfig config = *kh_sim_nat_table_get_config (firewall);

  if (g_strv_length (words) != 1 || !read_dependence (words[0], &config.filtering))
    return g_strdup ("error: not a value of firewall");
  kh_sim_nat_table_set_config (firewall, &config);
  return g_strdup ("ok");
}

static char *
set_carries (Gateway *gateway, KhFamily family, char **words)
{
  gboolean on;

  if (g_strv_length (words) != 1 || !read_switch (words[0], &on))
    return g_strdup ("error: it can be on or off");
  gateway_set_carries (gateway, family, on);
  return g_strdup ("ok");
}

static char *
rebind (Gateway *gateway, char **words)
{
  KhAddr ip;

  if (words[0] == NULL)
    gateway_rebind (gateway, NULL);
  else if (words[1] == NULL && kh_addr_parse (words[0], 0, &ip) && ip.family == KH_FAMILY_IPV4)
    gateway_rebind (gateway, &ip);
  else
    return g_strdup ("error: not an address of IPv4");
  return g_strdup ("ok");
}

static char *
say_counts (Gateway *gateway, gint64 now_us)
{
  const GatewayCounts *counts = gateway_get_counts (gateway);
  KhSimNatTable *nat = gateway_get_table (gateway, KH_FAMILY_IPV4);
  KhSimNatCounts made;

  kh_sim_nat_table_get_counts (nat, &made, now_us);
  return g_strdup_printf (
      "{\"mappings\": %u, \"max_mappings\": %u, \"max_new\": %u, \"made\": %" G_GUINT64_FORMAT
      ", \"is_dead\": %s, \"out\": %" G_GUINT64_FORMAT ", \"in\": %" G_GUINT64_FORMAT
      ", \"filtered\": %" G_GUINT64_FORMAT ", \"blocked\": %" G_GUINT64_FORMAT
      ", \"full\": %" G_GUINT64_FORMAT ", \"dead\": %" G_GUINT64_FORMAT
      ", \"hairpinned\": %" G_GUINT64_FORMAT ", \"expired\": %" G_GUINT64_FORMAT
      ", \"other\": %" G_GUINT64_FORMAT "}",
      made.mappings, made.max_mappings, made.max_new, made.made,
      kh_sim_nat_table_is_dead (nat) ? "true" : "false", counts->forwarded[GATEWAY_INSIDE],
      counts->forwarded[GATEWAY_OUTSIDE], counts->filtered, counts->blocked, counts->full,
      counts->dead, counts->hairpinned, counts->expired, counts->other);
}

static char *
run_words (Gateway *gateway, char **words, gint64 now_us)
{
  const char *first = words[0] != NULL ? words[0] : "";

  for (guint i = 0; i < G_N_ELEMENTS (settings); i++)
    if (g_str_equal (first, settings[i].name))
      return set (gateway, i, words + 1);
  if (g_str_equal (first, "firewall"))
    return set_firewall (gateway, words + 1);
  if (g_str_equal (first, "ipv4"))
    return set_carries (gateway, KH_FAMILY_IPV4, words + 1);
  if (g_str_equal (first, "ipv6"))
    return set_carries (gateway, KH_FAMILY_IPV6, words + 1);
  if (g_str_equal (first, "rebind"))
    return rebind (gateway, words + 1);
  if (g_str_equal (first, "stats") && words[1] == NULL)
    return say_counts (gateway, now_us);
  return g_strdup ("error: no such command");
}

char *
command_run (Gateway *gateway, const char *line, gint64 now_us)
{
  g_autofree char *copy = g_strstrip (g_strdup (line));
  g_auto (GStrv) words = g_strsplit (copy, " ", -1);

  return run_words (gateway, words, now_us);
}
