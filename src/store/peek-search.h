/* peek-search.h: searching a history that somebody else may have open
 *
 * As peek.h: reads only, takes no lock, makes nothing. Blocks.
 */
#pragma once

#include "crypto/peer-id.h"
#include "store/error.h"

/* @seq: 0 for a contact whose name was found, otherwise of a message.
 * @name: (nullable): the contact's alias, or the name they gave
 * @snippet: (nullable): some words of the message around those that were found; none for a name */
typedef void (*KhPeekFound) (
    const KhPeerId *peer_id, const char *name, gint64 seq, const char *snippet, gpointer user_data);

/**
 * kh_peek_search:
 * @query: as for kh_store_search_async(); at most KH_STORE_QUERY_MAX bytes of UTF-8: INVALID
 * @n_names, @n_messages: at most so many of either
 *
 * Contacts whose name has all words first, in the order of the history, then messages, newest
 * first. Of people who were accepted alone. A folder without a history, or with one that another
 * version wrote, has nothing in it. Errors: INVALID, IO, CORRUPT.
 */
gboolean kh_peek_search (const char *dir,
                         const char *query,
                         guint n_names,
                         guint n_messages,
                         KhPeekFound found,
                         gpointer user_data,
                         GError **error);
