/* export.h: a conversation as plain text; see kh_store_export_async() */
#pragma once

#include "store/database.h"

gboolean kh_export_write (
    KhDatabase *database, gint64 contact, const char *path, const char *own_name, GError **error);
