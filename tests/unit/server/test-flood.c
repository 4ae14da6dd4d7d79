/* test-flood.c: a flood on loopback against the real knotholed: its memory stays bounded, it does
 * no work for the flood, and a real client gets in during it and after it
 *
 * Loopback addresses are sources enough: every 127.x.y.z is an address of this machine, so each
 * datagram comes from its own /32 and an own bucket. The flood has a fixed number of datagrams and
 * no rhythm; sends that the system refuses are refused by a full queue, and count as sent.
 */
#include "process.h"

#include "crypto/keys.h"
#include "crypto/primitives.h"
#include "io/sockaddr.h"
#include "io/system-random.h"
#include "wire/link.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define SOURCES 4000
#define ROUNDS 50
/* What tables of fixed size and receive buffers may take: much less than a client for each of the
 * 200,000 datagrams (80 MB), or for each source that came with many. */
#define GROWTH_MAX_KB 4096

typedef struct
{
  Process *process;
  KhAddr server;
} Fixture;

static int
open_socket (const KhAddr *from, const KhAddr *to)
{
  struct sockaddr_storage native;
  socklen_t len = kh_sockaddr_from_addr (from, &native);
  int fd = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (bind (fd, (struct sockaddr *) &native, len), ==, 0);
  len = kh_sockaddr_from_addr (to, &native);
  g_assert_cmpint (connect (fd, (struct sockaddr *) &native, len), ==, 0);
  return fd;
}

static guint64
resident_kb (Process *process)
{
  g_autofree char *path =
      g_strdup_printf ("/proc/%s/status", g_subprocess_get_identifier (process->process));
  g_autofree char *status = NULL;
  const char *line;

  g_assert_true (g_file_get_contents (path, &status, NULL, NULL));
  line = strstr (status, "VmRSS:");
  g_assert_nonnull (line);
  return g_ascii_strtoull (line + strlen ("VmRSS:"), NULL, 10);
}

/* Sends @data until an answer of @type has come. The flood may drop either of them, and that is
 * what a client's retransmission is for. */
static gsize
exchange (int fd, const guint8 *data, gsize len, KhDatagramType type, guint8 out[KH_DATAGRAM_MAX])
{
  struct timeval patience = { .tv_usec = 100000 };

  setsockopt (fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  for (int i = 0; i < 300; i++)
    {
      ssize_t n;

      g_assert_cmpint (send (fd, data, len, 0), ==, (ssize_t) len);
      while ((n = recv (fd, out, KH_DATAGRAM_MAX, 0)) > 0)
        if (out[0] == type)
          return (gsize) n;
    }
  g_error ("no answer to a datagram of type %02x", data[0]);
}

/* A whole link: HELLO, INIT, REGISTER. */
static void
enter (const KhAddr *server, const KhAddr *from)
{
  KhRandom random = kh_system_random ();
  g_autoptr (KhIdentity) identity = kh_identity_new (&random);
  g_autoptr (KhNoise) noise = NULL;
  int fd = open_socket (from, server);
  guint8 buf[KH_DATAGRAM_MAX] = { KH_DATAGRAM_HELLO, KH_PROTOCOL_VERSION };
  guint8 in[KH_DATAGRAM_MAX];
  guint8 payload[64] = { 0, 0, 0, 7 };
  guint8 message[256];
  KhInit init = { .sender = 7, .noise = message };
  KhLinkMessage registration = { .type = KH_LINK_REGISTER, .id = 1 };
  KhSealed header = { 0 };
  KhWriter writer;
  KhHelloAck ack;
  KhResp resp;
  KhTransportKeys keys;
  KhKeyPair pair;
  gsize len;

  len = exchange (fd, buf, KH_HELLO_SIZE, KH_DATAGRAM_HELLO_ACK, in);
  g_assert_true (kh_hello_ack_read (in, len, &ack));
  noise = kh_noise_new_initiator (identity, &ack.server_key, "knothole 1 link", 15, &random);
  g_assert_true (kh_noise_write (noise, payload, 4, message, sizeof message, &init.noise_len));
  memcpy (init.cookie, ack.cookie, sizeof init.cookie);
  writer = kh_writer_init (buf, sizeof buf);
  kh_init_write (&writer, &init);
  len = exchange (fd, buf, writer.len, KH_DATAGRAM_RESP, in);
  g_assert_true (kh_resp_read (in, len, &resp));
  g_assert_true (kh_noise_read (noise, resp.noise, resp.noise_len, payload, sizeof payload, &len));
  g_assert_true (kh_noise_split (noise, &keys));
  kh_key_pair_init (&pair, &keys, 0);

  /* One packet is enough to be in; each retry is a new one. */
  header.receiver = resp.sender;
  for (int i = 0; i < 300; i++)
    {
      struct timeval patience = { .tv_usec = 100000 };
      ssize_t n;

      header.packet_number = pair.next_number;
      writer = kh_writer_init (buf, sizeof buf);
      kh_sealed_write (&writer, &header);
      kh_link_message_write (&writer, &registration);
      len = writer.len - KH_SEALED_HEADER_SIZE;
      g_assert_true (kh_key_pair_seal (&pair, header.packet_number, buf, KH_SEALED_HEADER_SIZE,
                                       buf + KH_SEALED_HEADER_SIZE, len));
      setsockopt (fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
      g_assert_cmpint (send (fd, buf, writer.len + KH_AEAD_TAG_SIZE, 0), >, 0);
      n = recv (fd, in, sizeof in, 0);
      if (n > 0 && in[0] == KH_DATAGRAM_SEALED)
        {
          close (fd);
          return;
        }
    }
  g_error ("the server registered nobody");
}

/* HELLOs, INITs with invented cookies, and garbage, from thousands of addresses. The answers are
 * left to rot in the sockets' queues. */
static guint
flood (Fixture *fixture, guint first, guint n)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (first);
  guint8 hello[KH_HELLO_SIZE] = { KH_DATAGRAM_HELLO, KH_PROTOCOL_VERSION };
  guint8 init[129] = { KH_DATAGRAM_INIT };
  guint n_sent = 0;

  for (gsize i = 13; i < sizeof init; i++)
    init[i] = (guint8) g_rand_int (rand);
  for (guint i = first; i < first + n; i++)
    {
      KhAddr from = kh_addr_ipv4 (127, 1, (guint8) (i >> 8), (guint8) i, 0);
      int fd = open_socket (&from, &fixture->server);

      for (int j = 0; j < ROUNDS; j++)
        {
          const guint8 *data = j % 2 == 0 ? hello : init;
          gsize len = j % 2 == 0 ? sizeof hello : sizeof init;

          init[20] = (guint8) j;
          n_sent += send (fd, data, len, MSG_DONTWAIT) > 0 || errno == ENOBUFS || errno == EAGAIN;
        }
      close (fd);
    }
  return n_sent;
}

static void
test_flood (void)
{
  Fixture fixture = { .process = process_new (NULL) };
  KhAddr real = kh_addr_ipv4 (127, 0, 0, 2, 0);
  guint64 before;
  guint64 after;
  guint n = 0;

  fixture.server = kh_addr_ipv4 (127, 0, 0, 1, fixture.process->port);
  /* The first client and the first flood have made the server touch what it has. */
  enter (&fixture.server, &real);
  n += flood (&fixture, 0, SOURCES / 4);
  enter (&fixture.server, &real);
  before = resident_kb (fixture.process);
  for (guint i = 1; i < 4; i++)
    {
      n += flood (&fixture, i * SOURCES / 4, SOURCES / 4);
      enter (&fixture.server, &real);
    }
  after = resident_kb (fixture.process);
  g_test_message ("%u datagrams; resident before %" G_GUINT64_FORMAT " kB, after %" G_GUINT64_FORMAT
                  " kB",
                  n, before, after);
  g_assert_cmpuint (n, >, SOURCES * ROUNDS * 9 / 10);
  g_assert_cmpuint (after, <, before + GROWTH_MAX_KB);
  process_stop (fixture.process);
  process_free (fixture.process);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  kh_crypto_init ();
  g_test_add_func ("/knotholed/flood", test_flood);
  return g_test_run ();
}
