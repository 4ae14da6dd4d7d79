/* replay.c: the sliding windows against replay (RFC 6479, section 3.4 and its appendix)
 *
 * The large one is a ring of words that is never shifted: moving up clears the words that come
 * into use. One word more than the window needs is kept, so that the word being filled never
 * holds numbers of the round before. The small one is short enough to be shifted.
 */
#include "crypto/replay.h"

#include <string.h>

#define WORD_BITS 64

struct _KhReplay
{
  guint64 next;    /* one more than the highest committed, 0 for none */
  guint n_words;   /* a power of two */
  guint64 words[]; /* bit n % 64 of word n / 64 % n_words is for packet n */
};

KhReplay *
kh_replay_new (guint window)
{
  guint n_words = 2;
  KhReplay *self;

  window = CLAMP (window, 1, KH_REPLAY_WINDOW_MAX);
  while ((n_words - 1) * WORD_BITS < window)
    n_words *= 2;
  self = g_malloc0 (sizeof *self + n_words * sizeof self->words[0]);
  self->n_words = n_words;
  return self;
}

void
kh_replay_free (KhReplay *self)
{
  g_free (self);
}

guint
kh_replay_get_window (const KhReplay *self)
{
  return (self->n_words - 1) * WORD_BITS;
}

gboolean
kh_replay_check (const KhReplay *self, guint64 number)
{
  if (number >= self->next)
    return number != G_MAXUINT64;
  if (self->next - 1 - number >= kh_replay_get_window (self))
    return FALSE;
  return ((self->words[number / WORD_BITS & (self->n_words - 1)] >> (number % WORD_BITS)) & 1) == 0;
}

void
kh_replay_commit (KhReplay *self, guint64 number)
{
  if (!kh_replay_check (self, number))
    return;
  if (number >= self->next)
    {
      /* An empty window has nothing to clear, so it may stand at word 0 whatever comes first. */
      guint64 current = self->next == 0 ? 0 : (self->next - 1) / WORD_BITS;
      guint64 steps = MIN (number / WORD_BITS - current, self->n_words);

      for (guint64 i = 1; i <= steps; i++)
        self->words[(current + i) & (self->n_words - 1)] = 0;
      self->next = number + 1;
    }
  self->words[number / WORD_BITS & (self->n_words - 1)] |= G_GUINT64_CONSTANT (1)
                                                           << (number % WORD_BITS);
}

gboolean
kh_replay_small_check (const KhReplaySmall *self, guint64 number)
{
  guint64 age;

  if (number >= self->next)
    return number != G_MAXUINT64;
  age = self->next - 1 - number;
  if (age >= KH_REPLAY_SMALL_WINDOW)
    return FALSE;
  return ((self->seen[age / WORD_BITS] >> (age % WORD_BITS)) & 1) == 0;
}

/* Makes everything in the window older by @steps. */
static void
age_small (KhReplaySmall *self, guint64 steps)
{
  if (steps >= KH_REPLAY_SMALL_WINDOW)
    {
      memset (self->seen, 0, sizeof self->seen);
      return;
    }
  if (steps >= WORD_BITS)
    {
      self->seen[1] = self->seen[0];
      self->seen[0] = 0;
      steps -= WORD_BITS;
    }
  if (steps > 0)
    {
      self->seen[1] = self->seen[1] << steps | self->seen[0] >> (WORD_BITS - steps);
      self->seen[0] <<= steps;
    }
}

void
kh_replay_small_commit (KhReplaySmall *self, guint64 number)
{
  guint64 age;

  if (!kh_replay_small_check (self, number))
    return;
  if (number >= self->next)
    {
      age_small (self, number + 1 - self->next);
      self->next = number + 1;
    }
  age = self->next - 1 - number;
  self->seen[age / WORD_BITS] |= G_GUINT64_CONSTANT (1) << (age % WORD_BITS);
}
