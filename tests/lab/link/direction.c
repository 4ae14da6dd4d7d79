/* direction.c: one direction of an emulated line
 *
 * Two lists: the queue before the bottleneck, whose head is being sent, and the line behind it,
 * sorted by arrival. Packets mostly arrive in the order they left in, so the line is sorted by
 * insertion from its end.
 */
#include "direction.h"

#include <string.h>

#define SECOND_NS G_GINT64_CONSTANT (1000000000)
/* Both lists together: 1 Gbit/s for two seconds. */
#define HELD_MAX_BYTES (256u << 20)

typedef struct
{
  GList link; /* in queue or line */
  gint64 in_ns;
  gint64 due_ns;
  Frame *frame;
} Packet;

struct _Direction
{
  Conditions conditions;
  Counts counts;
  GRand *random;
  GQueue queue;
  gsize queued_bytes;
  gint64 sent_ns; /* when the head of the queue has left */
  GQueue line;
  gint64 last_due_ns; /* of the packets that keep the order */
  gsize held_bytes;
};

Direction *
direction_new (guint32 seed)
{
  Direction *self = g_new0 (Direction, 1);

  self->random = g_rand_new_with_seed (seed);
  self->conditions.queue_ns = SECOND_NS / 10;
  self->counts.min_stay_ns = G_MAXINT64;
  g_queue_init (&self->queue);
  g_queue_init (&self->line);
  return self;
}

static void
packet_free (Packet *packet)
{
  g_free (packet->frame);
  g_free (packet);
}

static void
free_all (GQueue *queue)
{
  GList *link;

  while ((link = g_queue_pop_head_link (queue)) != NULL)
    packet_free (link->data);
}

void
direction_free (Direction *self)
{
  if (self == NULL)
    return;
  free_all (&self->queue);
  free_all (&self->line);
  g_rand_free (self->random);
  g_free (self);
}

const Conditions *
direction_get_conditions (Direction *self)
{
  return &self->conditions;
}

const Counts *
direction_get_counts (Direction *self)
{
  return &self->counts;
}

void
direction_reset_counts (Direction *self)
{
  self->counts = (Counts){ .min_stay_ns = G_MAXINT64 };
}

/* Draws nothing where there is no chance: a seed gives the same losses with and without the rest.
 */
static gboolean
happens (Direction *self, double probability)
{
  return probability > 0 && g_rand_double (self->random) < probability;
}

static gint64
up_to (Direction *self, gint64 most_ns)
{
  return most_ns > 0 ? (gint64) (g_rand_double (self->random) * (double) most_ns) : 0;
}

static void
start_to_send (Direction *self, gint64 at_ns)
{
  Packet *packet = g_queue_peek_head (&self->queue);
  gint64 takes_ns = 0;

  if (packet == NULL)
    return;
  if (self->conditions.rate > 0)
    takes_ns = (gint64) (packet->frame->len * 8 * (guint64) SECOND_NS / self->conditions.rate);
  self->sent_ns = at_ns + takes_ns;
  self->counts.busy_ns += takes_ns;
  self->counts.max_wait_ns = MAX (self->counts.max_wait_ns, at_ns - packet->in_ns);
}

/* Takes @packet; it left the bottleneck at @left_ns. */
static void
put_on_line (Direction *self, Packet *packet, gint64 left_ns)
{
  const Conditions *conditions = &self->conditions;
  GList *before;

  packet->due_ns = left_ns + conditions->delay_ns + up_to (self, conditions->jitter_ns);
  packet->due_ns = MAX (packet->due_ns, self->last_due_ns);
  if (happens (self, conditions->reorder))
    {
      packet->due_ns += up_to (self, conditions->reorder_ns);
      self->counts.held_back++;
    }
  else
    self->last_due_ns = packet->due_ns;
  for (before = self->line.tail; before != NULL; before = before->prev)
    if (((Packet *) before->data)->due_ns <= packet->due_ns)
      break;
  g_queue_insert_after_link (&self->line, before, &packet->link);
  self->held_bytes += packet->frame->len;
}

static Packet *
packet_new (const guint8 *data, gsize len, gint64 now_ns)
{
  Packet *packet = g_new0 (Packet, 1);

  packet->link.data = packet;
  packet->in_ns = now_ns;
  packet->frame = g_malloc (sizeof (Frame) + len);
  packet->frame->len = len;
  memcpy (packet->frame->data, data, len);
  return packet;
}

static void
leave_bottleneck (Direction *self, Packet *packet, gint64 left_ns)
{
  if (happens (self, self->conditions.loss))
    {
      self->counts.lost++;
      packet_free (packet);
      return;
    }
  if (happens (self, self->conditions.duplicate))
    {
      const Frame *frame = packet->frame;

      self->counts.duplicated++;
      put_on_line (self, packet_new (frame->data, frame->len, packet->in_ns), left_ns);
    }
  put_on_line (self, packet, left_ns);
}

/* Does what the bottleneck has done until @now_ns. */
static void
advance (Direction *self, gint64 now_ns)
{
  while (!g_queue_is_empty (&self->queue) && self->sent_ns <= now_ns)
    {
      Packet *packet = g_queue_pop_head_link (&self->queue)->data;
      gint64 left_ns = self->sent_ns;

      self->queued_bytes -= packet->frame->len;
      self->held_bytes -= packet->frame->len;
      leave_bottleneck (self, packet, left_ns);
      start_to_send (self, left_ns);
    }
}

void
direction_set_conditions (Direction *self, const Conditions *conditions, gint64 now_ns)
{
  advance (self, now_ns);
  self->conditions = *conditions;
}

static gboolean
has_room (Direction *self, gsize len)
{
  const Conditions *conditions = &self->conditions;
  gsize room = conditions->queue_bytes;

  if (self->held_bytes + len > HELD_MAX_BYTES)
    return FALSE;
  /* An idle bottleneck takes a packet whatever its queue holds. */
  if (conditions->rate == 0 || g_queue_is_empty (&self->queue))
    return TRUE;
  if (room == 0)
    room = (gsize) ((double) conditions->rate / 8 * (double) conditions->queue_ns / SECOND_NS);
  return self->queued_bytes + len <= room;
}

void
direction_push (Direction *self, const guint8 *data, gsize len, gint64 now_ns)
{
  Counts *counts = &self->counts;
  Packet *packet;

  advance (self, now_ns);
  counts->packets_in++;
  counts->bytes_in += len;
  if (self->conditions.cut)
    {
      counts->lost++;
      return;
    }
  if (!has_room (self, len))
    {
      counts->overflowed++;
      return;
    }
  packet = packet_new (data, len, now_ns);
  g_queue_push_tail_link (&self->queue, &packet->link);
  self->queued_bytes += len;
  self->held_bytes += len;
  counts->max_queued_bytes = MAX (counts->max_queued_bytes, self->queued_bytes);
  if (self->queue.length == 1)
    {
      start_to_send (self, now_ns);
      advance (self, now_ns);
    }
}

Frame *
direction_pop (Direction *self, gint64 now_ns)
{
  advance (self, now_ns);
  for (;;)
    {
      Packet *packet = g_queue_peek_head (&self->line);
      Counts *counts = &self->counts;
      Frame *frame;

      if (packet == NULL || packet->due_ns > now_ns)
        return NULL;
      g_queue_pop_head_link (&self->line);
      self->held_bytes -= packet->frame->len;
      if (self->conditions.cut)
        {
          counts->lost++;
          packet_free (packet);
          continue;
        }
      counts->packets_out++;
      counts->bytes_out += packet->frame->len;
      counts->min_stay_ns = MIN (counts->min_stay_ns, now_ns - packet->in_ns);
      counts->max_late_ns = MAX (counts->max_late_ns, now_ns - packet->due_ns);
      frame = g_steal_pointer (&packet->frame);
      packet_free (packet);
      return frame;
    }
}

gint64
direction_next (Direction *self)
{
  Packet *first = g_queue_peek_head (&self->line);
  gint64 next_ns = first != NULL ? first->due_ns : G_MAXINT64;

  /* Nothing that is in the queue can arrive before this. */
  if (!g_queue_is_empty (&self->queue))
    next_ns = MIN (next_ns, self->sent_ns + self->conditions.delay_ns);
  return next_ns;
}
