/* path-drawing-private.h: what the parts of a drawing of a connection share
 *
 * path-drawing.c: the widget, its places and their labels; path-drawing-lines.c: the paths;
 * path-drawing-key.c: the key to them.
 */
#pragma once

#include "app/path-drawing.h"

typedef enum
{
  KH_PATH_PLACE_US,
  KH_PATH_PLACE_OUR_ROUTER,
  KH_PATH_PLACE_SERVER,
  KH_PATH_PLACE_THEIR_ROUTER,
  KH_PATH_PLACE_THEM,
  KH_PATH_PLACES,
} KhPathPlace;

struct _KhPathDrawing
{
  GtkWidget parent_instance;

  /* owned */
  KhPathModel *model; /* (nullable) */
  GtkIconPaintable *icons[KH_PATH_PLACES];
  GtkSettings *settings; /* while there is a root */
  guint tick;            /* while something moves */
  double phase;          /* pixels */
  double lowered;        /* pixels that all but the server is lower by, for large text */
};

/* Where things are and how they look, in the direction and the style of now. */
gboolean kh_path_drawing_is_mirrored (KhPathDrawing *self);
graphene_point_t kh_path_drawing_get_point (KhPathDrawing *self, KhPathPlace place);
/* @name: (nullable): of the style; NULL for the text's */
GdkRGBA kh_path_drawing_get_color (KhPathDrawing *self, const char *name, double alpha);
/* The alpha of what is in the background. */
double kh_path_drawing_get_pale (void);
void kh_path_drawing_snapshot_layout (
    KhPathDrawing *self, GtkSnapshot *snapshot, PangoLayout *layout, double x, double y);

/* path-drawing-lines.c */
void kh_path_drawing_draw_paths (KhPathDrawing *self, cairo_t *cr);
void kh_path_drawing_set_pen (KhPathDrawing *self, cairo_t *cr, KhPathLineState state);
void kh_path_drawing_draw_mark (cairo_t *cr, KhPathLineState state, double x, double y);

/* path-drawing-key.c: one line of it from @state on, in the middle. Returns: the state that the
 * next begins at */
int
kh_path_drawing_snapshot_key_line (KhPathDrawing *self, GtkSnapshot *snapshot, int state, double y);
