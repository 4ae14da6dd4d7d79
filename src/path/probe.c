/* probe.c: the schedule of one path's checks, and its round-trip time
 *
 * Owns nothing; works on the plain values of a check list. See PROTOCOL.md, "Paths".
 */
#include "path/probe.h"

#include <string.h>

/* Checks of a valid path beyond the first, for its round-trip time, and their distance. */
#define SAMPLES 3
#define SAMPLE_INTERVAL_US 100000
/* So many challenges without an answer, over three round trips but no less than this, and the
 * path is taken for dead where another is alive. */
#define SUSPECT_CHALLENGES 3
#define SILENT_MIN_US 60000

/* The distances between the challenges of a path; the last is how long the last challenge may
 * take to be answered. About 8 s in all. */
static const gint64 schedule_us[] = {
  10000, 10000, 20000, 40000, 80000, 160000, 320000, 640000, 1000000, 2000000, 2000000, 2000000,
};

void
kh_probe_begin (KhProbe *self, gboolean opener, gint64 now_us)
{
  self->round = 0;
  self->samples = 0;
  self->unanswered = 0;
  self->opener = opener;
  self->next_us = now_us;
}

gboolean
kh_probe_is_due (const KhProbe *self, gint64 now_us)
{
  return self->next_us <= now_us && self->round < G_N_ELEMENTS (schedule_us);
}

gboolean
kh_probe_is_suspect (const KhProbe *self)
{
  return self->unanswered >= SUSPECT_CHALLENGES;
}

gboolean
kh_probe_is_silent (const KhProbe *self, gint64 now_us)
{
  return kh_probe_is_suspect (self) &&
         now_us - self->silent_from_us >= MAX (3 * self->path.rtt_us, SILENT_MIN_US);
}

static void
note_challenge (KhProbe *self, const guint8 *data, gint64 now_us)
{
  KhChallenge *challenge = &self->challenges[self->n_challenges % KH_PROBE_CHALLENGES_KEPT];

  memcpy (challenge->data, data, KH_CHECK_DATA_SIZE);
  challenge->sent_us = now_us;
  self->n_challenges++;
  if (self->unanswered++ == 0)
    self->silent_from_us = now_us;
}

static void
schedule_next (KhProbe *self, gint64 earnest_us, gint64 now_us)
{
  if (self->opener)
    {
      self->opener = FALSE;
      self->unanswered = 0;
      self->next_us = MAX (earnest_us, now_us);
    }
  else if (self->samples > 1)
    {
      self->samples--;
      self->next_us = now_us + SAMPLE_INTERVAL_US;
    }
  else if (self->samples == 1 && !kh_probe_is_suspect (self))
    {
      self->samples = 0;
      self->next_us = KH_NEVER;
    }
  else
    {
      self->next_us = now_us + schedule_us[self->round];
      self->round++;
    }
}

void
kh_probe_write (
    KhProbe *self, const KhRandom *random, gint64 earnest_us, KhCheck *ret_check, gint64 now_us)
{
  memset (ret_check, 0, sizeof *ret_check);
  ret_check->remote = self->path.remote;
  ret_check->padded = self->distrust_us > 0 && !self->opener;
  ret_check->hop_limit = self->opener ? KH_OPENER_HOP_LIMIT : 0;
  kh_random_fill (random, ret_check->data, sizeof ret_check->data);
  note_challenge (self, ret_check->data, now_us);
  schedule_next (self, earnest_us, now_us);
}

static KhChallenge *
find_challenge (KhProbe *self, const guint8 data[KH_CHECK_DATA_SIZE])
{
  for (guint i = 0; i < MIN (self->n_challenges, KH_PROBE_CHALLENGES_KEPT); i++)
    if (self->challenges[i].sent_us != KH_NEVER &&
        memcmp (self->challenges[i].data, data, KH_CHECK_DATA_SIZE) == 0)
      return &self->challenges[i];
  return NULL;
}

gboolean
kh_probe_answer (KhProbe *self,
                 const guint8 data[KH_CHECK_DATA_SIZE],
                 const KhAddr *seen,
                 gint64 now_us)
{
  KhChallenge *challenge = find_challenge (self, data);
  gint64 sample_us;

  if (challenge == NULL)
    return FALSE;

  sample_us = now_us - challenge->sent_us;
  challenge->sent_us = KH_NEVER;
  self->path.rtt_us = self->path.rtt_us == 0 ? sample_us : (7 * self->path.rtt_us + sample_us) / 8;
  self->path.seen = *seen;
  self->heard_us = now_us;
  self->unanswered = 0;
  if (self->path.state != KH_PATH_VALID || self->round > 0)
    {
      self->path.state = KH_PATH_VALID;
      self->round = 0;
      self->samples = SAMPLES;
      self->next_us = now_us + SAMPLE_INTERVAL_US;
    }
  return TRUE;
}

gboolean
kh_probe_is_first (const KhProbe *self)
{
  return self->round == 0 && self->samples == 0 && !self->opener &&
         self->path.state != KH_PATH_VALID;
}

gboolean
kh_probe_expire (KhProbe *self, gint64 now_us)
{
  if (self->next_us > now_us || self->round < G_N_ELEMENTS (schedule_us))
    return FALSE;
  self->next_us = KH_NEVER;
  self->round = 0;
  self->path.state = KH_PATH_FAILED;
  return TRUE;
}
