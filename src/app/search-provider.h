/* search-provider.h: contacts and messages in the desktop's own search
 *
 * org.gnome.Shell.SearchProvider2, version 2, at "…/SearchProvider" below the application's object.
 * The desktop asks only where its user has turned that on, in its settings (DefaultDisabled in
 * data/io.github.knothole.Knothole.search-provider.ini): there is no second switch here.
 *
 * What it asks is answered from the data folder as it is on disk, so asking starts the program but
 * neither opens a window nor brings the user online. Without a window the program stays for a
 * moment, because the next letter asks again.
 */
#pragma once

#include <gtk/gtk.h>

#define KH_TYPE_SEARCH_PROVIDER (kh_search_provider_get_type ())
G_DECLARE_FINAL_TYPE (KhSearchProvider, kh_search_provider, KH, SEARCH_PROVIDER, GObject)

/**
 * kh_search_provider_new:
 * @application: not referenced; must live longer. Its actions "open" (s), "open-message" (sx) and
 *   "search" (s) do what is chosen
 * @object_path: that of the application
 *
 * Answers until it is unreferenced. One of a data folder that is not the usual one is no business
 * of the desktop's: that application has no name on the bus.
 */
KhSearchProvider *kh_search_provider_new (GtkApplication *application,
                                          GDBusConnection *connection,
                                          const char *object_path);
