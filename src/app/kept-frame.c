/* kept-frame.c: the last frame of a window, which need not stay in memory
 *
 * Where there is no GL, cairo hands frames to the X server in memory that both share, and does not
 * look for what is free of it until it draws again: a window at rest keeps a frame, and a table of
 * the pieces it came in, of some MiB. cairo also looks when a picture in such memory is dropped,
 * so one is made for that.
 */
#include "app/kept-frame.h"

#ifdef GDK_WINDOWING_X11
#include <gdk/x11/gdkx.h>
#endif

#if defined GDK_WINDOWING_X11 && defined CAIRO_HAS_XLIB_SURFACE
#include <cairo-xlib.h>

#define DATA "kh-kept-frame"
#define REST_S 2
/* Pixels: less than 128 bytes would not be shared. */
#define SPECK 8

typedef struct
{
  GtkWindow *window; /* whose data this is */
  guint source;
  gboolean has_drawn; /* since @source was last called */
} KeptFrame;

static void
give_back (GdkSurface *surface)
{
  GdkDisplay *display = gdk_surface_get_display (surface);
  Display *connection = gdk_x11_display_get_xdisplay (display);
  cairo_surface_t *on_server =
      cairo_xlib_surface_create (connection, gdk_x11_surface_get_xid (surface),
                                 DefaultVisual (connection, DefaultScreen (connection)), SPECK,
                                 SPECK);

  /* Free is what the server is known to have read: only an answer of its tells. */
  gdk_display_sync (display);
  /* The first makes cairo look which of the memory is free, the second whether all of it is. */
  for (guint i = 0; i < 2; i++)
    cairo_surface_destroy (
        cairo_surface_create_similar_image (on_server, CAIRO_FORMAT_ARGB32, SPECK, SPECK));
  cairo_surface_destroy (on_server);
}

static gboolean
on_rest (gpointer user_data)
{
  KeptFrame *self = user_data;
  GtkNative *native = GTK_NATIVE (self->window);

  if (self->has_drawn)
    {
      self->has_drawn = FALSE;
      return G_SOURCE_CONTINUE;
    }
  self->source = 0;
  if (gtk_widget_get_realized (GTK_WIDGET (native)))
    give_back (gtk_native_get_surface (native));
  return G_SOURCE_REMOVE;
}

static void
on_painted (GtkWindow *window)
{
  KeptFrame *self = g_object_get_data (G_OBJECT (window), DATA);

  self->has_drawn = TRUE;
  if (self->source == 0)
    self->source = g_timeout_add_seconds (REST_S, on_rest, self);
}

static void
kept_frame_free (gpointer data)
{
  KeptFrame *self = data;

  g_clear_handle_id (&self->source, g_source_remove);
  g_free (self);
}

void
kh_kept_frame_watch (GtkWindow *window)
{
  GtkNative *native = GTK_NATIVE (window);
  KeptFrame *self;

  if (!GDK_IS_X11_SURFACE (gtk_native_get_surface (native)) ||
      !GSK_IS_CAIRO_RENDERER (gtk_native_get_renderer (native)))
    return;
  self = g_new0 (KeptFrame, 1);
  self->window = window;
  g_object_set_data_full (G_OBJECT (window), DATA, self, kept_frame_free);
  g_signal_connect_object (gtk_widget_get_frame_clock (GTK_WIDGET (window)), "after-paint",
                           G_CALLBACK (on_painted), window, G_CONNECT_SWAPPED);
}

#else

void
kh_kept_frame_watch (GtkWindow *window)
{
}

#endif
