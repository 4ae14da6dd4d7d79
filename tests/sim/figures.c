/* figures.c: prints the figures that need delay, for tests/bench/run
 *
 * One row each: figure, value, reference, ratio, separated by tabs. Arguments: words that choose
 * the rows whose names hold one of them; "cc=NAME" for another congestion control than the
 * default; "seed=N" for that draw alone; "datagram=BYTES".
 */
#include <stdlib.h>
#include <string.h>

#include "measures.h"

static const KhCongestionOps *const controls[] = { &kh_congestion_newreno, &kh_congestion_cubic,
                                                   &kh_congestion_bbr };

/* Of the shares of a line; an odd number. */
#define N_DRAWS 5

static char **words;

static gboolean
is_wanted (const char *figure)
{
  if (!words[0])
    return TRUE;
  for (guint i = 0; words[i]; i++)
    if (strstr (figure, words[i]))
      return TRUE;
  return FALSE;
}

static void
row (const char *figure, const char *unit, double value, double reference)
{
  g_print ("%s\t%.3f %s\t%.3f %s\t%.3f\n", figure, value, unit, reference, unit,
           reference > 0 ? value / reference : 0);
}

static void
print_goodputs (const KhSimMeasure *how)
{
  if (is_wanted ("sim-loss-0"))
    row ("sim-loss-0", "Mbit/s", kh_sim_measure_loss (how, 0) * 100, 100);
  if (is_wanted ("sim-loss-1"))
    row ("sim-loss-1", "Mbit/s", kh_sim_measure_loss (how, 0.01) * 100, 100);
  if (is_wanted ("sim-satellite"))
    row ("sim-satellite", "Mbit/s", kh_sim_measure_satellite (how) * 20, 20);
  if (is_wanted ("sim-long-fat"))
    {
      KhSimLongFat fat = kh_sim_measure_long_fat (how);

      row ("sim-long-fat", "Mbit/s", fat.goodput * 1000, 1000);
      row ("sim-long-fat-memory", "BDP", fat.memory, 3);
      row ("sim-long-fat-idle", "KiB", fat.idle / 1024, 32);
    }
}

static void
print_delays (const KhSimMeasure *how)
{
  if (is_wanted ("sim-blackhole"))
    {
      KhSimBlackhole hole = kh_sim_measure_blackhole (how);

      row ("sim-blackhole", "ms", (double) hole.after_us / KH_SIM_MS,
           (double) hole.allowed_us / KH_SIM_MS);
    }
  if (is_wanted ("sim-chat"))
    {
      KhSimChatDelay chat = kh_sim_measure_chat (how);

      row ("sim-chat-p95", "ms", (double) chat.busy_us / KH_SIM_MS,
           (double) chat.idle_us / KH_SIM_MS);
      row ("sim-chat-file", "Mbit/s", chat.goodput * 100, 100);
    }
}

typedef KhSimShares (*Measure) (const KhSimMeasure *how,
                                guint64 rate,
                                gint64 rtt_us,
                                gint64 after_us);

static int
by_ours (gconstpointer a, gconstpointer b)
{
  double x = ((const KhSimShares *) a)->ours, y = ((const KhSimShares *) b)->ours;

  return (x > y) - (x < y);
}

/* When BBR looks for more is drawn, and shares follow from it: that of several draws which is in
 * the middle. */
static KhSimShares
measure_shares (
    Measure measure, const KhSimMeasure *how, guint64 rate, gint64 rtt_us, gint64 after_us)
{
  KhSimShares shares[N_DRAWS];
  KhSimMeasure draw = *how;

  if (how->seed != 0)
    return measure (how, rate, rtt_us, after_us);
  for (guint i = 0; i < N_DRAWS; i++)
    {
      draw.seed = i + 1;
      shares[i] = measure (&draw, rate, rtt_us, after_us);
    }
  qsort (shares, N_DRAWS, sizeof *shares, by_ours);
  return shares[N_DRAWS / 2];
}

static void
print_shares (const KhSimMeasure *how)
{
  static const struct
  {
    const char *name;
    guint64 rate;
    gint64 rtt_us;
    gint64 after_us;
  } lines[] = {
    { "20M-40ms", 20 * KH_SIM_MBIT, 40 * KH_SIM_MS, 0 },
    { "100M-40ms", 100 * KH_SIM_MBIT, 40 * KH_SIM_MS, 0 },
    { "100M-40ms-late", 100 * KH_SIM_MBIT, 40 * KH_SIM_MS, 10 * KH_SIM_SECOND },
    { "20M-100ms", 20 * KH_SIM_MBIT, 100 * KH_SIM_MS, 0 },
  };
  static const struct
  {
    const char *name;
    Measure measure;
  } others[] = {
    { "cubic", kh_sim_measure_against_cubic },
    { "twin", kh_sim_measure_two_of_ours },
  };

  for (guint i = 0; i < G_N_ELEMENTS (lines); i++)
    for (guint k = 0; k < G_N_ELEMENTS (others); k++)
      {
        g_autofree char *figure = g_strdup_printf ("sim-%s-%s", others[k].name, lines[i].name);
        KhSimShares shares;

        if (!is_wanted (figure))
          continue;
        shares = measure_shares (others[k].measure, how, lines[i].rate, lines[i].rtt_us,
                                 lines[i].after_us);
        row (figure, "of half", shares.ours, shares.other);
      }
}

/* Returns whether @argument was no word. */
static gboolean
parse (const char *argument, KhSimMeasure *how)
{
  if (g_str_has_prefix (argument, "seed="))
    how->seed = g_ascii_strtoull (argument + 5, NULL, 10);
  else if (g_str_has_prefix (argument, "datagram="))
    how->datagram = (gsize) g_ascii_strtoull (argument + 9, NULL, 10);
  else if (!g_str_has_prefix (argument, "cc="))
    return FALSE;
  else
    {
      for (guint i = 0; i < G_N_ELEMENTS (controls); i++)
        if (strcmp (controls[i]->name, argument + 3) == 0)
          how->congestion = controls[i];
      if (!how->congestion)
        g_error ("no such congestion control: %s", argument + 3);
    }
  return TRUE;
}

int
main (int argc, char **argv)
{
  KhSimMeasure how = { 0 }, first;
  guint n = 0;

  words = g_new0 (char *, argc);
  for (int i = 1; i < argc; i++)
    if (!parse (argv[i], &how))
      words[n++] = argv[i];
  first = how;
  first.seed = MAX (how.seed, 1);
  print_goodputs (&first);
  print_delays (&first);
  print_shares (&how);
  g_free (words);
  return EXIT_SUCCESS;
}
