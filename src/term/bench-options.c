/* bench-options.c: the options of a measurement, as words and as a plan */
#include "term/bench-options.h"

#include <glib/gi18n.h>
#include <string.h>

#define SECONDS_DEFAULT 10
/* A week: more is a slip, and would not fit into a timer. */
#define SECONDS_MAX 604800.0
/* More than any transfer: what a stream can hold is 2^62. */
#define BYTES_MAX (G_GUINT64_CONSTANT (1) << 60)

static gboolean
refuse (GError **error, const char *message)
{
  g_set_error_literal (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, message);
  return FALSE;
}

/* "500", "10k", "1M", "2G": powers of 1000 */
static gboolean
read_bytes (const char *text, guint64 *ret_bytes, GError **error)
{
  static const char suffixes[] = "kMG";
  guint64 bytes, factor = 1;
  char *end = NULL;
  const char *suffix;

  bytes = g_ascii_strtoull (text, &end, 10);
  suffix = *end != '\0' ? strchr (suffixes, *end) : NULL;
  for (const char *p = suffixes; suffix != NULL && p <= suffix; p++)
    factor *= 1000;
  if (!g_ascii_isdigit (text[0]) || (*end != '\0' && (suffix == NULL || end[1] != '\0')) ||
      bytes == 0 || bytes > BYTES_MAX / factor)
    return refuse (error, _ ("--bytes: it must be a number of bytes above 0, with k, M or G after "
                             "it for thousands, millions or thousands of millions, such as 10M."));
  *ret_bytes = bytes * factor;
  return TRUE;
}

static gboolean
read_seconds (const char *text, gint64 *ret_us, GError **error)
{
  char *end = NULL;
  double seconds = g_ascii_strtod (text, &end);

  if (end == text || *end != '\0' || text[strspn (text, "0123456789.")] != '\0' ||
      seconds < 0.001 || seconds > SECONDS_MAX)
    return refuse (error, _ ("--seconds: it must be a number of seconds above 0, such as 10 or "
                             "0.5."));
  *ret_us = (gint64) (seconds * G_USEC_PER_SEC);
  return TRUE;
}

static gboolean
read_streams (const char *text, guint *ret_streams, GError **error)
{
  char *end = NULL;
  guint64 streams = g_ascii_strtoull (text, &end, 10);

  if (!g_ascii_isdigit (text[0]) || *end != '\0' || streams < 1 || streams > KH_BENCH_STREAMS_MAX)
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                   _ ("--streams: it must be a number from 1 to %d."), KH_BENCH_STREAMS_MAX);
      return FALSE;
    }
  *ret_streams = (guint) streams;
  return TRUE;
}

static gboolean
check_together (const KhBenchWords *words, const char *target, GError **error)
{
  if (words->to == NULL &&
      (words->bytes != NULL || words->seconds != NULL || words->streams != NULL))
    return refuse (error, _ ("--bytes, --seconds and --streams are for --bench-to PEER-ID."));
  if (words->to != NULL && words->serve)
    return refuse (error, _ ("--bench-serve and --bench-to are the two sides of a measurement: "
                             "leave one of them to the other program."));
  if (words->to != NULL && target != NULL)
    return refuse (error, _ ("--bench-to names the peer already: leave out the other PEER-ID."));
  if (words->bytes != NULL && words->seconds != NULL)
    return refuse (error, _ ("--bytes and --seconds both say when to end: leave one out."));
  return TRUE;
}

gboolean
kh_bench_options_read (const KhBenchWords *words,
                       const char *target,
                       KhBenchPlan *ret_plan,
                       GError **error)
{
  KhBenchPlan plan = { .streams = 1 };

  if (!check_together (words, target, error) ||
      (words->bytes != NULL && !read_bytes (words->bytes, &plan.bytes, error)) ||
      (words->seconds != NULL && !read_seconds (words->seconds, &plan.duration_us, error)) ||
      (words->streams != NULL && !read_streams (words->streams, &plan.streams, error)))
    return FALSE;
  if (plan.bytes == 0 && plan.duration_us == 0)
    plan.duration_us = SECONDS_DEFAULT * (gint64) G_USEC_PER_SEC;
  if (words->to != NULL)
    *ret_plan = plan;
  return TRUE;
}
