/* path-drawing.h: a drawing of two machines, their routers, the server, and every path tried
 *
 * To a screen reader it is one picture, described in words (path-model.h).
 */
#pragma once

#include <gtk/gtk.h>

#include "app/path-model.h"

#define KH_TYPE_PATH_DRAWING (kh_path_drawing_get_type ())
G_DECLARE_FINAL_TYPE (KhPathDrawing, kh_path_drawing, KH, PATH_DRAWING, GtkWidget)

/* @model: (transfer full) */
void kh_path_drawing_set_model (KhPathDrawing *self, KhPathModel *model);
