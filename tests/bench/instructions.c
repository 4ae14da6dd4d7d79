/* instructions.c: moves bulk data between two connections in one process, to count instructions
 *
 * usage: instructions [MEGABYTES]
 *
 * No crypto, no system calls, no losses: what is left is the transport's own work, with what a
 * session and a measurement use of it. All that the sending side does happens in bench_sender(),
 * all that the receiving side does in bench_receiver(), but for bench_seal() in them, which stands
 * for the cipher: for `valgrind --tool=callgrind --toggle-collect=` (count-instructions does that).
 * The clock is virtual: a link of PER_TICK packets a millisecond. Prints the number of packets of
 * data.
 */
#include "transport/connection.h"
#include "wire/datagram.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Bytes: Ethernet's 1500 less the headers of IPv6 and UDP, less those of SEALED. */
#define PAYLOAD (1452 - KH_SEALED_OVERHEAD)
#define TICK_US 1000
/* About 1.2 Gbit/s */
#define PER_TICK 100
#define DELAY_TICKS 5

typedef struct
{
  guint64 number;
  gint64 arrival_us;
  gsize len;
  guint8 payload[PAYLOAD];
} Packet;

/* One direction: a ring that holds what a delay's worth of ticks can carry. */
typedef struct
{
  Packet *ring;
  guint size; /* a power of two */
  guint head;
  guint tail;
} Wire;

typedef struct
{
  KhConnection *connection;
  guint64 next_number;
  Wire *out;
  Wire *in;
  guint64 stream;
  guint64 left; /* to send */
  guint64 got;
} Side;

void bench_sender (Side *side, gint64 now_us);
void bench_receiver (Side *side, gint64 now_us);
void bench_seal (Packet *packet, const KhBytes *tail, guint n_tail);

static Packet *
wire_slot (Wire *wire)
{
  return &wire->ring[wire->head & (wire->size - 1)];
}

/* What the connection left where it lies goes into the packet. */
void __attribute__ ((noinline)) bench_seal (Packet *packet, const KhBytes *tail, guint n_tail)
{
  gsize at = packet->len;

  for (guint i = n_tail; i > 0; i--)
    {
      at -= tail[i - 1].len;
      memcpy (packet->payload + at, tail[i - 1].data, tail[i - 1].len);
    }
}

static void
receive_packet (Side *side, const Packet *packet, gint64 now_us)
{
  KhCursor cursor = kh_cursor_init (packet->payload, packet->len);
  gboolean ack_eliciting = TRUE;
  KhFrame frame;

  /* As a session reads it: bulk once, any other packet is found well-formed first. */
  if (kh_frame_read (&cursor, &frame) && frame.type == KH_FRAME_STREAM &&
      kh_cursor_left (&cursor) == 0 &&
      kh_connection_receive_bulk (side->connection, packet->number, &frame, now_us))
    return;
  if (!kh_connection_begin_packet (side->connection, packet->number, now_us))
    g_error ("a packet was refused");
  cursor = kh_cursor_init (packet->payload, packet->len);
  if (!kh_frame_check_all (packet->payload, packet->len, &ack_eliciting, NULL))
    g_error ("a packet was refused");
  while (kh_cursor_left (&cursor) > 0 && kh_frame_read (&cursor, &frame))
    kh_connection_receive_frame (side->connection, &frame, now_us);
  kh_connection_end_packet (side->connection, ack_eliciting, now_us);
}

static void
receive_all (Side *side, gint64 now_us)
{
  for (; side->in->tail != side->in->head; side->in->tail++)
    {
      Packet *packet = &side->in->ring[side->in->tail & (side->in->size - 1)];

      if (packet->arrival_us > now_us)
        break;
      receive_packet (side, packet, now_us);
    }
}

static void
send_packet (Side *side, Packet *packet, const KhBytes *tail, guint n_tail, gint64 now_us)
{
  g_assert_cmpuint (side->out->head - side->out->tail, <, side->out->size);
  bench_seal (packet, tail, n_tail);
  packet->number = side->next_number++;
  packet->arrival_us = now_us + DELAY_TICKS * TICK_US;
  side->out->head++;
}

/* As a session does it: behind a packet full of bulk come more of it. */
static guint
send_run (Side *side, gsize len, guint most, gint64 now_us)
{
  guint n = kh_connection_begin_run (side->connection, side->next_number, len, most, now_us);

  for (guint i = 0; i < n; i++)
    {
      Packet *packet = wire_slot (side->out);
      KhBytes tail[KH_CONNECTION_TAIL_PARTS];
      guint n_tail;

      kh_connection_run_next (side->connection, packet->payload, tail, &n_tail);
      packet->len = len;
      send_packet (side, packet, tail, n_tail, now_us);
    }
  return n;
}

static void
send_all (Side *side, gint64 now_us)
{
  for (guint i = 0; i < PER_TICK; i++)
    {
      Packet *packet = wire_slot (side->out);
      KhBytes tail[KH_CONNECTION_TAIL_PARTS];
      guint n_tail;

      packet->len = kh_connection_build_parts (side->connection, side->next_number, packet->payload,
                                               sizeof packet->payload, tail, &n_tail, now_us);
      if (packet->len == 0)
        break;
      send_packet (side, packet, tail, n_tail, now_us);
      if (packet->len + KH_CONNECTION_BLOCK > sizeof packet->payload)
        i += send_run (side, packet->len, PER_TICK - i - 1, now_us);
    }
  if (kh_connection_next_timeout (side->connection) <= now_us)
    kh_connection_handle_timeout (side->connection, now_us);
}

static void
read_stream (Side *side)
{
  const guint8 *data;
  gsize len;

  while (kh_connection_stream_peek (side->connection, side->stream, &data, &len))
    {
      side->got += len;
      kh_connection_stream_consume (side->connection, side->stream, len);
    }
}

void __attribute__ ((noinline)) bench_sender (Side *side, gint64 now_us)
{
  KhConnectionEvent event;

  receive_all (side, now_us);
  while (kh_connection_poll_event (side->connection, &event))
    g_assert_cmpint (event.type, !=, KH_CONNECTION_EVENT_CLOSED);
  while (side->left > 0)
    {
      gsize len;

      if (kh_connection_stream_extend (side->connection, side->stream, side->left, &len) == NULL)
        break;
      side->left -= len;
    }
  send_all (side, now_us);
}

void __attribute__ ((noinline)) bench_receiver (Side *side, gint64 now_us)
{
  KhConnectionEvent event;

  receive_all (side, now_us);
  while (kh_connection_poll_event (side->connection, &event))
    {
      g_assert_cmpint (event.type, !=, KH_CONNECTION_EVENT_CLOSED);
      if (event.type == KH_CONNECTION_EVENT_STREAM_READABLE)
        read_stream (side);
    }
  send_all (side, now_us);
}

int
main (int argc, char **argv)
{
  guint64 total = (argc > 1 ? g_ascii_strtoull (argv[1], NULL, 10) : 64) * 1000000;
  Wire forth = { .ring = g_new (Packet, 2048), .size = 2048 };
  Wire back = { .ring = g_new (Packet, 2048), .size = 2048 };
  Side sender = { .connection = kh_connection_new (TRUE), .out = &forth, .in = &back };
  Side receiver = { .connection = kh_connection_new (FALSE), .out = &back, .in = &forth };
  gint64 now_us = TICK_US;

  kh_connection_set_max_packet (sender.connection, PAYLOAD);
  kh_connection_set_max_packet (receiver.connection, PAYLOAD);
  sender.left = total;
  if (!kh_connection_open_stream (sender.connection, &sender.stream))
    return EXIT_FAILURE;
  receiver.stream = sender.stream;
  for (; receiver.got < total; now_us += TICK_US)
    {
      bench_sender (&sender, now_us);
      bench_receiver (&receiver, now_us);
    }

  printf ("%" G_GUINT64_FORMAT "\n", kh_connection_stats (sender.connection).packets_sent);
  kh_connection_free (sender.connection);
  kh_connection_free (receiver.connection);
  g_free (forth.ring);
  g_free (back.ring);
  return EXIT_SUCCESS;
}
