/* probe.h: the checks of one path: when the next is due, and what the answers tell
 *
 * A plain value inside a check list. Every path runs through the same schedule of challenges
 * (PROTOCOL.md, "Paths"), close together at first because both NATs open within a round trip, then
 * backing off (RFC 8085); a proven one is sampled a few times for its round-trip time and then left
 * alone.
 */
#pragma once

#include "path/check-list.h"

/* Challenges of a path that can still be answered; older ones are for round trips over a second. */
#define KH_PROBE_CHALLENGES_KEPT 8

typedef struct
{
  guint8 data[KH_CHECK_DATA_SIZE];
  gint64 sent_us; /* KH_NEVER once it was answered */
} KhChallenge;

typedef struct
{
  KhPath path;
  gint64 heard_us;      /* the last packet from there, or 0 */
  guint wins;           /* samples in a row that beat the path in use */
  gint64 distrusted_us; /* it carried checks and no data: not believed before this time */
  gint64 distrust_us;   /* for how long the last time */

  guint round;     /* challenges sent since the schedule began */
  gint64 next_us;  /* of the next challenge, or KH_NEVER */
  gboolean opener; /* the next challenge only opens our NAT */
  guint samples;   /* challenges still to send for the round-trip time */
  KhChallenge challenges[KH_PROBE_CHALLENGES_KEPT];
  guint n_challenges;
  guint unanswered;      /* challenges since the last response */
  gint64 silent_from_us; /* when the first of them was sent */
} KhProbe;

/* @opener: the first challenge is not to reach the other side. */
void kh_probe_begin (KhProbe *self, gboolean opener, gint64 now_us);
gboolean kh_probe_is_due (const KhProbe *self, gint64 now_us);
/* Writes the challenge that is due. @earnest_us: when the one after an opener may go out. */
void kh_probe_write (
    KhProbe *self, const KhRandom *random, gint64 earnest_us, KhCheck *ret_check, gint64 now_us);
/* A response came: does it answer one of our challenges, for the first time? Then the path is
 * valid and its round-trip time has a new sample. */
gboolean kh_probe_answer (KhProbe *self,
                          const guint8 data[KH_CHECK_DATA_SIZE],
                          const KhAddr *seen,
                          gint64 now_us);
/* Is the next challenge the first in earnest to a path that is not proven? */
gboolean kh_probe_is_first (const KhProbe *self);
/* Gives the path up where its schedule has run out, which is then TRUE. */
gboolean kh_probe_expire (KhProbe *self, gint64 now_us);
/* Three challenges in a row unanswered, even lately. */
gboolean kh_probe_is_suspect (const KhProbe *self);
/* Suspect for three round trips, at least 60 ms: dead, if another path is alive. */
gboolean kh_probe_is_silent (const KhProbe *self, gint64 now_us);
