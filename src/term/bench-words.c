/* bench-words.c: what was measured, as a short table in the user's language */
#include "term/bench-words.h"

#include <inttypes.h>

#include <glib/gi18n.h>

#include "engine/size-words.h"

static double
to_ms (gint64 us)
{
  return (double) us / 1000.0;
}

static double
to_s (gint64 us)
{
  return (double) us / G_USEC_PER_SEC;
}

static char *
rate_words (guint64 bps)
{
  double rate = (double) bps;

  if (rate >= 1e9)
    return g_strdup_printf (_ ("%.2f Gbit/s"), rate / 1e9);
  if (rate >= 1e6)
    return g_strdup_printf (_ ("%.2f Mbit/s"), rate / 1e6);
  return g_strdup_printf (_ ("%.2f kbit/s"), rate / 1e3);
}

char *
kh_bench_words (const KhReportBench *figures, const char *name)
{
  g_autofree char *rate = rate_words (figures->goodput_bps);
  g_autofree char *size = kh_size_words (figures->bytes);
  GString *out = g_string_new (NULL);

  g_string_append_printf (out, _ ("Measured to %s:\n"), name);
  /* Translators: the lines of a table; keep the second column in one place. */
  g_string_append_printf (out, _ ("  goodput      %s\n"), rate);
  g_string_append_printf (out, _ ("  data         %s in %.3f s\n"), size,
                          to_s (figures->elapsed_us));
  g_string_append_printf (out,
                          _ ("  packets      %" PRIu64 " sent, %" PRIu64
                             " lost, %.3f %% of the bytes sent again\n"),
                          figures->packets, figures->lost,
                          (double) figures->retransmitted_ppm / 1e4);
  g_string_append_printf (out,
                          _ ("  round trip   %.2f ms at best, %.2f ms mean, %.2f ms for 95 %%\n"),
                          to_ms (figures->rtt_min_us), to_ms (figures->rtt_mean_us),
                          to_ms (figures->rtt_p95_us));
  g_string_append_printf (out, _ ("  processor    %.2f s here, %.2f s there\n"),
                          to_s (figures->cpu_us), to_s (figures->peer_cpu_us));
  return g_string_free (out, FALSE);
}
