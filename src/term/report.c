/* report.c: something that happened, on its way to the user */
#include "term/report.h"

const char *
kh_report_type_to_string (KhReportType type)
{
  static const char *const names[] = {
    [KH_REPORT_REGISTERED] = "registered",
    [KH_REPORT_KNOCK] = "knock",
    [KH_REPORT_SESSION] = "session",
    [KH_REPORT_PATH] = "path",
    [KH_REPORT_MESSAGE] = "message",
    [KH_REPORT_SENT] = "sent",
    [KH_REPORT_CHANGED] = "changed",
    [KH_REPORT_RECEIPT] = "receipt",
    [KH_REPORT_CLOSED] = "closed",
    [KH_REPORT_ERROR] = "error",
    [KH_REPORT_WHY] = "why",
    [KH_REPORT_VERDICT] = "verdict",
    [KH_REPORT_HELP] = "help",
    [KH_REPORT_NETWORK] = "network",
    [KH_REPORT_BENCH] = "bench",
  };

  return (guint) type < G_N_ELEMENTS (names) ? names[type] : "unknown";
}

const char *
kh_report_family (const char *address)
{
  if (address == NULL)
    return NULL;
  return address[0] == '[' ? "ipv6" : "ipv4";
}
