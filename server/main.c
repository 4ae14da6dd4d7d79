/* main.c: knotholed, the rendezvous server as a program (DESIGN 6)
 *
 * Owns the process: command line, key, sockets, signals, log. Everything that clients see is in
 * the library beside it. Standard output carries one line, when the server can be reached.
 */
#define G_LOG_DOMAIN "knotholed"

#include <locale.h>
#include <signal.h>
#include <stdio.h>

#include <glib-unix.h>

#include "crypto/primitives.h"
#include "crypto/self-test.h"
#include "io/system-random.h"
#include "io/udp-driver.h"
#include "server/key-file.h"
#include "server/notify.h"
#include "server/options.h"
#include "server/server.h"

/* 32 bytes in base64url, without padding, as invite links carry it, and the end. */
#define KEY_STRING_SIZE 44

typedef struct
{
  GMainLoop *loop;
  KhServer *server;
  KhUdpDriver *driver;
  char key[KEY_STRING_SIZE];
} Daemon;

static void
format_key (const KhKey *key, char buf[KEY_STRING_SIZE])
{
  g_autofree char *base64 = g_base64_encode (key->bytes, KH_KEY_SIZE);

  g_strdelimit (base64, "+", '-');
  g_strdelimit (base64, "/", '_');
  g_strdelimit (base64, "=", '\0');
  g_strlcpy (buf, base64, KEY_STRING_SIZE);
}

static void
quit_when_drained (gpointer user_data)
{
  Daemon *self = user_data;

  if (!kh_server_is_drained (self->server))
    return;
  kh_udp_driver_flush (self->driver);
  g_main_loop_quit (self->loop);
}

static gboolean
on_terminate (gpointer user_data)
{
  Daemon *self = user_data;
  KhServerStats stats;

  kh_server_get_stats (self->server, &stats);
  g_message ("going away: telling %u clients", stats.clients);
  kh_notify_send ("STOPPING=1");
  kh_server_shutdown (self->server, g_get_monotonic_time ());
  kh_udp_driver_kick (self->driver);
  quit_when_drained (self);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_report (gpointer user_data)
{
  Daemon *self = user_data;
  KhServerStats s;

  kh_server_get_stats (self->server, &s);
  g_message ("counters: clients %u, registered %u, received %" G_GUINT64_FORMAT
             " (%" G_GUINT64_FORMAT " bytes), sent %" G_GUINT64_FORMAT " (%" G_GUINT64_FORMAT
             " bytes), handshakes %" G_GUINT64_FORMAT ", lookups %" G_GUINT64_FORMAT
             ", knocks %" G_GUINT64_FORMAT ", answers %" G_GUINT64_FORMAT
             ", readies %" G_GUINT64_FORMAT,
             s.clients, s.registered, s.received, s.received_bytes, s.sent, s.sent_bytes,
             s.handshakes, s.lookups, s.knocks, s.answers, s.readies);
  g_message ("refused: malformed %" G_GUINT64_FORMAT ", unknown %" G_GUINT64_FORMAT
             ", unauthentic %" G_GUINT64_FORMAT ", replayed %" G_GUINT64_FORMAT
             ", bad cookie %" G_GUINT64_FORMAT ", rate limited %" G_GUINT64_FORMAT
             ", full %" G_GUINT64_FORMAT ", push timeouts %" G_GUINT64_FORMAT,
             s.malformed, s.unknown, s.unauthentic, s.replayed, s.bad_cookie, s.rate_limited,
             s.full, s.push_timeouts);
  return G_SOURCE_CONTINUE;
}

static gboolean
bind_sockets (Daemon *self, const KhOptions *options, GError **error)
{
  guint16 port = 0;

  if (options->n_addrs == 0)
    return kh_udp_driver_bind_any (self->driver, 0, options->port, error);

  for (guint i = 0; i < options->n_addrs; i++)
    {
      KhAddr addr = options->addrs[i];
      guint socket = kh_socket_for_family (addr.family);

      /* Both families on the port that the system picked for the first. */
      if (addr.port == 0)
        addr.port = port;
      if (!kh_udp_driver_bind (self->driver, socket, &addr, error))
        return FALSE;
      port = kh_udp_driver_get_port (self->driver, socket);
    }
  return TRUE;
}

/* (transfer full): "0.0.0.0:4430 and [::]:4430" */
static char *
describe_sockets (Daemon *self, const KhOptions *options)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) texts = NULL;

  for (guint socket = 0; socket < 2; socket++)
    {
      KhAddr addr = { .family = socket == 0 ? KH_FAMILY_IPV4 : KH_FAMILY_IPV6 };
      char buf[KH_ADDR_STRING_MAX];

      for (guint i = 0; i < options->n_addrs; i++)
        if (options->addrs[i].family == addr.family)
          addr = options->addrs[i];
      addr.port = kh_udp_driver_get_port (self->driver, socket);
      if (addr.port != 0)
        g_strv_builder_add (builder, kh_addr_format (&addr, buf));
    }
  texts = g_strv_builder_end (builder);
  return g_strjoinv (" and ", texts);
}

static void
announce (Daemon *self, const KhOptions *options)
{
  g_autofree char *sockets = describe_sockets (self, options);

  g_log_structured (G_LOG_DOMAIN, G_LOG_LEVEL_MESSAGE, "KNOTHOLED_ADDRESS", sockets,
                    "KNOTHOLED_KEY", self->key, "MESSAGE",
                    "listening on %s; the server's key is %s. To use it, enter this computer's "
                    "name or address as the server in Knothole",
                    sockets, self->key);
  printf ("listening on %s\n", sockets);
  fflush (stdout);
  kh_notify_send ("READY=1");
}

static int
run (Daemon *self, const KhOptions *options, const KhIdentity *identity)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (KhServer) server =
      kh_server_new (identity, NULL, kh_system_random (), g_get_monotonic_time ());
  g_autoptr (KhUdpDriver) driver =
      kh_udp_driver_new (&kh_server_machine_ops, server, quit_when_drained, self);
  g_autoptr (GError) error = NULL;

  self->loop = loop;
  self->server = server;
  self->driver = driver;
  if (!bind_sockets (self, options, &error))
    {
      g_printerr ("knotholed: %s\n", error->message);
      return 1;
    }
  g_unix_signal_add (SIGTERM, on_terminate, self);
  g_unix_signal_add (SIGINT, on_terminate, self);
  g_unix_signal_add (SIGUSR1, on_report, self);
  announce (self, options);
  g_main_loop_run (loop);
  g_message ("stopped");
  return 0;
}

static void
report_self_test (const char *name, gboolean passed, gpointer user_data)
{
  printf ("%s: %s\n", passed ? "passed" : "FAILED", name);
}

static int
load_and_run (const KhOptions *options, gboolean print_only)
{
  Daemon self = { 0 };
  KhRandom random = kh_system_random ();
  g_autoptr (GError) error = NULL;
  g_autoptr (KhIdentity) identity = NULL;
  gboolean created;

  identity = kh_key_file_load (options->state_dir, &random, &created, &error);
  if (identity == NULL)
    {
      g_printerr ("knotholed: %s.\n", error->message);
      return 1;
    }
  format_key (kh_identity_get_public (identity), self.key);
  if (print_only)
    {
      puts (self.key);
      return 0;
    }
  if (created)
    g_message ("made a new server key in %s: clients will pin it, so keep it", options->state_dir);
  return run (&self, options, identity);
}

int
main (int argc, char *argv[])
{
  g_auto (KhOptions) options = { 0 };

  setlocale (LC_ALL, "");
  /* Standard output is for scripts. */
  g_log_writer_default_set_use_stderr (TRUE);
  kh_crypto_init ();
  switch (kh_options_parse (&argc, &argv, &options))
    {
    case KH_OPTIONS_RUN:
      return load_and_run (&options, FALSE);
    case KH_OPTIONS_PRINT_KEY:
      return load_and_run (&options, TRUE);
    case KH_OPTIONS_SELF_TEST:
      return kh_self_test (report_self_test, NULL) ? 0 : 1;
    case KH_OPTIONS_DONE:
      return 0;
    case KH_OPTIONS_WRONG:
    default:
      return 2;
    }
}
