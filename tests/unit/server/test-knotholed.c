/* test-knotholed.c: the program: its options, its key file, its exit statuses, its signals */
#include "process.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <gio/gunixsocketaddress.h>
#include <sys/stat.h>
#include <unistd.h>

#include "wire/datagram.h"

#define RUN(ret_output, ret_errors, ...) \
  process_run ((const char *const[]){ __VA_ARGS__, NULL }, ret_output, ret_errors)

static char *
make_dir (void)
{
  g_autoptr (GError) error = NULL;
  char *dir = g_dir_make_tmp ("knotholed-XXXXXX", &error);

  g_assert_no_error (error);
  return dir;
}

static void
remove_dir (const char *dir)
{
  g_autofree char *key = g_build_filename (dir, "server.key", NULL);

  g_unlink (key);
  g_assert_cmpint (g_rmdir (dir), ==, 0);
}

static void
test_help_and_version (void)
{
  g_autofree char *help = NULL;
  g_autofree char *version = NULL;
  g_autofree char *errors = NULL;
  static const char *const options[] = { "--listen",     "--port",         "--second-port",
                                         "--no-tcp",     "--tcp-port",     "--no-relay",
                                         "--relay-rate", "--relay-volume", "--config",
                                         "--state-dir",  "--version" };

  g_assert_cmpint (RUN (&help, NULL, "--help"), ==, 0);
  for (gsize i = 0; i < G_N_ELEMENTS (options); i++)
    g_assert_nonnull (strstr (help, options[i]));
  g_assert_cmpint (RUN (&version, &errors, "--version"), ==, 0);
  g_assert_cmpstr (version, ==, "knotholed " KH_VERSION "\n");
  g_assert_cmpstr (errors, ==, "");
}

static void
test_self_test (void)
{
  g_autofree char *output = NULL;

  g_assert_cmpint (RUN (&output, NULL, "--self-test"), ==, 0);
  g_assert_nonnull (strstr (output, "passed: "));
  g_assert_null (strstr (output, "FAILED"));
}

static void
test_usage_errors (void)
{
  static const struct
  {
    const char *arguments[4];
    const char *says;
  } cases[] = {
    { { "--nonsense" }, "--nonsense" },
    { { "argument" }, "argument" },
    { { "--port", "65536" }, "65535" },
    { { "--port", "-1" }, "65535" },
    { { "--port", "x" }, "x" },
    { { "--listen", "localhost" }, "localhost" },
    { { "--listen=192.0.2.1", "--listen=192.0.2.2", "--listen=192.0.2.3" }, "192.0.2.3" },
    { { "--second-port", "65536" }, "--second-port" },
    { { "--tcp-port", "-1" }, "--tcp-port" },
    { { "--relay-rate", "-1" }, "--relay-rate" },
    { { "--relay-volume", "nan" }, "--relay-volume" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *output = NULL;
      g_autofree char *errors = NULL;

      g_assert_cmpint (process_run (cases[i].arguments, &output, &errors), ==, 2);
      g_assert_cmpstr (output, ==, "");
      g_assert_nonnull (strstr (errors, cases[i].says));
      g_assert_nonnull (strstr (errors, "--help"));
    }
}

static void
test_key_is_made_once (void)
{
  g_autofree char *dir = make_dir ();
  g_autofree char *path = g_build_filename (dir, "server.key", NULL);
  g_autofree char *first = NULL;
  g_autofree char *second = NULL;
  struct stat info;

  g_assert_cmpint (RUN (&first, NULL, "--print-key", "--state-dir", dir), ==, 0);
  g_assert_cmpint (RUN (&second, NULL, "--print-key", "--state-dir", dir), ==, 0);
  g_assert_cmpstr (first, ==, second);
  g_assert_cmpuint (strlen (first), ==, 44);
  g_assert_cmpint (stat (path, &info), ==, 0);
  g_assert_cmphex (info.st_mode & 07777, ==, 0600);
  remove_dir (dir);
}

static void
expect_refusal (const char *dir, const char *says)
{
  g_autofree char *output = NULL;
  g_autofree char *errors = NULL;

  g_assert_cmpint (RUN (&output, &errors, "--print-key", "--state-dir", dir), ==, 1);
  g_assert_cmpstr (output, ==, "");
  if (strstr (errors, says) == NULL)
    g_error ("\"%s\" does not say \"%s\"", errors, says);
}

static void
test_key_that_is_not_right (void)
{
  g_autofree char *dir = make_dir ();
  g_autofree char *path = g_build_filename (dir, "server.key", NULL);
  g_autofree char *below = g_build_filename (path, "folder", NULL);
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;

  g_assert_cmpint (RUN (&before, NULL, "--print-key", "--state-dir", dir), ==, 0);
  g_assert_cmpint (g_chmod (path, 0640), ==, 0);
  expect_refusal (dir, "chmod 600");
  g_assert_cmpint (g_chmod (path, 0600), ==, 0);
  expect_refusal (below, "--state-dir");
  /* None of it has touched the key. */
  g_assert_cmpint (RUN (&after, NULL, "--print-key", "--state-dir", dir), ==, 0);
  g_assert_cmpstr (before, ==, after);

  g_assert_cmpint (truncate (path, 31), ==, 0);
  expect_refusal (dir, "damaged");
  g_unlink (path);
  g_assert_cmpint (symlink ("/dev/zero", path), ==, 0);
  expect_refusal (dir, path);
  g_unlink (path);
  g_assert_cmpint (g_mkdir (path, 0700), ==, 0);
  expect_refusal (dir, "not an ordinary file");
  g_rmdir (path);
  remove_dir (dir);
}

static void
test_port_in_use (void)
{
  g_autoptr (Process) process = process_new (NULL);
  g_autofree char *port = g_strdup_printf ("%u", process->port);
  g_autofree char *output = NULL;
  g_autofree char *errors = NULL;

  g_assert_cmpint (RUN (&output, &errors, "--listen", "127.0.0.1", "--port", port, "--state-dir",
                        process->state_dir),
                   ==, 1);
  g_assert_cmpstr (output, ==, "");
  g_assert_nonnull (strstr (errors, port));
  g_assert_nonnull (strstr (errors, "in use"));
}

static GSocketAddress *
local_address (guint16 port)
{
  g_autoptr (GInetAddress) loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);

  return g_inet_socket_address_new (loopback, port);
}

/* Says HELLO on a socket that is connected, in TCP behind its length; the answer. */
static KhHelloAck
greet (GSocket *socket)
{
  gboolean is_tcp = g_socket_get_socket_type (socket) == G_SOCKET_TYPE_STREAM;
  KhHello hello = { .version = KH_PROTOCOL_VERSION, .nonce = { 1, 2, 3 } };
  guint8 buf[2 + KH_HELLO_SIZE] = { 0, KH_HELLO_SIZE };
  KhWriter writer = kh_writer_init (buf + 2, KH_HELLO_SIZE);
  gsize at = is_tcp ? 0 : 2, answer = is_tcp ? 2 : 0;
  g_autoptr (GSocketAddress) local = g_socket_get_local_address (socket, NULL);
  g_autoptr (GError) error = NULL;
  gssize len = 0;
  KhHelloAck ack;

  g_assert_true (kh_hello_write (&writer, &hello));
  g_assert_cmpint (g_socket_send (socket, (char *) buf + at, sizeof buf - at, NULL, &error), ==,
                   sizeof buf - at);
  do
    len += g_socket_receive (socket, (char *) buf + len, sizeof buf - (gsize) len, NULL, &error);
  while (is_tcp && error == NULL && (len < 2 || len < 2 + (buf[0] << 8 | buf[1])));
  g_assert_no_error (error);
  g_assert_true (kh_hello_ack_read (buf + answer, (gsize) len - answer, &ack));
  g_assert_cmpuint (ack.seen.port, ==,
                    g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (local)));
  return ack;
}

static GSocket *
connect_to (GSocketType type, guint16 port)
{
  g_autoptr (GSocketAddress) address = local_address (port);
  g_autoptr (GError) error = NULL;
  GSocket *socket = g_socket_new (G_SOCKET_FAMILY_IPV4, type, G_SOCKET_PROTOCOL_DEFAULT, &error);

  g_assert_no_error (error);
  g_socket_connect (socket, address, NULL, &error);
  g_assert_no_error (error);
  return socket;
}

static void
test_second_port (void)
{
  g_autoptr (Process) process = process_new (NULL);
  g_autoptr (GSocket) first = connect_to (G_SOCKET_TYPE_DATAGRAM, process->port);
  guint16 port = greet (first).second_port;
  g_autoptr (GSocket) second = connect_to (G_SOCKET_TYPE_DATAGRAM, port);

  g_assert_cmpuint (port, !=, 0);
  g_assert_cmpuint (port, !=, process->port);
  g_assert_cmpuint (greet (second).second_port, ==, port);
}

static void
test_tcp (void)
{
  g_autoptr (Process) process = process_new (NULL);
  g_autoptr (GSocket) socket = connect_to (G_SOCKET_TYPE_STREAM, process->port);
  KhHelloAck first = greet (socket);
  KhHelloAck second = greet (socket);

  g_assert_cmpmem (first.cookie, KH_COOKIE_SIZE, second.cookie, KH_COOKIE_SIZE);
  process_stop (process);
}

/* What is no length of a datagram closes the connection. */
static void
test_tcp_with_nonsense (void)
{
  g_autoptr (Process) process = process_new (NULL);
  g_autoptr (GSocket) socket = connect_to (G_SOCKET_TYPE_STREAM, process->port);
  g_autoptr (GError) error = NULL;
  char buf[16];

  g_socket_send (socket, "GE", 2, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (g_socket_receive (socket, buf, sizeof buf, NULL, NULL), <=, 0);
}

static void
test_stops_on_sigterm (void)
{
  g_autoptr (Process) process = process_new (NULL);
  g_autofree char *rest = NULL;

  g_subprocess_send_signal (process->process, SIGUSR1);
  process_stop (process);
  /* One line and no more. */
  rest = g_data_input_stream_read_line (process->output, NULL, NULL, NULL);
  g_assert_null (rest);
}

static void
write_config (const char *path, const char *text)
{
  g_autoptr (GError) error = NULL;

  g_file_set_contents (path, text, -1, &error);
  g_assert_no_error (error);
}

/* Until a line of @log has @words. */
static void
await_log (GDataInputStream *log, const char *words)
{
  for (;;)
    {
      g_autofree char *line = g_data_input_stream_read_line (log, NULL, NULL, NULL);

      if (line == NULL)
        g_error ("the log has no “%s”", words);
      if (strstr (line, words) != NULL)
        return;
    }
}

static void
reload (GSubprocess *process, GDataInputStream *log, const char *says)
{
  g_subprocess_send_signal (process, SIGHUP);
  await_log (log, says);
}

/* What the file says holds after SIGHUP; a mistake in it changes nothing and ends nothing. */
static void
test_reloads_on_sighup (void)
{
  g_autofree char *dir = make_dir ();
  g_autofree char *path = g_build_filename (dir, "config", NULL);
  g_autofree char *key = g_build_filename (dir, "server.key", NULL);
  g_autoptr (GSubprocess) process = NULL;
  g_autoptr (GDataInputStream) log = NULL;
  g_autoptr (GError) error = NULL;

  write_config (path, "[relay]\nrate=2\n");
  process = g_subprocess_new (G_SUBPROCESS_FLAGS_STDERR_PIPE | G_SUBPROCESS_FLAGS_STDOUT_SILENCE,
                              &error, g_getenv ("KNOTHOLED"), "--listen", "127.0.0.1", "--port",
                              "0", "--state-dir", dir, "--config", path, NULL);
  g_assert_no_error (error);
  log = g_data_input_stream_new (g_subprocess_get_stderr_pipe (process));
  await_log (log, "listening on");
  write_config (path, "[relay]\nrate=8\nvolume=0\n");
  reload (process, log, "the relay is on, 8 Mbit/s and 0 GB a day");
  write_config (path, "[relay]\nenabled=false\n");
  reload (process, log, "the relay is off, 4 Mbit/s and 10 GB a day");
  write_config (path, "[relay]\nenabled=perhaps\n");
  reload (process, log, "all stays as it was");
  write_config (path, "[relay]\nrate=-1\n");
  reload (process, log, "“rate” is no limit");
  write_config (path, "[relay]\nrates=1\n");
  reload (process, log, "there is no setting “rates”");
  write_config (path, "[rely]\n");
  reload (process, log, "there is no setting “rely”");
  g_unlink (path);
  reload (process, log, "all stays as it was");
  g_subprocess_send_signal (process, SIGTERM);
  g_assert_true (g_subprocess_wait_check (process, NULL, &error));
  g_unlink (key);
  g_rmdir (dir);
}

static void
test_tells_the_service_manager (void)
{
  g_autofree char *dir = make_dir ();
  g_autofree char *path = g_build_filename (dir, "notify", NULL);
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocket) socket = g_socket_new (G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_DATAGRAM,
                                             G_SOCKET_PROTOCOL_DEFAULT, &error);
  g_autoptr (Process) process = NULL;
  char buf[64];
  gssize len;

  g_assert_no_error (error);
  g_assert_true (g_socket_bind (socket, address, FALSE, &error));
  g_setenv ("NOTIFY_SOCKET", path, TRUE);
  process = process_new (NULL);
  g_unsetenv ("NOTIFY_SOCKET");
  len = g_socket_receive (socket, buf, sizeof buf, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpmem (buf, len, "READY=1", 7);
  process_stop (process);
  len = g_socket_receive (socket, buf, sizeof buf, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpmem (buf, len, "STOPPING=1", 10);
  g_unlink (path);
  g_rmdir (dir);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/knotholed/help-and-version", test_help_and_version);
  g_test_add_func ("/knotholed/self-test", test_self_test);
  g_test_add_func ("/knotholed/usage-errors", test_usage_errors);
  g_test_add_func ("/knotholed/key-is-made-once", test_key_is_made_once);
  g_test_add_func ("/knotholed/key-that-is-not-right", test_key_that_is_not_right);
  g_test_add_func ("/knotholed/port-in-use", test_port_in_use);
  g_test_add_func ("/knotholed/second-port", test_second_port);
  g_test_add_func ("/knotholed/tcp", test_tcp);
  g_test_add_func ("/knotholed/tcp-with-nonsense", test_tcp_with_nonsense);
  g_test_add_func ("/knotholed/stops-on-sigterm", test_stops_on_sigterm);
  g_test_add_func ("/knotholed/reloads-on-sighup", test_reloads_on_sighup);
  g_test_add_func ("/knotholed/tells-the-service-manager", test_tells_the_service_manager);
  return g_test_run ();
}
