/* background.h: whether the program goes on without a window, and begins with the session
 *
 * In a sandbox the desktop is asked, by org.freedesktop.portal.Background, and may refuse; outside
 * of one the program may go on, and an autostart entry of the user begins it.
 */
#pragma once

#include <gio/gio.h>

/**
 * kh_background_request_async:
 * @background: go on without a window
 * @autostart: begin with the session, without a window
 * @data_dir: (nullable): of what begins then; NULL for the usual one
 *
 * Makes it so, or no longer.
 */
void kh_background_request_async (gboolean background,
                                  gboolean autostart,
                                  const char *data_dir,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data);
/**
 * kh_background_request_finish:
 * @ret_background, @ret_autostart: as it is now: the desktop may have refused either
 *
 * Errors: G_IO_ERROR of the file, and those of D-Bus where there is no such portal.
 */
gboolean kh_background_request_finish (GAsyncResult *result,
                                       gboolean *ret_background,
                                       gboolean *ret_autostart,
                                       GError **error);
