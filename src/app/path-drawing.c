/* path-drawing.c: a drawing of two machines, their routers, the server, and every path tried
 *
 * See path-drawing.h and DESIGN section 13. Us at the start of the line and them at its end, the
 * routers above and between, the server at the top; a path within one network runs below. A state
 * has a colour, a width, dashes and a mark of its own, and the key below names those that are
 * there. It is redrawn by the clock only while an attempt goes on.
 */
#include "app/path-drawing.h"

#include <adwaita.h>
#include <glib/gi18n.h>

/* Pixels. */
#define HEIGHT 232
#define NODE_RADIUS 21
#define ICON_SIZE 24
#define LABEL_GAP 4
#define PATH_GAP 16.0
#define KEY_LINE 26
#define KEY_GAP 16
/* Narrower than this, the key takes two lines. */
#define KEY_WIDTH 420
/* Dashes run this far in a second. */
#define DASH_SPEED 24.0

typedef enum
{
  PLACE_US,
  PLACE_OUR_ROUTER,
  PLACE_SERVER,
  PLACE_THEIR_ROUTER,
  PLACE_THEM,
  N_PLACES,
} Place;

/* Where things are: x in shares of the width, y in pixels. */
static const struct
{
  double x, y;
  const char *icon;
} places[N_PLACES] = {
  [PLACE_US] = { 0.13, 180, "computer-symbolic" },
  [PLACE_OUR_ROUTER] = { 0.31, 108, "network-wired-symbolic" },
  [PLACE_SERVER] = { 0.50, 26, "network-server-symbolic" },
  [PLACE_THEIR_ROUTER] = { 0.69, 108, "network-wired-symbolic" },
  [PLACE_THEM] = { 0.87, 180, "computer-symbolic" },
};

/* How a state looks; @dash: on, off, both 0 where it is solid; @mark: (nullable) */
static const struct
{
  const char *color;
  double width, dash[2];
  const char *mark;
} looks[KH_PATH_LINE_STATES] = {
  [KH_PATH_LINE_USED] = { "success_color", 4.5, { 0, 0 }, NULL },
  [KH_PATH_LINE_WORKS] = { "success_color", 1.5, { 0, 0 }, NULL },
  [KH_PATH_LINE_ANSWERED] = { "warning_color", 2, { 12, 5 }, NULL },
  [KH_PATH_LINE_TRYING] = { "warning_color", 2, { 5, 6 }, NULL },
  [KH_PATH_LINE_FAILED] = { "error_color", 2, { 0.1, 6 }, "✕" },
};

struct _KhPathDrawing
{
  GtkWidget parent_instance;

  /* owned */
  KhPathModel *model; /* (nullable) */
  GtkIconPaintable *icons[N_PLACES];
  GtkSettings *settings; /* while there is a root */
  guint tick;            /* while something moves */
  double phase;          /* pixels */
};

G_DEFINE_FINAL_TYPE (KhPathDrawing, kh_path_drawing, GTK_TYPE_WIDGET)

static gboolean
is_mirrored (KhPathDrawing *self)
{
  return gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL;
}

static graphene_point_t
get_point (KhPathDrawing *self, Place place)
{
  double x = is_mirrored (self) ? 1 - places[place].x : places[place].x;

  return GRAPHENE_POINT_INIT ((float) (x * gtk_widget_get_width (GTK_WIDGET (self))),
                              (float) places[place].y);
}

static GdkRGBA
get_color (KhPathDrawing *self, const char *name, double alpha)
{
  GtkStyleContext *style = gtk_widget_get_style_context (GTK_WIDGET (self));
  GdkRGBA color;

  if (name == NULL || !gtk_style_context_lookup_color (style, name, &color))
    gtk_style_context_get_color (style, &color);
  color.alpha *= (float) alpha;
  return color;
}

/* Pale things are plain where contrast is asked for. */
static double
get_pale (void)
{
  return adw_style_manager_get_high_contrast (adw_style_manager_get_default ()) ? 0.8 : 0.25;
}

static PangoLayout *
layout_new (KhPathDrawing *self, const char *text, double width)
{
  PangoLayout *layout = gtk_widget_create_pango_layout (GTK_WIDGET (self), text);

  pango_layout_set_width (layout, (int) (width * PANGO_SCALE));
  pango_layout_set_wrap (layout, PANGO_WRAP_WORD_CHAR);
  pango_layout_set_ellipsize (layout, PANGO_ELLIPSIZE_END);
  pango_layout_set_height (layout, -2);
  pango_layout_set_auto_dir (layout, FALSE);
  return layout;
}

static void
snapshot_layout (
    KhPathDrawing *self, GtkSnapshot *snapshot, PangoLayout *layout, double x, double y)
{
  GdkRGBA color = get_color (self, NULL, 1);

  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT ((float) x, (float) y));
  gtk_snapshot_append_layout (snapshot, layout, &color);
  gtk_snapshot_restore (snapshot);
}

/* paths */

static void
set_pen (KhPathDrawing *self, cairo_t *cr, KhPathLineState state)
{
  gboolean solid = looks[state].dash[1] < 1;
  gboolean runs = state == KH_PATH_LINE_TRYING || state == KH_PATH_LINE_ANSWERED;
  GdkRGBA color = get_color (self, looks[state].color, 1);

  gdk_cairo_set_source_rgba (cr, &color);
  cairo_set_line_width (cr, looks[state].width);
  cairo_set_line_cap (cr,
                      state == KH_PATH_LINE_FAILED ? CAIRO_LINE_CAP_ROUND : CAIRO_LINE_CAP_BUTT);
  cairo_set_line_join (cr, CAIRO_LINE_JOIN_ROUND);
  cairo_set_dash (cr, looks[state].dash, solid ? 0 : 2, runs ? -self->phase : 0);
}

static void
draw_mark (cairo_t *cr, KhPathLineState state, double x, double y)
{
  const double r = 4;

  if (looks[state].mark == NULL)
    return;
  cairo_set_dash (cr, NULL, 0, 0);
  cairo_move_to (cr, x - r, y - r);
  cairo_line_to (cr, x + r, y + r);
  cairo_move_to (cr, x - r, y + r);
  cairo_line_to (cr, x + r, y - r);
  cairo_stroke (cr);
}

/* From our machine to theirs over @a and @b, bent down by @bend between these. */
static void
trace_way (KhPathDrawing *self, cairo_t *cr, graphene_point_t a, graphene_point_t b, double bend)
{
  graphene_point_t us = get_point (self, PLACE_US), them = get_point (self, PLACE_THEM);
  double third = (b.x - a.x) / 3;

  cairo_move_to (cr, us.x, us.y);
  cairo_line_to (cr, a.x, a.y);
  cairo_curve_to (cr, a.x + third, a.y + bend, b.x - third, b.y + bend, b.x, b.y);
  cairo_line_to (cr, them.x, them.y);
}

/* @n: how many of the same way were drawn before it */
static void
draw_path (KhPathDrawing *self, cairo_t *cr, const KhPathLine *line, guint n)
{
  graphene_point_t ours = get_point (self, PLACE_OUR_ROUTER);
  graphene_point_t theirs = get_point (self, PLACE_THEIR_ROUTER);
  graphene_point_t server = get_point (self, PLACE_SERVER);
  double bend = (n % 2 ? -1.0 : 1.0) * ((n + 1) / 2) * PATH_GAP;

  set_pen (self, cr, line->state);
  if (line->way == KH_PATH_WAY_RELAY)
    {
      graphene_point_t us = get_point (self, PLACE_US), them = get_point (self, PLACE_THEM);

      cairo_move_to (cr, us.x, us.y);
      cairo_line_to (cr, ours.x, ours.y);
      cairo_line_to (cr, server.x, server.y);
      cairo_line_to (cr, theirs.x, theirs.y);
      cairo_line_to (cr, them.x, them.y);
      cairo_stroke (cr);
      draw_mark (cr, line->state, (ours.x + server.x) / 2, (ours.y + server.y) / 2);
      return;
    }
  if (line->way == KH_PATH_WAY_LOCAL)
    {
      ours = get_point (self, PLACE_US);
      theirs = get_point (self, PLACE_THEM);
    }
  trace_way (self, cr, ours, theirs, bend);
  cairo_stroke (cr);
  draw_mark (cr, line->state, (ours.x + theirs.x) / 2, ours.y + bend * 0.75);
}

/* The ways that there are, whoever takes them. */
static void
draw_ground (KhPathDrawing *self, cairo_t *cr)
{
  GdkRGBA color = get_color (self, NULL, get_pale ());

  gdk_cairo_set_source_rgba (cr, &color);
  cairo_set_line_width (cr, 1);
  for (int i = 0; i + 1 < N_PLACES; i++)
    {
      graphene_point_t a = get_point (self, (Place) i), b = get_point (self, (Place) (i + 1));

      cairo_move_to (cr, a.x, a.y);
      cairo_line_to (cr, b.x, b.y);
    }
  cairo_stroke (cr);
}

static void
draw_paths (KhPathDrawing *self, cairo_t *cr)
{
  guint drawn[3] = { 0 };

  draw_ground (self, cr);
  for (guint i = 0; i < self->model->n_lines; i++)
    drawn[self->model->lines[i].way]++;
  /* The best last: it lies on top of the others, and has the middle. */
  for (guint i = self->model->n_lines; i > 0; i--)
    {
      const KhPathLine *line = &self->model->lines[i - 1];

      draw_path (self, cr, line, --drawn[line->way]);
    }
}

/* machines, routers, the server */

/* A network without a router has a small ring where that would be. */
static gboolean
has_node (KhPathDrawing *self, Place place)
{
  return !((place == PLACE_OUR_ROUTER && self->model->ours == KH_NETWORK_OPEN) ||
           (place == PLACE_THEIR_ROUTER && self->model->theirs == KH_NETWORK_OPEN));
}

static void
snapshot_node (KhPathDrawing *self, GtkSnapshot *snapshot, Place place)
{
  graphene_point_t at = get_point (self, place);
  float r = has_node (self, place) ? NODE_RADIUS : 5;
  GdkRGBA ring = get_color (self, NULL, get_pale ());
  GdkRGBA background = get_color (self, "view_bg_color", 1);
  GdkRGBA foreground = get_color (self, NULL, 1);
  GskRoundedRect circle;

  gsk_rounded_rect_init_from_rect (&circle, &GRAPHENE_RECT_INIT (at.x - r, at.y - r, 2 * r, 2 * r),
                                   r);
  gtk_snapshot_push_rounded_clip (snapshot, &circle);
  gtk_snapshot_append_color (snapshot, &background, &circle.bounds);
  gtk_snapshot_pop (snapshot);
  gtk_snapshot_append_border (snapshot, &circle, (float[]){ 1.5f, 1.5f, 1.5f, 1.5f },
                              (GdkRGBA[]){ ring, ring, ring, ring });
  if (!has_node (self, place) || self->icons[place] == NULL)
    return;
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot,
                          &GRAPHENE_POINT_INIT (at.x - ICON_SIZE / 2.0f, at.y - ICON_SIZE / 2.0f));
  gtk_symbolic_paintable_snapshot_symbolic (GTK_SYMBOLIC_PAINTABLE (self->icons[place]), snapshot,
                                            ICON_SIZE, ICON_SIZE, &foreground, 1);
  gtk_snapshot_restore (snapshot);
}

/* Below its machine, on one line, and within the widget. */
static void
snapshot_label_below (KhPathDrawing *self, GtkSnapshot *snapshot, Place place, const char *text)
{
  double width = gtk_widget_get_width (GTK_WIDGET (self));
  g_autoptr (PangoLayout) layout = layout_new (self, text, width * 0.4);
  graphene_point_t at = get_point (self, place);
  PangoRectangle box;
  double x;

  pango_layout_set_height (layout, 0);
  pango_layout_get_pixel_extents (layout, NULL, &box);
  x = CLAMP (at.x - box.width / 2.0, 0, MAX (0, width - box.width));
  snapshot_layout (self, snapshot, layout, x - box.x, at.y + NODE_RADIUS + LABEL_GAP);
}

/* After the server: below it, the lines that leave it are too close where it is narrow. */
static void
snapshot_label_after (KhPathDrawing *self, GtkSnapshot *snapshot, Place place, const char *text)
{
  double width = gtk_widget_get_width (GTK_WIDGET (self));
  g_autoptr (PangoLayout) layout = layout_new (self, text, width / 2 - NODE_RADIUS - 8);
  graphene_point_t at = get_point (self, place);
  PangoRectangle box;
  double x;

  pango_layout_get_pixel_extents (layout, NULL, &box);
  x = is_mirrored (self) ? at.x - NODE_RADIUS - 8 - box.width : at.x + NODE_RADIUS + 8;
  snapshot_layout (self, snapshot, layout, x - box.x, at.y - box.height / 2.0);
}

/* Above a router, on the side that no line leaves to. */
static void
snapshot_label_beside (KhPathDrawing *self, GtkSnapshot *snapshot, Place place, const char *text)
{
  double width = gtk_widget_get_width (GTK_WIDGET (self));
  graphene_point_t at = get_point (self, place);
  double reach = at.x < width / 2 ? at.x + 10 : width - at.x + 10;
  g_autoptr (PangoLayout) layout = layout_new (self, text, reach);
  float r = has_node (self, place) ? NODE_RADIUS : 5;
  PangoRectangle box;
  double x;

  pango_layout_set_alignment (layout, PANGO_ALIGN_CENTER);
  pango_layout_get_pixel_extents (layout, NULL, &box);
  if (at.x < width / 2)
    x = MIN (at.x - box.width / 2.0, reach - box.width);
  else
    x = MAX (at.x - box.width / 2.0, width - reach);
  snapshot_layout (self, snapshot, layout, x - box.x, at.y - r - LABEL_GAP - box.height);
}

/* the key */

static double
snapshot_key_entry (
    KhPathDrawing *self, GtkSnapshot *snapshot, KhPathLineState state, double x, double y)
{
  g_autoptr (PangoLayout) layout =
      gtk_widget_create_pango_layout (GTK_WIDGET (self), kh_path_model_state_words (state));
  gboolean mirrored = is_mirrored (self);
  graphene_rect_t box;
  int width, height;
  cairo_t *cr;

  pango_layout_get_pixel_size (layout, &width, &height);
  if (snapshot == NULL)
    return KEY_LINE + 6 + width;
  box = GRAPHENE_RECT_INIT ((float) (mirrored ? x + width + 6 : x), (float) y, KEY_LINE,
                            (float) height);
  cr = gtk_snapshot_append_cairo (snapshot, &box);
  set_pen (self, cr, state);
  cairo_move_to (cr, box.origin.x + 1, y + height / 2.0);
  cairo_line_to (cr, box.origin.x + KEY_LINE - 1, y + height / 2.0);
  cairo_stroke (cr);
  draw_mark (cr, state, box.origin.x + KEY_LINE / 2.0, y + height / 2.0);
  cairo_destroy (cr);
  snapshot_layout (self, snapshot, layout, mirrored ? x : x + KEY_LINE + 6, y);
  return KEY_LINE + 6 + width;
}

/* One line of the key from @state on, in the middle. Returns: the state that the next begins at */
static int
snapshot_key_line (KhPathDrawing *self, GtkSnapshot *snapshot, int state, double y)
{
  double width = gtk_widget_get_width (GTK_WIDGET (self));
  double used = -KEY_GAP, x;
  int end;

  for (end = state; end < KH_PATH_LINE_STATES; end++)
    {
      double more = self->model->counts[end] == 0
                        ? 0
                        : KEY_GAP + snapshot_key_entry (self, NULL, (KhPathLineState) end, 0, 0);

      if (used + more > width && used > 0)
        break;
      used += more;
    }
  x = (width - used) / 2;
  for (int i = state; i < end; i++)
    {
      KhPathLineState shown = (KhPathLineState) (is_mirrored (self) ? state + end - 1 - i : i);

      if (self->model->counts[shown] > 0)
        x += KEY_GAP + snapshot_key_entry (self, snapshot, shown, x, y);
    }
  return end;
}

static int
get_line_height (KhPathDrawing *self)
{
  g_autoptr (PangoLayout) layout = gtk_widget_create_pango_layout (GTK_WIDGET (self), "X");
  int height;

  pango_layout_get_pixel_size (layout, NULL, &height);
  return height;
}

/* the widget */

static void
kh_path_drawing_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  KhPathDrawing *self = KH_PATH_DRAWING (widget);
  graphene_rect_t all = GRAPHENE_RECT_INIT (0, 0, (float) gtk_widget_get_width (widget), HEIGHT);
  double y = HEIGHT + get_line_height (self) / 2.0;
  cairo_t *cr;

  if (self->model == NULL)
    return;
  cr = gtk_snapshot_append_cairo (snapshot, &all);
  draw_paths (self, cr);
  cairo_destroy (cr);
  for (int i = 0; i < N_PLACES; i++)
    snapshot_node (self, snapshot, (Place) i);
  snapshot_label_below (self, snapshot, PLACE_US, C_ ("drawing of a connection", "You"));
  snapshot_label_after (self, snapshot, PLACE_SERVER, C_ ("drawing of a connection", "Server"));
  snapshot_label_below (self, snapshot, PLACE_THEM, self->model->peer);
  snapshot_label_beside (self, snapshot, PLACE_OUR_ROUTER,
                         kh_path_model_network_words (self->model->ours));
  snapshot_label_beside (self, snapshot, PLACE_THEIR_ROUTER,
                         kh_path_model_network_words (self->model->theirs));
  for (int state = 0; state < KH_PATH_LINE_STATES; y += get_line_height (self) + 2)
    state = snapshot_key_line (self, snapshot, state, y);
}

static GtkSizeRequestMode
kh_path_drawing_get_request_mode (GtkWidget *widget)
{
  return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

static void
kh_path_drawing_measure (GtkWidget *widget,
                         GtkOrientation orientation,
                         int for_size,
                         int *minimum,
                         int *natural,
                         int *minimum_baseline,
                         int *natural_baseline)
{
  int line = get_line_height (KH_PATH_DRAWING (widget));

  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    {
      *minimum = 240;
      *natural = 560;
    }
  else
    *minimum = *natural = HEIGHT + (for_size < KEY_WIDTH ? 3 : 2) * line;
}

static gboolean
on_tick (GtkWidget *widget, GdkFrameClock *clock, gpointer user_data)
{
  KhPathDrawing *self = KH_PATH_DRAWING (widget);
  gint64 ms = gdk_frame_clock_get_frame_time (clock) / 1000;

  /* Every dash pattern is back where it was after 11 × 17 pixels. */
  self->phase = (double) (ms % (gint64) (1000 * 11 * 17 / DASH_SPEED)) * DASH_SPEED / 1000;
  gtk_widget_queue_draw (widget);
  return G_SOURCE_CONTINUE;
}

static void
update_tick (KhPathDrawing *self)
{
  gboolean animations = FALSE, moves;

  if (self->settings != NULL)
    g_object_get (self->settings, "gtk-enable-animations", &animations, NULL);
  moves = animations && self->model != NULL && self->model->is_trying;
  if (moves && self->tick == 0)
    self->tick = gtk_widget_add_tick_callback (GTK_WIDGET (self), on_tick, NULL, NULL);
  else if (!moves && self->tick != 0)
    {
      gtk_widget_remove_tick_callback (GTK_WIDGET (self), self->tick);
      self->tick = 0;
    }
}

static void
look_up_icons (KhPathDrawing *self)
{
  GtkWidget *widget = GTK_WIDGET (self);
  GtkIconTheme *theme = gtk_icon_theme_get_for_display (gtk_widget_get_display (widget));

  for (int i = 0; i < N_PLACES; i++)
    {
      g_clear_object (&self->icons[i]);
      self->icons[i] = gtk_icon_theme_lookup_icon (theme, places[i].icon, NULL, ICON_SIZE,
                                                   gtk_widget_get_scale_factor (widget),
                                                   gtk_widget_get_direction (widget),
                                                   GTK_ICON_LOOKUP_FORCE_SYMBOLIC);
    }
}

static void
kh_path_drawing_root (GtkWidget *widget)
{
  KhPathDrawing *self = KH_PATH_DRAWING (widget);

  GTK_WIDGET_CLASS (kh_path_drawing_parent_class)->root (widget);
  look_up_icons (self);
  self->settings = g_object_ref (gtk_widget_get_settings (widget));
  g_signal_connect_object (self->settings, "notify::gtk-enable-animations",
                           G_CALLBACK (update_tick), self, G_CONNECT_SWAPPED);
  update_tick (self);
}

static void
kh_path_drawing_unroot (GtkWidget *widget)
{
  KhPathDrawing *self = KH_PATH_DRAWING (widget);

  g_signal_handlers_disconnect_by_func (self->settings, update_tick, self);
  g_clear_object (&self->settings);
  update_tick (self);
  GTK_WIDGET_CLASS (kh_path_drawing_parent_class)->unroot (widget);
}

static void
kh_path_drawing_finalize (GObject *object)
{
  KhPathDrawing *self = KH_PATH_DRAWING (object);

  for (int i = 0; i < N_PLACES; i++)
    g_clear_object (&self->icons[i]);
  kh_path_model_free (self->model);
  G_OBJECT_CLASS (kh_path_drawing_parent_class)->finalize (object);
}

static void
kh_path_drawing_class_init (KhPathDrawingClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = kh_path_drawing_finalize;
  widget_class->snapshot = kh_path_drawing_snapshot;
  widget_class->get_request_mode = kh_path_drawing_get_request_mode;
  widget_class->measure = kh_path_drawing_measure;
  widget_class->root = kh_path_drawing_root;
  widget_class->unroot = kh_path_drawing_unroot;
  gtk_widget_class_set_css_name (widget_class, "kh-path-drawing");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
kh_path_drawing_init (KhPathDrawing *self)
{
  g_signal_connect (self, "notify::scale-factor", G_CALLBACK (look_up_icons), NULL);
  g_signal_connect (self, "direction-changed", G_CALLBACK (look_up_icons), NULL);
}

void
kh_path_drawing_set_model (KhPathDrawing *self, KhPathModel *model)
{
  g_autofree char *description = kh_path_model_dup_description (model);

  kh_path_model_free (self->model);
  self->model = model;
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Drawing of the connection"),
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, description, -1);
  update_tick (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}
