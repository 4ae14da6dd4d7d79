/* verdict-report.c: see verdict-report.h
 *
 * Puts the core's values and their words (verdict-words.c) side by side; a report owns all of it.
 */
#include "engine/verdict-report-private.h"

#include <glib/gi18n-lib.h>

#include "engine/verdict-words.h"

/* The front ends' names are the core's, under names of their own. */
G_STATIC_ASSERT ((int) KH_REASON_NOT_CONNECTED == (int) KH_VERDICT_NOT_CONNECTED);
G_STATIC_ASSERT ((int) KH_REASON_TRYING == (int) KH_VERDICT_TRYING);
G_STATIC_ASSERT ((int) KH_REASON_PRIVACY == (int) KH_VERDICT_PRIVACY);
G_STATIC_ASSERT ((int) KH_REASON_RANDOM_STRICT == (int) KH_VERDICT_RANDOM_STRICT);
G_STATIC_ASSERT ((int) KH_REASON_FIREWALL == (int) KH_VERDICT_FIREWALL);
G_STATIC_ASSERT ((int) KH_REASON_NO_HAIRPIN == (int) KH_VERDICT_NO_HAIRPIN);
G_STATIC_ASSERT ((int) KH_BLAME_BOTH == (int) KH_VERDICT_BOTH);
G_STATIC_ASSERT ((int) KH_ATTEMPT_FAILED == (int) KH_PATH_FAILED);
G_STATIC_ASSERT ((int) KH_ATTEMPT_WORKS == (int) KH_PATH_VALID);

const char *
kh_reason_to_string (KhReason reason)
{
  return kh_verdict_kind_to_string ((KhVerdictKind) reason);
}

const char *
kh_blame_to_string (KhBlame blame)
{
  return kh_verdict_who_to_string ((KhVerdictWho) blame);
}

const char *
kh_network_kind_to_string (KhNetworkKind kind)
{
  static const char *const names[] = {
    [KH_NETWORK_UNKNOWN] = "unknown", [KH_NETWORK_OPEN] = "open",
    [KH_NETWORK_STEADY] = "steady",   [KH_NETWORK_SEQUENTIAL] = "sequential",
    [KH_NETWORK_RANDOM] = "random",   [KH_NETWORK_TCP_ONLY] = "tcp-only",
    [KH_NETWORK_HIDDEN] = "hidden",
  };

  return (guint) kind < G_N_ELEMENTS (names) ? names[kind] : "unknown";
}

const char *
kh_attempt_state_to_string (KhAttemptState state)
{
  static const char *const names[] = {
    [KH_ATTEMPT_WAITING] = "waiting",
    [KH_ATTEMPT_HEARD] = "heard",
    [KH_ATTEMPT_WORKS] = "works",
    [KH_ATTEMPT_FAILED] = "failed",
  };

  return (guint) state < G_N_ELEMENTS (names) ? names[state] : "unknown";
}

static void
attempt_free (gpointer data)
{
  KhAttempt *attempt = data;

  g_free (attempt->local);
  g_free (attempt->remote);
  g_free (attempt->text);
  g_free (attempt);
}

static void
step_free (gpointer data)
{
  KhVerdictStep *step = data;

  g_free (step->local);
  g_free (step->remote);
  g_free (step->text);
  g_free (step);
}

void
kh_verdict_report_free (KhVerdictReport *self)
{
  if (self == NULL)
    return;

  g_free (self->peer_id);
  g_free (self->name);
  g_free (self->headline);
  g_free (self->advice);
  g_free (self->ours.text);
  g_free (self->theirs.text);
  g_ptr_array_unref (self->attempts);
  g_ptr_array_unref (self->steps);
  g_free (self);
}

/* (transfer full) (nullable): a channel of the relay is no address. */
static char *
address_of (const KhAddr *addr)
{
  return kh_addr_is_set (addr) && !kh_addr_is_relay (addr) ? kh_addr_to_string (addr) : NULL;
}

KhNetworkNature
kh_network_nature_make (const KhNatBehaviour *nat, const char *peer)
{
  return (KhNetworkNature){
    .kind = kh_verdict_words_network_kind (nat),
    .mapping = kh_nat_mapping_to_string (nat->mapping),
    .ports = kh_nat_ports_to_string (nat->ports),
    .filtering = kh_nat_filtering_to_string (nat->filtering),
    .hairpin = kh_nat_hairpin_to_string (nat->hairpin),
    .step = nat->ports == KH_NAT_PORTS_SEQUENTIAL ? nat->step : 0,
    .is_mapped = nat->is_mapped,
    .text = kh_verdict_words_network (nat, peer),
  };
}

static void
add_attempts (KhVerdictReport *self, const KhVerdictRecord *record)
{
  for (guint i = 0; i < record->paths->len; i++)
    {
      const KhPath *path = &g_array_index (record->paths, KhPath, i);
      KhAttempt *attempt;

      /* A relay that is no more. */
      if (!kh_addr_is_set (&path->remote))
        continue;
      attempt = g_new0 (KhAttempt, 1);
      attempt->kind = kh_candidate_kind_to_string (path->kind);
      attempt->state = (KhAttemptState) path->state;
      attempt->in_use = record->in_use == (int) i;
      attempt->local = address_of (&path->seen);
      attempt->remote = address_of (&path->remote);
      attempt->rtt_us = path->rtt_us;
      attempt->text = kh_verdict_words_attempt (path, attempt->in_use);
      g_ptr_array_add (self->attempts, attempt);
    }
}

static gboolean
has_technique (const KhTimelineEntry *entry)
{
  return entry->type == KH_TIMELINE_BEHAVIOURS || entry->type == KH_TIMELINE_SEARCH_BEGUN ||
         entry->type == KH_TIMELINE_SEARCH_FAILED;
}

/* (nullable) */
static const char *
outcome_of (KhTimelineType type)
{
  switch (type)
    {
    case KH_TIMELINE_PATH_VALID:
      return "works";
    case KH_TIMELINE_PATH_FAILED:
    case KH_TIMELINE_SEARCH_FAILED:
    case KH_TIMELINE_LOST:
      return "failed";
    case KH_TIMELINE_CHOSEN:
      return "used";
    case KH_TIMELINE_BEGUN:
    case KH_TIMELINE_BEHAVIOURS:
    case KH_TIMELINE_CANDIDATE:
    case KH_TIMELINE_CHECKED:
    case KH_TIMELINE_SEARCH_BEGUN:
    case KH_TIMELINE_NETWORK_CHANGED:
    default:
      return NULL;
    }
}

/* (nullable): the last before the @i-th of the same type */
static const KhTimelineEntry *
find_previous (const KhVerdictRecord *record, guint i)
{
  const KhTimelineEntry *entries = (const KhTimelineEntry *) (gpointer) record->entries->data;

  for (guint j = i; j > 0; j--)
    if (entries[j - 1].type == entries[i].type)
      return &entries[j - 1];
  return NULL;
}

static void
add_steps (KhVerdictReport *self, const KhVerdictRecord *record, gint64 begun_us)
{
  for (guint i = 0; i < record->entries->len; i++)
    {
      const KhTimelineEntry *entry = &g_array_index (record->entries, KhTimelineEntry, i);
      KhVerdictStep *step = g_new0 (KhVerdictStep, 1);

      step->at_us = entry->at_us - begun_us;
      step->what = kh_timeline_type_to_string (entry->type);
      step->technique = has_technique (entry) ? kh_technique_to_string (entry->technique) : NULL;
      step->local = address_of (&entry->path.seen);
      step->remote = address_of (&entry->path.remote);
      step->outcome = outcome_of (entry->type);
      step->text = kh_verdict_words_step (entry, find_previous (record, i), self->name);
      g_ptr_array_add (self->steps, step);
    }
}

static void
add_end (KhVerdictReport *self, gint64 at_us)
{
  KhVerdictStep *step = g_new0 (KhVerdictStep, 1);

  step->at_us = at_us;
  step->what = "ended";
  step->text = g_strdup (_ ("The connection ended."));
  g_ptr_array_add (self->steps, step);
}

KhVerdictReport *
kh_verdict_report_new (const KhVerdictRecord *record, const char *peer_id, const char *name)
{
  KhVerdictReport *self = g_new0 (KhVerdictReport, 1);
  gint64 begun_us =
      record->entries->len > 0 ? g_array_index (record->entries, KhTimelineEntry, 0).at_us : 0;

  self->peer_id = g_strdup (peer_id);
  self->name = g_strdup (name);
  self->reason = (KhReason) record->verdict.kind;
  self->blame = (KhBlame) record->verdict.who;
  self->is_over = record->ended_us != KH_NEVER;
  self->is_proven = kh_verdict_is_proven (record->verdict.kind);
  self->headline = kh_verdict_words_headline (&record->verdict, name);
  self->advice = kh_verdict_words_advice (&record->verdict, name);
  self->ours = kh_network_nature_make (&record->ours, NULL);
  self->theirs = kh_network_nature_make (&record->theirs, name);
  self->attempts = g_ptr_array_new_with_free_func (attempt_free);
  self->steps = g_ptr_array_new_with_free_func (step_free);
  self->n_dropped = record->n_dropped;
  add_attempts (self, record);
  add_steps (self, record, begun_us);
  if (self->is_over)
    add_end (self, record->ended_us - begun_us);
  return self;
}

/* --- as lines ---------------------------------------------------------------------------- */

static void
append_nature (GString *out, const KhNetworkNature *nature)
{
  g_string_append_printf (out, "%s\n", nature->text);
  /* Translators: terms of RFC 4787, which are not translated. */
  g_string_append_printf (out, _ ("  (mapping %s, ports %s, filtering %s, hairpinning %s)\n"),
                          nature->mapping, nature->ports, nature->filtering, nature->hairpin);
}

static void
append_steps (GString *out, const KhVerdictReport *self)
{
  for (guint i = 0; i < self->steps->len; i++)
    {
      const KhVerdictStep *step = self->steps->pdata[i];

      /* Translators: seconds since the beginning, and what happened then. */
      g_string_append_printf (out, _ ("  %8.3f s  %s\n"), (double) step->at_us / G_USEC_PER_SEC,
                              step->text);
    }
  if (self->n_dropped > 0)
    g_string_append_printf (out,
                            g_dngettext (GETTEXT_PACKAGE,
                                         "  (%u step after the first ones is left out.)\n",
                                         "  (%u steps after the first ones are left out.)\n",
                                         self->n_dropped),
                            self->n_dropped);
}

char *
kh_verdict_report_to_text (const KhVerdictReport *self)
{
  g_autofree char *name = kh_verdict_words_isolate (self->name);
  GString *out = g_string_new (NULL);

  if (self->is_over)
    g_string_append_printf (out,
                            _ ("The connection to %s has ended; this is how it was at the end.\n"),
                            name);
  g_string_append_printf (out, "%s\n", self->headline);
  if (self->advice != NULL)
    g_string_append_printf (out, "%s\n", self->advice);
  g_string_append_c (out, '\n');
  append_nature (out, &self->ours);
  append_nature (out, &self->theirs);
  g_string_append (out, _ ("\nThese paths were tried:\n"));
  for (guint i = 0; i < self->attempts->len; i++)
    g_string_append_printf (out, "  %s\n", ((KhAttempt *) self->attempts->pdata[i])->text);
  if (self->attempts->len == 0)
    g_string_append (out, _ ("  None so far.\n"));
  g_string_append (out, _ ("\nThis is what happened:\n"));
  append_steps (out, self);
  return g_string_free (out, FALSE);
}
