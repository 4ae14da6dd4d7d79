/* ledger.c: sent packets in a ring that grows to a bound (RFC 9002, appendix A.1)
 *
 * Owns the ring, and the blocks of frame records that do not fit into a packet. An acknowledged
 * packet's link says how far to skip; looking shortens the ways (the path compression of
 * union-find), so that ACKs that say the same again and again cost next to nothing.
 */
#include "transport/ledger.h"

G_STATIC_ASSERT (sizeof (KhSentFrame) == 16);
G_STATIC_ASSERT (sizeof (KhSentPacket) <= 96);

/* Packets; powers of two. An idle session keeps SMALL_SIZE, which is 3 KiB. */
#define FIRST_SIZE 8
#define SMALL_SIZE 32
/* Lost packets that are remembered while nothing is outstanding. */
#define KEPT_MAX 16

typedef struct
{
  KhSentFrame frames[KH_LEDGER_FRAMES_MAX - KH_LEDGER_FRAMES_INLINE];
} Block;

struct _KhLedger
{
  KhSentPacket *ring;
  guint size; /* a power of two; the packet of an index is at its low bits */
  guint64 first;
  guint64 end;
  guint64 oldest; /* no packet before it is outstanding */
  guint outstanding;
  GArray *blocks; /* (owned) (nullable) of Block */
  GArray *unused; /* (owned) (nullable) of guint32, in blocks */
};

KhLedger *
kh_ledger_new (void)
{
  KhLedger *self = g_new0 (KhLedger, 1);

  self->size = FIRST_SIZE;
  self->ring = g_new (KhSentPacket, self->size);
  return self;
}

static void
drop_blocks (KhLedger *self)
{
  g_clear_pointer (&self->blocks, g_array_unref);
  g_clear_pointer (&self->unused, g_array_unref);
}

void
kh_ledger_free (KhLedger *self)
{
  if (self == NULL)
    return;
  drop_blocks (self);
  g_free (self->ring);
  g_free (self);
}

const char *
kh_sent_state_to_string (KhSentState state)
{
  switch (state)
    {
    case KH_SENT_OUTSTANDING:
      return "outstanding";
    case KH_SENT_LOST:
      return "lost";
    case KH_SENT_ACKED:
      return "acked";
    case KH_SENT_GIVEN_UP:
      return "given-up";
    default:
      return "unknown";
    }
}

guint64
kh_ledger_first (const KhLedger *self)
{
  return self->first;
}

guint64
kh_ledger_end (const KhLedger *self)
{
  return self->end;
}

guint
kh_ledger_outstanding (const KhLedger *self)
{
  return self->outstanding;
}

KhSentPacket *
kh_ledger_get (KhLedger *self, guint64 index)
{
  return &self->ring[index & (self->size - 1)];
}

gsize
kh_ledger_footprint (const KhLedger *self)
{
  gsize blocks = self->blocks != NULL ? self->blocks->len : 0;

  return sizeof *self + self->size * sizeof (KhSentPacket) + blocks * sizeof (Block);
}

KhSentFrame
kh_ledger_frame (const KhLedger *self, const KhSentPacket *packet, guint i)
{
  if (i < KH_LEDGER_FRAMES_INLINE)
    return packet->frames[i];
  return g_array_index (self->blocks, Block, packet->link).frames[i - KH_LEDGER_FRAMES_INLINE];
}

static void
keep_frames (KhLedger *self, KhSentPacket *packet, const KhSentFrame *frames, guint n_frames)
{
  Block *block;

  packet->n_frames = (guint8) n_frames & 0xf;
  for (guint i = 0; i < MIN (n_frames, KH_LEDGER_FRAMES_INLINE); i++)
    packet->frames[i] = frames[i];
  if (n_frames <= KH_LEDGER_FRAMES_INLINE)
    return;

  if (self->blocks == NULL)
    {
      self->blocks = g_array_new (FALSE, FALSE, sizeof (Block));
      self->unused = g_array_new (FALSE, FALSE, sizeof (guint32));
    }
  if (self->unused->len > 0)
    {
      packet->link = g_array_index (self->unused, guint32, self->unused->len - 1);
      g_array_set_size (self->unused, self->unused->len - 1);
    }
  else
    {
      packet->link = self->blocks->len;
      g_array_set_size (self->blocks, self->blocks->len + 1);
    }
  block = &g_array_index (self->blocks, Block, packet->link);
  for (guint i = KH_LEDGER_FRAMES_INLINE; i < n_frames; i++)
    block->frames[i - KH_LEDGER_FRAMES_INLINE] = frames[i];
}

static void
drop_frames (KhLedger *self, KhSentPacket *packet)
{
  if (packet->n_frames > KH_LEDGER_FRAMES_INLINE)
    {
      guint32 link = packet->link;

      g_array_append_val (self->unused, link);
    }
  packet->n_frames = 0;
}

static void
pop (KhLedger *self)
{
  drop_frames (self, kh_ledger_get (self, self->first));
  self->first++;
}

/* Moves all to a ring of @size, in which there is room for them. */
static void
resize (KhLedger *self, guint size)
{
  KhSentPacket *ring = g_new (KhSentPacket, size);

  for (guint64 i = self->first; i < self->end; i++)
    ring[i & (size - 1)] = *kh_ledger_get (self, i);
  g_free (self->ring);
  self->ring = ring;
  self->size = size;
}

/* With nothing outstanding, only the lost packets matter, and of these the newest. */
static void
shrink (KhLedger *self)
{
  guint64 to = self->end;

  for (guint64 i = self->end; i > self->first && self->end - to < KEPT_MAX; i--)
    {
      KhSentPacket packet = *kh_ledger_get (self, i - 1);

      if (packet.state == KH_SENT_ACKED)
        continue;
      packet.n_frames = MIN (packet.n_frames, KH_LEDGER_FRAMES_INLINE);
      *kh_ledger_get (self, --to) = packet;
    }
  self->first = to;
  drop_blocks (self);
  if (self->size > SMALL_SIZE)
    resize (self, SMALL_SIZE);
}

void
kh_ledger_trim (KhLedger *self, gint64 before_us)
{
  while (self->first < self->end)
    {
      const KhSentPacket *packet = kh_ledger_get (self, self->first);

      if (packet->state == KH_SENT_ACKED)
        {
          /* These have no frames left to be dropped. */
          self->first += packet->link;
          continue;
        }
      if (packet->state == KH_SENT_OUTSTANDING || packet->sent_us >= before_us)
        break;
      pop (self);
    }
  if (self->outstanding == 0 && (self->size > SMALL_SIZE || self->blocks != NULL))
    shrink (self);
}

/* Full means that the oldest packet is outstanding: others give way. */
gboolean
kh_ledger_has_room (const KhLedger *self)
{
  return self->end - self->first < KH_LEDGER_PACKETS_MAX ||
         self->ring[self->first & (self->size - 1)].state != KH_SENT_OUTSTANDING;
}

guint
kh_ledger_room (const KhLedger *self)
{
  return KH_LEDGER_PACKETS_MAX - (guint) (self->end - self->first);
}

KhSentPacket *
kh_ledger_add (KhLedger *self,
               guint64 number,
               gsize bytes,
               const KhDeliveryMark *mark,
               const KhSentFrame *frames,
               guint n_frames,
               gint64 sent_us)
{
  KhSentPacket *packet;

  g_return_val_if_fail (kh_ledger_has_room (self), NULL);
  g_return_val_if_fail (n_frames <= KH_LEDGER_FRAMES_MAX && bytes <= G_MAXUINT16, NULL);
  g_return_val_if_fail (self->first == self->end ||
                            kh_ledger_get (self, self->end - 1)->number < number,
                        NULL);

  if (self->end - self->first == KH_LEDGER_PACKETS_MAX)
    pop (self);
  if (self->end - self->first == self->size)
    resize (self, self->size * 2);

  packet = kh_ledger_get (self, self->end++);
  self->outstanding++;
  /* Not the whole record at once: most of it would be written twice. */
  packet->number = number;
  packet->sent_us = sent_us;
  packet->mark = *mark;
  packet->link = 0;
  packet->bytes = (guint16) bytes;
  packet->state = KH_SENT_OUTSTANDING;
  packet->episode = 0;
  keep_frames (self, packet, frames, n_frames);
  return packet;
}

void
kh_ledger_add_run (KhLedger *self,
                   guint64 number,
                   guint n,
                   gsize bytes,
                   const KhDeliveryMark *mark,
                   const KhSentFrame *frame,
                   gint64 sent_us)
{
  guint64 offset = frame->offset;

  g_return_if_fail (n <= kh_ledger_room (self) && bytes <= G_MAXUINT16);
  g_return_if_fail (self->first == self->end ||
                    kh_ledger_get (self, self->end - 1)->number < number);

  while (self->end - self->first + n > self->size)
    resize (self, self->size * 2);
  for (guint i = 0; i < n; i++, offset += frame->len)
    {
      KhSentPacket *packet = kh_ledger_get (self, self->end++);

      /* Field by field: a copy would wait for what was just changed in it. */
      packet->number = number + i;
      packet->sent_us = sent_us;
      packet->mark.delivered = mark->delivered;
      packet->mark.lost = mark->lost;
      packet->mark.delivered_ago_us = mark->delivered_ago_us;
      packet->mark.first_ago_us = mark->first_ago_us;
      packet->mark.in_flight = mark->in_flight + i * (guint32) bytes;
      packet->mark.is_app_limited = mark->is_app_limited;
      packet->link = 0;
      packet->bytes = (guint16) bytes;
      packet->state = KH_SENT_OUTSTANDING;
      packet->episode = 0;
      packet->n_frames = 1;
      packet->frames[0] = (KhSentFrame){
        .type = frame->type, .id = frame->id, .offset = offset, .len = frame->len
      };
    }
  self->outstanding += n;
}

guint64
kh_ledger_find (KhLedger *self, guint64 number)
{
  guint64 low = self->first, high = self->end;

  while (low < high)
    {
      guint64 middle = low + (high - low) / 2;

      if (kh_ledger_get (self, middle)->number < number)
        low = middle + 1;
      else
        high = middle;
    }
  return low;
}

guint64
kh_ledger_next_unacked (KhLedger *self, guint64 index)
{
  guint64 found = index;

  while (found < self->end && kh_ledger_get (self, found)->state == KH_SENT_ACKED)
    found += kh_ledger_get (self, found)->link;
  while (index < found)
    {
      KhSentPacket *packet = kh_ledger_get (self, index);

      index += packet->link;
      packet->link = (guint32) (found - (index - packet->link));
    }
  return found;
}

guint64
kh_ledger_oldest (KhLedger *self)
{
  guint64 at = MAX (self->oldest, self->first);

  while (at < self->end && kh_ledger_get (self, at)->state != KH_SENT_OUTSTANDING)
    at += kh_ledger_get (self, at)->state == KH_SENT_ACKED ? kh_ledger_get (self, at)->link : 1;
  self->oldest = at;
  return at;
}

void
kh_ledger_set_state (KhLedger *self, guint64 index, KhSentState state)
{
  KhSentPacket *packet = kh_ledger_get (self, index);

  if (packet->state == KH_SENT_OUTSTANDING && state != KH_SENT_OUTSTANDING)
    self->outstanding--;
  if (state == KH_SENT_ACKED)
    {
      drop_frames (self, packet);
      packet->link = 1;
    }
  packet->state = state;
}

/* Bulk: one frame of stream data, and not the last. */
static gboolean
is_bulk (const KhSentPacket *packet)
{
  return packet->state == KH_SENT_OUTSTANDING && packet->n_frames == 1 &&
         packet->frames[0].type == KH_FRAME_STREAM && !packet->frames[0].fin;
}

guint
kh_ledger_ack_run (
    KhLedger *self, guint64 index, guint64 last, KhSentFrame *ret_data, gsize *ret_len)
{
  KhSentPacket *first = kh_ledger_get (self, index);
  KhSentFrame data = first->frames[0];
  guint64 id = data.id, next = data.offset;
  guint most = (guint) (self->end - index), n = 0;

  for (KhSentPacket *packet = first;
       is_bulk (packet) && packet->number <= last && packet->frames[0].id == id &&
       packet->frames[0].offset == next && packet->bytes == first->bytes;)
    {
      next += packet->frames[0].len;
      packet->state = KH_SENT_ACKED;
      packet->n_frames = 0;
      packet->link = 1;
      if (++n == most)
        break;
      packet = kh_ledger_get (self, index + n);
    }
  if (n == 0)
    return 0;

  first->link = n;
  self->outstanding -= n;
  *ret_data = data;
  *ret_len = next - data.offset;
  return n;
}
