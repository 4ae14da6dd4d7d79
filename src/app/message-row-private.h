/* message-row-private.h: KhMessageRow across its files */
#pragma once

#include "app/message-body.h"
#include "app/message-reactions.h"
#include "app/message-row.h"

struct _KhMessageRow
{
  GtkWidget parent_instance;

  /* template */
  GtkWidget *bubble;
  GtkWidget *content;
  KhMessageBody *body;
  GtkWidget *meta;
  GtkLabel *time;
  GtkImage *tick;

  /* children, (nullable): what was needed once */
  GtkWidget *day;
  GtkWidget *unread_line;
  GtkWidget *quote;
  GtkLabel *quote_who;
  GtkLabel *quote_text;
  GtkWidget *edited;
  KhMessageReactions *reactions;

  /* owned */
  KhChatMessage *message;
  GSignalGroup *message_signals;
};

/* What few messages have is made for the first that has it. */
void kh_message_row_ensure_day (KhMessageRow *self);
void kh_message_row_ensure_unread_line (KhMessageRow *self);
void kh_message_row_ensure_quote (KhMessageRow *self);
void kh_message_row_ensure_edited (KhMessageRow *self);
void kh_message_row_update_reactions (KhMessageRow *self);

/* Of GtkWidgetClass. */
GtkSizeRequestMode kh_message_row_get_request_mode (GtkWidget *widget);
void kh_message_row_measure (GtkWidget *widget,
                             GtkOrientation orientation,
                             int for_size,
                             int *ret_minimum,
                             int *ret_natural,
                             int *ret_minimum_baseline,
                             int *ret_natural_baseline);
void kh_message_row_size_allocate (GtkWidget *widget, int width, int height, int baseline);
