/* check-list-choice.c: which path is used (PROTOCOL.md, "Paths")
 *
 * Direct before relay, then the quicker one, with hysteresis; and the relay itself, which needs no
 * proof. Owns nothing: the list does.
 */
#include "path/check-list-private.h"

#include <string.h>

/* A better path must be better by 10% and 3 ms, this often in a row. */
#define WINS_NEEDED 3
#define WIN_MARGIN_US 3000
/* How long a path is not believed that carried checks and no data: longer each time, so that it
 * does not go to and fro. */
#define DISTRUST_MIN_US (5 * G_USEC_PER_SEC)
#define DISTRUST_MAX_US (60 * G_USEC_PER_SEC)

/* Is @a, which is not in use, to be preferred to @b at a first choice or when @b has died? */
static gboolean
is_better (const KhProbe *a, const KhProbe *b)
{
  if (a->path.state != b->path.state)
    return a->path.state == KH_PATH_VALID;
  if (kh_probe_is_relay (a) != kh_probe_is_relay (b))
    return kh_probe_is_relay (b);
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
      KhProbe *probe = kh_check_list_probe_at (self, i);

      if (probe->path.state != KH_PATH_VALID && probe->path.state != KH_PATH_HEARD)
        continue;
      if (kh_probe_is_silent (probe, now_us))
        continue;
      if (best < 0 || is_better (probe, kh_check_list_probe_at (self, best)))
        best = (int) i;
    }
  return best;
}

static void
use (KhCheckList *self, int i, KhPathReason reason, gint64 now_us)
{
  if (i == self->selected)
    return;

  self->selected = i;
  self->selected_changed = TRUE;
  kh_check_list_note (self, KH_CHECK_NOTE_CHOSEN, kh_check_list_probe_at (self, i), 0, now_us);
  ((KhCheckNote *) g_queue_peek_tail (&self->notes))->reason = reason;
  for (guint j = 0; j < self->probes->len; j++)
    kh_check_list_probe_at (self, j)->wins = 0;
}

/* Why @current is left; NULL where there was none. */
static KhPathReason
why_left (const KhProbe *current, gint64 now_us)
{
  if (current == NULL)
    return KH_PATH_REASON_FIRST;
  if (!kh_addr_is_set (&current->path.remote))
    return KH_PATH_REASON_WITHDRAWN;
  if (current->path.state == KH_PATH_FAILED && current->distrusted_us > now_us)
    return KH_PATH_REASON_NO_DATA;
  if (current->path.state == KH_PATH_FAILED || kh_probe_is_silent (current, now_us))
    return KH_PATH_REASON_SILENT;
  return kh_probe_is_relay (current) ? KH_PATH_REASON_DIRECT : KH_PATH_REASON_PROVEN;
}

void
kh_check_list_choose (KhCheckList *self, gint64 now_us)
{
  KhProbe *current = self->selected < 0 ? NULL : kh_check_list_probe_at (self, self->selected);
  KhPathReason reason;
  int best;

  if (current != NULL && kh_probe_is_sound (current) && !kh_probe_is_relay (current))
    return;
  best = find_best (self, now_us);
  if (best < 0)
    return;

  reason = why_left (current, now_us);
  if (reason == KH_PATH_REASON_DIRECT
          ? kh_probe_is_sound (kh_check_list_probe_at (self, best))
          : reason != KH_PATH_REASON_PROVEN ||
                (current->path.state == KH_PATH_HEARD &&
                 kh_check_list_probe_at (self, best)->path.state == KH_PATH_VALID))
    {
      /* It has to be answered before it is used again: new checks alone make it look alive. */
      if (reason == KH_PATH_REASON_SILENT && !kh_probe_is_relay (current))
        current->path.state = KH_PATH_FAILED;
      use (self, best, reason, now_us);
    }
}

void
kh_check_list_withdraw (KhCheckList *self, gint64 now_us)
{
  self->selected = -1;
  self->selected_changed = TRUE;
  kh_check_list_choose (self, now_us);
  if (self->selected >= 0)
    ((KhCheckNote *) g_queue_peek_tail (&self->notes))->reason = KH_PATH_REASON_WITHDRAWN;
}

void
kh_check_list_compare (KhCheckList *self, int i, gint64 now_us)
{
  KhProbe *probe = kh_check_list_probe_at (self, i);
  KhProbe *current;

  if (self->selected < 0 || i == self->selected)
    return;

  current = kh_check_list_probe_at (self, self->selected);
  if (current->path.state == KH_PATH_VALID && !kh_probe_is_relay (probe) &&
      probe->path.rtt_us + WIN_MARGIN_US < current->path.rtt_us &&
      probe->path.rtt_us * 10 < current->path.rtt_us * 9)
    probe->wins++;
  else
    probe->wins = 0;
  if (probe->wins >= WINS_NEEDED)
    use (self, i, KH_PATH_REASON_FASTER, now_us);
}

static KhProbe *
find_relay (KhCheckList *self)
{
  for (guint i = 0; i < self->probes->len; i++)
    if (kh_probe_is_relay (kh_check_list_probe_at (self, i)))
      return kh_check_list_probe_at (self, i);
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
    kh_check_list_begin (self, relay, now_us);
}

void
kh_check_list_set_relay (KhCheckList *self, const KhAddr *relay, gint64 rtt_us, gint64 now_us)
{
  KhProbe *probe = find_relay (self);

  if (probe == NULL && relay != NULL)
    probe = kh_check_list_claim (self);
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
        kh_check_list_begin (self, probe, now_us);
    }
  self->selected_changed |=
      self->selected >= 0 && probe == kh_check_list_probe_at (self, self->selected);
  kh_check_list_choose (self, now_us);
}

/* Those that were proven before have to be answered again before they are used. */
static void
unprove_direct (KhCheckList *self, gint64 now_us)
{
  for (guint i = 0; i < self->probes->len; i++)
    {
      KhProbe *probe = kh_check_list_probe_at (self, i);

      if (kh_probe_is_relay (probe) || probe->path.state != KH_PATH_VALID)
        continue;
      probe->path.state = KH_PATH_HEARD;
      kh_check_list_begin (self, probe, now_us);
    }
}

gboolean
kh_check_list_distrust (KhCheckList *self, gint64 now_us)
{
  KhProbe *current = self->selected < 0 ? NULL : kh_check_list_probe_at (self, self->selected);
  KhProbe *relay = find_relay (self);

  if (current == NULL || kh_probe_is_relay (current) || relay == NULL ||
      relay->path.state != KH_PATH_VALID || kh_probe_is_silent (relay, now_us))
    return FALSE;

  /* One that did well for long enough begins anew. */
  if (now_us - current->distrusted_us > DISTRUST_MAX_US)
    current->distrust_us = 0;
  current->distrust_us = CLAMP (2 * current->distrust_us, DISTRUST_MIN_US, DISTRUST_MAX_US);
  current->distrusted_us = now_us + current->distrust_us;
  current->path.state = KH_PATH_FAILED;
  /* What killed it has killed its like: other ports of the same gateway, say. */
  unprove_direct (self, now_us);
  kh_check_list_choose (self, now_us);
  return TRUE;
}

void
kh_check_list_doubt (KhCheckList *self, gint64 now_us)
{
  KhProbe *current = self->selected < 0 ? NULL : kh_check_list_probe_at (self, self->selected);

  if (current == NULL || kh_probe_is_relay (current) || current->path.state != KH_PATH_VALID)
    return;
  unprove_direct (self, now_us);
  kh_check_list_choose (self, now_us);
  if (kh_check_list_get_selected (self) != &current->path)
    ((KhCheckNote *) g_queue_peek_tail (&self->notes))->reason = KH_PATH_REASON_PEER;
}

void
kh_check_list_moved (KhCheckList *self, gint64 now_us)
{
  unprove_direct (self, now_us);
  kh_check_list_recheck (self, now_us);
  kh_check_list_choose (self, now_us);
}

const KhPath *
kh_check_list_get_selected (KhCheckList *self)
{
  return self->selected < 0 ? NULL : &kh_check_list_probe_at (self, self->selected)->path;
}

const KhPath *
kh_check_list_get_nth (KhCheckList *self, guint i)
{
  return i < self->probes->len ? &kh_check_list_probe_at (self, i)->path : NULL;
}
