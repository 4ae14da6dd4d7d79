/* check-list.c: the paths to a peer, their checks, and the choice among them (DESIGN 8)
 *
 * Owns the paths of one session. Each path runs through the same schedule of challenges, close
 * together at first because both NATs open within a round trip, then backing off (RFC 8085). The
 * list is short (at most PATHS_MAX), so it is walked rather than indexed.
 */
#include "path/check-list.h"

#include <string.h>

#define PATHS_MAX (2 * KH_CANDIDATES_MAX)
/* Challenges of a path that can still be answered; older ones are for round trips over a second. */
#define CHALLENGES_KEPT 8
/* Responses that wait for the owner to poll; a peer that sends more challenges at once loses. */
#define RESPONSES_MAX 16
/* Checks of a valid path beyond the first, for its round-trip time, and their distance. */
#define SAMPLES 3
#define SAMPLE_INTERVAL_US 100000
/* A better path must be better by 10% and 3 ms, this often in a row (DESIGN 8). */
#define WINS_NEEDED 3
#define WIN_MARGIN_US 3000
/* So many challenges without an answer, over three round trips but no less than this, and the
 * path is taken for dead where another is alive. */
#define SILENT_CHALLENGES 3
#define SILENT_MIN_US 60000

/* The distances between the challenges of a path, 10 s in all (KH_CHECK_PATIENCE_US). */
static const gint64 schedule_us[] = {
  10000, 10000, 20000, 40000, 80000, 160000, 320000, 640000, 1000000, 2000000, 2000000, 2000000,
};

typedef struct
{
  guint8 data[KH_CHECK_DATA_SIZE];
  gint64 sent_us;
} Challenge;

typedef struct
{
  KhPath path;
  guint32 priority;
  guint round;     /* challenges sent since the schedule began */
  gint64 next_us;  /* of the next challenge, or KH_NEVER */
  gboolean opener; /* the next challenge only opens our NAT */
  guint samples;   /* challenges still to send for the round-trip time */
  guint wins;
  Challenge challenges[CHALLENGES_KEPT];
  guint n_challenges;
  guint unanswered;      /* challenges since the last response */
  gint64 silent_from_us; /* when the first of them was sent */
  gint64 heard_us;       /* the last packet from there, or 0 */
} Entry;

typedef struct
{
  KhAddr remote;
  guint8 data[KH_CHECK_DATA_SIZE];
} Response;

struct _KhCheckList
{
  KhRandom random;
  GArray *entries;    /* Entry */
  GArray *responses;  /* Response, in order of arrival */
  int selected;       /* index of an entry, or -1 */
  gint64 earnest_us;  /* KH_NEVER before the start */
  gint64 patience_us; /* when to give up; KH_NEVER if not waiting */
  gboolean started;
  gboolean selected_changed;
  gboolean failed;
};

const char *
kh_path_state_to_string (KhPathState state)
{
  switch (state)
    {
    case KH_PATH_NEW:
      return "new";
    case KH_PATH_HEARD:
      return "heard";
    case KH_PATH_VALID:
      return "valid";
    case KH_PATH_FAILED:
      return "failed";
    default:
      return "unknown";
    }
}

KhCheckList *
kh_check_list_new (KhRandom random)
{
  KhCheckList *self = g_new0 (KhCheckList, 1);

  self->random = random;
  self->entries = g_array_new (FALSE, TRUE, sizeof (Entry));
  self->responses = g_array_new (FALSE, TRUE, sizeof (Response));
  self->selected = -1;
  self->earnest_us = KH_NEVER;
  self->patience_us = KH_NEVER;
  return self;
}

void
kh_check_list_free (KhCheckList *self)
{
  if (self == NULL)
    return;

  g_array_unref (self->entries);
  g_array_unref (self->responses);
  g_free (self);
}

static Entry *
entry_at (KhCheckList *self, guint i)
{
  return &g_array_index (self->entries, Entry, i);
}

static int
find (KhCheckList *self, const KhAddr *remote)
{
  for (guint i = 0; i < self->entries->len; i++)
    if (kh_addr_equal (&entry_at (self, i)->path.remote, remote))
      return (int) i;
  return -1;
}

static void
begin_schedule (KhCheckList *self, Entry *entry, gint64 now_us)
{
  /* An address on our own network has no gateway that an early packet could confuse. */
  gboolean early = now_us < self->earnest_us && !kh_addr_is_private (&entry->path.remote);

  entry->round = 0;
  entry->samples = 0;
  entry->unanswered = 0;
  entry->opener = early;
  entry->next_us = now_us;
}

/* Returns where the new entry goes: at the end, or in place of one that was given up. */
static Entry *
claim_entry (KhCheckList *self)
{
  if (self->entries->len < PATHS_MAX)
    {
      g_array_set_size (self->entries, self->entries->len + 1);
      return entry_at (self, self->entries->len - 1);
    }
  for (guint i = 0; i < self->entries->len; i++)
    if (entry_at (self, i)->path.state == KH_PATH_FAILED && (int) i != self->selected)
      {
        memset (entry_at (self, i), 0, sizeof (Entry));
        return entry_at (self, i);
      }
  return NULL;
}

static Entry *
add (KhCheckList *self, KhCandidateKind kind, guint32 priority, const KhAddr *remote, gint64 now_us)
{
  Entry *entry = claim_entry (self);

  if (entry == NULL)
    return NULL;

  entry->path.kind = kind;
  entry->path.remote = *remote;
  entry->priority = priority;
  entry->next_us = KH_NEVER;
  if (self->started)
    begin_schedule (self, entry, now_us);
  return entry;
}

void
kh_check_list_add (KhCheckList *self, const KhCandidate *candidate, gint64 now_us)
{
  if (kh_candidate_is_usable (candidate) && find (self, &candidate->addr) < 0)
    add (self, candidate->kind, candidate->priority, &candidate->addr, now_us);
}

void
kh_check_list_start (KhCheckList *self, gint64 earnest_us, gint64 now_us)
{
  self->started = TRUE;
  self->earnest_us = earnest_us;
  self->patience_us = MAX (earnest_us, now_us) + KH_CHECK_PATIENCE_US;
  for (guint i = 0; i < self->entries->len; i++)
    begin_schedule (self, entry_at (self, i), now_us);
}

void
kh_check_list_recheck (KhCheckList *self, gint64 now_us)
{
  if (!self->started)
    return;
  for (guint i = 0; i < self->entries->len; i++)
    begin_schedule (self, entry_at (self, i), now_us);
}

/* --- the choice -------------------------------------------------------------------------- */

static gboolean
is_silent (const Entry *entry, gint64 now_us)
{
  return entry->unanswered >= SILENT_CHALLENGES &&
         now_us - entry->silent_from_us >= MAX (3 * entry->path.rtt_us, SILENT_MIN_US);
}

/* Is @a, which is not in use, to be preferred to @b at a first choice or when @b has died? */
static gboolean
is_better (const Entry *a, const Entry *b)
{
  if (a->path.state != b->path.state)
    return a->path.state == KH_PATH_VALID;
  if (a->path.state == KH_PATH_VALID)
    return a->path.rtt_us < b->path.rtt_us;
  return a->heard_us > b->heard_us;
}

static int
find_best (KhCheckList *self, gint64 now_us)
{
  int best = -1;

  for (guint i = 0; i < self->entries->len; i++)
    {
      Entry *entry = entry_at (self, i);

      if (entry->path.state != KH_PATH_VALID && entry->path.state != KH_PATH_HEARD)
        continue;
      if (is_silent (entry, now_us))
        continue;
      if (best < 0 || is_better (entry, entry_at (self, best)))
        best = (int) i;
    }
  return best;
}

static void
use (KhCheckList *self, int i)
{
  if (i == self->selected)
    return;

  self->selected = i;
  self->selected_changed = TRUE;
  self->patience_us = KH_NEVER;
  for (guint j = 0; j < self->entries->len; j++)
    entry_at (self, j)->wins = 0;
}

/* Leaves the path in use only for a proven one: where it is unproven itself, or silent. */
static void
choose (KhCheckList *self, gint64 now_us)
{
  Entry *current;
  int best = find_best (self, now_us);

  if (best < 0)
    return;
  if (self->selected < 0)
    {
      use (self, best);
      return;
    }

  current = entry_at (self, self->selected);
  if (current->path.state == KH_PATH_FAILED || is_silent (current, now_us))
    use (self, best);
  else if (current->path.state == KH_PATH_HEARD &&
           entry_at (self, best)->path.state == KH_PATH_VALID)
    use (self, best);
}

/* A round-trip sample of @i came in: does it beat the path in use, again? */
static void
compare (KhCheckList *self, int i)
{
  Entry *entry = entry_at (self, i);
  Entry *current;

  if (self->selected < 0 || i == self->selected)
    return;

  current = entry_at (self, self->selected);
  if (current->path.state == KH_PATH_VALID &&
      entry->path.rtt_us + WIN_MARGIN_US < current->path.rtt_us &&
      entry->path.rtt_us * 10 < current->path.rtt_us * 9)
    entry->wins++;
  else
    entry->wins = 0;
  if (entry->wins >= WINS_NEEDED)
    use (self, i);
}

const KhPath *
kh_check_list_get_selected (KhCheckList *self)
{
  return self->selected < 0 ? NULL : &entry_at (self, self->selected)->path;
}

gboolean
kh_check_list_is_suspect (KhCheckList *self)
{
  return self->selected < 0 || entry_at (self, self->selected)->unanswered >= SILENT_CHALLENGES;
}

/* --- what comes in ----------------------------------------------------------------------- */

/* Returns the entry of @remote, made if need be; NULL where there is no room. */
static Entry *
hear (KhCheckList *self, const KhAddr *remote, gint64 now_us)
{
  int i = find (self, remote);
  Entry *entry;

  if (i < 0)
    {
      KhCandidate learned = kh_candidate_make (KH_CANDIDATE_PRFLX, remote, 30000);

      entry = add (self, learned.kind, learned.priority, remote, now_us);
      if (entry == NULL)
        return NULL;
    }
  else
    {
      entry = entry_at (self, i);
    }

  entry->heard_us = now_us;
  if (entry->path.state == KH_PATH_NEW || entry->path.state == KH_PATH_FAILED)
    {
      entry->path.state = KH_PATH_HEARD;
      if (self->started)
        {
          /* A triggered check (RFC 8445, section 7.3.1.4). The peer's packet has crossed both
           * NATs, so ours may go out in earnest. */
          begin_schedule (self, entry, now_us);
          entry->opener = FALSE;
        }
      if (self->selected >= 0)
        {
          Entry *current = entry_at (self, self->selected);

          /* The peer may have moved: ask the path in use as well. */
          if (current != entry && current->next_us == KH_NEVER)
            begin_schedule (self, current, now_us);
        }
    }
  choose (self, now_us);
  return entry;
}

void
kh_check_list_on_packet (KhCheckList *self, const KhAddr *remote, gint64 now_us)
{
  hear (self, remote, now_us);
}

void
kh_check_list_on_challenge (KhCheckList *self,
                            const KhAddr *remote,
                            const guint8 data[KH_CHECK_DATA_SIZE],
                            gint64 now_us)
{
  Response response = { .remote = *remote };

  hear (self, remote, now_us);
  if (self->responses->len == RESPONSES_MAX)
    return;
  memcpy (response.data, data, sizeof response.data);
  g_array_append_val (self->responses, response);
}

/* Returns the challenge that @data answers, or NULL. */
static Challenge *
find_challenge (Entry *entry, const guint8 data[KH_CHECK_DATA_SIZE])
{
  for (guint i = 0; i < MIN (entry->n_challenges, CHALLENGES_KEPT); i++)
    if (entry->challenges[i].sent_us != KH_NEVER &&
        memcmp (entry->challenges[i].data, data, KH_CHECK_DATA_SIZE) == 0)
      return &entry->challenges[i];
  return NULL;
}

void
kh_check_list_on_response (KhCheckList *self,
                           const KhAddr *remote,
                           const guint8 data[KH_CHECK_DATA_SIZE],
                           const KhAddr *seen,
                           gint64 now_us)
{
  int i = find (self, remote);
  Challenge *challenge = i < 0 ? NULL : find_challenge (entry_at (self, i), data);
  gint64 sample_us;
  Entry *entry;

  if (challenge == NULL)
    return;

  entry = entry_at (self, i);
  sample_us = now_us - challenge->sent_us;
  challenge->sent_us = KH_NEVER;
  entry->path.rtt_us =
      entry->path.rtt_us == 0 ? sample_us : (7 * entry->path.rtt_us + sample_us) / 8;
  entry->path.seen = *seen;
  entry->heard_us = now_us;
  entry->unanswered = 0;
  if (entry->path.state != KH_PATH_VALID || entry->round > 0)
    {
      gboolean proven = entry->path.state != KH_PATH_VALID;

      entry->path.state = KH_PATH_VALID;
      entry->round = 0;
      entry->samples = SAMPLES;
      entry->next_us = now_us + SAMPLE_INTERVAL_US;
      self->selected_changed |= proven && i == self->selected;
    }
  choose (self, now_us);
  compare (self, i);
}

/* --- what goes out ----------------------------------------------------------------------- */

static void
note_challenge (Entry *entry, const guint8 *data, gint64 now_us)
{
  Challenge *challenge = &entry->challenges[entry->n_challenges % CHALLENGES_KEPT];

  memcpy (challenge->data, data, KH_CHECK_DATA_SIZE);
  challenge->sent_us = now_us;
  entry->n_challenges++;
  if (entry->unanswered++ == 0)
    entry->silent_from_us = now_us;
}

static void
schedule_next (KhCheckList *self, Entry *entry, gint64 now_us)
{
  if (entry->opener)
    {
      entry->opener = FALSE;
      entry->unanswered = 0;
      entry->next_us = MAX (self->earnest_us, now_us);
    }
  else if (entry->samples > 1)
    {
      entry->samples--;
      entry->next_us = now_us + SAMPLE_INTERVAL_US;
    }
  else if (entry->samples == 1 && entry->unanswered < SILENT_CHALLENGES)
    {
      entry->samples = 0;
      entry->next_us = KH_NEVER;
    }
  else
    {
      /* The last distance is how long the last challenge may take to be answered. */
      entry->next_us = now_us + schedule_us[MIN (entry->round, G_N_ELEMENTS (schedule_us) - 1)];
      entry->round++;
    }
}

static void
write_challenge (KhCheckList *self, Entry *entry, KhCheck *ret_check, gint64 now_us)
{
  memset (ret_check, 0, sizeof *ret_check);
  ret_check->remote = entry->path.remote;
  ret_check->hop_limit = entry->opener ? KH_OPENER_HOP_LIMIT : 0;
  kh_random_fill (&self->random, ret_check->data, sizeof ret_check->data);
  note_challenge (entry, ret_check->data, now_us);
  schedule_next (self, entry, now_us);
}

gboolean
kh_check_list_poll_send (KhCheckList *self, KhCheck *ret_check, gint64 now_us)
{
  if (self->responses->len > 0)
    {
      Response *response = &g_array_index (self->responses, Response, 0);

      memset (ret_check, 0, sizeof *ret_check);
      ret_check->remote = response->remote;
      ret_check->is_response = TRUE;
      memcpy (ret_check->data, response->data, sizeof ret_check->data);
      g_array_remove_index (self->responses, 0);
      return TRUE;
    }

  for (guint i = 0; i < self->entries->len; i++)
    {
      Entry *entry = entry_at (self, i);

      if (entry->next_us <= now_us && entry->round < G_N_ELEMENTS (schedule_us))
        {
          write_challenge (self, entry, ret_check, now_us);
          return TRUE;
        }
    }
  return FALSE;
}

gint64
kh_check_list_next_timeout (KhCheckList *self)
{
  gint64 next_us = self->patience_us;

  if (self->responses->len > 0)
    return 0;
  for (guint i = 0; i < self->entries->len; i++)
    next_us = MIN (next_us, entry_at (self, i)->next_us);
  return next_us;
}

/* Ends the schedules that ran out, and the wait for a first path. */
void
kh_check_list_handle_timeout (KhCheckList *self, gint64 now_us)
{
  for (guint i = 0; i < self->entries->len; i++)
    {
      Entry *entry = entry_at (self, i);

      if (entry->next_us <= now_us && entry->round >= G_N_ELEMENTS (schedule_us))
        {
          entry->next_us = KH_NEVER;
          entry->round = 0;
          entry->path.state = KH_PATH_FAILED;
        }
    }
  choose (self, now_us);
  if (self->patience_us <= now_us)
    {
      self->patience_us = KH_NEVER;
      self->failed = TRUE;
    }
}

gboolean
kh_check_list_poll_event (KhCheckList *self, KhCheckEvent *ret_event)
{
  if (self->selected_changed)
    {
      self->selected_changed = FALSE;
      *ret_event = KH_CHECK_EVENT_SELECTED;
      return TRUE;
    }
  if (self->failed)
    {
      self->failed = FALSE;
      *ret_event = KH_CHECK_EVENT_FAILED;
      return TRUE;
    }
  return FALSE;
}
