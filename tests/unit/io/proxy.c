/* proxy.c: see proxy.h
 *
 * Owns the listening socket, which the main context accepts from; each client has a thread, and a
 * second one for the way back. All of them end with the connections, which the cancellable ends.
 */
#include "proxy.h"

#include <string.h>

#define BUFFER 2048

struct _Proxy
{
  GSocketService *service;
  GCancellable *ended;
  guint16 port;
  gboolean refuses;
  int asked;    /* atomic */
  int port_for; /* atomic */
};

static gboolean
read_all (Proxy *self, GIOStream *stream, guint8 *buf, gsize len)
{
  return g_input_stream_read_all (g_io_stream_get_input_stream (stream), buf, len, NULL,
                                  self->ended, NULL);
}

static gboolean
write_all (Proxy *self, GIOStream *stream, const void *data, gsize len)
{
  return g_output_stream_write_all (g_io_stream_get_output_stream (stream), data, len, NULL,
                                    self->ended, NULL);
}

static void
note (Proxy *self, guint16 port)
{
  g_atomic_int_set (&self->port_for, port);
  g_atomic_int_inc (&self->asked);
}

/* After the first byte. Only 127.0.0.1 is ever asked for. */
static gboolean
negotiate_socks (Proxy *self, GIOStream *stream, guint16 *ret_port)
{
  const guint8 granted[] = { 5, self->refuses ? 2 : 0, 0, 1, 0, 0, 0, 0, 0, 0 };
  guint8 buf[256];
  gsize len;

  if (!read_all (self, stream, buf, 1) || !read_all (self, stream, buf + 1, buf[0]) ||
      !write_all (self, stream, "\x05\x00", 2) || !read_all (self, stream, buf, 5))
    return FALSE;
  g_assert_cmpint (buf[0], ==, 5);
  g_assert_cmpint (buf[1], ==, 1);
  /* An address of 4 bytes, or a name behind its length; one byte of either is read. */
  len = buf[3] == 1 ? 3 : buf[4];
  if (!read_all (self, stream, buf, len + 2))
    return FALSE;
  *ret_port = (guint16) (buf[len] << 8 | buf[len + 1]);
  note (self, *ret_port);
  return write_all (self, stream, granted, sizeof granted) && !self->refuses;
}

static gboolean
negotiate_http (Proxy *self, GIOStream *stream, guint16 *ret_port)
{
  const char *answer = self->refuses ? "HTTP/1.0 403 No\r\n\r\n" : "HTTP/1.0 200 Yes\r\n\r\n";
  g_autoptr (GString) head = g_string_new ("C");
  guint8 byte;

  while (!g_str_has_suffix (head->str, "\r\n\r\n"))
    {
      if (!read_all (self, stream, &byte, 1) || byte == 0)
        return FALSE;
      g_string_append_c (head, (char) byte);
    }
  g_assert_true (g_str_has_prefix (head->str, "CONNECT 127.0.0.1:"));
  *ret_port = (guint16) g_ascii_strtoull (strchr (head->str, ':') + 1, NULL, 10);
  note (self, *ret_port);
  return write_all (self, stream, answer, strlen (answer)) && !self->refuses;
}

typedef struct
{
  Proxy *proxy;
  GIOStream *from, *to;
} Way;

static gpointer
pump (gpointer data)
{
  Way *way = data;
  guint8 buf[BUFFER];
  gssize n;

  do
    n = g_input_stream_read (g_io_stream_get_input_stream (way->from), buf, sizeof buf,
                             way->proxy->ended, NULL);
  while (n > 0 && write_all (way->proxy, way->to, buf, (gsize) n));
  /* The other way ends with it. */
  g_socket_shutdown (g_socket_connection_get_socket (G_SOCKET_CONNECTION (way->from)), TRUE, TRUE,
                     NULL);
  g_socket_shutdown (g_socket_connection_get_socket (G_SOCKET_CONNECTION (way->to)), TRUE, TRUE,
                     NULL);
  return NULL;
}

static gboolean
on_run (GThreadedSocketService *service,
        GSocketConnection *client,
        GObject *source,
        gpointer user_data)
{
  Proxy *self = user_data;
  g_autoptr (GSocketClient) out = g_socket_client_new ();
  g_autoptr (GSocketConnection) target = NULL;
  Way there, back;
  GThread *thread;
  guint8 first;
  guint16 port;

  if (!read_all (self, G_IO_STREAM (client), &first, 1) ||
      !(first == 5 ? negotiate_socks (self, G_IO_STREAM (client), &port)
                   : negotiate_http (self, G_IO_STREAM (client), &port)))
    return TRUE;
  g_socket_client_set_enable_proxy (out, FALSE);
  target = g_socket_client_connect_to_host (out, "127.0.0.1", port, self->ended, NULL);
  if (target == NULL)
    return TRUE;
  there = (Way){ self, G_IO_STREAM (client), G_IO_STREAM (target) };
  back = (Way){ self, G_IO_STREAM (target), G_IO_STREAM (client) };
  thread = g_thread_new ("back", pump, &back);
  pump (&there);
  g_thread_join (thread);
  return TRUE;
}

/* A thread that still ends keeps the service, and that the rest. */
static void
proxy_finalize (gpointer data, GClosure *closure)
{
  Proxy *self = data;

  g_object_unref (self->ended);
  g_free (self);
}

Proxy *
proxy_new (gboolean refuses)
{
  Proxy *self = g_new0 (Proxy, 1);
  g_autoptr (GError) error = NULL;

  self->refuses = refuses;
  self->ended = g_cancellable_new ();
  self->service = g_threaded_socket_service_new (8);
  self->port =
      g_socket_listener_add_any_inet_port (G_SOCKET_LISTENER (self->service), NULL, &error);
  g_assert_no_error (error);
  g_signal_connect_data (self->service, "run", G_CALLBACK (on_run), self, proxy_finalize,
                         (GConnectFlags) 0);
  return self;
}

void
proxy_free (Proxy *self)
{
  if (self == NULL)
    return;
  g_cancellable_cancel (self->ended);
  g_socket_service_stop (self->service);
  g_socket_listener_close (G_SOCKET_LISTENER (self->service));
  g_object_unref (self->service);
}

GProxyResolver *
proxy_make_resolver (Proxy *self, const char *scheme)
{
  g_autofree char *uri = g_strdup_printf ("%s://127.0.0.1:%u", scheme, self->port);

  return g_simple_proxy_resolver_new (uri, NULL);
}

int
proxy_get_asked (Proxy *self)
{
  return g_atomic_int_get (&self->asked);
}

guint16
proxy_get_port_asked_for (Proxy *self)
{
  return (guint16) g_atomic_int_get (&self->port_for);
}
