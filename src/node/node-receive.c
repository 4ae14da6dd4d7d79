/* node-receive.c: whose a datagram is (PROTOCOL.md, "Datagrams")
 *
 * Owns nothing. A SEALED datagram names its receiver by an index, which is the link's or a
 * session's. Many that came at once from one sender are mostly bulk of one session: that is looked
 * up once for all of them.
 */
#include "node/node-private.h"

/* (nullable) */
static KhSession *
find_session (KhNode *self, guint32 index)
{
  if (self->recent == NULL || kh_session_get_index (self->recent) != index)
    self->recent = g_hash_table_lookup (self->sessions, GUINT_TO_POINTER (index));
  return self->recent;
}

static void
count_verdicts (KhNode *self, const guint verdicts[KH_SESSION_N_VERDICTS])
{
  self->stats.replayed += verdicts[KH_SESSION_REPLAYED];
  self->stats.unauthentic += verdicts[KH_SESSION_UNAUTHENTIC];
  self->stats.malformed += verdicts[KH_SESSION_MALFORMED];
  self->stats.refused += verdicts[KH_SESSION_REFUSED];
}

/* The first of @run is a session's, of this index. Returns how many bytes of it were taken. */
static gsize
receive_session (KhNode *self, guint32 index, KhDatagram *run, gint64 now_us)
{
  guint verdicts[KH_SESSION_N_VERDICTS] = { 0 };
  KhSession *session;
  gsize taken;

  kh_node_before_session (self, index);
  session = find_session (self, index);
  if (session == NULL)
    {
      self->stats.unknown++;
      return run->segment > 0 ? run->segment : run->len;
    }
  taken = kh_session_receive_run (session, run, verdicts, now_us);
  count_verdicts (self, verdicts);
  kh_node_stir (self, session, now_us);
  return taken;
}

/* What came by the relay is a peer's, or nothing. */
static void
receive_relayed (KhNode *self, gint64 now_us)
{
  KhDatagram inner;
  KhDatagramType type;
  KhSealed header;

  if (!kh_link_take_relayed (self->link, &inner))
    return;
  inner.segment = 0;
  if (kh_datagram_type (inner.data, inner.len, &type) && type == KH_DATAGRAM_SEALED &&
      kh_sealed_read (inner.data, inner.len, &header))
    receive_session (self, header.receiver, &inner, now_us);
  else
    self->stats.malformed++;
}

static void
receive_link (KhNode *self, KhDatagram *in, gint64 now_us)
{
  if (kh_link_receive (self->link, KH_DATAGRAM_SEALED, in, now_us))
    receive_relayed (self, now_us);
  else
    self->stats.unauthentic++;
  kh_node_take_link_events (self, now_us);
}

static void
receive_other (KhNode *self, KhDatagramType type, KhDatagram *in, gint64 now_us)
{
  switch (type)
    {
    case KH_DATAGRAM_HELLO_ACK:
    case KH_DATAGRAM_RESP:
      if (!kh_link_receive (self->link, type, in, now_us) && !kh_ladder_receive (self, in, now_us))
        self->stats.unauthentic++;
      break;
    case KH_DATAGRAM_HELLO:
      if (!kh_ladder_receive (self, in, now_us))
        self->stats.malformed++;
      break;
    case KH_DATAGRAM_SEALED:
    case KH_DATAGRAM_INIT:
    default:
      self->stats.malformed++;
    }
  kh_node_take_link_events (self, now_us);
}

static void
receive_one (KhNode *self, KhDatagram *in, gint64 now_us)
{
  KhDatagramType type;
  KhSealed header;

  if (!kh_datagram_type (in->data, in->len, &type))
    {
      if (!kh_ladder_receive (self, in, now_us))
        self->stats.malformed++;
    }
  else if (type != KH_DATAGRAM_SEALED)
    receive_other (self, type, in, now_us);
  else if (!kh_sealed_read (in->data, in->len, &header))
    self->stats.malformed++;
  else if (kh_link_owns_index (self->link, header.receiver))
    receive_link (self, in, now_us);
  else
    receive_session (self, header.receiver, in, now_us);
}

void
kh_node_receive (KhNode *self, KhDatagram *in, gint64 now_us)
{
  self->stats.received++;
  in->segment = 0;
  receive_one (self, in, now_us);
}

void
kh_node_receive_run (KhNode *self, KhDatagram *run, gint64 now_us)
{
  gsize end = run->len;

  g_return_if_fail (run->segment > 0);

  self->stats.received += (end + run->segment - 1) / run->segment;
  for (gsize at = 0; at < end;)
    {
      KhDatagram rest = *run;
      KhDatagramType type;
      KhSealed header;

      rest.data += at;
      rest.len = MIN (run->segment, end - at);
      if (kh_datagram_type (rest.data, rest.len, &type) && type == KH_DATAGRAM_SEALED &&
          kh_sealed_read (rest.data, rest.len, &header) &&
          !kh_link_owns_index (self->link, header.receiver))
        {
          rest.len = end - at;
          at += receive_session (self, header.receiver, &rest, now_us);
          continue;
        }
      rest.segment = 0;
      receive_one (self, &rest, now_us);
      at += rest.len;
    }
}
