/* network-watch.c: GNetworkMonitor, debounced
 *
 * The news of a run is passed on twice: FIRST_MS after the first, because somebody is in the middle
 * of a talk; and at its end, QUIET_MS after the last, but not later than LATEST_US after the first,
 * because a flapping interface may never be quiet.
 */
#include "io/network-watch.h"

/* A DHCP lease and router advertisements come some 100 ms after each other. */
#define QUIET_MS 250
/* An address and its route come a few ms after each other. */
#define FIRST_MS 30
#define LATEST_US (2 * G_USEC_PER_SEC)

struct _KhNetworkWatch
{
  KhNetworkWatchChanged changed;
  gpointer user_data;
  GMainContext *context;
  GNetworkMonitor *monitor;
  gulong handler;
  GSource *timer; /* (nullable): runs while news are gathered */
  gint64 first_us;
  gboolean was_told; /* of the first news of this run */
  gboolean is_more;  /* there was more after that */
};

static void
stop_timer (KhNetworkWatch *self)
{
  if (self->timer == NULL)
    return;
  g_source_destroy (self->timer);
  g_clear_pointer (&self->timer, g_source_unref);
}

static gboolean on_time (gpointer user_data);

static void
start_timer (KhNetworkWatch *self, guint ms)
{
  self->timer = g_timeout_source_new (ms);
  g_source_set_callback (self->timer, on_time, self, NULL);
  g_source_attach (self->timer, self->context);
}

static gboolean
on_time (gpointer user_data)
{
  KhNetworkWatch *self = user_data;
  gboolean is_first = !self->was_told;

  stop_timer (self);
  self->was_told = TRUE;
  if (is_first)
    start_timer (self, QUIET_MS);
  /* May free us. */
  if (is_first || self->is_more)
    self->changed (self->user_data);
  return G_SOURCE_REMOVE;
}

static void
on_network_changed (GNetworkMonitor *monitor, gboolean available, gpointer user_data)
{
  KhNetworkWatch *self = user_data;
  gint64 now_us = g_get_monotonic_time ();

  if (self->timer == NULL)
    {
      self->first_us = now_us;
      self->was_told = self->is_more = FALSE;
      start_timer (self, FIRST_MS);
    }
  else if (self->was_told)
    {
      self->is_more = TRUE;
      g_source_set_ready_time (self->timer,
                               MIN (now_us + QUIET_MS * 1000, self->first_us + LATEST_US));
    }
}

KhNetworkWatch *
kh_network_watch_new (KhNetworkWatchChanged changed, gpointer user_data)
{
  KhNetworkWatch *self = g_new0 (KhNetworkWatch, 1);

  self->changed = changed;
  self->user_data = user_data;
  self->context = g_main_context_ref_thread_default ();
  self->monitor = g_object_ref (g_network_monitor_get_default ());
  self->handler =
      g_signal_connect (self->monitor, "network-changed", G_CALLBACK (on_network_changed), self);
  return self;
}

void
kh_network_watch_free (KhNetworkWatch *self)
{
  if (self == NULL)
    return;
  stop_timer (self);
  g_signal_handler_disconnect (self->monitor, self->handler);
  g_object_unref (self->monitor);
  g_main_context_unref (self->context);
  g_free (self);
}
