/* style.c: the app's own style sheets, and how it finds its icons
 *
 * See style.h. An application with a base path of resources has its style sheets loaded, and
 * BASE/icons added to where icons are looked for. The latter throws away what a thread has read of
 * all icons since the display was opened, and the first widget with an icon waits until it is read
 * again. So there is no such path: the sheets are loaded here, and the icons are among the
 * toolkit's own, in /org/gtk/libgtk/icons, where it looks in any case.
 */
#include "app/style.h"

#include <adwaita.h>

#define SHEET "/io/github/knothole/Knothole/style.css"
#define SHEET_HIGH_CONTRAST "/io/github/knothole/Knothole/style-hc.css"

static GtkStyleProvider *
add_sheet (const char *path)
{
  g_autoptr (GtkCssProvider) provider = gtk_css_provider_new ();

  gtk_css_provider_load_from_resource (provider, path);
  gtk_style_context_add_provider_for_display (gdk_display_get_default (),
                                              GTK_STYLE_PROVIDER (provider),
                                              GTK_STYLE_PROVIDER_PRIORITY_APPLICATION);
  return GTK_STYLE_PROVIDER (provider);
}

/* The display keeps what was added, until it is removed. */
static void
apply_high_contrast (AdwStyleManager *manager)
{
  static GtkStyleProvider *added;
  gboolean wanted = adw_style_manager_get_high_contrast (manager);

  if (wanted && added == NULL)
    added = add_sheet (SHEET_HIGH_CONTRAST);
  else if (!wanted && added != NULL)
    gtk_style_context_remove_provider_for_display (gdk_display_get_default (),
                                                   g_steal_pointer (&added));
}

void
kh_style_prepare (GApplication *application)
{
  g_application_set_resource_base_path (application, NULL);
}

void
kh_style_apply (void)
{
  AdwStyleManager *manager = adw_style_manager_get_default ();

  add_sheet (SHEET);
  g_signal_connect (manager, "notify::high-contrast", G_CALLBACK (apply_high_contrast), NULL);
  apply_high_contrast (manager);
}
