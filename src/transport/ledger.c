/* ledger.c: sent packets in a ring that grows to a bound (RFC 9002, appendix A.1)
 *
 * Owns the ring. Positions count from the oldest packet known.
 */
#include "transport/ledger.h"

#define FIRST_SIZE 16

struct _KhLedger
{
  KhSentPacket *ring;
  guint size; /* a power of two */
  guint head;
  guint count;
  guint outstanding;
  guint64 next_index;
};

KhLedger *
kh_ledger_new (void)
{
  KhLedger *self = g_new0 (KhLedger, 1);

  self->size = FIRST_SIZE;
  self->ring = g_new (KhSentPacket, self->size);
  return self;
}

void
kh_ledger_free (KhLedger *self)
{
  if (self == NULL)
    return;
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
    default:
      return "unknown";
    }
}

guint
kh_ledger_count (const KhLedger *self)
{
  return self->count;
}

guint
kh_ledger_outstanding (const KhLedger *self)
{
  return self->outstanding;
}

KhSentPacket *
kh_ledger_get (KhLedger *self, guint i)
{
  return &self->ring[(self->head + i) & (self->size - 1)];
}

static void
pop (KhLedger *self)
{
  self->head = (self->head + 1) & (self->size - 1);
  self->count--;
}

void
kh_ledger_trim (KhLedger *self, gint64 before_us)
{
  while (self->count > 0)
    {
      const KhSentPacket *oldest = kh_ledger_get (self, 0);

      if (oldest->state == KH_SENT_OUTSTANDING ||
          (oldest->state == KH_SENT_LOST && oldest->sent_us >= before_us))
        return;
      pop (self);
    }
}

/* Full means that the oldest packet is outstanding: lost ones give way. */
gboolean
kh_ledger_has_room (const KhLedger *self)
{
  return self->count < KH_LEDGER_PACKETS_MAX || self->ring[self->head].state != KH_SENT_OUTSTANDING;
}

static void
grow (KhLedger *self)
{
  KhSentPacket *ring = g_new (KhSentPacket, self->size * 2);

  for (guint i = 0; i < self->count; i++)
    ring[i] = *kh_ledger_get (self, i);
  g_free (self->ring);
  self->ring = ring;
  self->head = 0;
  self->size *= 2;
}

KhSentPacket *
kh_ledger_add (KhLedger *self, guint64 number, gsize bytes, gint64 sent_us)
{
  KhSentPacket *packet;

  g_return_val_if_fail (kh_ledger_has_room (self), NULL);
  g_return_val_if_fail (self->count == 0 || kh_ledger_get (self, self->count - 1)->number < number,
                        NULL);

  if (self->count == KH_LEDGER_PACKETS_MAX)
    pop (self);
  if (self->count == self->size)
    grow (self);

  packet = kh_ledger_get (self, self->count);
  self->count++;
  self->outstanding++;
  packet->number = number;
  packet->index = self->next_index++;
  packet->sent_us = sent_us;
  packet->bytes = bytes;
  packet->state = KH_SENT_OUTSTANDING;
  packet->n_frames = 0;
  return packet;
}

guint
kh_ledger_find (KhLedger *self, guint64 number)
{
  guint low = 0, high = self->count;

  while (low < high)
    {
      guint middle = low + (high - low) / 2;

      if (kh_ledger_get (self, middle)->number < number)
        low = middle + 1;
      else
        high = middle;
    }
  return low;
}

void
kh_ledger_set_state (KhLedger *self, KhSentPacket *packet, KhSentState state)
{
  if (packet->state == KH_SENT_OUTSTANDING && state != KH_SENT_OUTSTANDING)
    self->outstanding--;
  packet->state = state;
}
