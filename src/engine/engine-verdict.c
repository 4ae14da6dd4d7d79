/* engine-verdict.c: why a contact is connected as they are, kept and told
 *
 * The node forgets a session's timeline with the session, so what it says is written down in the
 * conversation whenever it may have changed, and stays there until the next session.
 */
#include "engine/engine-private.h"
#include <glib/gi18n-lib.h>

#include "engine/verdict-report-private.h"

void
kh_engine_verdict_note (KhEngine *self, KhConversation *conversation)
{
  KhVerdictRecord *record =
      kh_verdict_record_take (kh_conversation_get_node (conversation), &conversation->peer);

  if (record == NULL)
    return;
  kh_verdict_record_free (conversation->verdict);
  conversation->verdict = record;
}

void
kh_engine_verdict_end (KhConversation *conversation, gint64 at_us)
{
  if (conversation->verdict != NULL && conversation->verdict->ended_us == KH_NEVER)
    conversation->verdict->ended_us = at_us;
}

KhVerdictReport *
kh_engine_dup_verdict (KhEngine *self, KhConversation *conversation)
{
  g_return_val_if_fail (KH_IS_ENGINE (self), NULL);
  g_return_val_if_fail (KH_IS_CONVERSATION (conversation), NULL);
  if (self->stage == KH_ENGINE_OPEN && conversation->engine == self)
    kh_engine_verdict_note (self, conversation);
  if (conversation->verdict == NULL)
    return NULL;
  return kh_verdict_report_new (conversation->verdict, conversation->peer_id, conversation->name);
}

char *
kh_engine_dup_connection_report (KhEngine *self, KhConversation *conversation)
{
  g_autoptr (KhVerdictReport) report = kh_engine_dup_verdict (self, conversation);
  g_autofree char *text = NULL;

  if (report == NULL)
    return NULL;
  text = kh_verdict_report_to_text (report);
  return g_strdup_printf (
      _ ("Knothole %s: the connection to %s (%s)\n\n"
         "%s\n"
         "There are addresses of your network in this report, and those that %s gave to you. Look "
         "through it before you give it to others.\n"),
      KH_VERSION, report->name, report->peer_id, text, report->name);
}
