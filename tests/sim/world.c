/* world.c: see world.h
 *
 * Owns the clock and a binary heap of events ordered by (time, sequence). Deadlines of machines are
 * not in the heap, since they move with every call: they are asked for before each step.
 */
#include "world.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/sanitized.h"
#include "wire/datagram.h"

typedef struct
{
  gint64 at_us;
  guint64 sequence;
  KhSimFunc func;
  gpointer user_data;
  GDestroyNotify destroy;
} Event;

typedef struct
{
  gint64 (*next) (gpointer user_data);
  KhSimFunc fire;
  gpointer user_data;
} Timer;

typedef struct
{
  gpointer thing;
  GDestroyNotify destroy;
} Owned;

struct _KhSimWorld
{
  guint64 seed;
  gint64 now_us;
  guint64 next_sequence;
  guint64 next_stream;
  KhSimRng rng;
  GArray *heap; /* of Event */
  GArray *timers;
  GArray *owned;
  /* the livelock guard */
  gint64 second;
  guint64 events_in_second;
  guint64 events_max;
  /* the trace */
  GString *trace; /* (nullable) */
  gboolean print;
};

static char *program;
/* What the handler of fatal signals writes: prepared, since it may call next to nothing. */
static char replay[512];

static void
on_abort (int signal_number)
{
  ssize_t ignored = write (STDERR_FILENO, replay, strlen (replay));

  (void) ignored;
  signal (signal_number, SIG_DFL);
  raise (signal_number);
}

static void
prepare_replay (guint64 seed)
{
  g_snprintf (replay, sizeof replay,
              "\n# replay: SEED=%" G_GUINT64_FORMAT " %s -p %s   (KH_SIM_TRACE=1 for a trace)\n",
              seed, program ? program : "test", g_test_get_path ());
}

void
kh_sim_init (int *argc, char ***argv)
{
  program = g_strdup ((*argv)[0]);
  g_test_init (argc, argv, NULL);
  /* A failed assertion; g_error(), and a broken program. */
  signal (SIGABRT, on_abort);
  signal (SIGTRAP, on_abort);
  signal (SIGSEGV, on_abort);
}

gboolean
kh_sim_seed_is_given (void)
{
  return g_getenv ("SEED") != NULL;
}

guint64
kh_sim_seed (guint64 fallback)
{
  const char *given = g_getenv ("SEED");

  return given ? g_ascii_strtoull (given, NULL, 10) : fallback;
}

guint64
kh_sim_seeds (guint64 n)
{
  const char *given = g_getenv ("SEEDS");

  if (given)
    return g_ascii_strtoull (given, NULL, 10);
  return KH_TEST_ROUNDS (n);
}

KhSimWorld *
kh_sim_world_new (guint64 seed)
{
  KhSimWorld *self = g_new0 (KhSimWorld, 1);

  self->seed = seed;
  self->now_us = KH_SIM_START_US;
  self->events_max = KH_SIM_EVENTS_PER_SECOND_MAX;
  self->next_stream = 1;
  kh_sim_rng_init (&self->rng, seed, 0);
  self->heap = g_array_new (FALSE, FALSE, sizeof (Event));
  self->timers = g_array_new (FALSE, FALSE, sizeof (Timer));
  self->owned = g_array_new (FALSE, FALSE, sizeof (Owned));
  self->print = g_getenv ("KH_SIM_TRACE") != NULL;
  prepare_replay (seed);
  return self;
}

void
kh_sim_world_free (KhSimWorld *self)
{
  if (!self)
    return;
  for (guint i = 0; i < self->heap->len; i++)
    {
      Event *event = &g_array_index (self->heap, Event, i);

      if (event->destroy)
        event->destroy (event->user_data);
    }
  for (guint i = self->owned->len; i > 0; i--)
    {
      Owned *owned = &g_array_index (self->owned, Owned, i - 1);

      owned->destroy (owned->thing);
    }
  g_array_unref (self->heap);
  g_array_unref (self->timers);
  g_array_unref (self->owned);
  if (self->trace)
    g_string_free (self->trace, TRUE);
  g_free (self);
}

gpointer
kh_sim_world_own (KhSimWorld *self, gpointer thing, GDestroyNotify destroy)
{
  Owned owned = { thing, destroy };

  g_array_append_val (self->owned, owned);
  return thing;
}

void
kh_sim_world_set_events_max (KhSimWorld *self, guint64 events)
{
  self->events_max = events;
}

guint64
kh_sim_world_get_seed (KhSimWorld *self)
{
  return self->seed;
}

gint64
kh_sim_world_now (KhSimWorld *self)
{
  return self->now_us;
}

KhSimRng *
kh_sim_world_rng (KhSimWorld *self)
{
  return &self->rng;
}

guint64
kh_sim_world_next_stream (KhSimWorld *self)
{
  return self->next_stream++;
}

static gboolean
is_before (const Event *a, const Event *b)
{
  return a->at_us != b->at_us ? a->at_us < b->at_us : a->sequence < b->sequence;
}

void
kh_sim_world_at (
    KhSimWorld *self, gint64 at_us, KhSimFunc func, gpointer user_data, GDestroyNotify destroy)
{
  Event event = { MAX (at_us, self->now_us), self->next_sequence++, func, user_data, destroy };
  guint at = self->heap->len;
  Event *heap;

  g_array_append_val (self->heap, event);
  heap = (Event *) (gpointer) self->heap->data;
  while (at > 0 && is_before (&event, &heap[(at - 1) / 2]))
    {
      heap[at] = heap[(at - 1) / 2];
      at = (at - 1) / 2;
    }
  heap[at] = event;
}

static Event
take_first (KhSimWorld *self)
{
  Event *heap = (Event *) (gpointer) self->heap->data;
  Event first = heap[0];
  Event last = heap[self->heap->len - 1];
  guint n = self->heap->len - 1;
  guint at = 0;

  for (guint child = 1; child < n; child = 2 * at + 1)
    {
      if (child + 1 < n && is_before (&heap[child + 1], &heap[child]))
        child++;
      if (!is_before (&heap[child], &last))
        break;
      heap[at] = heap[child];
      at = child;
    }
  heap[at] = last;
  g_array_set_size (self->heap, n);
  return first;
}

void
kh_sim_world_add_timer (KhSimWorld *self,
                        gint64 (*next) (gpointer user_data),
                        KhSimFunc fire,
                        gpointer user_data)
{
  Timer timer = { next, fire, user_data };

  g_array_append_val (self->timers, timer);
}

static const Timer *
find_first_timer (KhSimWorld *self, gint64 *ret_at_us)
{
  const Timer *first = NULL;
  gint64 first_us = KH_NEVER;

  for (guint i = 0; i < self->timers->len; i++)
    {
      const Timer *timer = &g_array_index (self->timers, Timer, i);
      gint64 at_us = timer->next (timer->user_data);

      if (at_us < first_us)
        {
          first = timer;
          first_us = at_us;
        }
    }
  *ret_at_us = first_us;
  return first;
}

static void
advance (KhSimWorld *self, gint64 to_us)
{
  self->now_us = MAX (self->now_us, to_us);
  if (self->now_us / KH_SIM_SECOND != self->second)
    {
      self->second = self->now_us / KH_SIM_SECOND;
      self->events_in_second = 0;
    }
  g_assert_cmpuint (++self->events_in_second, <, self->events_max);
}

gboolean
kh_sim_world_step (KhSimWorld *self, gint64 until_us)
{
  gint64 timer_us;
  const Timer *timer = find_first_timer (self, &timer_us);
  gint64 event_us = self->heap->len > 0 ? g_array_index (self->heap, Event, 0).at_us : KH_NEVER;

  if (MIN (timer_us, event_us) > until_us || MIN (timer_us, event_us) == KH_NEVER)
    return FALSE;
  if (event_us <= timer_us)
    {
      Event event = take_first (self);

      advance (self, event.at_us);
      event.func (event.user_data);
      if (event.destroy)
        event.destroy (event.user_data);
    }
  else
    {
      Timer copy = *timer;

      advance (self, timer_us);
      copy.fire (copy.user_data);
    }
  return TRUE;
}

void
kh_sim_world_run (KhSimWorld *self, gint64 duration_us)
{
  gint64 until_us = self->now_us + duration_us;

  while (kh_sim_world_step (self, until_us))
    ;
  self->now_us = until_us;
}

gboolean
kh_sim_world_run_until (KhSimWorld *self,
                        KhSimPredicate predicate,
                        gpointer user_data,
                        gint64 patience_us)
{
  gint64 until_us = self->now_us + patience_us;

  while (!predicate (user_data))
    if (!kh_sim_world_step (self, until_us))
      {
        self->now_us = until_us;
        return FALSE;
      }
  return TRUE;
}

void
kh_sim_world_record (KhSimWorld *self)
{
  if (!self->trace)
    self->trace = g_string_new (NULL);
}

gboolean
kh_sim_world_is_traced (KhSimWorld *self)
{
  return self->trace != NULL || self->print;
}

void
kh_sim_world_trace (KhSimWorld *self, const char *format, ...)
{
  g_autofree char *text = NULL;
  gint64 t_us = self->now_us - KH_SIM_START_US;
  va_list args;

  if (!kh_sim_world_is_traced (self))
    return;
  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  if (self->print)
    g_printerr ("# %4d.%06d %s\n", (int) (t_us / KH_SIM_SECOND), (int) (t_us % KH_SIM_SECOND),
                text);
  if (self->trace)
    g_string_append_printf (self->trace, "%" G_GINT64_FORMAT " %s\n", t_us, text);
}

const char *
kh_sim_world_get_trace (KhSimWorld *self)
{
  return self->trace ? self->trace->str : "";
}

char *
kh_sim_world_digest (KhSimWorld *self)
{
  return g_compute_checksum_for_string (G_CHECKSUM_SHA256, kh_sim_world_get_trace (self), -1);
}
