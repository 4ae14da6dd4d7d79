/* save-dialog.h: where a file is to be saved, as the user says
 *
 * The desktop's own dialog, in a sandbox through the portal.
 */
#pragma once

#include <gtk/gtk.h>

/**
 * kh_save_dialog_async:
 * @title: of the dialog
 * @name: what the file is called unless the user has a better name
 *
 * An existing file is only chosen after a question.
 */
void kh_save_dialog_async (GtkWindow *parent,
                           const char *title,
                           const char *name,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data);
/* (transfer full) (nullable): NULL where the user thought better of it. */
GFile *kh_save_dialog_finish (GAsyncResult *result);
