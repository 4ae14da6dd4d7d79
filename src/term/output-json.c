/* output-json.c: one JSON object a line, all of it on standard output
 *
 * The members are a contract that scripts rely on; they are listed in knothole-term(1). Members may
 * be added, none may change.
 */
#include "term/json.h"
#include "term/output.h"

static void
add_bench (GString *out, const KhReportBench *bench)
{
  kh_json_add_count (out, "goodput_bps", bench->goodput_bps);
  kh_json_add_count (out, "bytes", bench->bytes);
  kh_json_add_millionths (out, "seconds", (guint64) bench->elapsed_us);
  kh_json_add_count (out, "packets", bench->packets);
  kh_json_add_count (out, "lost", bench->lost);
  kh_json_add_millionths (out, "retransmitted_share", bench->retransmitted_ppm);
  kh_json_add_ms (out, "rtt_min_ms", bench->rtt_min_us);
  kh_json_add_ms (out, "rtt_mean_ms", bench->rtt_mean_us);
  kh_json_add_ms (out, "rtt_p95_ms", bench->rtt_p95_us);
  kh_json_add_millionths (out, "cpu_s", (guint64) bench->cpu_us);
  kh_json_add_millionths (out, "peer_cpu_s", (guint64) bench->peer_cpu_us);
}

static void
add_nature (GString *out, const char *name, const KhNetworkNature *nature)
{
  kh_json_begin_object (out, name);
  kh_json_add_string (out, "kind", kh_network_kind_to_string (nature->kind));
  kh_json_add_string (out, "mapping", nature->mapping);
  kh_json_add_string (out, "ports", nature->ports);
  kh_json_add_string (out, "filtering", nature->filtering);
  kh_json_add_string (out, "hairpin", nature->hairpin);
  kh_json_add_integer (out, "step", nature->step);
  kh_json_add_boolean (out, "port_mapping", nature->is_mapped);
  kh_json_add_string (out, "text", nature->text);
  kh_json_end_object (out);
}

static void
add_attempt (GString *out, const KhAttempt *attempt)
{
  kh_json_begin_object (out, NULL);
  kh_json_add_string (out, "kind", attempt->kind);
  kh_json_add_string (out, "state", kh_attempt_state_to_string (attempt->state));
  kh_json_add_boolean (out, "in_use", attempt->in_use);
  kh_json_add_string (out, "local", attempt->local);
  kh_json_add_string (out, "remote", attempt->remote);
  kh_json_add_ms (out, "rtt_ms", attempt->rtt_us);
  kh_json_end_object (out);
}

static void
add_step (GString *out, const KhVerdictStep *step)
{
  kh_json_begin_object (out, NULL);
  kh_json_add_ms (out, "at_ms", step->at_us);
  kh_json_add_string (out, "what", step->what);
  kh_json_add_string (out, "technique", step->technique);
  kh_json_add_string (out, "local", step->local);
  kh_json_add_string (out, "remote", step->remote);
  kh_json_add_string (out, "outcome", step->outcome);
  kh_json_add_string (out, "text", step->text);
  kh_json_end_object (out);
}

static void
add_verdict (GString *out, const KhVerdictReport *verdict)
{
  kh_json_add_string (out, "kind", kh_reason_to_string (verdict->reason));
  kh_json_add_string (out, "who", kh_blame_to_string (verdict->blame));
  kh_json_add_string (out, "text", verdict->headline);
  kh_json_add_string (out, "advice", verdict->advice);
  kh_json_add_boolean (out, "ended", verdict->is_over);
  add_nature (out, "local_nat", &verdict->ours);
  add_nature (out, "remote_nat", &verdict->theirs);
  kh_json_begin_array (out, "attempts");
  for (guint i = 0; i < verdict->attempts->len; i++)
    add_attempt (out, verdict->attempts->pdata[i]);
  kh_json_end_array (out);
  kh_json_begin_array (out, "timeline");
  for (guint i = 0; i < verdict->steps->len; i++)
    add_step (out, verdict->steps->pdata[i]);
  kh_json_end_array (out);
}

static void
add_lifetime (GString *out, const KhNetworkReport *network)
{
  if (!network->has_lifetime)
    {
      kh_json_add_string (out, "lifetime", NULL);
      return;
    }
  kh_json_begin_object (out, "lifetime");
  kh_json_add_millionths (out, "at_least_s", (guint64) network->lifetime_us);
  if (network->lifetime_less_than_us == G_MAXINT64)
    kh_json_add_string (out, "less_than_s", NULL);
  else
    kh_json_add_millionths (out, "less_than_s", (guint64) network->lifetime_less_than_us);
  kh_json_end_object (out);
}

static void
add_mapping_members (GString *out, const KhPortMapping *mapping)
{
  kh_json_add_string (out, "state", kh_port_mapping_state_to_string (mapping->state));
  kh_json_add_string (out, "protocol", mapping->protocol);
  kh_json_add_string (out, "address", mapping->address);
  kh_json_add_string (out, "problem", kh_port_mapping_problem_to_string (mapping->problem));
}

static void
add_mapping (GString *out, const KhNetworkReport *network)
{
  if (network->mapping == NULL)
    {
      kh_json_add_string (out, "port_mapping", NULL);
      return;
    }
  kh_json_begin_object (out, "port_mapping");
  add_mapping_members (out, network->mapping);
  kh_json_begin_array (out, "protocols");
  for (guint i = 0; i < KH_NETWORK_PROTOCOLS; i++)
    if (network->protocols[i] != NULL)
      {
        kh_json_begin_object (out, NULL);
        add_mapping_members (out, network->protocols[i]);
        kh_json_end_object (out);
      }
  kh_json_end_array (out);
  kh_json_end_object (out);
}

static void
add_network (GString *out, const KhNetworkReport *network)
{
  kh_json_add_string (out, "server", network->server);
  kh_json_add_string (out, "software", network->software);
  kh_json_add_count (out, "version_min", network->version_min);
  kh_json_add_count (out, "version_max", network->version_max);
  kh_json_add_ms (out, "rtt_ms", network->rtt_us);
  if (network->has_clock)
    kh_json_add_ms (out, "clock_ahead_ms", network->clock_ahead_us);
  else
    kh_json_add_string (out, "clock_ahead_ms", NULL);
  kh_json_add_string (out, "relay", kh_finding_to_string (network->relay));
  kh_json_add_string (out, "udp", kh_finding_to_string (network->udp));
  kh_json_add_string (out, "tcp", kh_finding_to_string (network->tcp));
  kh_json_add_string (out, "tcp_443", kh_finding_to_string (network->https));
  kh_json_add_string (out, "ipv4", kh_finding_to_string (network->ipv4));
  kh_json_add_string (out, "ipv6", kh_finding_to_string (network->ipv6));
  kh_json_add_string (out, "address", network->address);
  kh_json_add_string (out, "address6", network->address6);
  add_nature (out, "nat", &network->network);
  add_lifetime (out, network);
  add_mapping (out, network);
}

static void
add_path (GString *out, const KhReport *report)
{
  kh_json_add_string (out, "kind", report->kind);
  kh_json_add_string (out, "family", report->family);
  kh_json_add_string (out, "local", report->local);
  kh_json_add_string (out, "remote", report->remote);
  kh_json_add_ms (out, "rtt_ms", report->rtt_us);
  kh_json_add_ms (out, "elapsed_ms", report->elapsed_us);
}

/* MESSAGE, SENT and RECEIPT */
static void
add_chat (GString *out, const KhReport *report)
{
  kh_json_add_string (out, "id", report->id);
  if (report->type == KH_REPORT_RECEIPT)
    kh_json_add_string (out, "state", report->state);
  else
    kh_json_add_string (out, "text", report->text);
  if (report->type == KH_REPORT_MESSAGE)
    kh_json_add_time (out, "sent_time", report->sent_time);
}

static void
add_members (GString *out, const KhReport *report)
{
  switch (report->type)
    {
    case KH_REPORT_REGISTERED:
      kh_json_add_string (out, "address", report->address);
      break;
    case KH_REPORT_KNOCK:
      kh_json_add_string (out, "name", report->name);
      break;
    case KH_REPORT_SESSION:
      kh_json_add_string (out, "name", report->name);
      kh_json_add_ms (out, "elapsed_ms", report->elapsed_us);
      break;
    case KH_REPORT_PATH:
      add_path (out, report);
      break;
    case KH_REPORT_CHANGED:
      kh_json_add_string (out, "id", report->id);
      kh_json_add_string (out, "change", report->state);
      kh_json_add_string (out, "text", report->text);
      break;
    case KH_REPORT_MESSAGE:
    case KH_REPORT_SENT:
    case KH_REPORT_RECEIPT:
      add_chat (out, report);
      break;
    case KH_REPORT_CLOSED:
      kh_json_add_string (out, "reason", report->reason);
      break;
    case KH_REPORT_ERROR:
      kh_json_add_string (out, "code", report->code);
      kh_json_add_string (out, "message", report->text);
      break;
    case KH_REPORT_WHY:
      kh_json_add_string (out, "presence", report->code);
      kh_json_add_string (out, "text", report->text);
      break;
    case KH_REPORT_VERDICT:
      add_verdict (out, report->verdict);
      break;
    case KH_REPORT_NETWORK:
      add_network (out, report->network);
      kh_json_add_string (out, "text", report->text);
      break;
    case KH_REPORT_HELP:
      kh_json_add_string (out, "text", report->text);
      break;
    case KH_REPORT_BENCH:
      add_bench (out, report->bench);
      break;
    }
}

static char *
to_stdout (const KhReport *report, gint64 t_us)
{
  GString *out = g_string_new (NULL);

  kh_json_begin (out);
  kh_json_add_string (out, "event", kh_report_type_to_string (report->type));
  kh_json_add_ms (out, "t_ms", t_us);
  if (report->type != KH_REPORT_ERROR && report->type != KH_REPORT_HELP &&
      report->type != KH_REPORT_NETWORK)
    kh_json_add_string (out, "peer_id", report->peer_id);
  add_members (out, report);
  kh_json_end (out);
  return g_string_free (out, FALSE);
}

static char *
to_stderr (const KhReport *report, gint64 t_us)
{
  return NULL;
}

const KhOutputStyle kh_output_json = { to_stdout, to_stderr };
