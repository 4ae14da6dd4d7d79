/* message-row.c: one message as a bubble
 *
 * See message-row.h. What belongs to a message and not to its text: the day it begins, the line
 * above what is new, whose it is, when it was written, and how far it got.
 */
#include "app/message-row.h"

#include <glib/gi18n.h>

#include "app/message-body.h"
#include "app/message-text.h"
#include "app/when.h"
#include "app/words.h"

/* µs: messages of one person within this time form a group. */
#define GROUP_US (5 * 60 * G_USEC_PER_SEC)

struct _KhMessageRow
{
  GtkWidget parent_instance;

  /* template */
  GtkWidget *box;
  GtkLabel *day;
  GtkWidget *unread_line;
  GtkWidget *bubble;
  GtkWidget *content;
  KhMessageBody *body;
  GtkWidget *meta;
  GtkLabel *time;
  GtkImage *tick;

  /* owned */
  KhChatMessage *message;
  GSignalGroup *message_signals;
};

G_DEFINE_FINAL_TYPE (KhMessageRow, kh_message_row, GTK_TYPE_WIDGET)

static void
set_css_class (GtkWidget *widget, const char *name, gboolean set)
{
  if (set)
    gtk_widget_add_css_class (widget, name);
  else
    gtk_widget_remove_css_class (widget, name);
}

static const char *
icon_for (KhMessageStatus status)
{
  switch (status)
    {
    case KH_MESSAGE_STATUS_SENT:
      return "knothole-sent-symbolic";
    case KH_MESSAGE_STATUS_DELIVERED:
      return "knothole-delivered-symbolic";
    case KH_MESSAGE_STATUS_READ:
      return "knothole-read-symbolic";
    case KH_MESSAGE_STATUS_PENDING:
    default:
      return "knothole-pending-symbolic";
    }
}

/* The list item, which is what the keyboard and a screen reader land on, lies around the row. */
static void
update_accessible (KhMessageRow *self)
{
  GtkWidget *item = gtk_widget_get_parent (GTK_WIDGET (self));
  const char *text = kh_message_body_get_first (self->body);
  g_autofree char *label = NULL;

  if (item == NULL)
    return;
  if (kh_chat_message_get_outgoing (self->message))
    label = g_strdup_printf (_ ("You: %s, %s, %s"), text, gtk_label_get_label (self->time),
                             kh_words_status (kh_chat_message_get_status (self->message)));
  else
    label = g_strdup_printf (_ ("They: %s, %s"), text, gtk_label_get_label (self->time));
  gtk_accessible_update_property (GTK_ACCESSIBLE (item), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
}

static void
update_status (KhMessageRow *self)
{
  KhMessageStatus status = kh_chat_message_get_status (self->message);
  const char *words = kh_words_status (status);
  g_autofree char *times = kh_words_times (self->message);

  gtk_widget_set_visible (GTK_WIDGET (self->tick), kh_chat_message_get_outgoing (self->message));
  gtk_image_set_from_icon_name (self->tick, icon_for (status));
  gtk_widget_set_tooltip_text (self->meta, times);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->tick), GTK_ACCESSIBLE_PROPERTY_LABEL, words,
                                  -1);
  set_css_class (GTK_WIDGET (self->tick), "read", status == KH_MESSAGE_STATUS_READ);
  update_accessible (self);
}

static void
kh_message_row_dispose (GObject *object)
{
  KhMessageRow *self = KH_MESSAGE_ROW (object);

  if (self->message_signals != NULL)
    g_signal_group_set_target (self->message_signals, NULL);
  g_clear_object (&self->message_signals);
  g_clear_object (&self->message);
  g_clear_pointer (&self->box, gtk_widget_unparent);
  G_OBJECT_CLASS (kh_message_row_parent_class)->dispose (object);
}

static void
kh_message_row_class_init (KhMessageRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = kh_message_row_dispose;

  g_type_ensure (KH_TYPE_MESSAGE_BODY);
  gtk_widget_class_set_css_name (widget_class, "kh-message");
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/knothole/Knothole/message-row.ui");
  gtk_widget_class_bind_template_child (widget_class, KhMessageRow, box);
  gtk_widget_class_bind_template_child (widget_class, KhMessageRow, day);
  gtk_widget_class_bind_template_child (widget_class, KhMessageRow, unread_line);
  gtk_widget_class_bind_template_child (widget_class, KhMessageRow, bubble);
  gtk_widget_class_bind_template_child (widget_class, KhMessageRow, content);
  gtk_widget_class_bind_template_child (widget_class, KhMessageRow, body);
  gtk_widget_class_bind_template_child (widget_class, KhMessageRow, meta);
  gtk_widget_class_bind_template_child (widget_class, KhMessageRow, time);
  gtk_widget_class_bind_template_child (widget_class, KhMessageRow, tick);
}

static void
kh_message_row_init (KhMessageRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->message_signals = g_signal_group_new (KH_TYPE_CHAT_MESSAGE);
  g_signal_group_connect_swapped (self->message_signals, "notify::status",
                                  G_CALLBACK (update_status), self);
}

KhMessageRow *
kh_message_row_new (void)
{
  return g_object_new (KH_TYPE_MESSAGE_ROW, NULL);
}

/* A short text has its time beside it, and what is emoji alone needs no bubble. */
static void
set_content (KhMessageRow *self)
{
  const char *text = kh_chat_message_get_text (self->message);
  gboolean own = kh_chat_message_get_outgoing (self->message);
  gboolean emoji = kh_message_text_is_emoji (text);

  kh_message_body_set_text (self->body, text);
  gtk_orientable_set_orientation (GTK_ORIENTABLE (self->content),
                                  !emoji && kh_message_body_is_short (self->body)
                                      ? GTK_ORIENTATION_HORIZONTAL
                                      : GTK_ORIENTATION_VERTICAL);
  gtk_widget_set_halign (self->bubble, own ? GTK_ALIGN_END : GTK_ALIGN_START);
  gtk_widget_set_css_classes (self->bubble, (const char *[]){ "bubble", own ? "own" : "theirs",
                                                              emoji ? "emoji" : NULL, NULL });
}

void
kh_message_row_set_message (KhMessageRow *self, KhChatMessage *message)
{
  g_autofree char *clock = NULL;

  g_signal_group_set_target (self->message_signals, message);
  g_set_object (&self->message, message);
  if (message == NULL)
    return;

  clock = kh_when_clock (kh_chat_message_get_received_time (message));
  gtk_label_set_label (self->time, clock);
  set_content (self);
  update_status (self);
}

KhChatMessage *
kh_message_row_get_message (KhMessageRow *self)
{
  return self->message;
}

void
kh_message_row_set_previous (KhMessageRow *self, KhChatMessage *previous, gboolean first_unread)
{
  gint64 time_us = kh_chat_message_get_received_time (self->message);
  gint64 previous_us = previous != NULL ? kh_chat_message_get_received_time (previous) : 0;
  gboolean new_day = previous == NULL || !kh_when_same_day (previous_us, time_us);
  gboolean continues =
      !new_day && !first_unread && time_us - previous_us < GROUP_US &&
      kh_chat_message_get_outgoing (previous) == kh_chat_message_get_outgoing (self->message);

  gtk_widget_set_visible (self->unread_line, first_unread);
  gtk_widget_set_visible (GTK_WIDGET (self->day), new_day);
  if (new_day)
    {
      g_autofree char *day = kh_when_day (time_us, g_get_real_time ());

      gtk_label_set_label (self->day, day);
    }
  set_css_class (GTK_WIDGET (self), "continues", continues);
}

void
kh_message_row_set_marked (KhMessageRow *self, gboolean marked)
{
  set_css_class (GTK_WIDGET (self), "marked", marked);
}

char *
kh_message_row_dup_copy (KhMessageRow *self)
{
  char *selection = kh_message_body_dup_selection (self->body);

  return selection != NULL ? selection : g_strdup (kh_chat_message_get_text (self->message));
}

gboolean
kh_message_row_get_bubble_bounds (KhMessageRow *self,
                                  GtkWidget *relative_to,
                                  GdkRectangle *ret_bounds)
{
  graphene_rect_t bounds;

  if (!gtk_widget_compute_bounds (self->bubble, relative_to, &bounds))
    return FALSE;
  *ret_bounds = (GdkRectangle){ (int) bounds.origin.x, (int) bounds.origin.y,
                                (int) bounds.size.width, (int) bounds.size.height };
  return TRUE;
}
