/* events.c: the queue of what the front end is to hear (node.h, KhEvent)
 *
 * Streams belong to the session that the front end knows of, which may be an older one than the
 * peer's: what came before a CLOSE can still be read, and nothing of a new session too early. So
 * the change of session happens when OPENING, SESSION and CLOSED are polled, and not before.
 *
 * News of one stream of one session is one event, however many packets it came in: the queue is
 * bounded by the number of streams, and a front end has one thing to do in a turn.
 */
#include "node/node-private.h"

typedef struct
{
  KhEvent event;
  guint32 index; /* of the session of OPENING, SESSION and STREAM; 0 */
} KhQueuedEvent;

static void
event_free (gpointer event)
{
  g_free (event);
}

void
kh_node_events_init (KhNode *self)
{
  g_queue_init (&self->events);
  self->waiting = g_ptr_array_new ();
}

void
kh_node_events_clear (KhNode *self)
{
  g_ptr_array_unref (self->waiting);
  g_queue_clear_full (&self->events, event_free);
}

void
kh_node_push_session_event (KhNode *self, const KhEvent *event, guint32 index)
{
  KhQueuedEvent *queued = g_new (KhQueuedEvent, 1);

  queued->event = *event;
  queued->index = index;
  g_queue_push_tail (&self->events, queued);
}

void
kh_node_push_event (KhNode *self, const KhEvent *event)
{
  kh_node_push_session_event (self, event, 0);
}

/* --- streams ----------------------------------------------------------------------------- */

/* (nullable): mostly the last one, which is looked at first. */
static KhQueuedEvent *
find_waiting (KhNode *self, guint32 index, guint64 stream)
{
  for (guint i = self->waiting->len; i > 0; i--)
    {
      KhQueuedEvent *queued = self->waiting->pdata[i - 1];

      if (queued->event.stream.id == stream && queued->index == index)
        return queued;
    }
  return NULL;
}

static KhQueuedEvent *
add_waiting (KhNode *self, const KhPeerId *peer, guint32 index, guint64 stream, gint64 now_us)
{
  KhEvent event = { .type = KH_EVENT_STREAM, .at_us = now_us, .peer = *peer };
  KhQueuedEvent *queued;

  event.stream.id = stream;
  kh_node_push_session_event (self, &event, index);
  queued = g_queue_peek_tail (&self->events);
  g_ptr_array_add (self->waiting, queued);
  return queued;
}

void
kh_node_push_stream_event (
    KhNode *self, const KhPeerId *peer, guint32 index, const KhSessionEvent *event, gint64 now_us)
{
  KhQueuedEvent *queued = find_waiting (self, index, event->stream);

  if (queued == NULL)
    queued = add_waiting (self, peer, index, event->stream, now_us);
  queued->event.stream.readable |= event->readable;
  queued->event.stream.writable |= event->writable;
  queued->event.stream.finished |= event->finished;
  queued->event.stream.reset |= event->reset;
  queued->event.stream.stopped |= event->stopped;
  if (event->reset)
    queued->event.stream.reset_code = event->code;
  if (event->stopped)
    queued->event.stream.stopped_code = event->code;
}

gboolean
kh_node_poll_event (KhNode *self, KhEvent *ret_event)
{
  g_autofree KhQueuedEvent *queued = NULL;

  kh_node_catch_up (self);
  queued = g_queue_pop_head (&self->events);
  if (queued == NULL)
    return FALSE;
  if (queued->event.type == KH_EVENT_STREAM)
    g_ptr_array_remove_fast (self->waiting, queued);
  else if (queued->event.type == KH_EVENT_OPENING || queued->event.type == KH_EVENT_SESSION ||
           queued->event.type == KH_EVENT_CLOSED)
    {
      KhPeer *peer = kh_peer_find (self, &queued->event.peer);

      if (peer != NULL)
        peer->told_index = queued->index;
    }
  *ret_event = queued->event;
  return TRUE;
}
