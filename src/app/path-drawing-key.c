/* path-drawing-key.c: the key to the lines of a drawing of a connection
 *
 * See path-drawing.h. It names the states that are there, in as many lines as the width takes.
 */
#include "app/path-drawing-private.h"

/* Pixels: of a line in the key, and between two entries. */
#define KEY_LINE 26
#define KEY_GAP 16

static double
snapshot_key_entry (
    KhPathDrawing *self, GtkSnapshot *snapshot, KhPathLineState state, double x, double y)
{
  g_autoptr (PangoLayout) layout =
      gtk_widget_create_pango_layout (GTK_WIDGET (self), kh_path_model_state_words (state));
  gboolean mirrored = kh_path_drawing_is_mirrored (self);
  graphene_rect_t box;
  int width, height;
  cairo_t *cr;

  pango_layout_get_pixel_size (layout, &width, &height);
  if (snapshot == NULL)
    return KEY_LINE + 6 + width;
  box = GRAPHENE_RECT_INIT ((float) (mirrored ? x + width + 6 : x), (float) y, KEY_LINE,
                            (float) height);
  cr = gtk_snapshot_append_cairo (snapshot, &box);
  kh_path_drawing_set_pen (self, cr, state);
  cairo_move_to (cr, box.origin.x + 1, y + height / 2.0);
  cairo_line_to (cr, box.origin.x + KEY_LINE - 1, y + height / 2.0);
  cairo_stroke (cr);
  kh_path_drawing_draw_mark (cr, state, box.origin.x + KEY_LINE / 2.0, y + height / 2.0);
  cairo_destroy (cr);
  kh_path_drawing_snapshot_layout (self, snapshot, layout, mirrored ? x : x + KEY_LINE + 6, y);
  return KEY_LINE + 6 + width;
}

int
kh_path_drawing_snapshot_key_line (KhPathDrawing *self, GtkSnapshot *snapshot, int state, double y)
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
      KhPathLineState shown =
          (KhPathLineState) (kh_path_drawing_is_mirrored (self) ? state + end - 1 - i : i);

      if (self->model->counts[shown] > 0)
        x += KEY_GAP + snapshot_key_entry (self, snapshot, shown, x, y);
    }
  return end;
}
