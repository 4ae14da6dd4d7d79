/* check-list.c: the paths to a peer, and their checks (PROTOCOL.md, "Paths")
 *
 * Owns the paths of one session; the checks of each are in probe.c. The list is short (at most
 * KH_CHECK_PATHS_MAX), so it is walked rather than indexed.
 */
#include "path/check-list-private.h"

#include <string.h>

/* Responses that wait for the owner to poll; a peer that sends more challenges at once loses. */
#define RESPONSES_MAX 16
/* Challenges answered: so many at once, and one more each so long. A peer checks each of our
 * addresses from each of its own, but a hundred a second are enough for any search. */
#define ANSWERS_BURST 64
#define ANSWER_INTERVAL_US 10000
/* What waits for the owner to poll: more than a turn can bring as a rule. */
#define NOTES_MAX 64
/* Addresses learned: each makes us send a dozen challenges to where the peer says. */
#define LEARN_BURST KH_CHECK_PATHS_MAX
#define LEARN_INTERVAL_US G_USEC_PER_SEC

typedef struct
{
  KhAddr remote;
  guint8 data[KH_CHECK_DATA_SIZE];
} Response;

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

const char *
kh_path_reason_to_string (KhPathReason reason)
{
  switch (reason)
    {
    case KH_PATH_REASON_FIRST:
      return "first";
    case KH_PATH_REASON_PROVEN:
      return "proven";
    case KH_PATH_REASON_DIRECT:
      return "direct";
    case KH_PATH_REASON_FASTER:
      return "faster";
    case KH_PATH_REASON_SILENT:
      return "silent";
    case KH_PATH_REASON_NO_DATA:
      return "no-data";
    case KH_PATH_REASON_PEER:
      return "peer";
    case KH_PATH_REASON_WITHDRAWN:
      return "withdrawn";
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
  g_queue_init (&self->notes);
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
  g_queue_clear_full (&self->notes, g_free);
  g_free (self);
}

void
kh_check_list_note (
    KhCheckList *self, KhCheckNoteType type, const KhProbe *probe, guint n_checks, gint64 now_us)
{
  KhCheckNote note = { .type = type, .at_us = now_us, .path = probe->path, .n_checks = n_checks };

  if (self->notes.length == NOTES_MAX)
    g_free (g_queue_pop_head (&self->notes));
  g_queue_push_tail (&self->notes, g_memdup2 (&note, sizeof note));
}

gboolean
kh_check_list_poll_note (KhCheckList *self, KhCheckNote *ret_note)
{
  g_autofree KhCheckNote *note = NULL;

  if (G_LIKELY (self->notes.length == 0))
    return FALSE;
  note = g_queue_pop_head (&self->notes);
  *ret_note = *note;
  return TRUE;
}

static int
find (KhCheckList *self, const KhAddr *remote)
{
  for (guint i = 0; i < self->probes->len; i++)
    if (kh_addr_equal (&kh_check_list_probe_at (self, i)->path.remote, remote))
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

void
kh_check_list_begin (KhCheckList *self, KhProbe *probe, gint64 now_us)
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

KhProbe *
kh_check_list_claim (KhCheckList *self)
{
  if (self->probes->len < KH_CHECK_PATHS_MAX)
    {
      g_array_set_size (self->probes, self->probes->len + 1);
      return kh_check_list_probe_at (self, self->probes->len - 1);
    }
  for (guint i = 0; i < self->probes->len; i++)
    if (kh_check_list_probe_at (self, i)->path.state == KH_PATH_FAILED && (int) i != self->selected)
      {
        memset (kh_check_list_probe_at (self, i), 0, sizeof (KhProbe));
        return kh_check_list_probe_at (self, i);
      }
  return NULL;
}

static KhProbe *
add (KhCheckList *self, KhCandidateKind kind, const KhAddr *remote, gint64 now_us)
{
  KhProbe *probe;

  if (!kh_check_list_allows (self, remote) ||
      !may_now (&self->learned_us, LEARN_BURST, LEARN_INTERVAL_US, now_us))
    return NULL;
  probe = kh_check_list_claim (self);
  if (probe == NULL)
    return NULL;

  probe->path.kind = kind;
  probe->path.remote = *remote;
  probe->next_us = KH_NEVER;
  kh_check_list_note (self, KH_CHECK_NOTE_ADDED, probe, 0, now_us);
  if (self->started)
    kh_check_list_begin (self, probe, now_us);
  return probe;
}

void
kh_check_list_add (KhCheckList *self, const KhCandidate *candidate, gint64 now_us)
{
  if (kh_candidate_is_usable (candidate) && find (self, &candidate->addr) < 0)
    add (self, candidate->kind, &candidate->addr, now_us);
}

void
kh_check_list_drop_responses (KhCheckList *self)
{
  for (guint i = self->responses->len; i > 0; i--)
    if (!kh_check_list_allows (self, &g_array_index (self->responses, Response, i - 1).remote))
      g_array_remove_index (self->responses, i - 1);
}

void
kh_check_list_start (KhCheckList *self, gint64 earnest_us, gint64 now_us)
{
  self->started = TRUE;
  self->earnest_us = earnest_us;
  self->patience_us = MAX (earnest_us, now_us) + KH_CHECK_PATIENCE_US;
  for (guint i = 0; i < self->probes->len; i++)
    kh_check_list_begin (self, kh_check_list_probe_at (self, i), now_us);
}

void
kh_check_list_recheck (KhCheckList *self, gint64 now_us)
{
  if (!self->started)
    return;
  for (guint i = 0; i < self->probes->len; i++)
    kh_check_list_begin (self, kh_check_list_probe_at (self, i), now_us);
}

/* --- what comes in ----------------------------------------------------------------------- */

/* The peer's packet by the relay is the sign that it has begun, and opened its gateway. */
static void
be_earnest (KhCheckList *self, gint64 now_us)
{
  for (guint i = 0; i < self->probes->len; i++)
    if (kh_check_list_probe_at (self, i)->next_us == self->earnest_us)
      kh_check_list_probe_at (self, i)->next_us = now_us;
  self->earnest_us = now_us;
  self->due_us = 0;
}

/* A triggered check (RFC 8445, section 7.3.1.4). The peer's packet has crossed both NATs, so ours
 * may go out in earnest. And it may have moved, so the path in use is asked as well. */
static void
trigger (KhCheckList *self, KhProbe *probe, gint64 now_us)
{
  KhProbe *current = self->selected >= 0 ? kh_check_list_probe_at (self, self->selected) : NULL;

  if (self->started)
    {
      kh_probe_begin (probe, FALSE, now_us);
      self->due_us = 0;
    }
  if (current != NULL && current != probe && current->next_us == KH_NEVER)
    kh_check_list_begin (self, current, now_us);
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
      probe = kh_check_list_probe_at (self, i);
    }

  probe->heard_us = now_us;
  /* What the relay did not answer while the peer was away says nothing any more. */
  if (kh_probe_is_relay (probe))
    probe->unanswered = 0;
  if (probe->path.state == KH_PATH_NEW || probe->path.state == KH_PATH_FAILED)
    {
      probe->path.state = kh_probe_is_relay (probe) ? KH_PATH_VALID : KH_PATH_HEARD;
      trigger (self, probe, now_us);
    }
  kh_check_list_choose (self, now_us);
  return probe;
}

void
kh_check_list_on_packet (KhCheckList *self, const KhAddr *remote, gint64 now_us)
{
  KhProbe *current = self->selected >= 0 ? kh_check_list_probe_at (self, self->selected) : NULL;

  self->patience_us = KH_NEVER;
  if (G_UNLIKELY (now_us < self->earnest_us) && self->started && kh_addr_is_relay (remote))
    be_earnest (self, now_us);
  /* As nearly every packet: nothing changes by it. */
  if (current != NULL && kh_probe_is_sound (current) &&
      kh_addr_equal (&current->path.remote, remote))
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

  if (!kh_check_list_allows (self, remote))
    return;
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
  KhProbe *probe = i < 0 ? NULL : kh_check_list_probe_at (self, i);
  gboolean proven = probe != NULL && probe->path.state != KH_PATH_VALID;
  guint n_checks = probe != NULL ? probe->unanswered : 0;

  if (probe == NULL || probe->distrusted_us > now_us ||
      !kh_probe_answer (probe, data, seen, now_us))
    return;

  if (proven)
    kh_check_list_note (self, KH_CHECK_NOTE_ANSWERED, probe, n_checks, now_us);
  self->due_us = 0;
  self->patience_us = KH_NEVER;
  self->selected_changed |= proven && i == self->selected;
  kh_check_list_choose (self, now_us);
  kh_check_list_compare (self, i, now_us);
}

/* --- what goes out ----------------------------------------------------------------------- */

static void
challenge (KhCheckList *self, KhProbe *probe, KhCheck *ret_check, gint64 now_us)
{
  if (kh_probe_is_first (probe))
    kh_check_list_note (self, KH_CHECK_NOTE_SENT, probe, 0, now_us);
  kh_probe_write (probe, &self->random, self->earnest_us, ret_check, now_us);
  self->due_us = 0;
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

  if (self->due_us > now_us)
    return FALSE;
  self->due_us = KH_NEVER;
  for (guint i = 0; i < self->probes->len; i++)
    {
      KhProbe *probe = kh_check_list_probe_at (self, i);

      if (kh_probe_is_due (probe, now_us))
        {
          challenge (self, probe, ret_check, now_us);
          return TRUE;
        }
      self->due_us = MIN (self->due_us, probe->next_us);
    }
  return FALSE;
}

gboolean
kh_check_list_poll_volley (KhCheckList *self, KhCheck *ret_check, gint64 now_us)
{
  if (self->due_us > now_us)
    return FALSE;
  for (guint i = 0; i < self->probes->len; i++)
    {
      KhProbe *probe = kh_check_list_probe_at (self, i);

      if (!kh_probe_is_relay (probe) && kh_probe_is_due (probe, now_us))
        {
          challenge (self, probe, ret_check, now_us);
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
  for (guint i = 0; i < self->probes->len; i++)
    next_us = MIN (next_us, kh_check_list_probe_at (self, i)->next_us);
  return next_us;
}

/* Ends the schedules that ran out, and the wait for a first path. */
void
kh_check_list_handle_timeout (KhCheckList *self, gint64 now_us)
{
  for (guint i = 0; i < self->probes->len; i++)
    {
      KhProbe *probe = kh_check_list_probe_at (self, i);

      if (kh_probe_expire (probe, now_us))
        kh_check_list_note (self, KH_CHECK_NOTE_FAILED, probe, probe->unanswered, now_us);
    }
  kh_check_list_choose (self, now_us);
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
