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
  /* (element-type Entry): at most KH_CONNECTION_STREAMS_MAX of each side, and of nearly all
   * contacts none */
  GSList *entries;
};

KhStreams *
kh_streams_new (KhConversation *conversation)
{
  KhStreams *self = g_new0 (KhStreams, 1);

  self->conversation = conversation;
  return self;
}

void
kh_streams_free (KhStreams *self)
{
  if (self == NULL)
    return;
  kh_streams_session_down (self);
  g_free (self);
}

/* (nullable): the place of the entry of @id */
static GSList *
find (KhStreams *self, guint64 id)
{
  for (GSList *at = self->entries; at != NULL; at = at->next)
    if (((Entry *) at->data)->id == id)
      return at;
  return NULL;
}

void
kh_streams_add (KhStreams *self, guint64 id, const KhStreamOps *ops, gpointer owner)
{
  Entry *entry = g_new (Entry, 1);

  kh_streams_remove (self, id);
  *entry = (Entry){ id, ops, owner };
  self->entries = g_slist_prepend (self->entries, entry);
}

void
kh_streams_remove (KhStreams *self, guint64 id)
{
  GSList *at = find (self, id);

  if (at == NULL)
    return;
  g_free (at->data);
  self->entries = g_slist_delete_link (self->entries, at);
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
  const GSList *at = find (self, event->stream.id);
  const Entry *entry;

  if (at == NULL)
    {
      meet (self, engine, event);
      at = find (self, event->stream.id);
    }
  if (at == NULL)
    return;
  entry = at->data;
  entry->ops->news (entry->owner, event);
}

void
kh_streams_session_down (KhStreams *self)
{
  /* Who loses one may give up others. */
  while (self->entries != NULL)
    {
      Entry entry = *(Entry *) self->entries->data;

      kh_streams_remove (self, entry.id);
      entry.ops->lost (entry.owner);
    }
}
