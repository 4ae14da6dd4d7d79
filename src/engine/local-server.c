/* local-server.c: KhServer on its own sockets, for people without a server */
#include "engine/local-server.h"

#include "engine/error-private.h"
#include "io/system-random.h"
#include "io/udp-driver.h"
#include "server/server.h"
#include "store/identity-file.h"

/* Clients in the same network have acknowledged long before; the user waits for it. */
#define DRAIN_MS 1000

struct _KhLocalServer
{
  KhServer *server;
  KhUdpDriver *driver;
  GSource *drain_timer; /* (nullable) */
  void (*drained) (gpointer user_data);
  gpointer user_data;
};

static void
finish_drain (KhLocalServer *self)
{
  void (*drained) (gpointer) = self->drained;

  if (drained == NULL)
    return;
  self->drained = NULL;
  g_source_destroy (self->drain_timer);
  g_clear_pointer (&self->drain_timer, g_source_unref);
  drained (self->user_data);
}

static void
on_turn (gpointer user_data)
{
  KhLocalServer *self = user_data;

  kh_server_set_clock (self->server, g_get_real_time (), g_get_monotonic_time ());
  if (self->drained != NULL && kh_server_is_drained (self->server))
    finish_drain (self);
}

static gboolean
on_drain_timeout (gpointer user_data)
{
  finish_drain (user_data);
  return G_SOURCE_REMOVE;
}

static KhLocalServer *
start (const KhIdentity *identity, guint16 port, GError **error)
{
  g_autoptr (KhLocalServer) self = g_new0 (KhLocalServer, 1);
  g_autoptr (GError) bind_error = NULL;
  gboolean bound;

  self->server = kh_server_new (identity, NULL, kh_system_random (), g_get_monotonic_time ());
  kh_server_set_clock (self->server, g_get_real_time (), g_get_monotonic_time ());
  self->driver = kh_udp_driver_new (&kh_server_machine_ops, self->server, on_turn, self);
  bound = kh_udp_driver_bind_any (self->driver, 0, port, &bind_error);
  if (!bound && g_error_matches (bind_error, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE))
    {
      g_clear_error (&bind_error);
      bound = kh_udp_driver_bind_any (self->driver, 0, 0, &bind_error);
    }
  if (bound)
    return g_steal_pointer (&self);
  g_propagate_error (error, kh_engine_error_from_socket (g_steal_pointer (&bind_error)));
  return NULL;
}

static void
load_identity (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  KhRandom random = kh_system_random ();
  guint8 secret[KH_KEY_SIZE];
  GError *error = NULL;

  if (kh_identity_file_ensure (task_data, &random, secret, &error))
    g_task_return_pointer (task, kh_identity_new_from_secret (secret),
                           (GDestroyNotify) kh_identity_free);
  else
    g_task_return_error (task, error);
  explicit_bzero (secret, sizeof secret);
}

static void
on_identity (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  guint16 port = GPOINTER_TO_UINT (g_task_get_task_data (task));
  GError *error = NULL;
  g_autoptr (KhIdentity) identity = g_task_propagate_pointer (G_TASK (result), &error);
  KhLocalServer *self = NULL;

  if (identity != NULL)
    self = start (identity, port, &error);
  if (self != NULL)
    g_task_return_pointer (task, self, (GDestroyNotify) kh_local_server_free);
  else
    g_task_return_error (task, error);
}

void
kh_local_server_new_async (const char *data_dir,
                           guint16 port,
                           GAsyncReadyCallback callback,
                           gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, callback, user_data);
  g_autoptr (GTask) disk = g_task_new (NULL, NULL, on_identity, g_object_ref (task));

  g_task_set_source_tag (task, kh_local_server_new_async);
  g_task_set_task_data (task, GUINT_TO_POINTER (port), NULL);
  g_task_set_source_tag (disk, kh_local_server_new_async);
  g_task_set_task_data (disk, g_build_filename (data_dir, "server", NULL), g_free);
  g_task_run_in_thread (disk, load_identity);
}

KhLocalServer *
kh_local_server_new_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}

void
kh_local_server_free (KhLocalServer *self)
{
  if (self == NULL)
    return;
  if (self->drain_timer != NULL)
    {
      g_source_destroy (self->drain_timer);
      g_source_unref (self->drain_timer);
    }
  kh_udp_driver_free (self->driver);
  kh_server_free (self->server);
  g_free (self);
}

guint16
kh_local_server_get_port (KhLocalServer *self)
{
  return kh_udp_driver_get_port (self->driver, 0);
}

const KhKey *
kh_local_server_get_key (KhLocalServer *self)
{
  return kh_server_get_key (self->server);
}

void
kh_local_server_drain (KhLocalServer *self, void (*done) (gpointer user_data), gpointer user_data)
{
  self->drained = done;
  self->user_data = user_data;
  self->drain_timer = g_timeout_source_new (DRAIN_MS);
  g_source_set_callback (self->drain_timer, on_drain_timeout, self, NULL);
  g_source_attach (self->drain_timer, g_main_context_get_thread_default ());
  kh_server_shutdown (self->server, g_get_monotonic_time ());
  kh_udp_driver_kick (self->driver);
}
