/* main.c: knotholed, the rendezvous server as a program
 *
 * Owns the process: command line, key, sockets, signals, log. Everything that clients see is in
 * the library beside it. Standard output carries one line, when the server can be reached.
 */
#define G_LOG_DOMAIN "knotholed"

#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>

#include <glib-unix.h>
#include <glib/gi18n.h>

#include "crypto/primitives.h"
#include "crypto/self-test.h"
#include "io/system-random.h"
#include "server/key-file.h"
#include "server/listen.h"
#include "server/notify.h"
#include "server/settings.h"

/* 32 bytes in base64url, without padding, as invite links carry it, and the end. */
#define KEY_STRING_SIZE 44
/* What a client may have relayed at once, in seconds of its rate. */
#define RELAY_BURST_SECONDS 2
/* 13 GB if all of them read nothing of what they ask for, 0.1 GB if they do. */
#define TCP_CONNECTIONS_MAX 100000
/* A company behind one address. */
#define TCP_CONNECTIONS_PER_PREFIX 256

typedef struct
{
  GMainLoop *loop;
  KhServer *server;
  KhUdpDriver *driver;
  KhTcpDriver *tcp;
  const KhOptions *options; /* the command line */
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
  kh_tcp_driver_flush (self->tcp);
  g_main_loop_quit (self->loop);
}

/* The clock may be set while the server runs. */
static void
after_turn (gpointer user_data)
{
  Daemon *self = user_data;

  kh_server_set_clock (self->server, g_get_real_time (), g_get_monotonic_time ());
  quit_when_drained (self);
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
  KhTcpDriverStats t;

  kh_server_get_stats (self->server, &s);
  kh_tcp_driver_get_stats (self->tcp, &t);
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
  g_message ("relay: channels %u, relayed %" G_GUINT64_FORMAT " (%" G_GUINT64_FORMAT
             " bytes), unknown channel %" G_GUINT64_FORMAT ", over quota %" G_GUINT64_FORMAT
             ", dropped %" G_GUINT64_FORMAT "; STUN: answered %" G_GUINT64_FORMAT,
             s.channels, s.relayed, s.relayed_bytes, s.relay_unknown, s.relay_limited,
             s.relay_dropped, s.bindings);
  g_message ("TCP: connections %u, accepted %" G_GUINT64_FORMAT ", refused %" G_GUINT64_FORMAT
             ", received %" G_GUINT64_FORMAT ", sent %" G_GUINT64_FORMAT
             ", dropped %" G_GUINT64_FORMAT,
             t.connections, t.accepted, t.refused, t.received, t.sent, t.dropped);
  return G_SOURCE_CONTINUE;
}

static void
announce (Daemon *self, const KhOptions *options)
{
  g_autofree char *sockets = kh_listen_describe (self->driver, options);

  g_log_structured (G_LOG_DOMAIN, G_LOG_LEVEL_MESSAGE, "KNOTHOLED_ADDRESS", sockets,
                    "KNOTHOLED_KEY", self->key, "MESSAGE",
                    "listening on %s; the server's key is %s. To use it, enter this computer's "
                    "name or address as the server in Knothole",
                    sockets, self->key);
  printf ("listening on %s\n", sockets);
  fflush (stdout);
  kh_notify_send ("READY=1");
}

static KhServerLimits
choose_limits (const KhOptions *options)
{
  KhServerLimits limits = kh_server_limits_default ();

  if (!options->relay)
    limits.max_channels = 0;
  limits.relay_rate = options->relay_rate;
  limits.relay_burst = options->relay_rate * RELAY_BURST_SECONDS;
  limits.relay_volume = options->relay_volume;
  return limits;
}

/* The command line and, where there is one, the file, which has the last word. */
static gboolean
read_limits (const KhOptions *options, KhServerLimits *ret_limits, GError **error)
{
  KhOptions chosen = *options;

  if (options->config != NULL && !kh_settings_read (options->config, &chosen, error))
    return FALSE;
  *ret_limits = choose_limits (&chosen);
  return TRUE;
}

static gboolean
on_reload (gpointer user_data)
{
  Daemon *self = user_data;
  g_autoptr (GError) error = NULL;
  KhServerLimits limits;

  if (self->options->config == NULL)
    g_message ("reload: nothing to read, for there is no --config");
  else if (!read_limits (self->options, &limits, &error))
    g_warning ("reload: %s; all stays as it was", error->message);
  else
    {
      kh_server_set_relay (self->server, &limits);
      g_message (
          "reloaded %s: the relay is %s, %g Mbit/s and %g GB a day for one peer (0: no limit)",
          self->options->config, limits.max_channels > 0 ? "on" : "off",
          limits.relay_rate / KH_OPTIONS_BYTES_PER_MBIT,
          limits.relay_volume / KH_OPTIONS_BYTES_PER_GB);
    }
  return G_SOURCE_CONTINUE;
}

/* As many connections as there are descriptors, less what the rest of the program needs. */
static KhTcpLimits
choose_tcp_limits (void)
{
  struct rlimit files;

  if (getrlimit (RLIMIT_NOFILE, &files) != 0)
    files.rlim_cur = files.rlim_max = 256;
  files.rlim_cur = files.rlim_max;
  setrlimit (RLIMIT_NOFILE, &files);
  return (KhTcpLimits){
    .max_connections = (guint) MIN (MAX (files.rlim_cur, 128) - 64, TCP_CONNECTIONS_MAX),
    .max_per_prefix = TCP_CONNECTIONS_PER_PREFIX,
  };
}

static int
run (Daemon *self,
     const KhOptions *options,
     const KhServerLimits *limits,
     const KhIdentity *identity)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  KhTcpLimits tcp_limits = choose_tcp_limits ();
  g_autoptr (KhServer) server =
      kh_server_new (identity, limits, kh_system_random (), g_get_monotonic_time ());
  g_autoptr (KhUdpDriver) driver =
      kh_udp_driver_new (&kh_server_machine_ops, server, after_turn, self);
  g_autoptr (KhTcpDriver) tcp =
      kh_tcp_driver_new (&kh_server_machine_ops, server, driver, &tcp_limits);
  g_autoptr (GError) error = NULL;

  self->loop = loop;
  self->server = server;
  kh_server_set_clock (server, g_get_real_time (), g_get_monotonic_time ());
  self->driver = driver;
  self->tcp = tcp;
  if (!kh_listen_udp (server, driver, options, &error))
    {
      g_printerr ("knotholed: %s\n", error->message);
      return 1;
    }
  kh_listen_tcp (tcp, driver, options);
  g_unix_signal_add (SIGTERM, on_terminate, self);
  g_unix_signal_add (SIGINT, on_terminate, self);
  g_unix_signal_add (SIGHUP, on_reload, self);
  g_unix_signal_add (SIGUSR1, on_report, self);
  announce (self, options);
  g_main_loop_run (loop);
  g_message ("stopped");
  return 0;
}

static void
report_self_test (const char *name, gboolean passed, gpointer user_data)
{
  printf ("%s: %s\n", passed ? C_ ("self-test", "passed") : C_ ("self-test", "FAILED"), name);
}

static int
load_and_run (const KhOptions *options, gboolean print_only)
{
  Daemon self = { 0 };
  KhRandom random = kh_system_random ();
  g_autoptr (GError) error = NULL;
  g_autoptr (KhIdentity) identity = NULL;
  KhServerLimits limits;
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
  if (!read_limits (options, &limits, &error))
    {
      g_printerr ("knotholed: %s\n", error->message);
      return 1;
    }
  self.options = options;
  if (created)
    g_message ("made a new server key in %s: clients will pin it, so keep it", options->state_dir);
  return run (&self, options, &limits, identity);
}

int
main (int argc, char *argv[])
{
  g_auto (KhOptions) options = { 0 };

  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, KH_LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);
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
