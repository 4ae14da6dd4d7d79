/* starting.c: what a start leaves until its window has been seen
 *
 * See starting.h. Reading the style sheets, themes of icons, fonts and the history takes some MiB
 * that are free afterwards, in pieces, among what is kept: the C library would hold them until they
 * are used again.
 */
#include "app/starting.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif

#define PICTURE "/io/github/knothole/Knothole/knothole-128.png"
#define PICTURE_LARGE "/io/github/knothole/Knothole/knothole-256.png"

/* As large as a panel or a list of windows shows it. */
void
kh_starting_set_icon (GtkWindow *window)
{
  g_autoptr (GdkTexture) icon = gdk_texture_new_from_resource (PICTURE);
  GList icons = { .data = icon };

  gdk_toplevel_set_icon_list (GDK_TOPLEVEL (gtk_native_get_surface (GTK_NATIVE (window))), &icons);
}

const char *
kh_starting_get_picture (GtkWidget *widget)
{
  return gtk_widget_get_scale_factor (widget) > 1 ? PICTURE_LARGE : PICTURE;
}

static gboolean
give_back (gpointer user_data)
{
#ifdef __GLIBC__
  malloc_trim (0);
#endif
  return G_SOURCE_REMOVE;
}

static void
on_painted (GdkFrameClock *clock, gpointer user_data)
{
  g_signal_handlers_disconnect_by_func (clock, on_painted, user_data);
  g_idle_add_full (G_PRIORITY_LOW, give_back, NULL, NULL);
}

void
kh_starting_tidy (GtkWindow *window)
{
  g_signal_connect_object (gtk_widget_get_frame_clock (GTK_WIDGET (window)), "after-paint",
                           G_CALLBACK (on_painted), window, 0);
}
