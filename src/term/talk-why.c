/* talk-why.c: why a peer is connected as they are, and what can be typed */
#include "term/talk-private.h"

#include <glib/gi18n.h>

static void
report_verdict (KhTalk *self, const KhVerdictReport *verdict)
{
  kh_talk_report (self, &(KhReport){ .type = KH_REPORT_VERDICT,
                                     .peer_id = verdict->peer_id,
                                     .name = verdict->name,
                                     .verdict = verdict });
}

void
kh_talk_on_verdict (KhEngine *engine, KhConversation *conversation, KhTalk *self)
{
  g_autoptr (KhVerdictReport) verdict = kh_engine_dup_verdict (engine, conversation);

  if (verdict != NULL)
    report_verdict (self, verdict);
}

/* A script is given what changed last in the form that it knows; a person, lines to read. */
static void
print_why (KhTalk *self, KhConversation *conversation)
{
  KhPresence presence = kh_conversation_get_presence (conversation);
  g_autoptr (KhVerdictReport) verdict = kh_engine_dup_verdict (self->engine, conversation);
  g_autofree char *detail = verdict != NULL ? kh_verdict_report_to_text (verdict) : NULL;
  g_autofree char *text = kh_words_presence (presence, kh_conversation_get_route (conversation),
                                             kh_conversation_get_rtt (conversation),
                                             kh_conversation_get_name (conversation));

  kh_talk_report (self, &(KhReport){ .type = KH_REPORT_WHY,
                                     .peer_id = kh_conversation_get_peer_id (conversation),
                                     .code = kh_presence_to_string (presence),
                                     .text = text,
                                     .detail = detail });
  if (verdict != NULL && self->options->json)
    report_verdict (self, verdict);
}

void
kh_talk_print_why (KhTalk *self)
{
  if (self->target != NULL)
    print_why (self, self->target);
  else
    kh_talk_report (self,
                    &(KhReport){ .type = KH_REPORT_WHY, .text = _ ("Nobody has connected yet.") });
}

void
kh_talk_print_help (KhTalk *self)
{
  kh_talk_report (self,
                  &(KhReport){
                      .type = KH_REPORT_HELP,
                      .text = _ ("Lines that are commands:\n"
                                 "  /accept PEER-ID   let somebody in who knocks\n"
                                 "  /decline PEER-ID  do not; they see no answer\n"
                                 "  /block PEER-ID    do not, and hear of them no more\n"
                                 "  /why              how you are connected, why, and what was "
                                 "tried\n"
                                 "  /help             this list\n"
                                 "  /quit             end, once everything is delivered\n"
                                 "Every other line is sent as a message. To send a line that "
                                 "is a command, double its slash.") });
}
