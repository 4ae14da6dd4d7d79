/* restoring.h: a backup in place of what a first start has made */
#pragma once

#include "engine/engine.h"

/**
 * kh_restoring_async:
 * @engine: open or not; closed afterwards
 *
 * What is in @data_dir is set aside in a folder of its own. Errors are those of
 * kh_engine_restore_async(); nothing was changed then.
 */
void kh_restoring_async (KhEngine *engine,
                         const char *data_dir,
                         GFile *file,
                         const char *passphrase,
                         GAsyncReadyCallback callback,
                         gpointer user_data);
gboolean kh_restoring_finish (GAsyncResult *result, GError **error);
