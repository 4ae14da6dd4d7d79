/* world.h: one simulated world: a virtual clock, an event heap, one seed and a trace
 *
 * Everything that happens is an event at a time, in microseconds; events of the same time happen in
 * the order in which they were made. A world owns all that is built in it (kh_sim_world_own()), so
 * a test frees the world alone. Nothing reads a real clock, so a seed is a run.
 *
 * KH_SIM_TRACE=1 in the environment prints the trace. SEED=n asks for one seed; see
 * kh_sim_seed().
 */
#pragma once

#include "rng.h"

typedef struct _KhSimWorld KhSimWorld;
typedef void (*KhSimFunc) (gpointer user_data);
typedef gboolean (*KhSimPredicate) (gpointer user_data);

/* Where the clock starts: not 0, since 0 must not mean "no time" anywhere. */
#define KH_SIM_START_US (G_GINT64_CONSTANT (7654321) * 1000)
/* The wall clock is ahead of the virtual one by this: some day of the year 2026. */
#define KH_SIM_WALL_OFFSET_US (G_GINT64_CONSTANT (1767225600) * G_USEC_PER_SEC)

#define KH_SIM_MS G_GINT64_CONSTANT (1000)
#define KH_SIM_SECOND G_GINT64_CONSTANT (1000000)
#define KH_SIM_MINUTE (60 * KH_SIM_SECOND)

/* A machine that runs forever without the clock moving on, or a storm: but for those at a gigabit,
 * no scenario has so many events in a second of virtual time. */
#define KH_SIM_EVENTS_PER_SECOND_MAX 200000

/* Call in main() in place of g_test_init(): also makes every failure print how to replay it. */
void kh_sim_init (int *argc, char ***argv);
/* The seed from the environment, or @fallback. */
guint64 kh_sim_seed (guint64 fallback);
/* Did the environment ask for one seed? */
gboolean kh_sim_seed_is_given (void);

/* How many seeds to run of a test that wants @n: fewer where a sanitizer makes each ten times as
 * long; SEEDS in the environment asks for another number. */
guint64 kh_sim_seeds (guint64 n);

KhSimWorld *kh_sim_world_new (guint64 seed);
void kh_sim_world_free (KhSimWorld *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KhSimWorld, kh_sim_world_free)

/* Frees @thing with the world; the last one owned goes first. Returns @thing. */
gpointer kh_sim_world_own (KhSimWorld *self, gpointer thing, GDestroyNotify destroy);

/* In place of KH_SIM_EVENTS_PER_SECOND_MAX. */
void kh_sim_world_set_events_max (KhSimWorld *self, guint64 events);
guint64 kh_sim_world_get_seed (KhSimWorld *self);
gint64 kh_sim_world_now (KhSimWorld *self);
/* The network's own generator: losses, jitter, ports. */
KhSimRng *kh_sim_world_rng (KhSimWorld *self);
/* A number that no other call returns, for naming a generator's stream. */
guint64 kh_sim_world_next_stream (KhSimWorld *self);

/* Calls @func at @at_us, or now if that is past. @destroy frees @user_data in any case. */
void kh_sim_world_at (
    KhSimWorld *self, gint64 at_us, KhSimFunc func, gpointer user_data, GDestroyNotify destroy);

/**
 * kh_sim_world_add_timer:
 * @next: when @fire wants to be called; KH_NEVER for not at all
 *
 * A deadline that moves: asked for before each event.
 */
void kh_sim_world_add_timer (KhSimWorld *self,
                             gint64 (*next) (gpointer user_data),
                             KhSimFunc fire,
                             gpointer user_data);

/* Runs the next event. FALSE if nothing will ever happen again, or not before @until_us. */
gboolean kh_sim_world_step (KhSimWorld *self, gint64 until_us);
/* Runs for so long; the clock then stands at the end of it. */
void kh_sim_world_run (KhSimWorld *self, gint64 duration_us);
/* Runs until @predicate, asked after each event, or for @patience_us. Returns the predicate. */
gboolean kh_sim_world_run_until (KhSimWorld *self,
                                 KhSimPredicate predicate,
                                 gpointer user_data,
                                 gint64 patience_us);

/* Starts to keep the trace, for its digest. */
void kh_sim_world_record (KhSimWorld *self);
/* Is anybody interested in the trace? Ask before formatting much. */
gboolean kh_sim_world_is_traced (KhSimWorld *self);
void kh_sim_world_trace (KhSimWorld *self, const char *format, ...) G_GNUC_PRINTF (2, 3);
/* (transfer none): all lines so far, once recording; each begins with its time. */
const char *kh_sim_world_get_trace (KhSimWorld *self);
/* (transfer full): SHA-256 of it, in hexadecimal */
char *kh_sim_world_digest (KhSimWorld *self);
