/* test-programs.c: ten thousand random programs on random lines (program.h)
 *
 * SEED=n runs that one alone.
 */
#include "program.h"

#define N_SHARDS 4
#define SEEDS_A_SHARD 2500

static guint64
run (guint64 seed)
{
  g_autoptr (KhSimProgram) program = kh_sim_program_new (seed);

  kh_sim_program_run (program);
  return kh_sim_program_get_read (program);
}

static void
test_shard (gconstpointer data)
{
  guint64 first = GPOINTER_TO_UINT (data) * SEEDS_A_SHARD + 1;
  guint64 n = kh_sim_seeds (SEEDS_A_SHARD);
  guint64 read = 0;

  if (kh_sim_seed_is_given ())
    {
      run (kh_sim_seed (0));
      return;
    }
  for (guint64 i = 0; i < n; i++)
    read += run (first + i);
  /* They did something: 10 kB each, at the very least. */
  g_assert_cmpuint (read, >, n * 10000);
}

int
main (int argc, char **argv)
{
  kh_sim_init (&argc, &argv);
  for (guint i = 0; i < N_SHARDS; i++)
    {
      g_autofree char *path = g_strdup_printf ("/sim/programs/%u", i);

      g_test_add_data_func (path, GUINT_TO_POINTER (i), test_shard);
    }
  return g_test_run ();
}
