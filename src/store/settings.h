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

/* (element-type KhStorePin): by name */
GPtrArray *kh_settings_load_pins (KhDatabase *database, GError **error);
gboolean kh_settings_forget_pin (KhDatabase *database, const char *server, GError **error);

/* @data: (nullable): NULL for none */
gboolean kh_settings_set_picture (
    KhDatabase *database, gint64 contact, const guint8 *hash, GBytes *data, GError **error);
/* @ret_data: (transfer full) (nullable) */
gboolean
kh_settings_get_picture (KhDatabase *database, gint64 contact, GBytes **ret_data, GError **error);

/* (element-type KhStoreInvite): oldest first */
GPtrArray *kh_settings_load_invites (KhDatabase *database, GError **error);
gboolean kh_settings_add_invite (KhDatabase *database, const KhStoreInvite *invite, GError **error);
gboolean kh_settings_remove_invite (KhDatabase *database, const guint8 *token, GError **error);
