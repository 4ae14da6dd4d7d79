/* port-mapper-upnp.c: see port-mapper-upnp.h */
#include "engine/port-mapper-upnp.h"

#include "io/upnp.h"

/* Where there was none to begin with, there will be none so soon. One that was lost is asked for
 * again after the lesser, doubled with each failure: a router that restarts is back in a minute. */
#define REST_MIN_MS 60000
#define REST_MAX_MS 3600000
#define RENEW_MS (KH_UPNP_LEASE_S / 2 * 1000)

struct _KhPortMapperUpnp
{
  KhPortMapperUpnpTold told;
  gpointer user_data;
  KhAddr internal;        /* absent: not to be asked for */
  GCancellable *asking;   /* (nullable): of the request under way */
  KhUpnpMapping *mapping; /* (nullable) */
  GSource *timer;         /* (nullable) */
  guint rest_ms;          /* of the last failure; 0 */

  /* closing */
  gboolean is_stopped;
  KhPortMapperUpnpDone done; /* (nullable) */
  gpointer done_data;
  GSource *patience;       /* (nullable) */
  GCancellable *returning; /* (nullable): of giving back */
};

typedef struct
{
  KhPortMapperUpnp *upnp; /* borrowed: alive unless @cancellable is cancelled */
  GCancellable *cancellable;
} Question;

static Question *
question_new (KhPortMapperUpnp *upnp, GCancellable *cancellable)
{
  Question *self = g_new (Question, 1);

  *self = (Question){ upnp, g_object_ref (cancellable) };
  return self;
}

static void
question_free (Question *self)
{
  g_object_unref (self->cancellable);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Question, question_free)

static void
clear_timer (GSource **timer)
{
  if (*timer == NULL)
    return;
  g_source_destroy (*timer);
  g_clear_pointer (timer, g_source_unref);
}

static void
clear_question (GCancellable **question)
{
  g_cancellable_cancel (*question);
  g_clear_object (question);
}

static void
start_timer (KhPortMapperUpnp *self, GSource **timer, guint ms, GSourceFunc func)
{
  clear_timer (timer);
  *timer = g_timeout_source_new (ms);
  g_source_set_callback (*timer, func, self, NULL);
  g_source_attach (*timer, g_main_context_get_thread_default ());
}

/* --- what came of it --------------------------------------------------------------------- */

static KhPortMapFailure
failure_of (const GError *error)
{
  switch (error->code)
    {
    case G_IO_ERROR_PERMISSION_DENIED:
      return KH_PORT_MAP_REFUSED;
    case G_IO_ERROR_HOST_UNREACHABLE:
      return KH_PORT_MAP_NO_ADDRESS;
    case G_IO_ERROR_FAILED:
      return KH_PORT_MAP_EXHAUSTED;
    case G_IO_ERROR_NOT_FOUND:
    case G_IO_ERROR_NOT_SUPPORTED:
    default:
      return KH_PORT_MAP_NO_ANSWER;
    }
}

static void
take_mapping (KhPortMapperUpnp *self, KhUpnpMapping *mapping)
{
  KhAddr external = kh_upnp_mapping_get_external (mapping);

  g_clear_pointer (&self->mapping, kh_upnp_mapping_free);
  self->mapping = mapping;
  self->rest_ms = 0;
  kh_port_mapper_upnp_schedule (self, RENEW_MS);
  self->told (&external, KH_PORT_MAP_OK, self->user_data);
}

static void
take_failure (KhPortMapperUpnp *self, const GError *error)
{
  g_debug ("UPnP: %s", error->message);
  if (self->mapping != NULL)
    self->rest_ms = REST_MIN_MS;
  else
    self->rest_ms = self->rest_ms == 0 ? REST_MAX_MS : MIN (self->rest_ms * 2, REST_MAX_MS);
  g_clear_pointer (&self->mapping, kh_upnp_mapping_free);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED))
    return;
  kh_port_mapper_upnp_schedule (self, self->rest_ms);
  self->told (NULL, failure_of (error), self->user_data);
}

static void
on_answered (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Question) question = user_data;
  KhPortMapperUpnp *self = question->upnp;
  g_autoptr (GError) error = NULL;
  KhUpnpMapping *mapping = kh_upnp_map_finish (result, &error);

  if (g_cancellable_is_cancelled (question->cancellable))
    {
      /* Granted just before: nobody else knows of it. */
      if (mapping != NULL)
        kh_upnp_unmap_async (mapping, NULL, NULL, NULL);
      kh_upnp_mapping_free (mapping);
      return;
    }
  g_clear_object (&self->asking);
  if (mapping != NULL)
    take_mapping (self, mapping);
  else
    take_failure (self, error);
}

/* --- asking ------------------------------------------------------------------------------ */

void
kh_port_mapper_upnp_ask (KhPortMapperUpnp *self)
{
  if (self->asking != NULL || self->is_stopped || !kh_upnp_is_available () ||
      !kh_addr_is_set (&self->internal))
    return;
  clear_timer (&self->timer);
  self->asking = g_cancellable_new ();
  kh_upnp_map_async (&self->internal, self->mapping, self->asking, on_answered,
                     question_new (self, self->asking));
}

static gboolean
on_due (gpointer user_data)
{
  kh_port_mapper_upnp_ask (user_data);
  return G_SOURCE_REMOVE;
}

void
kh_port_mapper_upnp_schedule (KhPortMapperUpnp *self, guint ms)
{
  if (self->is_stopped || !kh_upnp_is_available ())
    return;
  start_timer (self, &self->timer, ms, on_due);
}

/* Nobody asks any more; a port that was about to be given is given back by the thread. */
static void
stop_asking (KhPortMapperUpnp *self)
{
  clear_timer (&self->timer);
  clear_question (&self->asking);
}

void
kh_port_mapper_upnp_drop (KhPortMapperUpnp *self)
{
  stop_asking (self);
  if (self->mapping != NULL)
    kh_upnp_unmap_async (self->mapping, NULL, NULL, NULL);
  g_clear_pointer (&self->mapping, kh_upnp_mapping_free);
}

void
kh_port_mapper_upnp_set_internal (KhPortMapperUpnp *self, const KhAddr *internal)
{
  kh_port_mapper_upnp_drop (self);
  self->internal = *internal;
  self->rest_ms = 0;
}

gboolean
kh_port_mapper_upnp_is_mapped (KhPortMapperUpnp *self)
{
  return self->mapping != NULL;
}

gboolean
kh_port_mapper_upnp_is_open (KhPortMapperUpnp *self)
{
  return kh_upnp_is_available () && self->rest_ms == 0;
}

/* --- life -------------------------------------------------------------------------------- */

KhPortMapperUpnp *
kh_port_mapper_upnp_new (KhPortMapperUpnpTold told, gpointer user_data)
{
  KhPortMapperUpnp *self = g_new0 (KhPortMapperUpnp, 1);

  self->told = told;
  self->user_data = user_data;
  return self;
}

static void
stop_waiting (KhPortMapperUpnp *self)
{
  clear_timer (&self->patience);
  clear_question (&self->returning);
}

void
kh_port_mapper_upnp_free (KhPortMapperUpnp *self)
{
  if (self == NULL)
    return;
  stop_waiting (self);
  kh_port_mapper_upnp_drop (self);
  g_free (self);
}

void
kh_port_mapper_upnp_stop (KhPortMapperUpnp *self)
{
  self->is_stopped = TRUE;
  stop_asking (self);
}

static void
finish (KhPortMapperUpnp *self)
{
  KhPortMapperUpnpDone done = self->done;

  stop_waiting (self);
  self->done = NULL;
  if (done != NULL)
    done (self->done_data);
}

static gboolean
on_patience_over (gpointer user_data)
{
  finish (user_data);
  return G_SOURCE_REMOVE;
}

static void
on_given_back (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Question) question = user_data;
  g_autoptr (GError) error = NULL;

  if (!kh_upnp_unmap_finish (result, &error))
    g_debug ("UPnP: %s", error->message);
  if (!g_cancellable_is_cancelled (question->cancellable))
    finish (question->upnp);
}

void
kh_port_mapper_upnp_close (KhPortMapperUpnp *self,
                           guint patience_ms,
                           KhPortMapperUpnpDone done,
                           gpointer user_data)
{
  self->done = done;
  self->done_data = user_data;
  if (self->mapping == NULL)
    {
      finish (self);
      return;
    }
  self->returning = g_cancellable_new ();
  kh_upnp_unmap_async (self->mapping, self->returning, on_given_back,
                       question_new (self, self->returning));
  g_clear_pointer (&self->mapping, kh_upnp_mapping_free);
  start_timer (self, &self->patience, patience_ms, on_patience_over);
}
