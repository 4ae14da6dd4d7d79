/* echo.c: the reference for message round trips: a bare UDP echo, sealed with the same AES-GCM
 *
 * Two processes on loopback; each opens what comes and seals what it sends, and does nothing else.
 *
 * usage: echo [ROUND-TRIPS]   Prints: "echo", p50 and p99 in microseconds, separated by tabs.
 */
#include "loopback.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "crypto/primitives.h"
#include "wire/datagram.h"

#define MESSAGE_SIZE 64
#define PACKET_SIZE (KH_SEALED_HEADER_SIZE + MESSAGE_SIZE + KH_AEAD_TAG_SIZE)
#define WARM_UP 1000
#define LOST_US (5 * G_USEC_PER_SEC)

static const guint8 key[KH_AEAD_KEY_SIZE] = { 1 };

static void
seal_and_send (int fd, const KhAddr *to, guint64 number, guint8 *packet)
{
  KhWriter writer = kh_writer_init (packet, PACKET_SIZE);
  KhSealed sealed = { .packet_number = number };

  kh_sealed_write (&writer, &sealed);
  kh_aead_seal (key, number, packet, KH_SEALED_HEADER_SIZE, packet + KH_SEALED_HEADER_SIZE,
                MESSAGE_SIZE);
  bench_socket_send (fd, to, packet, PACKET_SIZE);
}

/* FALSE if nothing came. */
static gboolean
receive_and_open (int fd, KhAddr *ret_from, guint8 *packet, gint64 timeout_us)
{
  gssize len = bench_socket_receive (fd, ret_from, packet, PACKET_SIZE, timeout_us);
  KhSealed sealed;

  if (len < 0)
    return FALSE;
  if (!kh_sealed_read (packet, (gsize) len, &sealed) ||
      !kh_aead_open (key, sealed.packet_number, packet, KH_SEALED_HEADER_SIZE,
                     packet + KH_SEALED_HEADER_SIZE, (gsize) len - KH_SEALED_HEADER_SIZE))
    {
      fprintf (stderr, "echo: a packet did not open\n");
      exit (1);
    }
  return TRUE;
}

static void
serve (int fd)
{
  guint8 packet[PACKET_SIZE];
  KhAddr from;

  /* Each direction has its own half of the numbers, since both use one key. */
  for (guint64 number = G_GUINT64_CONSTANT (1) << 40;; number++)
    if (receive_and_open (fd, &from, packet, KH_NEVER))
      seal_and_send (fd, &from, number, packet);
}

static void
measure (int fd, const KhAddr *to, guint n, gint64 *ns)
{
  guint8 packet[PACKET_SIZE] = { 0 };
  KhAddr from;

  for (guint i = 0; i < n + WARM_UP; i++)
    {
      gint64 start_ns = bench_now_ns ();

      seal_and_send (fd, to, i, packet);
      if (!receive_and_open (fd, &from, packet, LOST_US))
        {
          fprintf (stderr, "echo: no answer\n");
          return;
        }
      if (i >= WARM_UP)
        ns[i - WARM_UP] = bench_now_ns () - start_ns;
    }
}

int
main (int argc, char **argv)
{
  guint n = argc > 1 ? (guint) strtoul (argv[1], NULL, 10) : 20000;
  g_autofree gint64 *ns = g_new0 (gint64, n);
  KhAddr here, there;
  int near = bench_socket_new (&here);
  int far = bench_socket_new (&there);
  double p50, p99;
  int child;

  kh_crypto_init ();
  child = bench_fork ();
  if (child == 0)
    serve (far);
  measure (near, &there, n, ns);
  kill (child, SIGKILL);
  bench_print_percentiles ("echo", ns, n, &p50, &p99);
  return p50 > 0 ? 0 : 1;
}
