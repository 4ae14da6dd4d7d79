/* rtt-graph.h: the round trip over the last minutes, as a line */
#pragma once

#include <gtk/gtk.h>

#define KH_TYPE_RTT_GRAPH (kh_rtt_graph_get_type ())
G_DECLARE_FINAL_TYPE (KhRttGraph, kh_rtt_graph, KH, RTT_GRAPH, GtkWidget)

/* @rtt_us: 0 where there is no path */
void kh_rtt_graph_add (KhRttGraph *self, gint64 rtt_us, gint64 now_us);
