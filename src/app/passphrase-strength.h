/* passphrase-strength.h: how long a passphrase may resist guessing */
#pragma once

#include <glib.h>

typedef enum
{
  KH_STRENGTH_NONE, /* empty */
  KH_STRENGTH_WEAK,
  KH_STRENGTH_FAIR,
  KH_STRENGTH_GOOD,
} KhStrength;

/**
 * kh_passphrase_strength:
 *
 * By its length, its kinds of characters, and what of it a guesser tries first: repeats, runs such
 * as "abc", years, and the usual passwords. A guess costs 64 MiB and some 0.1 s of Argon2id: GOOD
 * is from 50 bits on, FAIR from 36. What is good by count may still be a line of a song.
 */
KhStrength kh_passphrase_strength (const char *text);
