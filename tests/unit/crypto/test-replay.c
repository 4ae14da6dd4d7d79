/* test-replay.c: both windows against a model that remembers every number */
#include "crypto/replay.h"

#include <string.h>

/* Every number ever committed, and the highest. */
typedef struct
{
  GHashTable *seen;
  guint64 highest;
  guint window;
} Model;

static gboolean
model_check (const Model *self, guint64 number)
{
  if (number == G_MAXUINT64)
    return FALSE;
  if (g_hash_table_size (self->seen) > 0 && number < self->highest &&
      self->highest - number >= self->window)
    return FALSE;
  return !g_hash_table_contains (self->seen, &number);
}

static void
model_commit (Model *self, guint64 number)
{
  if (!model_check (self, number))
    return;
  if (g_hash_table_size (self->seen) == 0 || number > self->highest)
    self->highest = number;
  g_hash_table_add (self->seen, g_memdup2 (&number, sizeof number));
}

/* Mostly near the highest number, on both sides; sometimes far. */
static guint64
pick_number (const Model *model)
{
  guint64 reach = (guint64) g_test_rand_int_range (0, 10) == 0 ? model->window * 3u : 100;
  guint64 back = (guint64) g_test_rand_int_range (0, (gint32) reach);
  guint64 forward = (guint64) g_test_rand_int_range (0, (gint32) reach / 4 + 2);

  return model->highest + forward < back ? back : model->highest + forward - back;
}

static void
check_large (guint window, guint64 start)
{
  g_autoptr (KhReplay) replay = kh_replay_new (window);
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  Model model = { seen, start, kh_replay_get_window (replay) };

  g_assert_cmpuint (model.window, >=, window);
  for (int i = 0; i < 30000; i++)
    {
      guint64 number = pick_number (&model);

      g_assert_cmpint (kh_replay_check (replay, number), ==, model_check (&model, number));
      if (g_test_rand_int_range (0, 4) == 0)
        continue;
      kh_replay_commit (replay, number);
      model_commit (&model, number);
      g_assert_false (kh_replay_check (replay, number));
    }
}

static void
test_large (void)
{
  check_large (1, 0);
  check_large (64, 0);
  check_large (1000, 12345);
  check_large (KH_REPLAY_WINDOW, 0);
  check_large (KH_REPLAY_WINDOW, G_GUINT64_CONSTANT (1) << 61);
}

static void
test_small (void)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  Model model = { seen, 0, KH_REPLAY_SMALL_WINDOW };
  KhReplaySmall replay = { 0 };

  for (int i = 0; i < 30000; i++)
    {
      guint64 number = pick_number (&model);

      g_assert_cmpint (kh_replay_small_check (&replay, number), ==, model_check (&model, number));
      if (g_test_rand_int_range (0, 4) == 0)
        continue;
      kh_replay_small_commit (&replay, number);
      model_commit (&model, number);
      g_assert_false (kh_replay_small_check (&replay, number));
    }
}

static void
test_edges (void)
{
  g_autoptr (KhReplay) replay = kh_replay_new (KH_REPLAY_WINDOW);
  KhReplaySmall small = { 0 };

  /* Zero is a number like any other, and the largest one is refused without harm. */
  g_assert_true (kh_replay_check (replay, 0));
  kh_replay_commit (replay, 0);
  g_assert_false (kh_replay_check (replay, 0));
  g_assert_false (kh_replay_check (replay, G_MAXUINT64));
  kh_replay_commit (replay, G_MAXUINT64);
  g_assert_true (kh_replay_check (replay, 1));
  kh_replay_commit (replay, G_MAXUINT64 - 1);
  g_assert_false (kh_replay_check (replay, G_MAXUINT64 - 1));
  g_assert_true (kh_replay_check (replay, G_MAXUINT64 - 2));
  g_assert_false (kh_replay_check (replay, 1));

  kh_replay_small_commit (&small, G_MAXUINT64);
  g_assert_true (kh_replay_small_check (&small, 0));
  kh_replay_small_commit (&small, G_MAXUINT64 - 1);
  g_assert_false (kh_replay_small_check (&small, G_MAXUINT64 - 1));
  g_assert_true (kh_replay_small_check (&small, G_MAXUINT64 - KH_REPLAY_SMALL_WINDOW));
  g_assert_false (kh_replay_small_check (&small, G_MAXUINT64 - 1 - KH_REPLAY_SMALL_WINDOW));
}

/* A commit of what the check refuses changes nothing. */
static void
test_commit_refused (void)
{
  g_autoptr (KhReplay) replay = kh_replay_new (64);

  kh_replay_commit (replay, 1000);
  kh_replay_commit (replay, 1);
  g_assert_true (kh_replay_check (replay, 999));
  kh_replay_commit (replay, 1000);
  g_assert_true (kh_replay_check (replay, 1001));
}

static void
test_free_null (void)
{
  kh_replay_free (NULL);
  g_assert_cmpuint (sizeof (KhReplaySmall), ==, 24);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/replay/large", test_large);
  g_test_add_func ("/replay/small", test_small);
  g_test_add_func ("/replay/edges", test_edges);
  g_test_add_func ("/replay/commit-refused", test_commit_refused);
  g_test_add_func ("/replay/free-null", test_free_null);
  return g_test_run ();
}
