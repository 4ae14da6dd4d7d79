/* rtt-graph.c: the round trip over the last minutes
 *
 * See rtt-graph.h. Drawn when a sample comes, and at no other time. The same is said in words above
 * the line: the latest, the best and the worst.
 */
#include "app/rtt-graph.h"

#include <glib/gi18n.h>

/* Samples that are kept, and how far back they are drawn. */
#define SAMPLES_MAX 512
#define SPAN_US (2 * 60 * G_USEC_PER_SEC)
/* Pixels. */
#define HEIGHT 100
/* Above the line: a margin and two lines of words, which one is not in every language. */
#define WORDS_HEIGHT 54
#define MARGIN 9
#define DOT_RADIUS 3.0

typedef struct
{
  gint64 rtt_us;
  gint64 at_us;
} Sample;

struct _KhRttGraph
{
  GtkWidget parent_instance;

  /* owned */
  GArray *samples; /* of Sample, oldest first */
  char *words;     /* the same as the line says */
};

G_DEFINE_FINAL_TYPE (KhRttGraph, kh_rtt_graph, GTK_TYPE_WIDGET)

static const Sample *
get_sample (KhRttGraph *self, guint index)
{
  return &g_array_index (self->samples, Sample, index);
}

static gboolean
find_range (KhRttGraph *self, gint64 *ret_least, gint64 *ret_most)
{
  gint64 least = G_MAXINT64, most = 0;

  for (guint i = 0; i < self->samples->len; i++)
    {
      gint64 rtt_us = get_sample (self, i)->rtt_us;

      if (rtt_us > 0)
        {
          least = MIN (least, rtt_us);
          most = MAX (most, rtt_us);
        }
    }
  *ret_least = least;
  *ret_most = most;
  return most > 0;
}

static void
update_words (KhRttGraph *self)
{
  gint64 latest_us = get_sample (self, self->samples->len - 1)->rtt_us;
  gint64 least_us, most_us;

  g_free (self->words);
  if (find_range (self, &least_us, &most_us))
    self->words =
        g_strdup_printf (_ ("Round trip: %.1f ms now, %.1f to %.1f ms"), (double) latest_us / 1000,
                         (double) least_us / 1000, (double) most_us / 1000);
  else
    self->words = g_strdup (_ ("There is no path to measure."));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, self->words,
                                  -1);
}

static void
draw (KhRttGraph *self, cairo_t *cr, double width, double height)
{
  gint64 end_us = get_sample (self, self->samples->len - 1)->at_us;
  gint64 least_us, most_us;
  gboolean down = FALSE;

  if (!find_range (self, &least_us, &most_us))
    return;
  for (guint i = 0; i < self->samples->len; i++)
    {
      const Sample *sample = get_sample (self, i);
      double x = width - (double) (end_us - sample->at_us) / SPAN_US * width;
      double y = height - (double) sample->rtt_us / (double) most_us * (height - WORDS_HEIGHT) -
                 DOT_RADIUS - 2;

      if (sample->rtt_us == 0)
        down = FALSE;
      else if (down)
        cairo_line_to (cr, x, y);
      else
        cairo_move_to (cr, x, y);
      down = sample->rtt_us != 0;
      /* The newest has a dot, and so is seen when it is the only one. */
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
snapshot_words (KhRttGraph *self, GtkSnapshot *snapshot, const GdkRGBA *color)
{
  g_autoptr (PangoLayout) layout = gtk_widget_create_pango_layout (GTK_WIDGET (self), self->words);
  int width = gtk_widget_get_width (GTK_WIDGET (self));

  pango_layout_set_width (layout, (width - 2 * MARGIN) * PANGO_SCALE);
  pango_layout_set_wrap (layout, PANGO_WRAP_WORD_CHAR);
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT (MARGIN, MARGIN));
  gtk_snapshot_append_layout (snapshot, layout, color);
  gtk_snapshot_restore (snapshot);
}

static void
kh_rtt_graph_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  KhRttGraph *self = KH_RTT_GRAPH (widget);
  int width = gtk_widget_get_width (widget);
  int height = gtk_widget_get_height (widget);
  graphene_rect_t all = GRAPHENE_RECT_INIT (0, 0, width, height);
  cairo_t *cr;
  GdkRGBA color;

  if (self->samples->len == 0)
    return;
  gtk_style_context_get_color (gtk_widget_get_style_context (widget), &color);
  cr = gtk_snapshot_append_cairo (snapshot, &all);
  gdk_cairo_set_source_rgba (cr, &color);
  cairo_set_line_width (cr, 2);
  cairo_set_line_join (cr, CAIRO_LINE_JOIN_ROUND);
  draw (self, cr, width, height);
  cairo_destroy (cr);
  gtk_style_context_lookup_color (gtk_widget_get_style_context (widget), "view_fg_color", &color);
  snapshot_words (self, snapshot, &color);
}

static void
kh_rtt_graph_measure (GtkWidget *widget,
                      GtkOrientation orientation,
                      int for_size,
                      int *minimum,
                      int *natural,
                      int *minimum_baseline,
                      int *natural_baseline)
{
  *minimum = *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? 200 : HEIGHT;
}

static void
kh_rtt_graph_finalize (GObject *object)
{
  KhRttGraph *self = KH_RTT_GRAPH (object);

  g_array_unref (self->samples);
  g_free (self->words);
  G_OBJECT_CLASS (kh_rtt_graph_parent_class)->finalize (object);
}

static void
kh_rtt_graph_class_init (KhRttGraphClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = kh_rtt_graph_finalize;
  widget_class->snapshot = kh_rtt_graph_snapshot;
  widget_class->measure = kh_rtt_graph_measure;
  gtk_widget_class_set_css_name (widget_class, "kh-rtt-graph");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
kh_rtt_graph_init (KhRttGraph *self)
{
  self->samples = g_array_new (FALSE, FALSE, sizeof (Sample));
}

void
kh_rtt_graph_add (KhRttGraph *self, gint64 rtt_us, gint64 now_us)
{
  Sample sample = { .rtt_us = rtt_us, .at_us = now_us };

  while (self->samples->len >= SAMPLES_MAX ||
         (self->samples->len > 0 && now_us - get_sample (self, 0)->at_us > SPAN_US))
    g_array_remove_index (self->samples, 0);
  g_array_append_val (self->samples, sample);
  update_words (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}
