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
      kh_json_add_string (out, "kind", report->kind);
      kh_json_add_string (out, "family", report->family);
      kh_json_add_string (out, "local", report->local);
      kh_json_add_string (out, "remote", report->remote);
      kh_json_add_ms (out, "rtt_ms", report->rtt_us);
      kh_json_add_ms (out, "elapsed_ms", report->elapsed_us);
      break;
    case KH_REPORT_MESSAGE:
      kh_json_add_string (out, "id", report->id);
      kh_json_add_string (out, "text", report->text);
      kh_json_add_time (out, "sent_time", report->sent_time);
      break;
    case KH_REPORT_SENT:
      kh_json_add_string (out, "id", report->id);
      kh_json_add_string (out, "text", report->text);
      break;
    case KH_REPORT_RECEIPT:
      kh_json_add_string (out, "id", report->id);
      kh_json_add_string (out, "state", report->state);
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
  if (report->type != KH_REPORT_ERROR)
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
