/* check-list-private.h: what the files of KhCheckList share
 *
 * check-list.c         the list: which paths there are, and their checks
 * check-list-choice.c  which of them is used, and the relay among them
 * check-list-rules.c   which of them the user allows
 */
#pragma once

#include "path/check-list.h"
#include "path/probe.h"

#define KH_CHECK_PATHS_MAX (2 * KH_CANDIDATES_MAX)

struct _KhCheckList
{
  KhRandom random;
  GArray *probes;     /* KhProbe */
  GArray *responses;  /* Response, in order of arrival */
  int selected;       /* index of a probe, or -1 */
  gint64 earnest_us;  /* KH_NEVER before the start */
  gint64 patience_us; /* when to give up; KH_NEVER if not waiting */
  gint64 due_us;      /* no challenge is due before; 0 if one may be */
  gint64 answered_us; /* see may_now() */
  gint64 learned_us;
  GQueue notes; /* (element-type KhCheckNote): owned */
  gboolean relay_only;
  gboolean shuns_local;
  gboolean started;
  gboolean selected_changed;
  gboolean failed;
};

static inline KhProbe *
kh_check_list_probe_at (KhCheckList *self, guint i)
{
  return &g_array_index (self->probes, KhProbe, i);
}

static inline gboolean
kh_probe_is_relay (const KhProbe *probe)
{
  return probe->path.kind == KH_CANDIDATE_RELAY;
}

static inline gboolean
kh_probe_is_sound (const KhProbe *probe)
{
  return probe->path.state == KH_PATH_VALID && !kh_probe_is_suspect (probe);
}

/* --- check-list.c --- */
/* The schedule of @probe's checks starts over. */
void kh_check_list_begin (KhCheckList *self, KhProbe *probe, gint64 now_us);
/* Where a new probe goes: at the end, or in place of one that was given up; NULL for no room. */
KhProbe *kh_check_list_claim (KhCheckList *self);

/* Those that wait to be sent where nothing may be. */
void kh_check_list_drop_responses (KhCheckList *self);
void kh_check_list_note (
    KhCheckList *self, KhCheckNoteType type, const KhProbe *probe, guint n_checks, gint64 now_us);

/* --- check-list-choice.c --- */
/* Leaves the path in use only for a proven one: where it is unproven itself, or silent. */
void kh_check_list_choose (KhCheckList *self, gint64 now_us);
/* The path in use is not in the list any more. */
void kh_check_list_withdraw (KhCheckList *self, gint64 now_us);
/* A round-trip sample of @i came in: does it beat the path in use, again? */
void kh_check_list_compare (KhCheckList *self, int i, gint64 now_us);
