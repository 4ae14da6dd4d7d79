/* connection-map.h: a drawing of two computers, their networks, the server, and each path tried
 *
 * It draws a report of the engine's; what it says is also there as words (connection-window.h), so
 * to a screen reader it is one picture with the report's headline.
 */
#pragma once

#include <gtk/gtk.h>

#include "engine/verdict-report.h"

#define KH_TYPE_CONNECTION_MAP (kh_connection_map_get_type ())
G_DECLARE_FINAL_TYPE (KhConnectionMap, kh_connection_map, KH, CONNECTION_MAP, GtkWidget)

/* @report: (transfer full) (nullable) */
void kh_connection_map_set_report (KhConnectionMap *self, KhVerdictReport *report);
/* "no router", "ordinary router": a network in two words, translated. */
const char *kh_connection_map_network_words (KhNetworkKind kind);
