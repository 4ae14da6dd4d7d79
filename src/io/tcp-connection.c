/* tcp-connection.c: framing and buffers of one TCP connection (PROTOCOL.md, "TCP")
 *
 * Owns the stream. It works on pollable streams rather than sockets, because behind some proxies
 * there is more than a socket. What is sent goes out with the loop's next turn, so that datagrams
 * of one batch share system calls and segments.
 */
#include "io/tcp-connection.h"

#include <string.h>

/* What one turn reads of one connection. */
#define READ_SIZE 16384

KhTcpConnection *
kh_tcp_connection_new (const KhAddr *remote, const KhTcpConnectionFuncs *funcs, gpointer user_data)
{
  KhTcpConnection *self = g_new0 (KhTcpConnection, 1);

  self->remote = *remote;
  self->funcs = funcs;
  self->user_data = user_data;
  self->link.data = self;
  return self;
}

static void
destroy_source (GSource **source)
{
  if (*source == NULL)
    return;
  g_source_destroy (*source);
  g_clear_pointer (source, g_source_unref);
}

void
kh_tcp_connection_free (KhTcpConnection *self)
{
  if (self == NULL)
    return;
  destroy_source (&self->in_source);
  destroy_source (&self->out_source);
  g_clear_object (&self->cancellable);
  if (self->stream != NULL)
    g_io_stream_close (self->stream, NULL, NULL);
  g_clear_object (&self->stream);
  g_clear_pointer (&self->output, g_byte_array_unref);
  g_free (self);
}

/* Takes bytes from @data up to what completes the datagram that has begun; FALSE where its length
 * is none of ours. */
static gboolean
take (KhTcpConnection *self, const guint8 *data, gsize len, gsize *ret_taken)
{
  gsize need = self->input_len < 2 ? 2 : 2 + (gsize) (self->input[0] << 8 | self->input[1]);
  gsize n = MIN (need - self->input_len, len);

  memcpy (self->input + self->input_len, data, n);
  self->input_len += n;
  *ret_taken = n;
  if (self->input_len == 2)
    {
      gsize size = (gsize) (self->input[0] << 8 | self->input[1]);

      return size > 0 && size <= KH_DATAGRAM_MAX;
    }
  return TRUE;
}

static gboolean
is_whole (const KhTcpConnection *self)
{
  return self->input_len > 2 &&
         self->input_len == 2 + (gsize) (self->input[0] << 8 | self->input[1]);
}

/* FALSE where the other side does not speak this protocol. */
static gboolean
feed (KhTcpConnection *self, const guint8 *data, gsize len)
{
  while (len > 0)
    {
      gsize taken;

      if (!take (self, data, len, &taken))
        return FALSE;
      data += taken;
      len -= taken;
      if (is_whole (self))
        {
          gsize size = self->input_len - 2;

          self->input_len = 0;
          self->funcs->received (self, self->input + 2, size, self->user_data);
        }
    }
  return TRUE;
}

static gboolean
on_readable (GObject *input, gpointer user_data)
{
  KhTcpConnection *self = user_data;
  g_autoptr (GError) error = NULL;
  guint8 buf[READ_SIZE];
  gssize n = g_pollable_input_stream_read_nonblocking (G_POLLABLE_INPUT_STREAM (input), buf,
                                                       sizeof buf, NULL, &error);

  if (n < 0 && g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
    return G_SOURCE_CONTINUE;
  if (n <= 0 || !feed (self, buf, (gsize) n))
    {
      self->funcs->broken (self, self->user_data);
      return G_SOURCE_REMOVE;
    }
  return G_SOURCE_CONTINUE;
}

/* FALSE where the connection is broken. */
static gboolean
write_some (KhTcpConnection *self)
{
  GPollableOutputStream *output =
      G_POLLABLE_OUTPUT_STREAM (g_io_stream_get_output_stream (self->stream));
  g_autoptr (GError) error = NULL;
  gssize n;

  if (self->output == NULL)
    return TRUE;
  n = g_pollable_output_stream_write_nonblocking (output, self->output->data + self->output_at,
                                                  self->output->len - self->output_at, NULL,
                                                  &error);
  if (n < 0)
    return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
  self->output_at += (gsize) n;
  if (self->output_at == self->output->len)
    {
      g_clear_pointer (&self->output, g_byte_array_unref);
      self->output_at = 0;
    }
  return TRUE;
}

static gboolean
on_writable (GObject *output, gpointer user_data)
{
  KhTcpConnection *self = user_data;

  if (!write_some (self))
    {
      self->funcs->broken (self, self->user_data);
      return G_SOURCE_REMOVE;
    }
  if (self->output != NULL)
    return G_SOURCE_CONTINUE;
  destroy_source (&self->out_source);
  return G_SOURCE_REMOVE;
}

static void
want_to_write (KhTcpConnection *self)
{
  GOutputStream *output;

  if (self->stream == NULL || self->output == NULL || self->out_source != NULL)
    return;
  output = g_io_stream_get_output_stream (self->stream);
  self->out_source =
      g_pollable_output_stream_create_source (G_POLLABLE_OUTPUT_STREAM (output), NULL);
  g_source_set_callback (self->out_source, G_SOURCE_FUNC (on_writable), self, NULL);
  g_source_attach (self->out_source, g_main_context_get_thread_default ());
}

void
kh_tcp_connection_open (KhTcpConnection *self, GIOStream *stream)
{
  GInputStream *input = g_io_stream_get_input_stream (stream);

  self->stream = g_object_ref (stream);
  self->in_source = g_pollable_input_stream_create_source (G_POLLABLE_INPUT_STREAM (input), NULL);
  g_source_set_callback (self->in_source, G_SOURCE_FUNC (on_readable), self, NULL);
  g_source_attach (self->in_source, g_main_context_get_thread_default ());
  want_to_write (self);
}

/* Moves what waits to the front, once that is worth it. */
static void
compact (KhTcpConnection *self)
{
  if (self->output_at < KH_TCP_QUEUE_MAX / 2)
    return;
  g_byte_array_remove_range (self->output, 0, (guint) self->output_at);
  self->output_at = 0;
}

gboolean
kh_tcp_connection_send (KhTcpConnection *self, const guint8 *data, gsize len)
{
  guint8 head[2] = { (guint8) (len >> 8), (guint8) len };

  g_return_val_if_fail (len > 0 && len <= KH_DATAGRAM_MAX, FALSE);

  if (self->output == NULL)
    self->output = g_byte_array_new ();
  compact (self);
  if (self->output->len - self->output_at + sizeof head + len > KH_TCP_QUEUE_MAX)
    return FALSE;
  g_byte_array_append (self->output, head, sizeof head);
  g_byte_array_append (self->output, data, (guint) len);
  want_to_write (self);
  return TRUE;
}

void
kh_tcp_connection_flush (KhTcpConnection *self)
{
  if (self->stream != NULL)
    write_some (self);
}
