/* prediction.c: see prediction.h
 *
 * Owns nothing: arithmetic on ports.
 */
#include "path/prediction.h"

#define FIRST_PORT 1024

guint16
kh_prediction_port (guint16 last, int step, guint n)
{
  const int range = 65536 - FIRST_PORT;
  int offset = (last - FIRST_PORT + step * (int) n) % range;

  return (guint16) (FIRST_PORT + (offset < 0 ? offset + range : offset));
}

/* In the part of the wide side's range that is there however many ports others took. */
guint16
kh_prediction_narrow_port (guint16 last, int step, guint i)
{
  return kh_prediction_port (last, step, KH_PREDICTION_SLACK + 1 + i);
}
