/* rng.h: the simulator's random numbers: xoshiro256**, seeded by splitmix64
 *
 * The algorithms are those of Blackman and Vigna. Written out here because a seed must give the
 * same run with every version of every library.
 */
#pragma once

#include "wire/random.h"

typedef struct
{
  guint64 s[4];
} KhSimRng;

/* @stream tells apart generators of one seed. */
void kh_sim_rng_init (KhSimRng *self, guint64 seed, guint64 stream);
guint64 kh_sim_rng_u64 (KhSimRng *self);
/* 0 to @bound - 1; @bound is not 0 */
guint64 kh_sim_rng_below (KhSimRng *self, guint64 bound);
/* TRUE with probability @p; draws nothing where @p is 0 or less */
gboolean kh_sim_rng_chance (KhSimRng *self, double p);
/* For the machines: borrows @self. */
KhRandom kh_sim_rng_as_random (KhSimRng *self);
