/* conversation-row-layout.h: where the parts of a row in the list of chats are
 *
 * A picture with a dot on it, and beside it two lines: the name, its marks and the time; what was
 * said last and how much is unread. One layout for all of them, instead of boxes in boxes: there
 * are many rows.
 */
#pragma once

#include <gtk/gtk.h>

#define KH_TYPE_CONVERSATION_ROW_LAYOUT (kh_conversation_row_layout_get_type ())
G_DECLARE_FINAL_TYPE (KhConversationRowLayout,
                      kh_conversation_row_layout,
                      KH,
                      CONVERSATION_ROW_LAYOUT,
                      GtkLayoutManager)

/* In the order they have in a row. Of a line, the first takes the room there is. */
typedef enum
{
  KH_ROW_PICTURE,
  KH_ROW_DOT,
  KH_ROW_NAME,
  KH_ROW_PINNED,
  KH_ROW_MUTED,
  KH_ROW_TIME,
  KH_ROW_LAST,
  KH_ROW_UNREAD,
  KH_ROW_N_PARTS
} KhRowPart;

/* @widget: (nullable) (transfer none): NULL for one that is not there. What is not named is not
 * laid out. */
void kh_conversation_row_layout_set_part (KhConversationRowLayout *self,
                                          KhRowPart part,
                                          GtkWidget *widget);
