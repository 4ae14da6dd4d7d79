/* store.h: the user's history, on one worker thread
 *
 * A KhStore is the lock on a data folder and the SQLite database in it. Its operations are queued
 * to one thread and done in the order in which they were asked for; the callback comes on the
 * caller's thread-default main context. When a finish function returns success, what was asked for
 * is on the disk (synchronous=FULL), and when it returns an error, nothing of it is. A cancelled
 * operation that has begun is completed.
 *
 * Order of calls at start: kh_store_open(), which takes the lock;
 * kh_identity_keeper_ensure();
 * kh_store_load_contacts_async(). At the end: kh_store_close().
 *
 * Errors are KH_STORE_ERROR or G_IO_ERROR_CANCELLED. Arrays are (transfer container) and own their
 * elements.
 */
#pragma once

#include <gio/gio.h>

#include "store/error.h"
#include "store/records.h"

#define KH_STORE_DATABASE_NAME "history.db"
#define KH_STORE_LOCK_NAME "lock"

#define KH_TYPE_STORE (kh_store_get_type ())
G_DECLARE_FINAL_TYPE (KhStore, kh_store, KH, STORE, GObject)

/**
 * kh_store_open:
 * @dir: the data folder; made with mode 0700 where it does not exist
 *
 * Blocks: for migrations, and for a check of the whole database after a crash. May be called on
 * any thread.
 *
 * Errors: LOCKED (the message has the process number where it is known), READ_ONLY, DISK_FULL,
 * NEWER_VERSION, FOREIGN, CORRUPT, IO. A database is never changed or replaced by a failed open.
 */
KhStore *kh_store_open (const char *dir, GError **error);

/**
 * kh_store_open_fresh:
 * @ret_set_aside: (transfer full) (nullable) (optional): where the old database is now, NULL where
 * there was none
 *
 * What the user may choose after CORRUPT: renames the database to "history.db.corrupt-TIME", keeps
 * it, and opens an empty one.
 */
KhStore *kh_store_open_fresh (const char *dir, char **ret_set_aside, GError **error);

void kh_store_open_async (const char *dir,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer user_data);
KhStore *kh_store_open_finish (GAsyncResult *result, GError **error);

/* Does all that is queued, checkpoints, and gives up the lock. Blocks. Later operations fail with
 * CLOSED. The last unref does the same without waiting. */
void kh_store_close (KhStore *self);

const char *kh_store_get_dir (KhStore *self);

/* contacts */

void kh_store_load_contacts_async (KhStore *self,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data);
/* (element-type KhStoreContact): oldest first */
GPtrArray *kh_store_load_contacts_finish (KhStore *self, GAsyncResult *result, GError **error);

/**
 * kh_store_save_contact_async:
 * @contact: copied; its @id and @has_last_read are not looked at
 *
 * Adds the contact, found by its peer ID, or updates the key, server and given name of the one that
 * is there with those that @contact has; the state, the alias and the rest of it stay as they are.
 */
void kh_store_save_contact_async (KhStore *self,
                                  const KhStoreContact *contact,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data);
/* (transfer full): as it is now */
KhStoreContact *kh_store_save_contact_finish (KhStore *self, GAsyncResult *result, GError **error);

/* The operations without a result of their own end in kh_store_finish(). */
gboolean kh_store_finish (KhStore *self, GAsyncResult *result, GError **error);

void kh_store_set_contact_state_async (KhStore *self,
                                       gint64 contact,
                                       KhContactState state,
                                       GCancellable *cancellable,
                                       GAsyncReadyCallback callback,
                                       gpointer user_data);
/* @alias: (nullable): cleaned; NULL or empty for none */
void kh_store_set_contact_alias_async (KhStore *self,
                                       gint64 contact,
                                       const char *alias,
                                       GCancellable *cancellable,
                                       GAsyncReadyCallback callback,
                                       gpointer user_data);
void kh_store_set_contact_verified_async (KhStore *self,
                                          gint64 contact,
                                          gboolean verified,
                                          GCancellable *cancellable,
                                          GAsyncReadyCallback callback,
                                          gpointer user_data);
/* Of the contact's flags only @flag. */
void kh_store_set_contact_flag_async (KhStore *self,
                                      gint64 contact,
                                      KhContactFlags flag,
                                      gboolean set,
                                      GCancellable *cancellable,
                                      GAsyncReadyCallback callback,
                                      gpointer user_data);
/* Of those in @mask, @flags are set and the others ended. */
void kh_store_set_contact_flags_async (KhStore *self,
                                       gint64 contact,
                                       KhContactFlags mask,
                                       KhContactFlags flags,
                                       GCancellable *cancellable,
                                       GAsyncReadyCallback callback,
                                       gpointer user_data);
/* @draft: (nullable): at most KH_MESSAGE_TEXT_MAX bytes; NULL or empty for none */
void kh_store_set_contact_draft_async (KhStore *self,
                                       gint64 contact,
                                       const char *draft,
                                       GCancellable *cancellable,
                                       GAsyncReadyCallback callback,
                                       gpointer user_data);
/* Only grows: a smaller @stamp than the stored one is INVALID. */
void kh_store_set_contact_knock_stamp_async (KhStore *self,
                                             gint64 contact,
                                             guint64 stamp,
                                             GCancellable *cancellable,
                                             GAsyncReadyCallback callback,
                                             gpointer user_data);
/* With the whole conversation. No byte of it stays in the database. */
void kh_store_delete_contact_async (KhStore *self,
                                    gint64 contact,
                                    GCancellable *cancellable,
                                    GAsyncReadyCallback callback,
                                    gpointer user_data);

/* messages */

/* @reply_to: (nullable). The message is pending, and must not be sent before the finish function
 * returned it. */
void kh_store_add_outgoing_async (KhStore *self,
                                  gint64 contact,
                                  const KhMessageId *id,
                                  const char *text,
                                  const KhMessageId *reply_to,
                                  gint64 sent_us,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data);
/* (transfer full) */
KhStoreMessage *kh_store_add_outgoing_finish (KhStore *self, GAsyncResult *result, GError **error);

/**
 * kh_store_add_incoming_async:
 * @messages: (element-type KhMessage): texts and changes, in order; a reference is taken, so leave
 * it alone
 *
 * In one transaction: all or none.
 */
void kh_store_add_incoming_async (KhStore *self,
                                  gint64 contact,
                                  GPtrArray *messages,
                                  gint64 received_us,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data);
/* (element-type KhStoreArrival): one for each that was asked for, in order */
GPtrArray *kh_store_add_incoming_finish (KhStore *self, GAsyncResult *result, GError **error);

/**
 * kh_store_apply_receipt_async:
 * @ids: @n_ids of them, at most KH_MESSAGE_RECEIPT_IDS_MAX
 *
 * Raises the state of my messages to the peer as message.h describes receipts. Unknown ids, and
 * those that are as far already, are left out.
 */
void kh_store_apply_receipt_async (KhStore *self,
                                   gint64 contact,
                                   KhReceiptState state,
                                   const KhMessageId *ids,
                                   guint n_ids,
                                   gint64 now_us,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data);
/* (element-type KhStoreChange): what changed, oldest first */
GArray *kh_store_apply_receipt_finish (KhStore *self, GAsyncResult *result, GError **error);

/* My messages to the peer that are not delivered, after @after_seq (0 for all), oldest first, at
 * most @limit (1 … KH_STORE_PAGE_MAX). */
void kh_store_load_pending_async (KhStore *self,
                                  gint64 contact,
                                  gint64 after_seq,
                                  guint limit,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data);
/* The newest @limit messages before @before_seq (G_MAXINT64 for the end), oldest first. */
void kh_store_load_page_async (KhStore *self,
                               gint64 contact,
                               gint64 before_seq,
                               guint limit,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data);
/* As load_page, from the other end: the oldest @limit messages after @after_seq. */
void kh_store_load_after_async (KhStore *self,
                                gint64 contact,
                                gint64 after_seq,
                                guint limit,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data);
/**
 * kh_store_search_async:
 * @contact: 0 for all conversations
 * @query: words, of which each message has all, the last as a beginning; no operators. At most
 * KH_STORE_QUERY_MAX bytes. Case and accents do not matter
 *
 * Newest first, each with its @snippet.
 */
void kh_store_search_async (KhStore *self,
                            gint64 contact,
                            const char *query,
                            guint limit,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data);
/* (element-type KhStoreMessage): ends load_pending, load_page, load_after and
 * search. */
GPtrArray *kh_store_messages_finish (KhStore *self, GAsyncResult *result, GError **error);

void kh_store_load_summaries_async (KhStore *self,
                                    GCancellable *cancellable,
                                    GAsyncReadyCallback callback,
                                    gpointer user_data);
/* (element-type KhStoreSummary): one for each contact, the newest conversation first */
GPtrArray *kh_store_load_summaries_finish (KhStore *self, GAsyncResult *result, GError **error);

/* The user has seen what the peer wrote up to and with @seq. */
void kh_store_mark_read_async (KhStore *self,
                               gint64 contact,
                               gint64 seq,
                               gint64 now_us,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data);
/* (element-type KhStoreChange): what changed, oldest first: the last is for kh_inbox_mark_read() */
GArray *kh_store_mark_read_finish (KhStore *self, GAsyncResult *result, GError **error);

/* Here, and not at the peer's. No byte of the text stays in the database. The id of an incoming one
 * does, so that it is not stored again when the peer repeats it. */
void kh_store_delete_message_async (KhStore *self,
                                    gint64 seq,
                                    GCancellable *cancellable,
                                    GAsyncReadyCallback callback,
                                    gpointer user_data);
/* (transfer full): without @message and @change */
KhStoreRevision *
kh_store_delete_message_finish (KhStore *self, GAsyncResult *result, GError **error);

/**
 * kh_store_revise_async:
 * @kind: EDIT and DELETE of an own text, REACTION to any
 * @id: of the change
 * @text: the new text, "", or all the user's emoji as KhMessage has them
 *
 * INVALID where the message was deleted or is not the user's to change.
 */
void kh_store_revise_async (KhStore *self,
                            gint64 seq,
                            KhStoreKind kind,
                            const KhMessageId *id,
                            const char *text,
                            gint64 now_us,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data);
/* (transfer full) */
KhStoreRevision *kh_store_revise_finish (KhStore *self, GAsyncResult *result, GError **error);

/* Deletes all messages that were stored more days before @now_us than the setting
 * KH_STORE_RETENTION says, but for those that the peer does not have yet. Ends in
 * kh_store_finish(). */
void kh_store_prune_async (KhStore *self,
                           gint64 now_us,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data);

/* See kh_backup_write(). Ends in kh_store_finish(). */
void kh_store_backup_async (KhStore *self,
                            const guint8 secret[KH_KEY_SIZE],
                            const char *path,
                            const char *passphrase,
                            gboolean with_messages,
                            const KhRandom *random,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data);

/* Takes what a peer deleted out of the index and the log, if there is any: at start, and some
 * seconds after an arrival of EDIT or DELETE. Ends in kh_store_finish(). */
void kh_store_scrub_async (KhStore *self,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data);

/* All that was said with @contact, as delete_message does. Ends in kh_store_finish(). */
void kh_store_clear_messages_async (KhStore *self,
                                    gint64 contact,
                                    GCancellable *cancellable,
                                    GAsyncReadyCallback callback,
                                    gpointer user_data);

/**
 * kh_store_export_async:
 * @path: must not exist; written with mode 0600
 * @own_name: how the user's own lines are signed
 *
 * Writes a conversation as plain text in UTF-8, one message a paragraph, local times. Ends in
 * kh_store_finish(); EXISTS where there is such a file.
 */
void kh_store_export_async (KhStore *self,
                            gint64 contact,
                            const char *path,
                            const char *own_name,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data);

/* pins and settings */

/* @server: "host:port", as it is asked for */
void kh_store_get_pin_async (KhStore *self,
                             const char *server,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data);
/* @ret_pin: (transfer full) (nullable): NULL where the server is not known */
gboolean
kh_store_get_pin_finish (KhStore *self, GAsyncResult *result, KhStorePin **ret_pin, GError **error);
/* Replaces the pin, which is for the user to decide where there is one. Ends in
 * kh_store_finish(). */
void kh_store_set_pin_async (KhStore *self,
                             const KhStorePin *pin,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data);

void kh_store_get_setting_async (KhStore *self,
                                 const char *name,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data);
/* @ret_value: (transfer full) (nullable): NULL where it is not set */
gboolean
kh_store_get_setting_finish (KhStore *self, GAsyncResult *result, char **ret_value, GError **error);
/* @value: (nullable): NULL unsets it. Ends in kh_store_finish(). */
void kh_store_set_setting_async (KhStore *self,
                                 const char *name,
                                 const char *value,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data);

void kh_store_load_pins_async (KhStore *self,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data);
/* (element-type KhStorePin): by name. */
GPtrArray *kh_store_load_pins_finish (KhStore *self, GAsyncResult *result, GError **error);
/* Whatever key the server shows next is taken for its own. Ends in kh_store_finish(). */
void kh_store_forget_pin_async (KhStore *self,
                                const char *server,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data);

/**
 * kh_store_set_picture_async:
 * @contact: 0 for the user's own
 * @hash: (nullable): KH_MESSAGE_HASH_SIZE bytes
 * @data: (nullable): 1 to KH_MESSAGE_PICTURE_MAX bytes; NULL for none
 *
 * Ends in kh_store_finish().
 */
void kh_store_set_picture_async (KhStore *self,
                                 gint64 contact,
                                 const guint8 *hash,
                                 GBytes *data,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data);
void kh_store_get_picture_async (KhStore *self,
                                 gint64 contact,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data);
/* @ret_data: (transfer full) (nullable): NULL where there is none */
gboolean kh_store_get_picture_finish (KhStore *self,
                                      GAsyncResult *result,
                                      GBytes **ret_data,
                                      GError **error);

void kh_store_load_invites_async (KhStore *self,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data);
/* (element-type KhStoreInvite): oldest first */
GPtrArray *kh_store_load_invites_finish (KhStore *self, GAsyncResult *result, GError **error);
/* INVALID where there are KH_STORE_INVITES_MAX. Ends in kh_store_finish(). */
void kh_store_add_invite_async (KhStore *self,
                                const KhStoreInvite *invite,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data);
void kh_store_remove_invite_async (KhStore *self,
                                   const guint8 token[KH_STORE_TOKEN_SIZE],
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data);
