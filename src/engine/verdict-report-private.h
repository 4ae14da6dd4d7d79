/* verdict-report-private.h: how a report is made of what the node said */
#pragma once

#include "engine/verdict-record.h"
#include "engine/verdict-report.h"

/* (transfer full) */
KhVerdictReport *
kh_verdict_report_new (const KhVerdictRecord *record, const char *peer_id, const char *name);
/* Of one side; @peer is NULL for our own. Its @text is to be freed. */
KhNetworkNature kh_network_nature_make (const KhNatBehaviour *nat, const char *peer);
