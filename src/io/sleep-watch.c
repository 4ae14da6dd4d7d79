/* sleep-watch.c: logind's PrepareForSleep, and CLOCK_BOOTTIME beside CLOCK_MONOTONIC
 *
 * Owns a timer of the kernel's that never expires: it is there to be cancelled, which wakes us when
 * the wall clock jumps, and that it does on waking up (timerfd_create(2), TFD_TIMER_CANCEL_ON_SET).
 * So nothing has to be looked at now and then.
 */
#include "io/sleep-watch.h"

#include <errno.h>
#include <glib-unix.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

/* The clocks are read one after the other; a sleep is longer than that takes. */
#define ASLEEP_MIN_US (G_USEC_PER_SEC / 10)
/* logind and the clocks speak of the same waking within this. */
#define SAME_US (5 * G_USEC_PER_SEC)

struct _KhSleepWatch
{
  KhSleepWatchResumed resumed;
  gpointer user_data;
  gint64 (*get_asleep_us) (void);
  gint64 asleep_us;
  gint64 told_us; /* 0: never */
  GMainContext *context;
  GCancellable *cancellable;
  GDBusConnection *bus; /* (nullable) */
  guint subscription;
  int timer;       /* -1: none */
  GSource *source; /* (nullable) */
};

static gint64
read_clock (clockid_t clock)
{
  struct timespec now = { 0 };

  clock_gettime (clock, &now);
  return now.tv_sec * G_USEC_PER_SEC + now.tv_nsec / 1000;
}

static gint64
get_asleep_us (void)
{
  return read_clock (CLOCK_BOOTTIME) - read_clock (CLOCK_MONOTONIC);
}

static void
tell (KhSleepWatch *self)
{
  gint64 now_us = g_get_monotonic_time ();

  if (self->told_us != 0 && now_us - self->told_us < SAME_US)
    return;
  self->told_us = now_us;
  g_debug ("awake again");
  self->resumed (self->user_data);
}

void
kh_sleep_watch_check (KhSleepWatch *self)
{
  gint64 asleep_us = self->get_asleep_us ();
  gboolean has_slept = asleep_us - self->asleep_us >= ASLEEP_MIN_US;

  self->asleep_us = asleep_us;
  if (has_slept)
    tell (self);
}

/* --- the kernel -------------------------------------------------------------------------- */

static void
arm (KhSleepWatch *self)
{
  /* So far away that only a jump of the clock ends it. */
  struct itimerspec never = { .it_value.tv_sec = G_MAXINT32 };

  timerfd_settime (self->timer, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never, NULL);
}

static gboolean
on_jump (int fd, GIOCondition condition, gpointer user_data)
{
  KhSleepWatch *self = user_data;
  guint64 expirations;

  /* ECANCELED is the news; whatever it is, the timer is used up. */
  if (read (fd, &expirations, sizeof expirations) < 0 && errno == EAGAIN)
    return G_SOURCE_CONTINUE;
  arm (self);
  kh_sleep_watch_check (self);
  return G_SOURCE_CONTINUE;
}

static void
start_timer (KhSleepWatch *self)
{
  self->timer = timerfd_create (CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC);
  if (self->timer < 0)
    {
      g_debug ("timerfd_create: %s", g_strerror (errno));
      return;
    }
  arm (self);
  self->source = g_unix_fd_source_new (self->timer, G_IO_IN);
  g_source_set_callback (self->source, G_SOURCE_FUNC (on_jump), self, NULL);
  g_source_attach (self->source, self->context);
}

/* --- logind ------------------------------------------------------------------------------ */

static void
on_prepare_for_sleep (GDBusConnection *bus,
                      const char *sender,
                      const char *path,
                      const char *interface,
                      const char *signal,
                      GVariant *parameters,
                      gpointer user_data)
{
  KhSleepWatch *self = user_data;
  gboolean begins;

  if (!g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(b)")))
    return;
  g_variant_get (parameters, "(b)", &begins);
  if (begins)
    {
      self->told_us = 0;
      return;
    }
  self->asleep_us = self->get_asleep_us ();
  tell (self);
}

static void
leave_bus (KhSleepWatch *self)
{
  if (self->bus != NULL)
    g_dbus_connection_signal_unsubscribe (self->bus, self->subscription);
  g_clear_object (&self->bus);
}

void
kh_sleep_watch_use_bus (KhSleepWatch *self, GDBusConnection *bus)
{
  g_cancellable_cancel (self->cancellable);
  leave_bus (self);
  self->bus = g_object_ref (bus);
  self->subscription =
      g_dbus_connection_signal_subscribe (bus, "org.freedesktop.login1",
                                          "org.freedesktop.login1.Manager", "PrepareForSleep",
                                          "/org/freedesktop/login1", NULL, G_DBUS_SIGNAL_FLAGS_NONE,
                                          on_prepare_for_sleep, self, NULL);
}

static void
on_bus (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GDBusConnection) bus = g_bus_get_finish (result, &error);

  /* It may have been freed by then. */
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (bus != NULL)
    kh_sleep_watch_use_bus (user_data, bus);
  else
    g_debug ("no system bus: %s", error->message);
}

/* --- life -------------------------------------------------------------------------------- */

void
kh_sleep_watch_use_clock (KhSleepWatch *self, gint64 (*clock) (void))
{
  self->get_asleep_us = clock;
  self->asleep_us = clock ();
}

KhSleepWatch *
kh_sleep_watch_new (KhSleepWatchResumed resumed, gpointer user_data)
{
  KhSleepWatch *self = g_new0 (KhSleepWatch, 1);

  self->resumed = resumed;
  self->user_data = user_data;
  self->context = g_main_context_ref_thread_default ();
  self->cancellable = g_cancellable_new ();
  kh_sleep_watch_use_clock (self, get_asleep_us);
  start_timer (self);
  g_bus_get (G_BUS_TYPE_SYSTEM, self->cancellable, on_bus, self);
  return self;
}

void
kh_sleep_watch_free (KhSleepWatch *self)
{
  if (self == NULL)
    return;
  g_cancellable_cancel (self->cancellable);
  g_object_unref (self->cancellable);
  leave_bus (self);
  if (self->source != NULL)
    {
      g_source_destroy (self->source);
      g_source_unref (self->source);
    }
  if (self->timer >= 0)
    close (self->timer);
  g_main_context_unref (self->context);
  g_free (self);
}
