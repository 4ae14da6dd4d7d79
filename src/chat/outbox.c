/* outbox.c: the order and the state of one peer's undelivered messages
 *
 * The queue is in the order of the history, and what is sent is always its beginning; `next`
 * is the first that is not. So a new session starts by moving one pointer back.
 */
#include "chat/outbox.h"

typedef struct
{
  KhMessageId id;
  gsize size;
  KhMessageState state;
  GList link;
} Entry;

struct _KhOutbox
{
  gboolean up;
  gsize in_flight;
  gsize in_flight_max;
  /* Of Entry.link; the hash table owns the entries. */
  GQueue queue;
  /* (nullable): the first pending one */
  GList *next;
  /* (nullable): until there is one; to most contacts nothing waits to be sent */
  GHashTable *entries;
};

const char *
kh_message_state_to_string (KhMessageState state)
{
  switch (state)
    {
    case KH_MESSAGE_PENDING:
      return "pending";
    case KH_MESSAGE_SENT:
      return "sent";
    case KH_MESSAGE_DELIVERED:
      return "delivered";
    case KH_MESSAGE_READ:
      return "read";
    default:
      return "unknown";
    }
}

gboolean
kh_message_state_can_become (KhMessageState from, KhMessageState to)
{
  /* Only a session's end leads back, and never from what the other disk holds. */
  static const gboolean edges[4][4] = {
    [KH_MESSAGE_PENDING] = { [KH_MESSAGE_SENT] = TRUE,
                             [KH_MESSAGE_DELIVERED] = TRUE,
                             [KH_MESSAGE_READ] = TRUE },
    [KH_MESSAGE_SENT] = { [KH_MESSAGE_PENDING] = TRUE,
                          [KH_MESSAGE_DELIVERED] = TRUE,
                          [KH_MESSAGE_READ] = TRUE },
    [KH_MESSAGE_DELIVERED] = { [KH_MESSAGE_READ] = TRUE },
  };

  if ((guint) from >= G_N_ELEMENTS (edges) || (guint) to >= G_N_ELEMENTS (edges))
    return FALSE;
  return edges[from][to];
}

static void
entry_advance (Entry *entry, KhMessageState to)
{
  g_assert (kh_message_state_can_become (entry->state, to));
  g_debug ("outgoing message: %s -> %s", kh_message_state_to_string (entry->state),
           kh_message_state_to_string (to));
  entry->state = to;
}

KhOutbox *
kh_outbox_new (gsize in_flight_max)
{
  KhOutbox *self = g_new0 (KhOutbox, 1);

  self->in_flight_max = in_flight_max;
  g_queue_init (&self->queue);
  return self;
}

void
kh_outbox_free (KhOutbox *self)
{
  if (self == NULL)
    return;
  g_clear_pointer (&self->entries, g_hash_table_unref);
  g_free (self);
}

/* (nullable) */
static Entry *
find (const KhOutbox *self, const KhMessageId *id)
{
  return self->entries != NULL ? g_hash_table_lookup (self->entries, id) : NULL;
}

gboolean
kh_outbox_push (KhOutbox *self, const KhMessageId *id, gsize size)
{
  Entry *entry;

  if (find (self, id) != NULL)
    return FALSE;
  if (self->entries == NULL)
    self->entries =
        g_hash_table_new_full (kh_message_id_hash_func, kh_message_id_equal_func, NULL, g_free);
  entry = g_new0 (Entry, 1);
  entry->id = *id;
  entry->size = size;
  entry->state = KH_MESSAGE_PENDING;
  entry->link.data = entry;
  g_hash_table_insert (self->entries, &entry->id, entry);
  g_queue_push_tail_link (&self->queue, &entry->link);
  if (self->next == NULL)
    self->next = &entry->link;
  return TRUE;
}

static void
take_back_sent (KhOutbox *self)
{
  for (GList *at = self->queue.head; at != self->next; at = at->next)
    entry_advance (at->data, KH_MESSAGE_PENDING);
  self->next = self->queue.head;
  self->in_flight = 0;
}

void
kh_outbox_session_up (KhOutbox *self)
{
  take_back_sent (self);
  self->up = TRUE;
}

void
kh_outbox_session_down (KhOutbox *self)
{
  take_back_sent (self);
  self->up = FALSE;
}

gboolean
kh_outbox_next (KhOutbox *self, KhMessageId *ret_id)
{
  Entry *entry;

  if (!self->up || self->next == NULL)
    return FALSE;
  entry = self->next->data;
  if (self->in_flight > 0 &&
      entry->size > self->in_flight_max - MIN (self->in_flight, self->in_flight_max))
    return FALSE;

  entry_advance (entry, KH_MESSAGE_SENT);
  self->in_flight += entry->size;
  self->next = self->next->next;
  *ret_id = entry->id;
  return TRUE;
}

static void
drop (KhOutbox *self, Entry *entry)
{
  if (entry->state == KH_MESSAGE_SENT)
    self->in_flight -= entry->size;
  if (self->next == &entry->link)
    self->next = entry->link.next;
  g_queue_unlink (&self->queue, &entry->link);
  g_hash_table_remove (self->entries, &entry->id);
}

gboolean
kh_outbox_settle (KhOutbox *self, const KhMessageId *id)
{
  /* To the outbox a read message is a delivered one; the history keeps the difference. */
  return kh_outbox_remove (self, id);
}

gboolean
kh_outbox_remove (KhOutbox *self, const KhMessageId *id)
{
  Entry *entry = find (self, id);

  if (entry == NULL)
    return FALSE;
  drop (self, entry);
  return TRUE;
}

void
kh_outbox_clear (KhOutbox *self)
{
  while (self->queue.head != NULL)
    drop (self, self->queue.head->data);
}

gboolean
kh_outbox_get_state (const KhOutbox *self, const KhMessageId *id, KhMessageState *ret_state)
{
  const Entry *entry = find (self, id);

  if (entry == NULL)
    return FALSE;
  *ret_state = entry->state;
  return TRUE;
}

guint
kh_outbox_get_length (const KhOutbox *self)
{
  return self->queue.length;
}

gsize
kh_outbox_get_in_flight (const KhOutbox *self)
{
  return self->in_flight;
}
