/* test-udp-priority.c: bulk leaves the loop to what is drawn, and is not starved itself */
#include "machine.h"

/* GDK_PRIORITY_REDRAW */
#define PRIORITY_REDRAW (G_PRIORITY_HIGH_IDLE + 20)

typedef struct
{
  GSource source;
  guint turns;
  gboolean always; /* ready at once again */
} Counter;

static gboolean
counter_dispatch (GSource *source, GSourceFunc callback, gpointer user_data)
{
  Counter *self = (Counter *) source;

  self->turns++;
  g_source_set_ready_time (source, self->always ? 0 : -1);
  return G_SOURCE_CONTINUE;
}

static Counter *
counter_new (int priority, gboolean always)
{
  static GSourceFuncs funcs = { .dispatch = counter_dispatch };
  GSource *source = g_source_new (&funcs, sizeof (Counter));
  Counter *self = (Counter *) source;

  self->always = always;
  g_source_set_priority (source, priority);
  g_source_set_ready_time (source, always ? 0 : -1);
  g_source_attach (source, NULL);
  return self;
}

static void
counter_free (Counter *self)
{
  g_source_destroy (&self->source);
  g_source_unref (&self->source);
}

static void
start_flood (Machine *self)
{
  machine_init (self, FALSE);
  g_assert_true (machine_bind_loopback (self, 0, &self->flood_to));
  self->floods = TRUE;
  kh_udp_driver_kick (self->driver);
  while (machine_stats (self).lowered == 0)
    g_main_context_iteration (NULL, TRUE);
}

/* A frame that is due is drawn before the next turn. */
static void
test_redraw_goes_first (void)
{
  enum
  {
    FRAMES = 50
  };
  Counter *redraw = counter_new (PRIORITY_REDRAW, FALSE);
  Machine a;

  start_flood (&a);
  for (guint i = 1; i <= FRAMES; i++)
    {
      guint afters = a.afters;

      g_source_set_ready_time (&redraw->source, 0);
      while (redraw->turns < i)
        g_main_context_iteration (NULL, TRUE);
      g_assert_cmpuint (a.afters, ==, afters);
      /* And bulk goes on where nothing is due. */
      while (a.afters == afters)
        g_main_context_iteration (NULL, TRUE);
    }
  machine_clear (&a);
  counter_free (redraw);
}

/* What is always ready at a higher priority lets a turn through now and then. */
static void
test_no_starvation (void)
{
  Machine a;
  Counter *busy;
  guint received;

  start_flood (&a);
  busy = counter_new (G_PRIORITY_DEFAULT, TRUE);
  for (guint i = 0; i < 3; i++)
    {
      guint afters = a.afters, turns = busy->turns;

      received = a.received;
      while (a.afters == afters || a.received == received)
        g_main_context_iteration (NULL, TRUE);
      g_assert_cmpuint (busy->turns, >, turns + 1);
    }
  machine_clear (&a);
  counter_free (busy);
}

/* After the load, what comes has its turn before what is drawn, and nothing wakes up the loop. */
static void
test_back_to_default (void)
{
  Counter *redraw = counter_new (PRIORITY_REDRAW, FALSE);
  Machine a;
  guint afters;

  start_flood (&a);
  a.floods = FALSE;
  while (a.driver->lowered)
    g_main_context_iteration (NULL, TRUE);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  afters = a.afters;
  g_source_set_ready_time (&redraw->source, 0);
  kh_udp_driver_kick (a.driver);
  g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (a.afters, ==, afters + 1);
  g_assert_cmpuint (redraw->turns, ==, 0);
  g_assert_cmpint (g_source_get_ready_time (a.driver->guard), ==, -1);
  machine_clear (&a);
  counter_free (redraw);
}

/* Turns that each find an end can fill the time as well. */
static void
test_many_short_turns (void)
{
  Machine a, b;
  KhAddr addr_a, addr_b;

  machine_init (&a, TRUE);
  machine_init (&b, TRUE);
  g_assert_true (machine_bind_loopback (&a, 0, &addr_a));
  g_assert_true (machine_bind_loopback (&b, 0, &addr_b));
  for (guint i = 0; i < 200; i++)
    machine_push (&a, addr_b, &(guint8){ 0 }, 1, 0);
  kh_udp_driver_kick (a.driver);
  while (machine_stats (&a).lowered == 0 && machine_stats (&b).lowered == 0)
    g_main_context_iteration (NULL, TRUE);
  machine_clear (&a);
  machine_clear (&b);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/udp-priority/redraw-goes-first", test_redraw_goes_first);
  g_test_add_func ("/udp-priority/no-starvation", test_no_starvation);
  g_test_add_func ("/udp-priority/back-to-default", test_back_to_default);
  g_test_add_func ("/udp-priority/many-short-turns", test_many_short_turns);
  return g_test_run ();
}
