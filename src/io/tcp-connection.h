/* tcp-connection.h: datagrams over one TCP connection; a helper of tcp-driver.c
 *
 * Each datagram is preceded by its length in 16 bits (PROTOCOL.md, "TCP"). Both buffers are
 * bounded: of what comes in, less than one datagram is kept; what a slow reader does not take is
 * dropped beyond KH_TCP_QUEUE_MAX, as a network would.
 */
#pragma once

#include <gio/gio.h>

#include "wire/datagram.h"

/* Half a second of 1 Mbit/s, and more than one batch of the machine's. */
#define KH_TCP_QUEUE_MAX (128 * 1024)

typedef struct _KhTcpConnection KhTcpConnection;

/**
 * KhTcpConnectionFuncs: what a connection tells its owner
 * @received: a whole datagram, which the owner may decrypt in place
 * @broken: it was closed, failed, or does not speak this protocol; the owner frees it, then or
 * later
 */
typedef struct
{
  void (*received) (KhTcpConnection *connection, guint8 *data, gsize len, gpointer user_data);
  void (*broken) (KhTcpConnection *connection, gpointer user_data);
} KhTcpConnectionFuncs;

/**
 * KhTcpConnection: a plain record; the driver's part is the driver's
 * @remote: what the machine calls it by
 * @link: in the queue by the time of @heard_us
 * @has_spoken: a whole datagram came
 * @input: the bytes of a datagram that is not whole yet, its length first
 * @output: (nullable): what waits for the system to take it, from @output_at on
 */
struct _KhTcpConnection
{
  /* the driver's */
  KhAddr remote;
  GList link;
  gint64 heard_us;
  gboolean has_spoken;
  gboolean is_outgoing;
  GCancellable *cancellable; /* of the attempt to connect */

  /* borrowed */
  const KhTcpConnectionFuncs *funcs;
  gpointer user_data;

  /* owned */
  GIOStream *stream; /* NULL until connected */
  GSource *in_source;
  GSource *out_source;
  GByteArray *output;
  gsize output_at;
  guint8 input[2 + KH_DATAGRAM_MAX];
  gsize input_len;
};

/* (transfer full): not connected yet; what is sent waits. */
KhTcpConnection *
kh_tcp_connection_new (const KhAddr *remote, const KhTcpConnectionFuncs *funcs, gpointer user_data);
/* Closes it. */
void kh_tcp_connection_free (KhTcpConnection *self);

/* Takes a reference. Reading and writing begin. */
void kh_tcp_connection_open (KhTcpConnection *self, GIOStream *stream);
/* FALSE where there is no room: it is dropped. @len is 1 to KH_DATAGRAM_MAX. */
gboolean kh_tcp_connection_send (KhTcpConnection *self, const guint8 *data, gsize len);
/* Hands to the system what it takes now. */
void kh_tcp_connection_flush (KhTcpConnection *self);
