/* line-graph.h: one or two figures over the last minutes, as lines with words above them */
#pragma once

#include <gtk/gtk.h>

#define KH_TYPE_LINE_GRAPH (kh_line_graph_get_type ())
G_DECLARE_FINAL_TYPE (KhLineGraph, kh_line_graph, KH, LINE_GRAPH, GtkWidget)

/* @first, @second: from 0 on, in one unit; negative where there is nothing to draw. The second line
 * is dashed. */
void kh_line_graph_add (KhLineGraph *self, double first, double second, gint64 now_us);
/* Of the first: FALSE, and nothing written, where there is nothing drawn. */
gboolean kh_line_graph_get_range (KhLineGraph *self, double *ret_least, double *ret_most);
/* What the lines say, to be read and heard. */
void kh_line_graph_set_words (KhLineGraph *self, const char *words);
