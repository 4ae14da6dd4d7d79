/* units.c: values as a person writes them */
#include "units.h"

const Unit units_time[] = { { "ns", 1 }, { "us", 1e3 }, { "ms", 1e6 }, { "s", 1e9 }, { 0 } };
const Unit units_plain[] = { { "", 1 }, { "k", 1e3 }, { "M", 1e6 }, { "G", 1e9 }, { 0 } };
const Unit units_percent[] = { { "", 0.01 }, { "%", 0.01 }, { 0 } };

gboolean
units_read (const char *text, const Unit *units, double max, double *ret_value)
{
  char *end;
  double value;

  if (text == NULL || !g_ascii_isdigit (text[0]))
    return FALSE;
  value = g_ascii_strtod (text, &end);
  for (; units->suffix != NULL; units++)
    if (g_str_equal (end, units->suffix))
      {
        if (value * units->factor > max)
          return FALSE;
        *ret_value = value * units->factor;
        return TRUE;
      }
  return FALSE;
}

gboolean
units_read_time (const char *text, gint64 *ret_ns)
{
  double value;

  if (!units_read (text, units_time, 3.6e12, &value))
    return FALSE;
  *ret_ns = (gint64) value;
  return TRUE;
}
