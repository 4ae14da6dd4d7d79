/* udp-driver.c: one GSource that carries the sockets and the next timeout of a machine
 *
 * A turn is a row of rounds, each of which reads a batch, lets the machine handle its timeouts,
 * sends a batch and calls the owner: acknowledgements are heard between the batches of bulk. Work
 * that outlasts a turn, or takes more than a share of the time, continues below the toolkit's
 * redraw priority.
 */
#include "io/udp-driver-private.h"

#include <unistd.h>

/* GDK_PRIORITY_REDRAW is G_PRIORITY_HIGH_IDLE + 20; a lower priority is a greater number. */
#define PRIORITY_BULK (G_PRIORITY_HIGH_IDLE + 30)
/* More than KH_UDP_DRIVER_TURN_US of a window of this length is bulk, even where each turn finds an
 * end: the next datagrams are there before the loop has looked at what else there is to do. */
#define WINDOW_US 8000
/* Lowered, and without a turn for this long: one turn. */
#define STARVED_US 100000

typedef struct
{
  GSource source;
  KhUdpDriver *driver;
} DriverSource;

static gboolean driver_prepare (GSource *source, int *ret_timeout_ms);
static gboolean driver_check (GSource *source);
static gboolean driver_dispatch (GSource *source, GSourceFunc callback, gpointer user_data);
static gboolean guard_dispatch (GSource *source, GSourceFunc callback, gpointer user_data);

static GSourceFuncs driver_source_funcs = { .prepare = driver_prepare,
                                            .check = driver_check,
                                            .dispatch = driver_dispatch };
static GSourceFuncs guard_source_funcs = { .dispatch = guard_dispatch };

/* --- what there is to do ----------------------------------------------------------------- */

void
kh_udp_driver_set_blocked (KhUdpDriver *self, KhUdpDriverSocket *sock, gboolean blocked)
{
  if (sock->blocked == blocked)
    return;
  sock->blocked = blocked;
  self->stats.blocked += blocked;
  if (self->source != NULL)
    g_source_modify_unix_fd (self->source, sock->tag, blocked ? G_IO_IN | G_IO_OUT : G_IO_IN);
}

static void
receive_errors (KhUdpDriver *self, guint index, gint64 now_us)
{
  KhAddr remote;

  for (guint i = 0;
       i < KH_UDP_DRIVER_TURN_ERRORS &&
       kh_udp_socket_next_unreachable (kh_udp_driver_get_socket (self, index)->fd, &remote);
       i++)
    {
      self->stats.unreachable++;
      if (self->ops->unreachable != NULL)
        self->ops->unreachable (self->machine, &remote, now_us);
    }
}

static void
look_at_sockets (KhUdpDriver *self, gint64 now_us)
{
  for (guint i = 0; i < kh_udp_driver_end (self); i++)
    {
      KhUdpDriverSocket *sock = kh_udp_driver_get_socket (self, i);
      GIOCondition condition;

      if (sock == NULL)
        continue;
      sock->busy = FALSE;
      condition = g_source_query_unix_fd (self->source, sock->tag);
      if (condition & G_IO_ERR)
        receive_errors (self, i, now_us);
      if (condition & G_IO_IN)
        sock->readable = TRUE;
      if (condition & G_IO_OUT)
        kh_udp_driver_set_blocked (self, sock, FALSE);
    }
}

/* --- priority ---------------------------------------------------------------------------- */

static void
set_lowered (KhUdpDriver *self, gboolean lowered, gint64 now_us)
{
  if (self->lowered == lowered)
    return;
  self->lowered = lowered;
  self->stats.lowered += lowered;
  g_source_set_priority (self->source, lowered ? PRIORITY_BULK : G_PRIORITY_DEFAULT);
  g_source_set_ready_time (self->guard, lowered ? now_us + STARVED_US : -1);
}

/* After a turn from @start_us to @now_us. Up again only where a whole window has seen little. */
static void
weigh (KhUdpDriver *self, gboolean has_more, gint64 start_us, gint64 now_us)
{
  gboolean is_over = now_us - self->window_us >= WINDOW_US;
  gboolean is_bulk;

  self->spent_us += now_us - start_us;
  is_bulk = has_more || self->spent_us > KH_UDP_DRIVER_TURN_US;
  if (is_bulk || is_over)
    set_lowered (self, is_bulk, now_us);
  if (is_over)
    {
      self->window_us = now_us;
      self->spent_us = 0;
    }
}

/* --- turns ------------------------------------------------------------------------------- */

static void
driver_clear (gpointer data)
{
  KhUdpDriver *self = data;

  kh_udp_input_clear (&self->input);
  kh_udp_output_clear (&self->output);
}

/* Returns whether there is more to do now. The owner may have freed the driver. */
static gboolean
run_round (KhUdpDriver *self)
{
  gint64 now_us = g_get_monotonic_time ();
  gboolean has_more = kh_udp_input_run (self, now_us);

  if (self->ops->next_timeout (self->machine) <= now_us)
    self->ops->handle_timeout (self->machine, now_us);
  self->kicked = FALSE;
  /* Pacing is by the time of the batch. */
  has_more |= kh_udp_output_run (self, g_get_monotonic_time ());
  self->after (self->user_data);
  return has_more || self->kicked;
}

static void
set_ready_time (KhUdpDriver *self, gboolean has_more, gint64 now_us)
{
  gint64 next_us = self->ops->next_timeout (self->machine);

  next_us = MIN (next_us, kh_udp_input_trim (&self->input, now_us));
  next_us = MIN (next_us, kh_udp_output_trim (&self->output, now_us));
  self->ready_us = has_more ? 0 : next_us;
}

static void
run_turn (KhUdpDriver *self)
{
  gint64 start_us = g_get_monotonic_time (), now_us;
  gboolean has_more;

  look_at_sockets (self, start_us);
  do
    {
      has_more = run_round (self);
      now_us = g_get_monotonic_time ();
    }
  while (has_more && self->source != NULL && now_us - start_us < KH_UDP_DRIVER_TURN_US);
  if (self->source == NULL)
    return;
  self->last_turn_us = now_us;
  weigh (self, has_more, start_us, now_us);
  set_ready_time (self, has_more, now_us);
}

/* Not g_source_set_ready_time(), which wakes up the loop each time, though it is we who run. */
static gboolean
driver_prepare (GSource *source, int *ret_timeout_ms)
{
  KhUdpDriver *self = ((DriverSource *) source)->driver;
  gint64 now_us = g_source_get_time (source);

  *ret_timeout_ms = kh_udp_timer_wait (&self->timer, self->ready_us, now_us);
  return self->ready_us <= now_us;
}

static gboolean
driver_check (GSource *source)
{
  KhUdpDriver *self = ((DriverSource *) source)->driver;

  return self->ready_us != KH_NEVER && self->ready_us <= g_source_get_time (source);
}

static gboolean
driver_dispatch (GSource *source, GSourceFunc callback, gpointer user_data)
{
  KhUdpDriver *self = g_rc_box_acquire (((DriverSource *) source)->driver);

  run_turn (self);
  g_rc_box_release_full (self, driver_clear);
  return G_SOURCE_CONTINUE;
}

/* Where others kept the loop busy, the sockets were not even polled. */
static gboolean
guard_dispatch (GSource *source, GSourceFunc callback, gpointer user_data)
{
  KhUdpDriver *self = g_rc_box_acquire (((DriverSource *) source)->driver);

  if (g_get_monotonic_time () - self->last_turn_us >= STARVED_US)
    {
      for (guint i = 0; i < kh_udp_driver_end (self); i++)
        {
          KhUdpDriverSocket *sock = kh_udp_driver_get_socket (self, i);

          if (sock == NULL)
            continue;
          sock->readable = TRUE;
          kh_udp_driver_set_blocked (self, sock, FALSE);
        }
      run_turn (self);
    }
  if (self->guard != NULL && self->lowered)
    g_source_set_ready_time (self->guard, self->last_turn_us + STARVED_US);
  g_rc_box_release_full (self, driver_clear);
  return G_SOURCE_CONTINUE;
}

/* --- life -------------------------------------------------------------------------------- */

static GSource *
attach_source (KhUdpDriver *self, GSourceFuncs *funcs, const char *name)
{
  GSource *source = g_source_new (funcs, sizeof (DriverSource));

  ((DriverSource *) source)->driver = self;
  g_source_set_static_name (source, name);
  /* Else the loop takes the sockets off its list for each turn, and wakes itself up to add them
   * again. A turn inside the owner's callback does no harm: a round ends with it. */
  g_source_set_can_recurse (source, TRUE);
  g_source_attach (source, g_main_context_get_thread_default ());
  return source;
}

static gboolean
is_plain_wanted (void)
{
  const char *value = g_getenv ("KNOTHOLE_NO_GSO");

  return value != NULL && *value != '\0' && !g_str_equal (value, "0");
}

KhUdpDriver *
kh_udp_driver_new (const KhMachineOps *ops,
                   gpointer machine,
                   KhUdpDriverAfter after,
                   gpointer user_data)
{
  KhUdpDriver *self = g_rc_box_new0 (KhUdpDriver);

  self->ops = ops;
  self->machine = machine;
  self->after = after;
  self->user_data = user_data;
  self->ready_us = KH_NEVER;
  for (guint i = 0; i < KH_UDP_DRIVER_SOCKETS; i++)
    self->sockets[i].fd = -1;
  kh_udp_driver_set_plain (self, is_plain_wanted ());
  self->source = attach_source (self, &driver_source_funcs, "KhUdpDriver");
  kh_udp_timer_open (&self->timer, self->source);
  self->guard = attach_source (self, &guard_source_funcs, "KhUdpDriver guard");
  return self;
}

void
kh_udp_driver_free (KhUdpDriver *self)
{
  if (self == NULL)
    return;
  g_source_destroy (self->source);
  g_clear_pointer (&self->source, g_source_unref);
  g_source_destroy (self->guard);
  g_clear_pointer (&self->guard, g_source_unref);
  kh_udp_timer_close (&self->timer);
  kh_udp_driver_clear_search (self);
  for (guint i = 0; i < KH_UDP_DRIVER_SOCKETS; i++)
    if (self->sockets[i].fd >= 0)
      {
        close (self->sockets[i].fd);
        self->sockets[i] = (KhUdpDriverSocket){ .fd = -1 };
      }
  g_rc_box_release_full (self, driver_clear);
}

void
kh_udp_driver_set_plain (KhUdpDriver *self, gboolean plain)
{
  for (guint i = 0; i < KH_UDP_DRIVER_SOCKETS; i++)
    g_return_if_fail (self->sockets[i].fd < 0);

  self->plain = plain;
  kh_udp_input_init (&self->input, plain);
}

void
kh_udp_driver_set_extra (KhUdpDriver *self, KhUdpDriverExtra extra, gpointer user_data)
{
  self->extra = extra;
  self->extra_data = user_data;
}

void
kh_udp_driver_kick (KhUdpDriver *self)
{
  self->kicked = TRUE;
  self->ready_us = 0;
}

void
kh_udp_driver_flush (KhUdpDriver *self)
{
  while (kh_udp_output_run (self, g_get_monotonic_time ()))
    ;
}

void
kh_udp_driver_get_stats (KhUdpDriver *self, KhUdpDriverStats *ret_stats)
{
  *ret_stats = self->stats;
}
