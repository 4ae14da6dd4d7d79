/* report.h: something that happened, on its way to the user
 *
 * A plain value between the program (talk-events.c) and the two ways to print it (output.h), which
 * know no more of the engine than its plain values. All is borrowed, for the length of the call.
 */
#pragma once

#include "engine/network-report.h"
#include "engine/verdict-report.h"

/**
 * KhReportType: which fields of #KhReport it has
 * @KH_REPORT_REGISTERED: peer_id, address
 * @KH_REPORT_KNOCK: peer_id, name (may be empty), hint
 * @KH_REPORT_SESSION: peer_id, name, elapsed_us
 * @KH_REPORT_PATH: peer_id, name, kind, family, local, remote, rtt_us, elapsed_us
 * @KH_REPORT_MESSAGE: peer_id, name, id, text, sent_time
 * @KH_REPORT_CHANGED: peer_id, name, id, state: "edited", "deleted" or "reactions"; text: the new
 *   text, "", or all emoji of the peer at the message, with spaces between
 * @KH_REPORT_SENT: peer_id, id, text: ours, and on our disk
 * @KH_REPORT_RECEIPT: peer_id, id, state
 * @KH_REPORT_CLOSED: peer_id, name, reason, text: the reason in words, NULL for nothing to tell
 * @KH_REPORT_ERROR: code, text
 * @KH_REPORT_WHY: peer_id, code: the presence, text: how it stands with the peer, in words, detail:
 *   (nullable): more of it, as lines
 * @KH_REPORT_VERDICT: peer_id, name, verdict
 * @KH_REPORT_HELP: text
 * @KH_REPORT_NETWORK: network, text: the same in words
 * @KH_REPORT_BENCH: peer_id, name, bench
 */
typedef enum
{
  KH_REPORT_REGISTERED,
  KH_REPORT_KNOCK,
  KH_REPORT_SESSION,
  KH_REPORT_PATH,
  KH_REPORT_MESSAGE,
  KH_REPORT_CHANGED,
  KH_REPORT_SENT,
  KH_REPORT_RECEIPT,
  KH_REPORT_CLOSED,
  KH_REPORT_ERROR,
  KH_REPORT_WHY,
  KH_REPORT_VERDICT,
  KH_REPORT_HELP,
  KH_REPORT_NETWORK,
  KH_REPORT_BENCH,
} KhReportType;

/* What was measured; @retransmitted_ppm: of the bytes sent, millionths. */
typedef struct
{
  guint64 goodput_bps;
  guint64 bytes;
  guint64 packets;
  guint64 lost;
  guint64 retransmitted_ppm;
  gint64 elapsed_us;
  gint64 rtt_min_us;
  gint64 rtt_mean_us;
  gint64 rtt_p95_us;
  gint64 cpu_us;
  gint64 peer_cpu_us;
} KhReportBench;

typedef struct
{
  KhReportType type;
  const char *peer_id;
  const char *name;
  const char *address;
  const char *hint; /* how to answer, in words */
  const char *kind; /* "direct" or "relay" */
  const char *family;
  const char *local;
  const char *remote;
  const char *id;
  const char *text;
  const char *state;
  const char *reason;
  const char *code;
  const char *detail;
  const KhVerdictReport *verdict;
  const KhNetworkReport *network;
  const KhReportBench *bench;
  gint64 sent_time; /* µs since 1970 UTC, by the sender's clock */
  gint64 rtt_us;
  gint64 elapsed_us;
} KhReport;

/* "registered", "knock", …: the "event" of the JSON. */
const char *kh_report_type_to_string (KhReportType type);
/* "ipv4" or "ipv6", of "192.0.2.1:4430" or "[2001:db8::1]:4430"; NULL for NULL. */
const char *kh_report_family (const char *address);
