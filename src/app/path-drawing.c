/* path-drawing.c: a drawing of two machines, their routers, the server, and every path tried
 *
 * See path-drawing.h. Us at the start of the line and them at its end, the routers above and
 * between, the server at the top; the paths are path-drawing-lines.c, the key to them
 * path-drawing-key.c. It is redrawn by the clock only while an attempt goes on.
 */
#include "app/path-drawing-private.h"

#include <adwaita.h>
#include <glib/gi18n.h>

/* Pixels. */
#define HEIGHT 232
#define NODE_RADIUS 21
#define ICON_SIZE 24
#define LABEL_GAP 4
#define LABEL_LINES 3
/* Narrower than this, the key takes two lines. */
#define KEY_WIDTH 420
/* Dashes run this far in a second. */
#define DASH_SPEED 24.0

/* Where things are: x in shares of the width, y in pixels. */
static const struct
{
  double x, y;
  const char *icon;
} places[KH_PATH_PLACES] = {
  [KH_PATH_PLACE_US] = { 0.13, 180, "computer-symbolic" },
  [KH_PATH_PLACE_OUR_ROUTER] = { 0.31, 108, "network-wired-symbolic" },
  [KH_PATH_PLACE_SERVER] = { 0.50, 26, "network-server-symbolic" },
  [KH_PATH_PLACE_THEIR_ROUTER] = { 0.69, 108, "network-wired-symbolic" },
  [KH_PATH_PLACE_THEM] = { 0.87, 180, "computer-symbolic" },
};

G_DEFINE_FINAL_TYPE (KhPathDrawing, kh_path_drawing, GTK_TYPE_WIDGET)

gboolean
kh_path_drawing_is_mirrored (KhPathDrawing *self)
{
  return gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL;
}

graphene_point_t
kh_path_drawing_get_point (KhPathDrawing *self, KhPathPlace place)
{
  double x = kh_path_drawing_is_mirrored (self) ? 1 - places[place].x : places[place].x;

  return GRAPHENE_POINT_INIT ((float) (x * gtk_widget_get_width (GTK_WIDGET (self))),
                              (float) (places[place].y +
                                       (place == KH_PATH_PLACE_SERVER ? 0 : self->lowered)));
}

GdkRGBA
kh_path_drawing_get_color (KhPathDrawing *self, const char *name, double alpha)
{
  GtkStyleContext *style = gtk_widget_get_style_context (GTK_WIDGET (self));
  GdkRGBA color;

  if (name == NULL || !gtk_style_context_lookup_color (style, name, &color))
    gtk_style_context_get_color (style, &color);
  color.alpha *= (float) alpha;
  return color;
}

/* Pale things are plain where contrast is asked for. */
double
kh_path_drawing_get_pale (void)
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
  pango_layout_set_height (layout, -LABEL_LINES);
  pango_layout_set_auto_dir (layout, FALSE);
  return layout;
}

void
kh_path_drawing_snapshot_layout (
    KhPathDrawing *self, GtkSnapshot *snapshot, PangoLayout *layout, double x, double y)
{
  GdkRGBA color = kh_path_drawing_get_color (self, NULL, 1);

  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT ((float) x, (float) y));
  gtk_snapshot_append_layout (snapshot, layout, &color);
  gtk_snapshot_restore (snapshot);
}

/* machines, routers, the server */

/* A network without a router has a small ring where that would be. */
static gboolean
has_node (KhPathDrawing *self, KhPathPlace place)
{
  return !((place == KH_PATH_PLACE_OUR_ROUTER && self->model->ours == KH_NETWORK_OPEN) ||
           (place == KH_PATH_PLACE_THEIR_ROUTER && self->model->theirs == KH_NETWORK_OPEN));
}

static void
snapshot_node (KhPathDrawing *self, GtkSnapshot *snapshot, KhPathPlace place)
{
  graphene_point_t at = kh_path_drawing_get_point (self, place);
  float r = has_node (self, place) ? NODE_RADIUS : 5;
  GdkRGBA ring = kh_path_drawing_get_color (self, NULL, kh_path_drawing_get_pale ());
  GdkRGBA background = kh_path_drawing_get_color (self, "view_bg_color", 1);
  GdkRGBA foreground = kh_path_drawing_get_color (self, NULL, 1);
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
snapshot_label_below (KhPathDrawing *self,
                      GtkSnapshot *snapshot,
                      KhPathPlace place,
                      const char *text)
{
  double width = gtk_widget_get_width (GTK_WIDGET (self));
  g_autoptr (PangoLayout) layout = layout_new (self, text, width * 0.4);
  graphene_point_t at = kh_path_drawing_get_point (self, place);
  PangoRectangle box;
  double x;

  pango_layout_set_height (layout, 0);
  pango_layout_get_pixel_extents (layout, NULL, &box);
  x = CLAMP (at.x - box.width / 2.0, 0, MAX (0, width - box.width));
  kh_path_drawing_snapshot_layout (self, snapshot, layout, x - box.x,
                                   at.y + NODE_RADIUS + LABEL_GAP);
}

/* After the server: below it, the lines that leave it are too close where it is narrow.
 * @ret_place: where the ink of it is */
static PangoLayout *
server_label_new (KhPathDrawing *self, PangoRectangle *ret_box, graphene_rect_t *ret_place)
{
  double width = gtk_widget_get_width (GTK_WIDGET (self));
  PangoLayout *layout =
      layout_new (self, C_ ("drawing of a connection", "Server"), width / 2 - NODE_RADIUS - 8);
  graphene_point_t at = kh_path_drawing_get_point (self, KH_PATH_PLACE_SERVER);
  double x;

  pango_layout_get_pixel_extents (layout, NULL, ret_box);
  x = kh_path_drawing_is_mirrored (self) ? at.x - NODE_RADIUS - 8 - ret_box->width
                                         : at.x + NODE_RADIUS + 8;
  *ret_place = GRAPHENE_RECT_INIT ((float) x, at.y - (float) ret_box->height / 2,
                                   (float) ret_box->width, (float) ret_box->height);
  return layout;
}

static void
snapshot_server_label (KhPathDrawing *self, GtkSnapshot *snapshot)
{
  graphene_rect_t place;
  PangoRectangle box;
  g_autoptr (PangoLayout) layout = server_label_new (self, &box, &place);

  kh_path_drawing_snapshot_layout (self, snapshot, layout, place.origin.x - box.x, place.origin.y);
}

/* How wide what is above a router may be. */
static double
get_reach (double width)
{
  return places[KH_PATH_PLACE_OUR_ROUTER].x * width + 10;
}

static int
get_label_height (KhPathDrawing *self, const char *text, double width)
{
  g_autoptr (PangoLayout) layout = layout_new (self, text, width);
  int height;

  pango_layout_get_pixel_size (layout, NULL, &height);
  return height;
}

/* Large text makes the words above a router reach up to the server's: all but the server is lower
 * then.
 * Returns: by how many pixels */
static double
get_lowered (KhPathDrawing *self, double width)
{
  int server = get_label_height (self, C_ ("drawing of a connection", "Server"), width / 2);
  int words = MAX (get_label_height (self, kh_path_model_network_words (self->model->ours),
                                     get_reach (width)),
                   get_label_height (self, kh_path_model_network_words (self->model->theirs),
                                     get_reach (width)));
  double least = places[KH_PATH_PLACE_SERVER].y + server / 2.0 + words + 2.0 * LABEL_GAP;

  return MAX (0, least + NODE_RADIUS - places[KH_PATH_PLACE_OUR_ROUTER].y);
}

/* Above a router, on the side that no line leaves to. */
static void
snapshot_label_beside (KhPathDrawing *self,
                       GtkSnapshot *snapshot,
                       KhPathPlace place,
                       const char *text)
{
  double width = gtk_widget_get_width (GTK_WIDGET (self));
  graphene_point_t at = kh_path_drawing_get_point (self, place);
  double reach = get_reach (width);
  g_autoptr (PangoLayout) layout = layout_new (self, text, reach);
  float r = has_node (self, place) ? NODE_RADIUS : 5;
  PangoRectangle box;
  double x, y;

  pango_layout_set_alignment (layout, PANGO_ALIGN_CENTER);
  pango_layout_get_pixel_extents (layout, NULL, &box);
  if (at.x < width / 2)
    x = MIN (at.x - box.width / 2.0, reach - box.width);
  else
    x = MAX (at.x - box.width / 2.0, width - reach);
  y = at.y - r - LABEL_GAP - box.height;
  kh_path_drawing_snapshot_layout (self, snapshot, layout, x - box.x, y);
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
  double width = gtk_widget_get_width (widget), y;
  cairo_t *cr;

  if (self->model == NULL)
    return;
  self->lowered = get_lowered (self, width);
  y = HEIGHT + self->lowered + get_line_height (self) / 2.0;
  cr = gtk_snapshot_append_cairo (snapshot, &GRAPHENE_RECT_INIT (0, 0, (float) width,
                                                                 (float) (HEIGHT + self->lowered)));
  kh_path_drawing_draw_paths (self, cr);
  cairo_destroy (cr);
  for (int i = 0; i < KH_PATH_PLACES; i++)
    snapshot_node (self, snapshot, (KhPathPlace) i);
  snapshot_label_below (self, snapshot, KH_PATH_PLACE_US, C_ ("drawing of a connection", "You"));
  snapshot_server_label (self, snapshot);
  snapshot_label_below (self, snapshot, KH_PATH_PLACE_THEM, self->model->peer);
  snapshot_label_beside (self, snapshot, KH_PATH_PLACE_OUR_ROUTER,
                         kh_path_model_network_words (self->model->ours));
  snapshot_label_beside (self, snapshot, KH_PATH_PLACE_THEIR_ROUTER,
                         kh_path_model_network_words (self->model->theirs));
  for (int state = 0; state < KH_PATH_LINE_STATES; y += get_line_height (self) + 2)
    state = kh_path_drawing_snapshot_key_line (self, snapshot, state, y);
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
  KhPathDrawing *self = KH_PATH_DRAWING (widget);
  int line = get_line_height (self);

  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    {
      *minimum = 240;
      *natural = 560;
    }
  else
    *minimum = *natural =
        HEIGHT + (for_size < KEY_WIDTH ? 3 : 2) * line +
        (for_size > 0 && self->model != NULL ? (int) get_lowered (self, for_size) : 0);
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

  for (int i = 0; i < KH_PATH_PLACES; i++)
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

  for (int i = 0; i < KH_PATH_PLACES; i++)
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

  if (self->model == NULL || self->model->ours != model->ours ||
      self->model->theirs != model->theirs)
    gtk_widget_queue_resize (GTK_WIDGET (self));
  kh_path_model_free (self->model);
  self->model = model;
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Drawing of the connection"),
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, description, -1);
  update_tick (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}
