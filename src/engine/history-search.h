/* history-search.h: searching a data folder that need not be open
 *
 * For the desktop's search: it takes no lock, needs no engine, and nobody sees the user come
 * online. A KhEngine, here or in another process, may have the folder open.
 */
#pragma once

#include <gio/gio.h>

/* What was found: a contact by their name, or a message by its words. */
typedef struct
{
  char *peer_id; /* 34 characters */
  char *name;    /* of the contact; their peer ID where they have none */
  gint64 seq;    /* kh_chat_message_get_seq() of the message, 0 for a contact */
  char *snippet; /* (nullable): some words of the message around those that were found */
} KhFound;

void kh_found_free (KhFound *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KhFound, kh_found_free)

/**
 * kh_history_search_async:
 * @query: as for kh_engine_search_async()
 * @n_names, @n_messages: at most so many of either
 */
void kh_history_search_async (const char *data_dir,
                              const char *query,
                              guint n_names,
                              guint n_messages,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data);
/* (transfer container) (element-type KhFound): contacts, then messages, newest first; NULL with
 * @error: INVALID, CORRUPT_DATABASE, DISK */
GPtrArray *kh_history_search_finish (GAsyncResult *result, GError **error);
