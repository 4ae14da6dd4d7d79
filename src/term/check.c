/* check.c: --check-network: what this network does to connections, as a server sees it
 *
 * Opens nothing of the data folder: it is asked for the server that was chosen and the key that is
 * remembered, and may be in use meanwhile.
 */
#include "term/check.h"

#include <glib-unix.h>
#include <glib/gi18n.h>
#include <signal.h>

#include "engine/network-check.h"
#include "term/words.h"

typedef struct
{
  const KhOptions *options;
  KhOutput *output;
  GMainLoop *loop;
  GCancellable *cancellable;
  char *server;
  KhExit status;
} Check;

static KhExit
status_of (const GError *error)
{
  if (error->domain != KH_ENGINE_ERROR)
    return KH_EXIT_FAILED;
  if (error->code == KH_ENGINE_ERROR_BAD_SERVER || error->code == KH_ENGINE_ERROR_NO_SERVER ||
      error->code == KH_ENGINE_ERROR_INVALID)
    return KH_EXIT_USAGE;
  return error->code == KH_ENGINE_ERROR_SERVER_KEY_CHANGED ? KH_EXIT_SERVER_KEY : KH_EXIT_FAILED;
}

/* What is said of a server that is waited for does not fit one that was asked once. */
static const char *
once_format (const GError *error)
{
  if (error->domain != KH_ENGINE_ERROR)
    return NULL;
  switch (error->code)
    {
    case KH_ENGINE_ERROR_RESOLVE:
      return _ ("The server %s cannot be found: its name has no address, or this computer is "
                "offline. Check the spelling after --server and the network.");
    case KH_ENGINE_ERROR_SERVER_SILENT:
      return _ ("The server %s does not answer, neither over UDP nor over TCP: the address is "
                "wrong, the server is down, or a firewall drops everything that is sent there.");
    case KH_ENGINE_ERROR_SERVER_REFUSED:
      return _ ("The computer of %s is there, but no Knothole server listens at that port, neither "
                "over UDP nor over TCP: it is down, or the port is wrong.");
    case KH_ENGINE_ERROR_SERVER_UNPROVEN:
      return _ ("Something answers at %s, but cannot prove that it has the server's key: what is "
                "sent there is lost on the way, or somebody tampers with it. Try another network, "
                "or ask who runs the server.");
    default:
      return NULL;
    }
}

/* (transfer full) */
static char *
words_of (Check *self, const GError *error, const char *offered_key)
{
  const KhWordsContext context = { .server = self->server,
                                   .server_key = offered_key,
                                   .data_dir = self->options->data_dir };
  const char *format = once_format (error);

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  if (format != NULL)
    return g_strdup_printf (format, self->server);
#pragma GCC diagnostic pop
  return kh_words_error (error, &context);
}

static void
fail (Check *self, const GError *error, const char *offered_key)
{
  g_autofree char *text = NULL;

  self->status = status_of (error);
  /* Who stopped it knows. */
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  text = words_of (self, error, offered_key);
  kh_output_print (self->output,
                   &(KhReport){
                       .type = KH_REPORT_ERROR, .code = kh_words_error_code (error), .text = text },
                   g_get_monotonic_time ());
}

static void
on_checked (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Check *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *offered_key = NULL;
  g_autofree char *text = NULL;
  g_autoptr (KhNetworkReport) report = kh_network_check_finish (result, &offered_key, &error);

  g_main_loop_quit (self->loop);
  if (report == NULL)
    {
      fail (self, error, offered_key);
      return;
    }
  text = kh_network_report_to_text (report);
  if (!kh_output_print (self->output,
                        &(KhReport){ .type = KH_REPORT_NETWORK, .network = report, .text = text },
                        g_get_monotonic_time ()))
    self->status = KH_EXIT_FAILED;
}

static gboolean
on_signal (gpointer user_data)
{
  Check *self = user_data;

  g_cancellable_cancel (self->cancellable);
  return G_SOURCE_CONTINUE;
}

static void
run (Check *self, const char *server_key)
{
  static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
  KhNetworkCheckFlags flags = (self->options->port_mapping ? KH_NETWORK_CHECK_MAPPING : 0) |
                              (self->options->is_long ? KH_NETWORK_CHECK_LONG : 0);
  guint sources[G_N_ELEMENTS (signals)];

  for (gsize i = 0; i < G_N_ELEMENTS (signals); i++)
    sources[i] = g_unix_signal_add (signals[i], on_signal, self);
  kh_network_check_async (self->server, server_key, flags, self->cancellable, on_checked, self);
  g_main_loop_run (self->loop);
  for (gsize i = 0; i < G_N_ELEMENTS (signals); i++)
    g_source_remove (sources[i]);
}

KhExit
kh_check_run (const KhOptions *options, KhOutput *output)
{
  Check self = { .options = options, .output = output };
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  g_autofree char *server = NULL;
  g_autofree char *server_key = NULL;

  if (!kh_network_check_recall (options->data_dir, options->server, &server, &server_key, &error))
    {
      self.server = options->server;
      fail (&self, error, NULL);
      return self.status;
    }
  if (server == NULL)
    {
      error = g_error_new_literal (KH_ENGINE_ERROR, KH_ENGINE_ERROR_NO_SERVER, "");
      fail (&self, error, NULL);
      return self.status;
    }
  self.server = server;
  self.loop = loop;
  self.cancellable = cancellable;
  run (&self, options->server_key != NULL ? options->server_key : server_key);
  return self.status;
}
