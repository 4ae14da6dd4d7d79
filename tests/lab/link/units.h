/* units.h: values as a person writes them: "20ms", "100M", "64k", "1.5" */
#pragma once

#include <glib.h>

typedef struct
{
  const char *suffix;
  double factor;
} Unit;

/* Into nanoseconds; the suffix must be there. */
extern const Unit units_time[];
/* None, k, M or G. */
extern const Unit units_plain[];
/* Into a probability. */
extern const Unit units_percent[];

/* @text: (nullable). FALSE, and nothing written, where it is none, or more than @max. */
gboolean units_read (const char *text, const Unit *units, double max, double *ret_value);
/* At most an hour. */
gboolean units_read_time (const char *text, gint64 *ret_ns);
