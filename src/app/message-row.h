/* message-row.h: one message as a bubble, ours at the end, theirs at the start of the line
 *
 * A row is reused for other messages as the list is scrolled. Signals: "show-reply" (): the user
 * wants to see the message that this one answers; "react" (string emoji, boolean set).
 */
#pragma once

#include <gtk/gtk.h>

#include "engine/chat-message.h"

#define KH_TYPE_MESSAGE_ROW (kh_message_row_get_type ())
G_DECLARE_FINAL_TYPE (KhMessageRow, kh_message_row, KH, MESSAGE_ROW, GtkWidget)

KhMessageRow *kh_message_row_new (void);

/* What was changed of it since is shown already. */
void kh_message_row_set_message (KhMessageRow *self, KhChatMessage *message);
/* (transfer none) (nullable) */
KhChatMessage *kh_message_row_get_message (KhMessageRow *self);
/* @previous: (nullable): the message above, which decides whether a day begins here, and whether
 * this one continues it. @first_unread: the line "New messages" is above this one. */
void
kh_message_row_set_previous (KhMessageRow *self, KhChatMessage *previous, gboolean first_unread);
/* The reader was led to it, and is to find it. */
void kh_message_row_set_marked (KhMessageRow *self, gboolean marked);
/* (transfer full): what the user selected of its text, or all of it. */
char *kh_message_row_dup_copy (KhMessageRow *self);
/* Where a menu for it points to, in the coordinates of @relative_to. */
gboolean kh_message_row_get_bubble_bounds (KhMessageRow *self,
                                           GtkWidget *relative_to,
                                           GdkRectangle *ret_bounds);
