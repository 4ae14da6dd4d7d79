/* path-drawing-lines.c: the paths of a drawing of a connection
 *
 * See path-drawing.h. A state has a colour, a width, dashes and a mark of its own; a path within
 * one network runs below the routers.
 */
#include "app/path-drawing-private.h"

/* Pixels between two paths of the same way. */
#define PATH_GAP 16.0

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

void
kh_path_drawing_set_pen (KhPathDrawing *self, cairo_t *cr, KhPathLineState state)
{
  gboolean solid = looks[state].dash[1] < 1;
  gboolean runs = state == KH_PATH_LINE_TRYING || state == KH_PATH_LINE_ANSWERED;
  GdkRGBA color = kh_path_drawing_get_color (self, looks[state].color, 1);

  gdk_cairo_set_source_rgba (cr, &color);
  cairo_set_line_width (cr, looks[state].width);
  cairo_set_line_cap (cr,
                      state == KH_PATH_LINE_FAILED ? CAIRO_LINE_CAP_ROUND : CAIRO_LINE_CAP_BUTT);
  cairo_set_line_join (cr, CAIRO_LINE_JOIN_ROUND);
  cairo_set_dash (cr, looks[state].dash, solid ? 0 : 2, runs ? -self->phase : 0);
}

void
kh_path_drawing_draw_mark (cairo_t *cr, KhPathLineState state, double x, double y)
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
  graphene_point_t us = kh_path_drawing_get_point (self, KH_PATH_PLACE_US),
                   them = kh_path_drawing_get_point (self, KH_PATH_PLACE_THEM);
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
  graphene_point_t ours = kh_path_drawing_get_point (self, KH_PATH_PLACE_OUR_ROUTER);
  graphene_point_t theirs = kh_path_drawing_get_point (self, KH_PATH_PLACE_THEIR_ROUTER);
  graphene_point_t server = kh_path_drawing_get_point (self, KH_PATH_PLACE_SERVER);
  double bend = (n % 2 ? -1.0 : 1.0) * ((n + 1) / 2) * PATH_GAP;

  kh_path_drawing_set_pen (self, cr, line->state);
  if (line->way == KH_PATH_WAY_RELAY)
    {
      graphene_point_t us = kh_path_drawing_get_point (self, KH_PATH_PLACE_US),
                       them = kh_path_drawing_get_point (self, KH_PATH_PLACE_THEM);

      cairo_move_to (cr, us.x, us.y);
      cairo_line_to (cr, ours.x, ours.y);
      cairo_line_to (cr, server.x, server.y);
      cairo_line_to (cr, theirs.x, theirs.y);
      cairo_line_to (cr, them.x, them.y);
      cairo_stroke (cr);
      kh_path_drawing_draw_mark (cr, line->state, (ours.x + server.x) / 2, (ours.y + server.y) / 2);
      return;
    }
  if (line->way == KH_PATH_WAY_LOCAL)
    {
      ours = kh_path_drawing_get_point (self, KH_PATH_PLACE_US);
      theirs = kh_path_drawing_get_point (self, KH_PATH_PLACE_THEM);
    }
  trace_way (self, cr, ours, theirs, bend);
  cairo_stroke (cr);
  kh_path_drawing_draw_mark (cr, line->state, (ours.x + theirs.x) / 2, ours.y + bend * 0.75);
}

/* The ways that there are, whoever takes them. */
static void
draw_ground (KhPathDrawing *self, cairo_t *cr)
{
  GdkRGBA color = kh_path_drawing_get_color (self, NULL, kh_path_drawing_get_pale ());

  gdk_cairo_set_source_rgba (cr, &color);
  cairo_set_line_width (cr, 1);
  for (int i = 0; i + 1 < KH_PATH_PLACES; i++)
    {
      graphene_point_t a = kh_path_drawing_get_point (self, (KhPathPlace) i),
                       b = kh_path_drawing_get_point (self, (KhPathPlace) (i + 1));

      cairo_move_to (cr, a.x, a.y);
      cairo_line_to (cr, b.x, b.y);
    }
  cairo_stroke (cr);
}

void
kh_path_drawing_draw_paths (KhPathDrawing *self, cairo_t *cr)
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
