/* fuzz-frames.c: the frame parser, and a connection that applies whatever parses
 *
 * Input: packets, each preceded by its length (one byte, in units of 4 bytes). They go to a
 * connection that has sent data of its own, as they would after decryption.
 */
#include "transport/connection.h"
#include "wire/datagram.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

static void
receive (KhConnection *connection, guint64 pn, const guint8 *payload, gsize len, gint64 now_us)
{
  KhCursor cursor = kh_cursor_init (payload, len);
  gboolean ack_eliciting;

  if (!kh_frame_check_all (payload, len, &ack_eliciting, NULL) ||
      !kh_connection_begin_packet (connection, pn, now_us))
    return;

  while (kh_cursor_left (&cursor) > 0)
    {
      KhFrame frame;

      if (!kh_frame_read (&cursor, &frame))
        g_error ("a frame that was checked cannot be read");
      if (kh_connection_receive_frame (connection, &frame, now_us) != KH_TRANSPORT_OK)
        break;
    }
  kh_connection_end_packet (connection, ack_eliciting, now_us);
}

static void
drain (KhConnection *connection, guint64 *next_pn, gint64 now_us)
{
  guint8 buf[1200];
  KhConnectionEvent event;

  for (gsize len; (len = kh_connection_build (connection, *next_pn, buf, sizeof buf, now_us)) > 0;)
    {
      if (!kh_frame_check_all (buf, len, NULL, NULL))
        g_error ("built a packet that cannot be read");
      *next_pn += 1;
    }
  while (kh_connection_poll_event (connection, &event))
    {
      if (event.type == KH_CONNECTION_EVENT_STREAM_READABLE && event.stream_id % 4 < 2)
        kh_connection_stream_read (connection, event.stream_id, buf, sizeof buf);
    }
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (KhConnection) connection = kh_connection_new (TRUE);
  KhCursor cursor = kh_cursor_init (data, size);
  guint64 next_pn = 0, peer_pn = 0, id;
  gint64 now_us = G_USEC_PER_SEC;
  guint8 text[3000] = { 0 };

  kh_connection_stream_write (connection, KH_CONNECTION_CHAT_STREAM, text, sizeof text);
  if (kh_connection_open_stream (connection, &id))
    kh_connection_stream_write (connection, id, text, sizeof text);
  drain (connection, &next_pn, now_us);

  while (kh_cursor_left (&cursor) > 0)
    {
      const guint8 *payload;
      guint8 quads;
      gsize len;
      gint64 timeout_us;

      kh_cursor_u8 (&cursor, &quads);
      len = MIN (quads * (gsize) 4, kh_cursor_left (&cursor));
      kh_cursor_view (&cursor, len, &payload);
      receive (connection, peer_pn++, payload, len, now_us);
      drain (connection, &next_pn, now_us);
      timeout_us = kh_connection_next_timeout (connection);
      if (timeout_us != KH_NEVER)
        now_us = MAX (now_us, timeout_us);
      kh_connection_handle_timeout (connection, now_us);
    }
  return 0;
}
