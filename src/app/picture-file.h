/* picture-file.h: a picture of the user's choice, as small as a picture of a person may be */
#pragma once

#include <gio/gio.h>

/* Loads @file on a thread and makes it square and at most KH_AVATAR_MAX bytes. */
void kh_picture_file_load_async (GFile *file,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data);
/* (transfer full) (nullable): JPEG. Errors are of GIO and gdk-pixbuf. */
GBytes *kh_picture_file_load_finish (GAsyncResult *result, GError **error);
