/* pair.c: see pair.h */
#include "pair.h"

#include <string.h>

#define STREAM KH_CONNECTION_CHAT_STREAM

static void
fill (guint8 *buf, gsize len, gpointer user_data)
{
  guint64 *state = user_data;

  for (gsize i = 0; i < len; i++)
    {
      *state = *state * 6364136223846793005u + 1442695040888963407u;
      buf[i] = (guint8) (*state >> 56);
    }
}

static double
draw (Pair *pair)
{
  guint32 value;

  fill ((guint8 *) &value, sizeof value, &pair->seed);
  return value / 4294967296.0;
}

static void
datagram_free (gpointer data)
{
  PairDatagram *datagram = data;

  g_free (datagram->data);
  g_free (datagram);
}

static void
add_session (Pair *pair, guint side)
{
  static const guint8 hash[KH_NOISE_HASH_SIZE] = { 7 };
  KhTransportKeys keys = { { 1 }, { 2 } };
  KhTransportKeys mirrored = { { 2 }, { 1 } };
  KhIntroduction theirs = { .index = 10 + !side, .name = "peer", .n_candidates = 1 };

  theirs.candidates[0] = kh_candidate_make (KH_CANDIDATE_HOST, &pair->addrs[!side], 1);
  pair->sessions[side] = kh_session_new (&(KhSessionConfig){ .initiator = side == 0,
                                                             .identity = pair->identities[side],
                                                             .remote = kh_identity_get_public (
                                                                 pair->identities[!side]),
                                                             .hash = hash,
                                                             .keys = side == 0 ? &keys : &mirrored,
                                                             .our_index = 10 + side,
                                                             .theirs = &theirs,
                                                             .random = { fill, &pair->seed },
                                                             .asked_us = pair->now_us },
                                         pair->now_us);
}

void
pair_set_up (Pair *pair, gconstpointer data)
{
  KhRandom random = { fill, &pair->seed };

  pair->now_us = G_USEC_PER_SEC;
  pair->delay_us = 20000;
  pair->room = KH_DATAGRAM_LARGEST;
  pair->run_max = 5;
  pair->line = g_ptr_array_new_with_free_func (datagram_free);
  for (guint i = 0; i < 2; i++)
    {
      pair->identities[i] = kh_identity_new (&random);
      pair->addrs[i] = kh_addr_ipv4 (192, 0, 2, (guint8) (i + 1), 5000);
    }
  for (guint i = 0; i < 2; i++)
    add_session (pair, i);
  for (guint i = 0; i < 2; i++)
    kh_session_start (pair->sessions[i], pair->now_us, pair->now_us);
  pair_run (pair, 2 * G_USEC_PER_SEC);
  g_assert_true (kh_session_is_confirmed (pair->sessions[0]));
  g_assert_true (kh_session_is_confirmed (pair->sessions[1]));
}

void
pair_tear_down (Pair *pair, gconstpointer data)
{
  for (guint i = 0; i < 2; i++)
    {
      kh_session_free (pair->sessions[i]);
      kh_identity_free (pair->identities[i]);
    }
  g_ptr_array_unref (pair->line);
}

void
pair_mark (Pair *pair, guint64 mask)
{
  pair->mask = mask;
  pair->sent = 0;
}

static guint8
byte_at (guint side, guint64 offset)
{
  return (guint8) (offset * 31 + (offset >> 8) * 7 + side);
}

void
pair_write (Pair *pair, guint side, gsize len)
{
  g_autofree guint8 *data = g_malloc (len);

  for (gsize i = 0; i < len; i++)
    data[i] = byte_at (side, pair->written[side] + i);
  pair->written[side] += kh_session_stream_write (pair->sessions[side], STREAM, data, len);
}

static void
read_all (Pair *pair, guint side)
{
  guint8 buf[4096];
  gsize len;

  while ((len = kh_session_stream_read (pair->sessions[side], STREAM, buf, sizeof buf)) > 0)
    for (gsize i = 0; i < len; i++)
      g_assert_cmpuint (buf[i], ==, byte_at (!side, pair->read[side]++));
}

void
pair_assert_complete (Pair *pair)
{
  g_assert_cmpuint (pair->read[0], ==, pair->written[1]);
  g_assert_cmpuint (pair->read[1], ==, pair->written[0]);
}

gboolean
pair_poll (Pair *pair, guint side, KhDatagram *out)
{
  out->size = pair->room;
  out->run_max = 0;
  out->segment = 0;
  return kh_session_poll_send (pair->sessions[side], out, pair->now_us);
}

KhSessionVerdict
pair_deliver (Pair *pair, guint to, const guint8 *data, gsize len)
{
  g_autofree guint8 *copy = g_memdup2 (data, len);
  KhDatagram in = { .data = copy, .len = len, .remote = pair->addrs[!to] };
  guint verdicts[KH_SESSION_N_VERDICTS] = { 0 };
  KhSessionVerdict verdict = KH_SESSION_GENUINE;

  pair->longest[to] = MAX (pair->longest[to], len);
  g_assert_cmpuint (kh_session_receive_run (pair->sessions[to], &in, verdicts, pair->now_us), ==,
                    len);
  while (verdicts[verdict] == 0)
    verdict++;
  return verdict;
}

void
pair_deliver_run (Pair *pair, guint to, const guint8 *data, gsize len, gsize segment)
{
  g_autofree guint8 *copy = g_memdup2 (data, len);
  KhDatagram in = { .data = copy, .len = len, .segment = segment, .remote = pair->addrs[!to] };
  guint verdicts[KH_SESSION_N_VERDICTS] = { 0 };

  pair->longest[to] = MAX (pair->longest[to], segment);
  g_assert_cmpuint (kh_session_receive_run (pair->sessions[to], &in, verdicts, pair->now_us), ==,
                    len);
  g_assert_cmpuint (verdicts[KH_SESSION_GENUINE], ==, (len + segment - 1) / segment);
}

KhSessionVerdict
pair_forge (Pair *pair, guint from, const guint8 *payload, gsize len)
{
  KhSession *session = pair->sessions[from];
  guint8 buf[KH_DATAGRAM_LARGEST];
  KhWriter writer = kh_writer_init (buf, sizeof buf);
  gboolean sealed;

  kh_sealed_write (&writer, &(KhSealed){ .epoch = session->keys.present.epoch,
                                         .receiver = session->their_index,
                                         .packet_number = session->next_packet });
  kh_writer_bytes (&writer, payload, len);
  sealed = kh_key_pair_seal (&session->keys.present, session->next_packet, buf,
                             KH_SEALED_HEADER_SIZE, buf + KH_SEALED_HEADER_SIZE, len);
  g_assert_true (sealed);
  kh_connection_note_sent (session->connection, session->next_packet++);
  return pair_deliver (pair, !from, buf, writer.len + KH_AEAD_TAG_SIZE);
}

static void
put_on_line (Pair *pair, guint from, const KhDatagram *out)
{
  gboolean masked = pair->sent < 64 && (pair->mask >> pair->sent & 1) != 0;
  PairDatagram *datagram;

  pair->sent++;
  if (masked || (pair->mtu > 0 && out->len > pair->mtu) || draw (pair) < pair->loss)
    return;
  datagram = g_new0 (PairDatagram, 1);
  datagram->at_us =
      pair->now_us + pair->delay_us + (gint64) (draw (pair) * (double) pair->jitter_us);
  datagram->to = !from;
  datagram->data = g_memdup2 (out->data, out->len);
  datagram->len = out->len;
  g_ptr_array_add (pair->line, datagram);
}

/* A run goes over the line as the datagrams that it is. */
static void
put_run_on_line (Pair *pair, guint from, const KhDatagram *run)
{
  gsize segment = run->segment > 0 ? run->segment : run->len;
  guint n = 0;

  for (gsize at = 0; at < run->len; at += segment, n++)
    {
      KhDatagram out = *run;

      out.data = run->data + at;
      out.len = MIN (segment, run->len - at);
      put_on_line (pair, from, &out);
    }
  g_assert_cmpuint (run->len, <=, pair->room);
  g_assert_cmpuint (n, <=, pair->run_max);
  pair->longest_run = MAX (pair->longest_run, n);
}

static void
pump (Pair *pair, guint side)
{
  guint8 buf[KH_DATAGRAM_LARGEST];
  KhSessionEvent event;

  read_all (pair, side);
  while (kh_session_poll_event (pair->sessions[side], &event))
    if (event.type == KH_SESSION_EVENT_CLOSED || event.type == KH_SESSION_EVENT_LOST)
      {
        pair->closed[side] = TRUE;
        pair->close[side] = event;
        kh_session_close (pair->sessions[side], KH_CLOSE_PROTOCOL, NULL, pair->now_us);
      }
  for (;;)
    {
      KhDatagram out = { .data = buf, .size = pair->room, .run_max = pair->run_max };

      if (!kh_session_poll_send (pair->sessions[side], &out, pair->now_us))
        return;
      put_run_on_line (pair, side, &out);
    }
}

/* (nullable) (transfer full): the next datagram to arrive by @until_us. */
static PairDatagram *
take_arrival (Pair *pair, gint64 until_us)
{
  guint first = G_MAXUINT;
  gint64 first_us = until_us + 1;

  for (guint i = 0; i < pair->line->len; i++)
    {
      PairDatagram *datagram = pair->line->pdata[i];

      if (datagram->at_us < first_us)
        {
          first = i;
          first_us = datagram->at_us;
        }
    }
  return first == G_MAXUINT ? NULL : g_ptr_array_steal_index (pair->line, first);
}

/* Delivers @first and what arrives together with it, as GRO joins it. Frees @first. */
static void
deliver_joined (Pair *pair, PairDatagram *first)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  gsize segment = first->len;
  PairDatagram *datagram = first;

  for (;;)
    {
      PairDatagram *next = take_arrival (pair, first->at_us);

      g_byte_array_append (bytes, datagram->data, (guint) datagram->len);
      if (datagram != first)
        datagram_free (datagram);
      datagram = next;
      if (next == NULL)
        break;
      if (next->to != first->to || next->len > segment || bytes->len % segment != 0 ||
          bytes->len > 60000)
        {
          g_ptr_array_insert (pair->line, 0, next);
          break;
        }
    }
  if (bytes->len > segment)
    pair_deliver_run (pair, first->to, bytes->data, bytes->len, segment);
  else
    pair_deliver (pair, first->to, bytes->data, bytes->len);
  datagram_free (first);
}

static gint64
next_timeout (Pair *pair)
{
  return MIN (kh_session_next_timeout (pair->sessions[0]),
              kh_session_next_timeout (pair->sessions[1]));
}

void
pair_run (Pair *pair, gint64 us)
{
  gint64 end_us = pair->now_us + us;

  for (;;)
    {
      gint64 due_us;
      PairDatagram *arrival;

      for (guint i = 0; i < 2; i++)
        pump (pair, i);
      due_us = MAX (next_timeout (pair), pair->now_us);
      arrival = take_arrival (pair, MIN (due_us, end_us));
      if (arrival != NULL)
        {
          pair->now_us = MAX (pair->now_us, arrival->at_us);
          deliver_joined (pair, arrival);
          continue;
        }
      if (due_us >= end_us)
        break;
      /* A closed session's end is for its owner. */
      pair->now_us = due_us + (pair->closed[0] || pair->closed[1] ? 1000 : 0);
      for (guint i = 0; i < 2; i++)
        if (kh_session_next_timeout (pair->sessions[i]) <= pair->now_us)
          kh_session_handle_timeout (pair->sessions[i], pair->now_us);
    }
  pair->now_us = end_us;
}
