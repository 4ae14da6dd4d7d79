/* settings.h: server pins and small settings; each function as its asynchronous twin in store.h */
#pragma once

#include "store/database.h"
#include "store/records.h"

/* @ret_pin: (transfer full) (nullable) */
gboolean kh_settings_get_pin (KhDatabase *database,
                              const char *server,
                              KhStorePin **ret_pin,
                              GError **error);
gboolean kh_settings_set_pin (KhDatabase *database, const KhStorePin *pin, GError **error);

/* @ret_value: (transfer full) (nullable) */
gboolean kh_settings_get (KhDatabase *database, const char *name, char **ret_value, GError **error);
/* @value: (nullable) */
gboolean
kh_settings_set (KhDatabase *database, const char *name, const char *value, GError **error);
