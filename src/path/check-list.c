/* check-list.c: the paths to a peer, and the choice among them (DESIGN 8)
 *
 * Owns the paths of one session; the checks of each are in probe.c. The list is short (at most
 * PATHS_MAX), so it is walked rather than indexed.
 */
#include "path/check-list.h"

#include <string.h>

#include "path/probe.h"

#define PATHS_MAX (2 * KH_CANDIDATES_MAX)
/* Responses that wait for the owner to poll; a peer that sends more challenges at once loses. */
#define RESPONSES_MAX 16
/* Challenges answered: so many at once, and one more each so long. A peer checks each of our
 * addresses from each of its own, but a hundred a second are enough for any search. */
#define ANSWERS_BURST 64
#define ANSWER_INTERVAL_US 10000
/* Addresses learned: each makes us send a dozen challenges to where the peer says. */
#define LEARN_BURST PATHS_MAX
#define LEARN_INTERVAL_US G_USEC_PER_SEC
/* A better path must be better by 10% and 3 ms, this often in a row (DESIGN 8). */
#define WINS_NEEDED 3
#define WIN_MARGIN_US 3000
/* How long a path is not believed that carried checks and no data: longer each time, so that it
 * does not go to and fro. */
#define DISTRUST_MIN_US (5 * G_USEC_PER_SEC)
#define DISTRUST_MAX_US (60 * G_USEC_PER_SEC)

typedef struct
{
  KhAddr remote;
  guint8 data[KH_CHECK_DATA_SIZE];
} Response;

struct _KhCheckList
{
  KhRandom random;
  GArray *probes;     /* KhProbe */
  GArray *responses;  /* Response, in order of arrival */
  int selected;       /* index of an probe, or -1 */
  gint64 earnest_us;  /* KH_NEVER before the start */
  gint64 patience_us; /* when to give up; KH_NEVER if not waiting */
  gint64 due_us;      /* no challenge is due before; 0 if one may be */
  gint64 answered_us; /* see may_now() */
  gint64 learned_us;
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
  self->probes = g_array_new (FALSE, TRUE, sizeof (KhProbe));
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

  g_array_unref (self->probes);
  g_array_unref (self->responses);
  g_free (self);
}

static KhProbe *
probe_at (KhCheckList *self, guint i)
{
  return &g_array_index (self->probes, KhProbe, i);
}

static int
find (KhCheckList *self, const KhAddr *remote)
{
  for (guint i = 0; i < self->probes->len; i++)
    if (kh_addr_equal (&probe_at (self, i)->path.remote, remote))
      return (int) i;
  return -1;
}

/* An address on our own network has no gateway that an early packet could confuse. */
static gboolean
is_early (KhCheckList *self, const KhProbe *probe, gint64 now_us)
{
  return now_us < self->earnest_us && !kh_addr_is_private (&probe->path.remote) &&
         !kh_addr_is_relay (&probe->path.remote);
}

static void
begin (KhCheckList *self, KhProbe *probe, gint64 now_us)
{
  /* A relay that is no more. */
  if (!kh_addr_is_set (&probe->path.remote))
    return;
  self->due_us = 0;
  kh_probe_begin (probe, is_early (self, probe, now_us), now_us);
}

/* A bucket of @burst tokens, one more each @interval_us: *@used_us is when it will be full again.
 */
static gboolean
may_now (gint64 *used_us, guint burst, gint64 interval_us, gint64 now_us)
{
  gint64 from_us = MAX (*used_us, now_us);

  if (from_us - now_us > (burst - 1) * interval_us)
    return FALSE;
  *used_us = from_us + interval_us;
  return TRUE;
}

/* Returns where the new probe goes: at the end, or in place of one that was given up. */
static KhProbe *
claim_entry (KhCheckList *self)
{
  if (self->probes->len < PATHS_MAX)
    {
      g_array_set_size (self->probes, self->probes->len + 1);
      return probe_at (self, self->probes->len - 1);
    }
  for (guint i = 0; i < self->probes->len; i++)
    if (probe_at (self, i)->path.state == KH_PATH_FAILED && (int) i != self->selected)
      {
        memset (probe_at (self, i), 0, sizeof (KhProbe));
        return probe_at (self, i);
      }
  return NULL;
}

static KhProbe *
add (KhCheckList *self, KhCandidateKind kind, const KhAddr *remote, gint64 now_us)
{
  KhProbe *probe;

  if (!may_now (&self->learned_us, LEARN_BURST, LEARN_INTERVAL_US, now_us))
    return NULL;
  probe = claim_entry (self);
  if (probe == NULL)
    return NULL;

  probe->path.kind = kind;
  probe->path.remote = *remote;
  probe->next_us = KH_NEVER;
  if (self->started)
    begin (self, probe, now_us);
  return probe;
}

void
kh_check_list_add (KhCheckList *self, const KhCandidate *candidate, gint64 now_us)
{
  if (kh_candidate_is_usable (candidate) && find (self, &candidate->addr) < 0)
    add (self, candidate->kind, &candidate->addr, now_us);
}

void
kh_check_list_start (KhCheckList *self, gint64 earnest_us, gint64 now_us)
{
  self->started = TRUE;
  self->earnest_us = earnest_us;
  self->patience_us = MAX (earnest_us, now_us) + KH_CHECK_PATIENCE_US;
  for (guint i = 0; i < self->probes->len; i++)
    begin (self, probe_at (self, i), now_us);
}

void
kh_check_list_recheck (KhCheckList *self, gint64 now_us)
{
  if (!self->started)
    return;
  for (guint i = 0; i < self->probes->len; i++)
    begin (self, probe_at (self, i), now_us);
}

/* --- the choice -------------------------------------------------------------------------- */

static gboolean
is_relay (const KhProbe *probe)
{
  return probe->path.kind == KH_CANDIDATE_RELAY;
}

/* Is @a, which is not in use, to be preferred to @b at a first choice or when @b has died? */
static gboolean
is_better (const KhProbe *a, const KhProbe *b)
{
  if (a->path.state != b->path.state)
    return a->path.state == KH_PATH_VALID;
  if (is_relay (a) != is_relay (b))
    return is_relay (b);
  if (a->path.state == KH_PATH_VALID)
    return a->path.rtt_us < b->path.rtt_us;
  return a->heard_us > b->heard_us;
}

static int
find_best (KhCheckList *self, gint64 now_us)
{
  int best = -1;

  for (guint i = 0; i < self->probes->len; i++)
    {
      KhProbe *probe = probe_at (self, i);

      if (probe->path.state != KH_PATH_VALID && probe->path.state != KH_PATH_HEARD)
        continue;
      if (kh_probe_is_silent (probe, now_us))
        continue;
      if (best < 0 || is_better (probe, probe_at (self, best)))
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
  for (guint j = 0; j < self->probes->len; j++)
    probe_at (self, j)->wins = 0;
}

static gboolean
is_sound (const KhProbe *probe)
{
  return probe->path.state == KH_PATH_VALID && !kh_probe_is_suspect (probe);
}

/* Leaves the path in use only for a proven one: where it is unproven itself, or silent. */
static void
choose (KhCheckList *self, gint64 now_us)
{
  KhProbe *current;
  int best;

  if (self->selected >= 0 && is_sound (probe_at (self, self->selected)) &&
      !is_relay (probe_at (self, self->selected)))
    return;
  best = find_best (self, now_us);
  if (best < 0)
    return;
  if (self->selected < 0)
    {
      use (self, best);
      return;
    }

  current = probe_at (self, self->selected);
  if (current->path.state == KH_PATH_FAILED || kh_probe_is_silent (current, now_us) ||
      (is_relay (current) && is_sound (probe_at (self, best))))
    use (self, best);
  else if (current->path.state == KH_PATH_HEARD &&
           probe_at (self, best)->path.state == KH_PATH_VALID)
    use (self, best);
}

/* A round-trip sample of @i came in: does it beat the path in use, again? */
static void
compare (KhCheckList *self, int i)
{
  KhProbe *probe = probe_at (self, i);
  KhProbe *current;

  if (self->selected < 0 || i == self->selected)
    return;

  current = probe_at (self, self->selected);
  if (current->path.state == KH_PATH_VALID && !is_relay (probe) &&
      probe->path.rtt_us + WIN_MARGIN_US < current->path.rtt_us &&
      probe->path.rtt_us * 10 < current->path.rtt_us * 9)
    probe->wins++;
  else
    probe->wins = 0;
  if (probe->wins >= WINS_NEEDED)
    use (self, i);
}

static KhProbe *
find_relay (KhCheckList *self)
{
  for (guint i = 0; i < self->probes->len; i++)
    if (is_relay (probe_at (self, i)))
      return probe_at (self, i);
  return NULL;
}

const KhPath *
kh_check_list_get_relay (KhCheckList *self)
{
  KhProbe *relay = find_relay (self);

  return relay == NULL || !kh_addr_is_set (&relay->path.remote) ? NULL : &relay->path;
}

void
kh_check_list_touch_relay (KhCheckList *self, gint64 now_us)
{
  KhProbe *relay = find_relay (self);

  if (relay != NULL)
    begin (self, relay, now_us);
}

void
kh_check_list_set_relay (KhCheckList *self, const KhAddr *relay, gint64 rtt_us, gint64 now_us)
{
  KhProbe *probe = find_relay (self);

  if (probe == NULL && relay != NULL)
    probe = claim_entry (self);
  if (probe == NULL)
    return;

  self->due_us = 0;
  memset (probe, 0, sizeof *probe);
  probe->path.kind = KH_CANDIDATE_RELAY;
  probe->path.state = KH_PATH_FAILED;
  probe->next_us = KH_NEVER;
  if (relay != NULL)
    {
      probe->path.remote = *relay;
      probe->path.state = KH_PATH_VALID;
      probe->path.rtt_us = rtt_us;
      if (self->started)
        begin (self, probe, now_us);
    }
  self->selected_changed |= self->selected >= 0 && probe == probe_at (self, self->selected);
  choose (self, now_us);
}

gboolean
kh_check_list_distrust (KhCheckList *self, gint64 now_us)
{
  KhProbe *current = self->selected < 0 ? NULL : probe_at (self, self->selected);
  KhProbe *relay = find_relay (self);

  if (current == NULL || is_relay (current) || relay == NULL ||
      relay->path.state != KH_PATH_VALID || kh_probe_is_silent (relay, now_us))
    return FALSE;

  /* One that did well for long enough begins anew. */
  if (now_us - current->distrusted_us > DISTRUST_MAX_US)
    current->distrust_us = 0;
  current->distrust_us = CLAMP (2 * current->distrust_us, DISTRUST_MIN_US, DISTRUST_MAX_US);
  current->distrusted_us = now_us + current->distrust_us;
  current->path.state = KH_PATH_FAILED;
  choose (self, now_us);
  return TRUE;
}

void
kh_check_list_doubt (KhCheckList *self, gint64 now_us)
{
  KhProbe *current = self->selected < 0 ? NULL : probe_at (self, self->selected);

  if (current == NULL || is_relay (current) || current->path.state != KH_PATH_VALID)
    return;
  current->path.state = KH_PATH_HEARD;
  begin (self, current, now_us);
  choose (self, now_us);
}

const KhPath *
kh_check_list_get_selected (KhCheckList *self)
{
  return self->selected < 0 ? NULL : &probe_at (self, self->selected)->path;
}

const KhPath *
kh_check_list_get_nth (KhCheckList *self, guint i)
{
  return i < self->probes->len ? &probe_at (self, i)->path : NULL;
}

/* --- what comes in ----------------------------------------------------------------------- */

/* The peer's packet by the relay is the sign that it has begun, and opened its gateway. */
static void
be_earnest (KhCheckList *self, gint64 now_us)
{
  for (guint i = 0; i < self->probes->len; i++)
    if (probe_at (self, i)->next_us == self->earnest_us)
      probe_at (self, i)->next_us = now_us;
  self->earnest_us = now_us;
  self->due_us = 0;
}

/* Returns the probe of @remote, made if need be; NULL where there is no room. */
static KhProbe *
hear (KhCheckList *self, const KhAddr *remote, gint64 now_us)
{
  int i = find (self, remote);
  KhProbe *probe;

  self->patience_us = KH_NEVER;
  if (i < 0)
    {
      if (kh_addr_is_relay (remote))
        return NULL;
      probe = add (self, KH_CANDIDATE_PRFLX, remote, now_us);
      if (probe == NULL)
        return NULL;
    }
  else
    {
      probe = probe_at (self, i);
    }

  probe->heard_us = now_us;
  if (probe->path.state == KH_PATH_NEW || probe->path.state == KH_PATH_FAILED)
    {
      probe->path.state = is_relay (probe) ? KH_PATH_VALID : KH_PATH_HEARD;
      if (self->started)
        {
          /* A triggered check (RFC 8445, section 7.3.1.4). The peer's packet has crossed both
           * NATs, so ours may go out in earnest. */
          kh_probe_begin (probe, FALSE, now_us);
          self->due_us = 0;
        }
      if (self->selected >= 0)
        {
          KhProbe *current = probe_at (self, self->selected);

          /* The peer may have moved: ask the path in use as well. */
          if (current != probe && current->next_us == KH_NEVER)
            begin (self, current, now_us);
        }
    }
  choose (self, now_us);
  return probe;
}

void
kh_check_list_on_packet (KhCheckList *self, const KhAddr *remote, gint64 now_us)
{
  KhProbe *current = self->selected >= 0 ? probe_at (self, self->selected) : NULL;

  self->patience_us = KH_NEVER;
  if (G_UNLIKELY (now_us < self->earnest_us) && self->started && kh_addr_is_relay (remote))
    be_earnest (self, now_us);
  /* As nearly every packet: nothing changes by it. */
  if (current != NULL && is_sound (current) && kh_addr_equal (&current->path.remote, remote))
    current->heard_us = now_us;
  else
    hear (self, remote, now_us);
}

void
kh_check_list_on_challenge (KhCheckList *self,
                            const KhAddr *remote,
                            const guint8 data[KH_CHECK_DATA_SIZE],
                            gint64 now_us)
{
  Response response = { .remote = *remote };

  if (now_us < self->earnest_us && self->started && kh_addr_is_relay (remote))
    be_earnest (self, now_us);
  hear (self, remote, now_us);
  if (self->responses->len == RESPONSES_MAX ||
      !may_now (&self->answered_us, ANSWERS_BURST, ANSWER_INTERVAL_US, now_us))
    return;
  memcpy (response.data, data, sizeof response.data);
  g_array_append_val (self->responses, response);
}

void
kh_check_list_on_response (KhCheckList *self,
                           const KhAddr *remote,
                           const guint8 data[KH_CHECK_DATA_SIZE],
                           const KhAddr *seen,
                           gint64 now_us)
{
  int i = find (self, remote);
  gboolean proven = i >= 0 && probe_at (self, i)->path.state != KH_PATH_VALID;

  if (i < 0 || probe_at (self, i)->distrusted_us > now_us ||
      !kh_probe_answer (probe_at (self, i), data, seen, now_us))
    return;

  self->due_us = 0;
  self->patience_us = KH_NEVER;
  self->selected_changed |= proven && i == self->selected;
  choose (self, now_us);
  compare (self, i);
}

/* --- what goes out ----------------------------------------------------------------------- */

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

  if (self->due_us > now_us)
    return FALSE;
  self->due_us = KH_NEVER;
  for (guint i = 0; i < self->probes->len; i++)
    {
      KhProbe *probe = probe_at (self, i);

      if (kh_probe_is_due (probe, now_us))
        {
          kh_probe_write (probe, &self->random, self->earnest_us, ret_check, now_us);
          self->due_us = 0;
          return TRUE;
        }
      self->due_us = MIN (self->due_us, probe->next_us);
    }
  return FALSE;
}

gint64
kh_check_list_next_timeout (KhCheckList *self)
{
  gint64 next_us = self->patience_us;

  if (self->responses->len > 0)
    return 0;
  for (guint i = 0; i < self->probes->len; i++)
    next_us = MIN (next_us, probe_at (self, i)->next_us);
  return next_us;
}

/* Ends the schedules that ran out, and the wait for a first path. */
void
kh_check_list_handle_timeout (KhCheckList *self, gint64 now_us)
{
  for (guint i = 0; i < self->probes->len; i++)
    kh_probe_expire (probe_at (self, i), now_us);
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
