/* picture-file.c: a picture of the user's choice: see picture-file.h */
#include "app/picture-file.h"

#include <gdk-pixbuf/gdk-pixbuf.h>

#include "engine/engine.h"

/* Pixels of a side: enough for the largest avatar at twice the resolution. */
#define SIDE 256

/* (transfer full): the middle of @pixbuf, without transparency, which JPEG does not have. */
static GdkPixbuf *
make_square (GdkPixbuf *pixbuf)
{
  g_autoptr (GdkPixbuf) turned = gdk_pixbuf_apply_embedded_orientation (pixbuf);
  int width = gdk_pixbuf_get_width (turned), height = gdk_pixbuf_get_height (turned);
  double scale = (double) SIDE / MIN (width, height);
  GdkPixbuf *square = gdk_pixbuf_new (GDK_COLORSPACE_RGB, FALSE, 8, SIDE, SIDE);

  gdk_pixbuf_fill (square, 0xffffffff);
  gdk_pixbuf_composite (turned, square, 0, 0, SIDE, SIDE, (SIDE - width * scale) / 2,
                        (SIDE - height * scale) / 2, scale, scale, GDK_INTERP_BILINEAR, 255);
  return square;
}

static GBytes *
compress (GdkPixbuf *pixbuf, GError **error)
{
  static const char *const qualities[] = { "90", "75", "50", "25" };

  for (guint i = 0; i < G_N_ELEMENTS (qualities); i++)
    {
      char *data;
      gsize len;

      if (!gdk_pixbuf_save_to_buffer (pixbuf, &data, &len, "jpeg", error, "quality", qualities[i],
                                      NULL))
        return NULL;
      if (len <= KH_AVATAR_MAX)
        return g_bytes_new_take (data, len);
      g_free (data);
    }
  /* 256 × 256 pixels at that quality are a tenth of it. */
  g_set_error_literal (error, GDK_PIXBUF_ERROR, GDK_PIXBUF_ERROR_FAILED, "too large");
  return NULL;
}

static void
load (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  GError *error = NULL;
  g_autoptr (GFileInputStream) stream = g_file_read (task_data, cancellable, &error);
  g_autoptr (GdkPixbuf) pixbuf = NULL;
  g_autoptr (GdkPixbuf) square = NULL;
  GBytes *bytes = NULL;

  if (stream != NULL)
    /* Never more pixels than are wanted, whatever the file says. */
    pixbuf = gdk_pixbuf_new_from_stream_at_scale (G_INPUT_STREAM (stream), 4 * SIDE, 4 * SIDE, TRUE,
                                                  cancellable, &error);
  if (pixbuf != NULL)
    {
      square = make_square (pixbuf);
      bytes = compress (square, &error);
    }
  if (bytes != NULL)
    g_task_return_pointer (task, bytes, (GDestroyNotify) g_bytes_unref);
  else
    g_task_return_error (task, error);
}

void
kh_picture_file_load_async (GFile *file,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);

  g_task_set_source_tag (task, kh_picture_file_load_async);
  g_task_set_task_data (task, g_object_ref (file), g_object_unref);
  g_task_run_in_thread (task, load);
}

GBytes *
kh_picture_file_load_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
