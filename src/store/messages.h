/* messages.h: what was said; each function as its asynchronous twin in store.h */
#pragma once

#include "store/database.h"
#include "store/records.h"

KhStoreMessage *kh_messages_add_outgoing (KhDatabase *database,
                                          gint64 contact,
                                          const KhMessageId *id,
                                          const char *text,
                                          gint64 sent_us,
                                          GError **error);
/* (element-type KhStoreMessage): NULL for a duplicate */
GPtrArray *kh_messages_add_incoming (
    KhDatabase *database, gint64 contact, GPtrArray *messages, gint64 received_us, GError **error);
/* (element-type KhStoreChange) */
GArray *kh_messages_apply_receipt (KhDatabase *database,
                                   gint64 contact,
                                   KhReceiptState state,
                                   const KhMessageId *ids,
                                   guint n_ids,
                                   GError **error);
/* (element-type KhStoreChange) */
GArray *kh_messages_mark_read (KhDatabase *database, gint64 contact, gint64 seq, GError **error);
gboolean kh_messages_delete (KhDatabase *database, gint64 seq, GError **error);
gboolean kh_messages_clear (KhDatabase *database, gint64 contact, GError **error);

/* (element-type KhStoreMessage) */
GPtrArray *kh_messages_load_pending (
    KhDatabase *database, gint64 contact, gint64 after_seq, guint limit, GError **error);
GPtrArray *kh_messages_load_page (
    KhDatabase *database, gint64 contact, gint64 before_seq, guint limit, GError **error);
/* As load_page, from the other end: the oldest after @after_seq. */
GPtrArray *kh_messages_load_after (
    KhDatabase *database, gint64 contact, gint64 after_seq, guint limit, GError **error);
GPtrArray *kh_messages_search (
    KhDatabase *database, gint64 contact, const char *query, guint limit, GError **error);
/* (element-type KhStoreSummary) */
GPtrArray *kh_messages_load_summaries (KhDatabase *database, GError **error);
