/* command.c: what the emulator can be told
 *
 * One table of what can be set, each with its reader. A line that is wrong changes nothing.
 */
#include "command.h"

#include <string.h>

#include "units.h"

const char command_help[] =
    "Commands, as arguments and as lines of standard input (SIDE: a, b or both: what it sends):\n"
    "  SIDE delay TIME             20ms, 150us, 1s\n"
    "  SIDE jitter TIME            longer by up to this; the order is kept\n"
    "  SIDE rate RATE              bits a second: 500k, 100M, 1G; 0: no limit\n"
    "  SIDE queue TIME|SIZE        room at the bottleneck: 1s of the rate, 64k bytes\n"
    "  SIDE loss PERCENT\n"
    "  SIDE duplicate PERCENT\n"
    "  SIDE reorder PERCENT TIME   held back by up to this, and overtaken meanwhile\n"
    "  cut, heal                   nothing crosses, in either direction; all is as before\n"
    "  stats                       one JSON object: the clock, and the counts of each side\n"
    "  reset                       the counts start again from nothing\n"
    "Each line of standard input is answered with one line: \"ok\", \"error: …\" or the object.\n";

static gboolean
read_probability (const char *text, double *ret_probability)
{
  return units_read (text, units_percent, 1, ret_probability);
}

static gboolean
set_delay (Conditions *conditions, char **words)
{
  return units_read_time (words[0], &conditions->delay_ns);
}

static gboolean
set_jitter (Conditions *conditions, char **words)
{
  return units_read_time (words[0], &conditions->jitter_ns);
}

static gboolean
set_rate (Conditions *conditions, char **words)
{
  double rate;

  if (!units_read (words[0], units_plain, 1e12, &rate))
    return FALSE;
  conditions->rate = (guint64) rate;
  return TRUE;
}

static gboolean
set_queue (Conditions *conditions, char **words)
{
  double bytes;

  if (units_read_time (words[0], &conditions->queue_ns))
    {
      conditions->queue_bytes = 0;
      return TRUE;
    }
  if (!units_read (words[0], units_plain, 1e9, &bytes) || bytes < 1)
    return FALSE;
  conditions->queue_bytes = (gsize) bytes;
  return TRUE;
}

static gboolean
set_loss (Conditions *conditions, char **words)
{
  return read_probability (words[0], &conditions->loss);
}

static gboolean
set_duplicate (Conditions *conditions, char **words)
{
  return read_probability (words[0], &conditions->duplicate);
}

static gboolean
set_reorder (Conditions *conditions, char **words)
{
  return read_probability (words[0], &conditions->reorder) &&
         units_read_time (words[1], &conditions->reorder_ns);
}

static const struct
{
  const char *name;
  guint n_words;
  gboolean (*set) (Conditions *conditions, char **words);
} settings[] = {
  { "delay", 1, set_delay },         { "jitter", 1, set_jitter }, { "rate", 1, set_rate },
  { "queue", 1, set_queue },         { "loss", 1, set_loss },     { "reorder", 2, set_reorder },
  { "duplicate", 1, set_duplicate },
};

static char *
set_side (Direction *direction, char **words, gint64 now_ns)
{
  Conditions conditions = *direction_get_conditions (direction);

  for (gsize i = 0; i < G_N_ELEMENTS (settings); i++)
    {
      if (words[0] == NULL || !g_str_equal (words[0], settings[i].name))
        continue;
      if (g_strv_length (words + 1) != settings[i].n_words ||
          !settings[i].set (&conditions, words + 1))
        return g_strdup_printf ("error: not a value of %s", words[0]);
      direction_set_conditions (direction, &conditions, now_ns);
      return g_strdup ("ok");
    }
  return g_strdup ("error: no such setting");
}

static char *
set_cut (Direction *const directions[N_DIRECTIONS], gboolean cut, gint64 now_ns)
{
  for (guint i = 0; i < N_DIRECTIONS; i++)
    {
      Conditions conditions = *direction_get_conditions (directions[i]);

      conditions.cut = cut;
      direction_set_conditions (directions[i], &conditions, now_ns);
    }
  return g_strdup ("ok");
}

static void
add_counts (GString *out, const char *side, const Counts *counts)
{
  gint64 min_stay_ns = counts->packets_out > 0 ? counts->min_stay_ns : 0;

  g_string_append_printf (
      out,
      ", \"%s\": {\"packets_in\": %" G_GUINT64_FORMAT ", \"bytes_in\": %" G_GUINT64_FORMAT
      ", \"packets_out\": %" G_GUINT64_FORMAT ", \"bytes_out\": %" G_GUINT64_FORMAT
      ", \"lost\": %" G_GUINT64_FORMAT ", \"overflowed\": %" G_GUINT64_FORMAT
      ", \"duplicated\": %" G_GUINT64_FORMAT ", \"held_back\": %" G_GUINT64_FORMAT
      ", \"max_queued_bytes\": %" G_GSIZE_FORMAT ", \"max_wait_us\": %" G_GINT64_FORMAT
      ", \"busy_us\": %" G_GINT64_FORMAT ", \"min_stay_us\": %" G_GINT64_FORMAT
      ", \"max_late_us\": %" G_GINT64_FORMAT "}",
      side, counts->packets_in, counts->bytes_in, counts->packets_out, counts->bytes_out,
      counts->lost, counts->overflowed, counts->duplicated, counts->held_back,
      counts->max_queued_bytes, counts->max_wait_ns / 1000, counts->busy_ns / 1000,
      min_stay_ns / 1000, counts->max_late_ns / 1000);
}

static char *
say_counts (Direction *const directions[N_DIRECTIONS], gint64 now_ns)
{
  GString *out = g_string_new (NULL);

  g_string_append_printf (out, "{\"now_us\": %" G_GINT64_FORMAT, now_ns / 1000);
  add_counts (out, "a", direction_get_counts (directions[FROM_A]));
  add_counts (out, "b", direction_get_counts (directions[FROM_B]));
  g_string_append_c (out, '}');
  return g_string_free (out, FALSE);
}

static char *
reset (Direction *const directions[N_DIRECTIONS])
{
  for (guint i = 0; i < N_DIRECTIONS; i++)
    direction_reset_counts (directions[i]);
  return g_strdup ("ok");
}

static char *
run_words (Direction *const directions[N_DIRECTIONS], char **words, gint64 now_ns)
{
  const char *first = words[0] != NULL ? words[0] : "";
  gboolean alone = words[0] != NULL && words[1] == NULL;

  if (g_str_equal (first, "a"))
    return set_side (directions[FROM_A], words + 1, now_ns);
  if (g_str_equal (first, "b"))
    return set_side (directions[FROM_B], words + 1, now_ns);
  if (g_str_equal (first, "both"))
    {
      g_free (set_side (directions[FROM_A], words + 1, now_ns));
      return set_side (directions[FROM_B], words + 1, now_ns);
    }
  if (alone && g_str_equal (first, "stats"))
    return say_counts (directions, now_ns);
  if (alone && g_str_equal (first, "reset"))
    return reset (directions);
  if (alone && (g_str_equal (first, "cut") || g_str_equal (first, "heal")))
    return set_cut (directions, g_str_equal (first, "cut"), now_ns);
  return g_strdup ("error: no such command");
}

char *
command_run (Direction *const directions[N_DIRECTIONS], const char *line, gint64 now_ns)
{
  g_autofree char *copy = g_strstrip (g_strdup (line));
  g_auto (GStrv) words = g_strsplit (copy, " ", -1);

  return run_words (directions, words, now_ns);
}
