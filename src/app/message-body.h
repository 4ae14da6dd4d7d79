/* message-body.h: the text of a message: selectable, in bounded pieces, with its links */
#pragma once

#include <gtk/gtk.h>

#define KH_TYPE_MESSAGE_BODY (kh_message_body_get_type ())
G_DECLARE_FINAL_TYPE (KhMessageBody, kh_message_body, KH, MESSAGE_BODY, GtkWidget)

/* @text: a peer's, shown as it is */
void kh_message_body_set_text (KhMessageBody *self, const char *text);
/* (transfer none): what is shown without asking for more, for a screen reader. */
const char *kh_message_body_get_first (KhMessageBody *self);
/* Does it stay on one short line, so that the time fits beside it? */
gboolean kh_message_body_is_short (KhMessageBody *self);
/* (transfer full) (nullable): what the user selected in it. */
char *kh_message_body_dup_selection (KhMessageBody *self);
