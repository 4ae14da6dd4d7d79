/* random.h: where the sans-IO code gets its random bytes from
 *
 * The core never asks the system: a KhRandom is handed in, the kernel's generator in the programs
 * (io/system-random.h) and a seeded one in the simulator, so that a seed replays a failure.
 */
#pragma once

#include <glib.h>

/**
 * KhRandom:
 * @fill: writes @len unpredictable bytes to @buf; it cannot fail
 * @user_data: passed to @fill, borrowed
 *
 * A plain value; copy it freely. What it points to must outlive every copy.
 */
typedef struct
{
  void (*fill) (guint8 *buf, gsize len, gpointer user_data);
  gpointer user_data;
} KhRandom;

static inline void
kh_random_fill (const KhRandom *self, gpointer buf, gsize len)
{
  self->fill (buf, len, self->user_data);
}

static inline guint32
kh_random_u32 (const KhRandom *self)
{
  guint32 value;

  kh_random_fill (self, &value, sizeof value);
  return value;
}

static inline guint64
kh_random_u64 (const KhRandom *self)
{
  guint64 value;

  kh_random_fill (self, &value, sizeof value);
  return value;
}
