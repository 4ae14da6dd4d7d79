/* streams.c: the streams of one contact's session beside the chat's, and whose each is */
#include "engine/streams.h"

#include "engine/bench-private.h"
#include "engine/engine-private.h"

typedef struct
{
  guint64 id;
  const KhStreamOps *ops;
  gpointer owner; /* borrowed */
} Entry;

struct _KhStreams
{
  KhConversation *conversation; /* borrowed: it owns the table */
  GHashTable *entries;          /* guint64 * in Entry → Entry */
};

KhStreams *
kh_streams_new (KhConversation *conversation)
{
  KhStreams *self = g_new0 (KhStreams, 1);

  self->conversation = conversation;
  self->entries = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, g_free);
  return self;
}

void
kh_streams_free (KhStreams *self)
{
  if (self == NULL)
    return;
  kh_streams_session_down (self);
  g_hash_table_unref (self->entries);
  g_free (self);
}

void
kh_streams_add (KhStreams *self, guint64 id, const KhStreamOps *ops, gpointer owner)
{
  Entry *entry = g_new (Entry, 1);

  *entry = (Entry){ id, ops, owner };
  g_hash_table_replace (self->entries, &entry->id, entry);
}

void
kh_streams_remove (KhStreams *self, guint64 id)
{
  g_hash_table_remove (self->entries, &id);
}

void
kh_streams_abort (KhStreams *self, KhEngine *engine, guint64 id, KhStreamCode code)
{
  gint64 now_us = g_get_monotonic_time ();

  kh_streams_remove (self, id);
  kh_node_stop_stream (kh_conversation_get_node (self->conversation), &self->conversation->peer, id,
                       code, now_us);
  kh_node_reset_stream (kh_conversation_get_node (self->conversation), &self->conversation->peer,
                        id, code, now_us);
  kh_conversation_kick (self->conversation);
}

/* Of a stream that is nobody's: the peer's new one, or a last word about one of ours. */
static void
meet (KhStreams *self, KhEngine *engine, const KhEvent *event)
{
  guint64 id = event->stream.id;
  guint8 type;

  if (kh_node_stream_read (kh_conversation_get_node (self->conversation), &self->conversation->peer,
                           id, &type, 1, g_get_monotonic_time ()) == 0)
    {
      /* It ended without a word; then we have none for it either. */
      if (event->stream.finished || event->stream.reset)
        kh_streams_abort (self, engine, id, KH_STREAM_CODE_REFUSED);
    }
  else if (type == KH_STREAM_TYPE_BENCH && engine->bench_serve)
    kh_bench_serve_stream (self->conversation, id);
  else
    kh_streams_abort (self, engine, id, KH_STREAM_CODE_REFUSED);
}

void
kh_streams_handle (KhStreams *self, KhEngine *engine, const KhEvent *event)
{
  Entry *entry = g_hash_table_lookup (self->entries, &event->stream.id);

  if (entry == NULL)
    {
      meet (self, engine, event);
      entry = g_hash_table_lookup (self->entries, &event->stream.id);
    }
  if (entry != NULL)
    entry->ops->news (entry->owner, event);
}

void
kh_streams_session_down (KhStreams *self)
{
  GHashTableIter iter;
  gpointer value;

  /* Who loses one may give up others. */
  while (g_hash_table_iter_init (&iter, self->entries),
         g_hash_table_iter_next (&iter, NULL, &value))
    {
      Entry entry = *(Entry *) value;

      kh_streams_remove (self, entry.id);
      entry.ops->lost (entry.owner);
    }
}
