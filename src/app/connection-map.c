/* connection-map.c: a drawing of a connection
 *
 * See connection-map.h. Us at the start of the line and them at its end, each behind a router, the
 * server above and between. What is in use is solid and thick, what works thin, what is being tried
 * dashes that run, and what failed is dotted. It moves only while something is being tried.
 */
#include "app/connection-map.h"

#include <adwaita.h>
#include <glib/gi18n.h>

/* Pixels. */
#define HEIGHT 230
#define ICON_SIZE 32
#define LABEL_GAP 6
#define DASH 6.0
/* Direct paths that are drawn side by side: more would be a blur. */
#define PATHS_MAX 6
#define PATH_GAP 14.0
/* Dashes go this far in a second. */
#define DASH_SPEED 30.0

struct _KhConnectionMap
{
  GtkWidget parent_instance;

  /* owned */
  KhVerdictReport *report; /* (nullable) */
  guint tick;              /* while something moves */
  double phase;
};

G_DEFINE_FINAL_TYPE (KhConnectionMap, kh_connection_map, GTK_TYPE_WIDGET)

/* Where things are, in shares of width and height. */
typedef enum
{
  PLACE_US,
  PLACE_OUR_ROUTER,
  PLACE_SERVER,
  PLACE_THEIR_ROUTER,
  PLACE_THEM,
  N_PLACES,
} Place;

static const struct
{
  double x, y;
  const char *icon;
} places[N_PLACES] = {
  [PLACE_US] = { 0.10, 0.66, "computer-symbolic" },
  [PLACE_OUR_ROUTER] = { 0.31, 0.66, "network-wired-symbolic" },
  [PLACE_SERVER] = { 0.50, 0.15, "network-server-symbolic" },
  [PLACE_THEIR_ROUTER] = { 0.69, 0.66, "network-wired-symbolic" },
  [PLACE_THEM] = { 0.90, 0.66, "computer-symbolic" },
};

const char *
kh_connection_map_network_words (KhNetworkKind kind)
{
  switch (kind)
    {
    case KH_NETWORK_OPEN:
      return _ ("no router");
    case KH_NETWORK_STEADY:
      return _ ("ordinary router");
    case KH_NETWORK_SEQUENTIAL:
      return _ ("counts its ports up");
    case KH_NETWORK_RANDOM:
      return _ ("takes ports by chance");
    case KH_NETWORK_TCP_ONLY:
      return _ ("lets no UDP through");
    case KH_NETWORK_HIDDEN:
      return _ ("kept private");
    case KH_NETWORK_UNKNOWN:
    default:
      return _ ("not known yet");
    }
}

static graphene_point_t
get_point (KhConnectionMap *self, Place place)
{
  double width = gtk_widget_get_width (GTK_WIDGET (self));
  double height = gtk_widget_get_height (GTK_WIDGET (self));
  gboolean mirrored = gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL;
  double x = mirrored ? 1 - places[place].x : places[place].x;

  return GRAPHENE_POINT_INIT ((float) (x * width), (float) (places[place].y * height));
}

static GdkRGBA
get_color (KhConnectionMap *self, const char *name)
{
  GtkStyleContext *style = gtk_widget_get_style_context (GTK_WIDGET (self));
  GdkRGBA color;

  if (!gtk_style_context_lookup_color (style, name, &color))
    gtk_style_context_get_color (style, &color);
  return color;
}

/* paths */

static void
set_pen (KhConnectionMap *self, cairo_t *cr, KhAttemptState state, gboolean in_use)
{
  static const char *const colors[] = { "warning_color", "warning_color", "success_color",
                                        "error_color" };
  GdkRGBA color = get_color (self, colors[state]);
  double dashes[] = { DASH, DASH };

  if (state == KH_ATTEMPT_FAILED)
    dashes[0] = 1.5;
  color.alpha *= (float) (in_use ? 1.0 : state == KH_ATTEMPT_FAILED ? 0.6 : 0.8);
  gdk_cairo_set_source_rgba (cr, &color);
  cairo_set_line_width (cr, in_use ? 4.0 : 2.0);
  cairo_set_line_cap (cr, CAIRO_LINE_CAP_ROUND);
  if (in_use || state == KH_ATTEMPT_WORKS)
    cairo_set_dash (cr, NULL, 0, 0);
  else
    cairo_set_dash (cr, dashes, 2, state == KH_ATTEMPT_FAILED ? 0 : -self->phase);
}

static void
draw_line (cairo_t *cr, graphene_point_t a, graphene_point_t b)
{
  cairo_move_to (cr, a.x, a.y);
  cairo_line_to (cr, b.x, b.y);
  cairo_stroke (cr);
}

/* Between the routers, bent down by @bend. */
static void
draw_bent (cairo_t *cr, graphene_point_t a, graphene_point_t b, double bend)
{
  double third = (b.x - a.x) / 3;

  cairo_move_to (cr, a.x, a.y);
  cairo_curve_to (cr, a.x + third, a.y + bend, b.x - third, b.y + bend, b.x, b.y);
  cairo_stroke (cr);
}

static gboolean
is_relay (const KhAttempt *attempt)
{
  return attempt->remote == NULL;
}

/* The state of what is best of those that are, or are not, the relay. */
static gboolean
find_best (KhVerdictReport *report, gboolean relay, KhAttemptState *ret_state, gboolean *ret_in_use)
{
  static const int ranks[] = { 1, 2, 3, 0 };
  const KhAttempt *best = NULL;

  for (guint i = 0; i < report->attempts->len; i++)
    {
      const KhAttempt *attempt = g_ptr_array_index (report->attempts, i);

      if (is_relay (attempt) == relay &&
          (best == NULL || attempt->in_use || ranks[attempt->state] > ranks[best->state]))
        best = attempt;
      if (best == attempt && attempt->in_use)
        break;
    }
  if (best == NULL)
    return FALSE;
  *ret_state = best->state;
  *ret_in_use = best->in_use && !report->is_over;
  return TRUE;
}

static void
draw_direct (KhConnectionMap *self, cairo_t *cr)
{
  graphene_point_t us = get_point (self, PLACE_US), them = get_point (self, PLACE_THEM);
  graphene_point_t ours = get_point (self, PLACE_OUR_ROUTER);
  graphene_point_t theirs = get_point (self, PLACE_THEIR_ROUTER);
  KhAttemptState state;
  gboolean in_use;
  guint n = 0;

  if (!find_best (self->report, FALSE, &state, &in_use))
    return;
  set_pen (self, cr, state, in_use);
  draw_line (cr, us, ours);
  draw_line (cr, theirs, them);
  for (guint i = 0; i < self->report->attempts->len && n < PATHS_MAX; i++)
    {
      const KhAttempt *attempt = g_ptr_array_index (self->report->attempts, i);

      if (is_relay (attempt))
        continue;
      set_pen (self, cr, attempt->state, attempt->in_use && !self->report->is_over);
      draw_bent (cr, ours, theirs, (n % 2 ? -1.0 : 1.0) * ((n + 1) / 2) * PATH_GAP);
      n++;
    }
}

static void
draw_relay (KhConnectionMap *self, cairo_t *cr)
{
  static const Place way[] = { PLACE_US, PLACE_OUR_ROUTER, PLACE_SERVER, PLACE_THEIR_ROUTER,
                               PLACE_THEM };
  KhAttemptState state = KH_ATTEMPT_WORKS;
  gboolean in_use = FALSE;

  if (find_best (self->report, TRUE, &state, &in_use))
    set_pen (self, cr, state, in_use);
  else
    {
      GdkRGBA color = get_color (self, "view_fg_color");

      color.alpha = 0.2f;
      gdk_cairo_set_source_rgba (cr, &color);
      cairo_set_line_width (cr, 1.5);
    }
  for (guint i = in_use ? 0 : 1; i + 1 < G_N_ELEMENTS (way) - (in_use ? 0 : 1); i++)
    draw_line (cr, get_point (self, way[i]), get_point (self, way[i + 1]));
}

/* things */

static void
snapshot_icon (KhConnectionMap *self, GtkSnapshot *snapshot, Place place)
{
  GtkIconTheme *theme = gtk_icon_theme_get_for_display (gtk_widget_get_display (GTK_WIDGET (self)));
  g_autoptr (GtkIconPaintable) icon =
      gtk_icon_theme_lookup_icon (theme, places[place].icon, NULL, ICON_SIZE,
                                  gtk_widget_get_scale_factor (GTK_WIDGET (self)),
                                  gtk_widget_get_direction (GTK_WIDGET (self)),
                                  GTK_ICON_LOOKUP_FORCE_SYMBOLIC);
  graphene_point_t at = get_point (self, place);
  GdkRGBA foreground = get_color (self, "view_fg_color");
  GdkRGBA background = get_color (self, "window_bg_color");
  graphene_rect_t box =
      GRAPHENE_RECT_INIT (at.x - ICON_SIZE, at.y - ICON_SIZE, 2 * ICON_SIZE, 2 * ICON_SIZE);
  GskRoundedRect circle;

  gsk_rounded_rect_init_from_rect (&circle, &box, ICON_SIZE);
  gtk_snapshot_push_rounded_clip (snapshot, &circle);
  gtk_snapshot_append_color (snapshot, &background, &box);
  gtk_snapshot_pop (snapshot);
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot,
                          &GRAPHENE_POINT_INIT (at.x - ICON_SIZE / 2.0f, at.y - ICON_SIZE / 2.0f));
  gtk_symbolic_paintable_snapshot_symbolic (GTK_SYMBOLIC_PAINTABLE (icon), snapshot, ICON_SIZE,
                                            ICON_SIZE, &foreground, 1);
  gtk_snapshot_restore (snapshot);
}

static void
snapshot_label (KhConnectionMap *self, GtkSnapshot *snapshot, Place place, const char *text)
{
  g_autoptr (PangoLayout) layout = gtk_widget_create_pango_layout (GTK_WIDGET (self), text);
  graphene_point_t at = get_point (self, place);
  GdkRGBA color = get_color (self, "view_fg_color");
  int width = gtk_widget_get_width (GTK_WIDGET (self));
  int height;
  float x;

  pango_layout_set_width (layout, (int) (width * 0.19) * PANGO_SCALE);
  pango_layout_set_alignment (layout, PANGO_ALIGN_CENTER);
  pango_layout_set_wrap (layout, PANGO_WRAP_WORD_CHAR);
  pango_layout_set_ellipsize (layout, PANGO_ELLIPSIZE_END);
  pango_layout_set_height (layout, -3);
  pango_layout_get_pixel_size (layout, NULL, &height);
  x = at.x - (float) (width * 0.19) / 2;
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT (x, at.y + ICON_SIZE / 2.0f + LABEL_GAP));
  gtk_snapshot_append_layout (snapshot, layout, &color);
  gtk_snapshot_restore (snapshot);
}

static void
kh_connection_map_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  KhConnectionMap *self = KH_CONNECTION_MAP (widget);
  graphene_rect_t all =
      GRAPHENE_RECT_INIT (0, 0, gtk_widget_get_width (widget), gtk_widget_get_height (widget));
  const char *labels[N_PLACES] = { _ ("You"), "", _ ("Server"), "", "" };
  cairo_t *cr;

  if (self->report == NULL)
    return;
  cr = gtk_snapshot_append_cairo (snapshot, &all);
  draw_relay (self, cr);
  draw_direct (self, cr);
  cairo_destroy (cr);
  labels[PLACE_OUR_ROUTER] = kh_connection_map_network_words (self->report->ours.kind);
  labels[PLACE_THEIR_ROUTER] = kh_connection_map_network_words (self->report->theirs.kind);
  labels[PLACE_THEM] = self->report->name;
  for (int i = 0; i < N_PLACES; i++)
    {
      snapshot_icon (self, snapshot, (Place) i);
      snapshot_label (self, snapshot, (Place) i, labels[i]);
    }
}

static void
kh_connection_map_measure (GtkWidget *widget,
                           GtkOrientation orientation,
                           int for_size,
                           int *minimum,
                           int *natural,
                           int *minimum_baseline,
                           int *natural_baseline)
{
  *minimum = orientation == GTK_ORIENTATION_HORIZONTAL ? 280 : HEIGHT;
  *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? 560 : HEIGHT;
}

/* movement */

static gboolean
on_tick (GtkWidget *widget, GdkFrameClock *clock, gpointer user_data)
{
  KhConnectionMap *self = KH_CONNECTION_MAP (widget);
  double seconds = (double) gdk_frame_clock_get_frame_time (clock) / G_USEC_PER_SEC;
  double along = seconds * DASH_SPEED;

  self->phase = along - 2 * DASH * (gint64) (along / (2 * DASH));
  gtk_widget_queue_draw (widget);
  return G_SOURCE_CONTINUE;
}

static gboolean
is_moving (KhConnectionMap *self)
{
  gboolean animations;

  g_object_get (gtk_widget_get_settings (GTK_WIDGET (self)), "gtk-enable-animations", &animations,
                NULL);
  return animations && self->report != NULL && !self->report->is_over &&
         self->report->reason == KH_REASON_TRYING;
}

static void
update_tick (KhConnectionMap *self)
{
  if (is_moving (self) && self->tick == 0)
    self->tick = gtk_widget_add_tick_callback (GTK_WIDGET (self), on_tick, NULL, NULL);
  else if (!is_moving (self) && self->tick != 0)
    {
      gtk_widget_remove_tick_callback (GTK_WIDGET (self), self->tick);
      self->tick = 0;
    }
}

static void
kh_connection_map_finalize (GObject *object)
{
  KhConnectionMap *self = KH_CONNECTION_MAP (object);

  kh_verdict_report_free (self->report);
  G_OBJECT_CLASS (kh_connection_map_parent_class)->finalize (object);
}

static void
kh_connection_map_class_init (KhConnectionMapClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = kh_connection_map_finalize;
  widget_class->snapshot = kh_connection_map_snapshot;
  widget_class->measure = kh_connection_map_measure;
  gtk_widget_class_set_css_name (widget_class, "kh-connection-map");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
kh_connection_map_init (KhConnectionMap *self)
{
}

void
kh_connection_map_set_report (KhConnectionMap *self, KhVerdictReport *report)
{
  kh_verdict_report_free (self->report);
  self->report = report;
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  report != NULL ? report->headline : _ ("Not connected yet"), -1);
  update_tick (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}
