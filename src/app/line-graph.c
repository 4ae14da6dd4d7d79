/* line-graph.c: one or two figures over the last minutes
 *
 * See line-graph.h. Drawn when a sample comes that differs from a flat line at nothing, and at no
 * other time: who is idle draws nothing.
 */
#include "app/line-graph.h"

/* Samples that are kept, and how far back they are drawn. */
#define SAMPLES_MAX 512
#define SPAN_US (2 * 60 * G_USEC_PER_SEC)
#define N_LINES 2
/* Pixels: of the figures, and around the words above them. */
#define HEIGHT 46
#define MARGIN 9
#define DOT_RADIUS 3.0
#define NARROWEST 200

typedef struct
{
  double values[N_LINES];
  gint64 at_us;
} Sample;

struct _KhLineGraph
{
  GtkWidget parent_instance;

  /* owned */
  GArray *samples; /* of Sample, oldest first */
  char *words;
};

G_DEFINE_FINAL_TYPE (KhLineGraph, kh_line_graph, GTK_TYPE_WIDGET)

/* (transfer full) */
static PangoLayout *
layout_new (KhLineGraph *self, int width)
{
  PangoLayout *layout = gtk_widget_create_pango_layout (GTK_WIDGET (self), self->words);

  pango_layout_set_width (layout, MAX (0, width - 2 * MARGIN) * PANGO_SCALE);
  pango_layout_set_wrap (layout, PANGO_WRAP_WORD_CHAR);
  pango_layout_set_auto_dir (layout, FALSE);
  if (gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL)
    pango_layout_set_alignment (layout, PANGO_ALIGN_RIGHT);
  return layout;
}

/* With what is above and below them. */
static int
get_words_height (KhLineGraph *self, int width)
{
  g_autoptr (PangoLayout) layout = layout_new (self, width);
  int height;

  pango_layout_get_pixel_size (layout, NULL, &height);
  return height + 2 * MARGIN;
}

static const Sample *
get_sample (KhLineGraph *self, guint index)
{
  return &g_array_index (self->samples, Sample, index);
}

static double
find_most (KhLineGraph *self)
{
  double most = 0;

  for (guint i = 0; i < self->samples->len; i++)
    for (int line = 0; line < N_LINES; line++)
      most = MAX (most, get_sample (self, i)->values[line]);
  return most;
}

/* From below the words to above the edge; the newest sample has a dot, and so is seen when it is
 * the only one. */
static void
draw_line (KhLineGraph *self, cairo_t *cr, int line, double most, int width, int height)
{
  gint64 end_us = get_sample (self, self->samples->len - 1)->at_us;
  double words_height = get_words_height (self, width);
  gboolean down = FALSE;

  for (guint i = 0; i < self->samples->len; i++)
    {
      const Sample *sample = get_sample (self, i);
      double value = sample->values[line];
      double x = width - (double) (end_us - sample->at_us) / SPAN_US * width;
      double y = height - value / most * (height - words_height) - DOT_RADIUS - 2;

      if (value < 0)
        down = FALSE;
      else if (down)
        cairo_line_to (cr, x, y);
      else
        cairo_move_to (cr, x, y);
      down = value >= 0;
      if (down && i + 1 == self->samples->len)
        {
          cairo_stroke (cr);
          cairo_arc (cr, x - DOT_RADIUS, y, DOT_RADIUS, 0, 2 * G_PI);
          cairo_fill (cr);
        }
    }
  cairo_stroke (cr);
}

static void
snapshot_words (KhLineGraph *self, GtkSnapshot *snapshot, const GdkRGBA *color)
{
  g_autoptr (PangoLayout) layout = layout_new (self, gtk_widget_get_width (GTK_WIDGET (self)));

  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT (MARGIN, MARGIN));
  gtk_snapshot_append_layout (snapshot, layout, color);
  gtk_snapshot_restore (snapshot);
}

static void
kh_line_graph_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  static const double dash[] = { 6, 4 };
  KhLineGraph *self = KH_LINE_GRAPH (widget);
  int width = gtk_widget_get_width (widget), height = gtk_widget_get_height (widget);
  graphene_rect_t all = GRAPHENE_RECT_INIT (0, 0, width, height);
  double most = find_most (self);
  GdkRGBA color;
  cairo_t *cr;

  gtk_style_context_get_color (gtk_widget_get_style_context (widget), &color);
  cr = gtk_snapshot_append_cairo (snapshot, &all);
  gdk_cairo_set_source_rgba (cr, &color);
  cairo_set_line_width (cr, 2);
  cairo_set_line_join (cr, CAIRO_LINE_JOIN_ROUND);
  for (int line = 0; line < N_LINES && most > 0; line++)
    {
      cairo_set_dash (cr, dash, line == 0 ? 0 : G_N_ELEMENTS (dash), 0);
      draw_line (self, cr, line, most, width, height);
    }
  cairo_destroy (cr);
  gtk_style_context_lookup_color (gtk_widget_get_style_context (widget), "view_fg_color", &color);
  snapshot_words (self, snapshot, &color);
}

static void
kh_line_graph_measure (GtkWidget *widget,
                       GtkOrientation orientation,
                       int for_size,
                       int *minimum,
                       int *natural,
                       int *minimum_baseline,
                       int *natural_baseline)
{
  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    *minimum = *natural = NARROWEST;
  else
    *minimum = *natural =
        HEIGHT + get_words_height (KH_LINE_GRAPH (widget), MAX (for_size, NARROWEST));
}

static GtkSizeRequestMode
kh_line_graph_get_request_mode (GtkWidget *widget)
{
  return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

static void
kh_line_graph_finalize (GObject *object)
{
  KhLineGraph *self = KH_LINE_GRAPH (object);

  g_array_unref (self->samples);
  g_free (self->words);
  G_OBJECT_CLASS (kh_line_graph_parent_class)->finalize (object);
}

static void
kh_line_graph_class_init (KhLineGraphClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = kh_line_graph_finalize;
  widget_class->snapshot = kh_line_graph_snapshot;
  widget_class->measure = kh_line_graph_measure;
  widget_class->get_request_mode = kh_line_graph_get_request_mode;
  gtk_widget_class_set_css_name (widget_class, "kh-line-graph");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
kh_line_graph_init (KhLineGraph *self)
{
  self->samples = g_array_new (FALSE, FALSE, sizeof (Sample));
  self->words = g_strdup ("");
}

void
kh_line_graph_add (KhLineGraph *self, double first, double second, gint64 now_us)
{
  Sample sample = { .values = { first, second }, .at_us = now_us };
  gboolean was_flat = find_most (self) <= 0;

  while (self->samples->len >= SAMPLES_MAX ||
         (self->samples->len > 0 && now_us - get_sample (self, 0)->at_us > SPAN_US))
    g_array_remove_index (self->samples, 0);
  g_array_append_val (self->samples, sample);
  if (!was_flat || first > 0 || second > 0)
    gtk_widget_queue_draw (GTK_WIDGET (self));
}

gboolean
kh_line_graph_get_range (KhLineGraph *self, double *ret_least, double *ret_most)
{
  double least = G_MAXDOUBLE, most = -1;

  for (guint i = 0; i < self->samples->len; i++)
    {
      double value = get_sample (self, i)->values[0];

      if (value < 0)
        continue;
      least = MIN (least, value);
      most = MAX (most, value);
    }
  if (most < 0)
    return FALSE;
  *ret_least = least;
  *ret_most = most;
  return TRUE;
}

void
kh_line_graph_set_words (KhLineGraph *self, const char *words)
{
  int width = gtk_widget_get_width (GTK_WIDGET (self)), height;

  if (g_str_equal (self->words, words))
    return;
  height = get_words_height (self, width);
  g_free (self->words);
  self->words = g_strdup (words);
  if (get_words_height (self, width) != height)
    gtk_widget_queue_resize (GTK_WIDGET (self));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, self->words,
                                  -1);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}
