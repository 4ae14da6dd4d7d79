/* contacts.h: the people in the history; each function as its asynchronous twin in store.h */
#pragma once

#include "store/database.h"
#include "store/records.h"

GPtrArray *kh_contacts_load (KhDatabase *database, GError **error);
KhStoreContact *
kh_contacts_save (KhDatabase *database, const KhStoreContact *contact, GError **error);
gboolean
kh_contacts_set_state (KhDatabase *database, gint64 contact, KhContactState state, GError **error);
gboolean
kh_contacts_set_alias (KhDatabase *database, gint64 contact, const char *alias, GError **error);
gboolean
kh_contacts_set_verified (KhDatabase *database, gint64 contact, gboolean verified, GError **error);
/* Of the flags only those in @mask: of these, @flags are set and the others ended. */
gboolean kh_contacts_set_flags (KhDatabase *database,
                                gint64 contact,
                                KhContactFlags mask,
                                KhContactFlags flags,
                                GError **error);
/* Of the flags only @flag. */
gboolean kh_contacts_set_flag (
    KhDatabase *database, gint64 contact, KhContactFlags flag, gboolean set, GError **error);
/* @draft: (nullable) */
gboolean
kh_contacts_set_draft (KhDatabase *database, gint64 contact, const char *draft, GError **error);
gboolean
kh_contacts_set_knock_stamp (KhDatabase *database, gint64 contact, guint64 stamp, GError **error);
gboolean kh_contacts_delete (KhDatabase *database, gint64 contact, GError **error);
