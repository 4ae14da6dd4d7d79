/* limit.c: the reference for bulk: sealed datagrams in a bare loop, with no protocol
 *
 * One end seals datagrams as a session does, with AES-GCM and the same header, and sends them as
 * fast as the system takes them; the other opens them and counts. Nothing is acknowledged, so what
 * does not fit is dropped, and what is opened is the most that two such processes can carry. By
 * GSO and GRO, or with --no-gso by sendmmsg(2) and recvmmsg(2).
 *
 * usage: limit [--no-gso] [--size BYTES] [--seconds S] serve ADDR:PORT
 *        limit [--no-gso] [--size BYTES] [--seconds S] send ADDR:PORT
 *
 * "serve" says "listening" on the error output and ends S seconds after the first datagram, "send"
 * a little after that. "serve" prints: "limit" or "limit-plain", goodput in bit/s, bytes, seconds,
 * datagrams, seconds of its processor; separated by tabs.
 */
#include <errno.h>
#include <glib.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "crypto/primitives.h"
#include "io/sockaddr.h"
#include "wire/datagram.h"

/* Datagrams of one system call without GSO. */
#define BATCH 64
#define MESSAGES_GRO 4
#define MESSAGE_MAX (65535 - 48)
#define SOCKET_BUFFER (4 * 1024 * 1024)
#define FIRST_PATIENCE_MS 10000
#define SILENCE_S 1

static const guint8 key[KH_AEAD_KEY_SIZE] = { 1 };

static gboolean no_gso;
static int size = 1472; /* of a datagram: an Ethernet frame over IPv4 */
static double seconds = 5;

static const GOptionEntry entries[] = {
  { "no-gso", 0, 0, G_OPTION_ARG_NONE, &no_gso, "Without segmentation offload", NULL },
  { "size", 0, 0, G_OPTION_ARG_INT, &size, "Length of a datagram", "BYTES" },
  { "seconds", 0, 0, G_OPTION_ARG_DOUBLE, &seconds, "How long", "S" },
  G_OPTION_ENTRY_NULL
};

static void
die (const char *what)
{
  perror (what);
  exit (1);
}

static int
open_socket (const KhAddr *addr, gboolean is_server)
{
  struct sockaddr_storage native;
  socklen_t len = kh_sockaddr_from_addr (addr, &native);
  int fd = socket (native.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0), room = SOCKET_BUFFER, one = 1;
  struct timeval silence = { .tv_sec = SILENCE_S };

  if (fd < 0)
    die ("limit: socket");
  if (setsockopt (fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room) != 0)
    setsockopt (fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
  if (setsockopt (fd, SOL_SOCKET, SO_RCVTIMEO, &silence, sizeof silence) != 0)
    die ("limit: time limit");
  if (is_server && !no_gso && setsockopt (fd, IPPROTO_UDP, UDP_GRO, &one, sizeof one) != 0)
    die ("limit: GRO");
  if (is_server ? bind (fd, (struct sockaddr *) &native, len) != 0
                : connect (fd, (struct sockaddr *) &native, len) != 0)
    die ("limit: address");
  return fd;
}

/* --- sending ----------------------------------------------------------------------------- */

static void
seal (guint8 *packet, guint64 number)
{
  KhWriter writer = kh_writer_init (packet, KH_SEALED_HEADER_SIZE);
  KhSealed sealed = { .packet_number = number };

  if (kh_sealed_write (&writer, &sealed))
    kh_aead_seal (key, number, packet, KH_SEALED_HEADER_SIZE, packet + KH_SEALED_HEADER_SIZE,
                  (gsize) size - KH_SEALED_OVERHEAD);
}

static void
send_segmented (int fd, guint8 *buffer, guint n)
{
  _Alignas(struct cmsghdr) char control[CMSG_SPACE (sizeof (guint16))] = { 0 };
  struct iovec vector = { buffer, n * (gsize) size };
  struct msghdr message = {
    .msg_iov = &vector, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control
  };
  struct cmsghdr *header = CMSG_FIRSTHDR (&message);
  guint16 segment = (guint16) size;

  header->cmsg_level = IPPROTO_UDP;
  header->cmsg_type = UDP_SEGMENT;
  header->cmsg_len = CMSG_LEN (sizeof segment);
  memcpy (CMSG_DATA (header), &segment, sizeof segment);
  /* The other end may be gone already. */
  if (sendmsg (fd, &message, 0) < 0 && errno != ECONNREFUSED)
    die ("limit: send");
}

static void
send_plain (int fd, guint8 *buffer, guint n)
{
  struct mmsghdr headers[BATCH];
  struct iovec vectors[BATCH];

  for (guint i = 0; i < n; i++)
    {
      vectors[i] = (struct iovec){ buffer + i * (gsize) size, (gsize) size };
      headers[i].msg_hdr = (struct msghdr){ .msg_iov = &vectors[i], .msg_iovlen = 1 };
    }
  if (sendmmsg (fd, headers, n, 0) < 0 && errno != ECONNREFUSED)
    die ("limit: send");
}

static int
run_sender (const KhAddr *addr)
{
  int fd = open_socket (addr, FALSE);
  guint n = no_gso ? BATCH : (guint) MIN (MESSAGE_MAX / size, BATCH);
  g_autofree guint8 *buffer = g_malloc0 (n * (gsize) size);
  gint64 end_us = g_get_monotonic_time () + (gint64) ((seconds + 0.2) * G_USEC_PER_SEC);

  for (guint64 number = 0; g_get_monotonic_time () < end_us;)
    {
      for (guint i = 0; i < n; i++)
        seal (buffer + i * (gsize) size, number++);
      if (no_gso)
        send_plain (fd, buffer, n);
      else
        send_segmented (fd, buffer, n);
    }
  return 0;
}

/* --- receiving --------------------------------------------------------------------------- */

typedef struct
{
  guint64 bytes, packets;
} Count;

static void
open_packet (guint8 *packet, gsize len, Count *count)
{
  KhSealed sealed;

  if (!kh_sealed_read (packet, len, &sealed) ||
      !kh_aead_open (key, sealed.packet_number, packet, KH_SEALED_HEADER_SIZE,
                     packet + KH_SEALED_HEADER_SIZE, len - KH_SEALED_HEADER_SIZE))
    return;
  count->bytes += len - KH_SEALED_OVERHEAD;
  count->packets++;
}

static void
open_message (struct mmsghdr *header, Count *count)
{
  struct msghdr *message = &header->msg_hdr;
  gsize segment = header->msg_len;

  for (struct cmsghdr *c = CMSG_FIRSTHDR (message); c != NULL; c = CMSG_NXTHDR (message, c))
    if (c->cmsg_level == IPPROTO_UDP && c->cmsg_type == UDP_GRO)
      {
        int value;

        memcpy (&value, CMSG_DATA (c), sizeof value);
        segment = (gsize) MAX (value, 1);
      }
  for (gsize at = 0; at < header->msg_len; at += segment)
    open_packet ((guint8 *) message->msg_iov->iov_base + at, MIN (segment, header->msg_len - at),
                 count);
}

/* FALSE after silence: the other end is gone. */
static gboolean
receive_batch (int fd, guint8 *buffer, gsize room, guint n, Count *count)
{
  struct mmsghdr headers[BATCH];
  struct iovec vectors[BATCH];
  _Alignas(struct cmsghdr) char controls[BATCH][CMSG_SPACE (sizeof (int))];
  int got;

  for (guint i = 0; i < n; i++)
    {
      vectors[i] = (struct iovec){ buffer + i * room, room };
      headers[i].msg_hdr = (struct msghdr){ .msg_iov = &vectors[i],
                                            .msg_iovlen = 1,
                                            .msg_control = controls[i],
                                            .msg_controllen = sizeof controls[i] };
    }
  got = recvmmsg (fd, headers, n, MSG_WAITFORONE, NULL);
  for (int i = 0; i < got; i++)
    open_message (&headers[i], count);
  return got > 0;
}

static double
get_cpu_seconds (void)
{
  struct rusage usage;

  getrusage (RUSAGE_SELF, &usage);
  return (double) (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         (double) (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / G_USEC_PER_SEC;
}

static int
run_receiver (const KhAddr *addr)
{
  int fd = open_socket (addr, TRUE);
  gsize room = no_gso ? (gsize) size : KH_DATAGRAM_BUFFER;
  guint n = no_gso ? BATCH : MESSAGES_GRO;
  g_autofree guint8 *buffer = g_malloc (n * room);
  struct pollfd wait = { .fd = fd, .events = POLLIN };
  Count count = { 0 };
  double elapsed = 0;
  gint64 start_us;

  fprintf (stderr, "limit: listening\n");
  if (poll (&wait, 1, FIRST_PATIENCE_MS) <= 0)
    {
      fprintf (stderr, "limit: nothing came\n");
      return 1;
    }
  start_us = g_get_monotonic_time ();
  while (elapsed < seconds && receive_batch (fd, buffer, room, n, &count))
    {
      elapsed = (double) (g_get_monotonic_time () - start_us) / G_USEC_PER_SEC;
    }
  printf ("%s\t%.0f\t%" G_GUINT64_FORMAT "\t%.3f\t%" G_GUINT64_FORMAT "\t%.2f\n",
          no_gso ? "limit-plain" : "limit", (double) count.bytes * 8 / elapsed, count.bytes,
          elapsed, count.packets, get_cpu_seconds ());
  return count.packets > 0 ? 0 : 1;
}

int
main (int argc, char **argv)
{
  g_autoptr (GOptionContext) context = g_option_context_new ("serve|send ADDR:PORT");
  g_autoptr (GError) error = NULL;
  KhAddr addr;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error) || argc != 3 ||
      !kh_addr_parse (argv[2], 0, &addr) || addr.port == 0 || size <= KH_SEALED_OVERHEAD ||
      size > KH_DATAGRAM_LARGEST || !(seconds > 0))
    {
      g_autofree char *help = g_option_context_get_help (context, TRUE, NULL);

      fprintf (stderr, "%s", help);
      return 2;
    }
  kh_crypto_init ();
  if (g_str_equal (argv[1], "serve"))
    return run_receiver (&addr);
  if (g_str_equal (argv[1], "send"))
    return run_sender (&addr);
  fprintf (stderr, "limit: \"%s\" is neither serve nor send\n", argv[1]);
  return 2;
}
