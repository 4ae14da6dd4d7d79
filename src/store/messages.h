/* messages.h: what was said; each function as its asynchronous twin in store.h */
#pragma once

#include "store/database.h"
#include "store/records.h"

KhStoreMessage *kh_messages_add_outgoing (KhDatabase *database,
                                          gint64 contact,
                                          const KhMessageId *id,
                                          const char *text,
                                          const KhMessageId *reply_to,
                                          gint64 sent_us,
                                          GError **error);
/* (element-type KhStoreArrival) */
GPtrArray *kh_messages_add_incoming (
    KhDatabase *database, gint64 contact, GPtrArray *messages, gint64 received_us, GError **error);
/* (element-type KhStoreChange) */
GArray *kh_messages_apply_receipt (KhDatabase *database,
                                   gint64 contact,
                                   KhReceiptState state,
                                   const KhMessageId *ids,
                                   guint n_ids,
                                   gint64 now_us,
                                   GError **error);
/* (element-type KhStoreChange) */
GArray *kh_messages_mark_read (
    KhDatabase *database, gint64 contact, gint64 seq, gint64 now_us, GError **error);
/* @ret_dropped: (element-type KhMessageId): what was pending of it is added */
gboolean kh_messages_delete (KhDatabase *database, gint64 seq, GArray *ret_dropped, GError **error);
/* As the setting KH_STORE_RETENTION says; nothing where it is not set. */
gboolean kh_messages_prune_old (KhDatabase *database, gint64 now_us, GError **error);
gboolean kh_messages_prune (KhDatabase *database, gint64 before_us, GError **error);
gboolean kh_messages_clear (KhDatabase *database, gint64 contact, GError **error);

/* messages-change.c */
KhStoreRevision *kh_messages_revise (KhDatabase *database,
                                     gint64 seq,
                                     KhStoreKind kind,
                                     const KhMessageId *id,
                                     const char *text,
                                     gint64 now_us,
                                     GError **error);
/* Within a transaction. @ret_changed: (transfer full) (nullable): the text as it is now. */
gboolean kh_messages_apply_change (KhDatabase *database,
                                   gint64 contact,
                                   const KhMessage *change,
                                   gint64 received_us,
                                   KhStoreMessage **ret_changed,
                                   GError **error);
/* Of a text: what is pending about it is not any more. */
gboolean kh_messages_drop_changes (KhDatabase *database,
                                   gint64 contact,
                                   const KhMessageId *target,
                                   GArray *ret_dropped,
                                   GError **error);
/* The index marks words that were deleted; merging it takes them out, and the log has them until it
 * is emptied. What scrub_later asks for is done by the next scrub. */
gboolean kh_messages_scrub_later (KhDatabase *database, GError **error);
gboolean kh_messages_scrub_now (KhDatabase *database, GError **error);
/* Does nothing where nobody asked. */
gboolean kh_messages_scrub (KhDatabase *database, GError **error);

/* (transfer full) (nullable) */
KhStoreMessage *kh_messages_load_one (KhDatabase *database, gint64 seq, GError **error);
/* (element-type KhStoreMessage) */
GPtrArray *kh_messages_load_pending (
    KhDatabase *database, gint64 contact, gint64 after_seq, guint limit, GError **error);
GPtrArray *kh_messages_load_page (
    KhDatabase *database, gint64 contact, gint64 before_seq, guint limit, GError **error);
/* As load_page, from the other end: the oldest after @after_seq. */
GPtrArray *kh_messages_load_after (
    KhDatabase *database, gint64 contact, gint64 after_seq, guint limit, GError **error);
/* (transfer full): @query for the full-text index. What the user typed holds no operators: every
 * run of letters and digits becomes a quoted word, the last one a beginning. "" where there is
 * none. */
char *kh_messages_match_expression (const char *query);
GPtrArray *kh_messages_search (
    KhDatabase *database, gint64 contact, const char *query, guint limit, GError **error);
/* (element-type KhStoreSummary) */
GPtrArray *kh_messages_load_summaries (KhDatabase *database, GError **error);
