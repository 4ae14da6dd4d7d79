/* message-row.c: one message as a bubble
 *
 * See message-row.h. The text is a peer's: it is shown as it is, and never as markup. Laying out a
 * label takes time that grows with the square of its length, minutes for the longest message of one
 * word; so a long text is shown in pieces of bounded length, and but the first until asked for.
 */
#include "app/message-row.h"

#include <glib/gi18n.h>

#include "app/accessible.h"
#include "app/when.h"
#include "app/words.h"

/* µs: messages of one person within this time form a group. */
#define GROUP_US (5 * 60 * G_USEC_PER_SEC)

/* Characters and lines that one label lays out. */
#define PIECE_CHARS 1500
#define PIECE_LINES 40

struct _KhMessageRow
{
  GtkWidget parent_instance;

  /* template */
  GtkWidget *box;
  GtkLabel *day;
  GtkWidget *bubble;
  GtkLabel *text;  /* the first piece */
  GtkWidget *rest; /* the others, once asked for */
  GtkWidget *more;
  GtkLabel *time;
  GtkImage *tick;

  /* owned */
  GSignalGroup *message_signals;
};

G_DEFINE_FINAL_TYPE (KhMessageRow, kh_message_row, GTK_TYPE_WIDGET)

/* The end of the piece that begins at @text: after a line or word, where there is one. */
static const char *
find_piece_end (const char *text)
{
  const char *p = text;
  const char *good = NULL;
  guint n_lines = 0;

  for (guint n = 0; n < PIECE_CHARS && n_lines < PIECE_LINES; n++)
    {
      if (*p == '\0')
        return p;
      n_lines += *p == '\n';
      if (*p == '\n' || *p == ' ')
        good = p + 1;
      p = g_utf8_next_char (p);
    }
  if (*p == '\0' || good == NULL || n_lines == PIECE_LINES)
    return p;
  return good;
}

/* (transfer full): [@text, @end) without the line break at its end, which the next label is. */
static char *
dup_piece (const char *text, const char *end)
{
  gsize length = end - text;

  if (*end != '\0' && length > 0 && end[-1] == '\n')
    length--;
  return g_strndup (text, length);
}

static GtkWidget *
piece_new (const char *text)
{
  return g_object_new (GTK_TYPE_LABEL, "label", text, "xalign", 0.0, "wrap", TRUE, "wrap-mode",
                       PANGO_WRAP_WORD_CHAR, "selectable", TRUE, "max-width-chars", 56, NULL);
}

static void
clear_rest (KhMessageRow *self)
{
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (self->rest)) != NULL)
    gtk_box_remove (GTK_BOX (self->rest), child);
  gtk_widget_set_visible (self->rest, FALSE);
}

static void
set_text (KhMessageRow *self, const char *text)
{
  const char *end = find_piece_end (text);
  g_autofree char *first = dup_piece (text, end);

  clear_rest (self);
  gtk_label_set_text (self->text, first);
  gtk_widget_set_visible (self->more, *end != '\0');
}

static void
on_more (KhMessageRow *self)
{
  g_autoptr (KhChatMessage) message = g_signal_group_dup_target (self->message_signals);
  const char *text = find_piece_end (kh_chat_message_get_text (message));

  gtk_widget_set_visible (self->more, FALSE);
  gtk_widget_set_visible (self->rest, TRUE);
  while (*text != '\0')
    {
      const char *end = find_piece_end (text);
      g_autofree char *piece = dup_piece (text, end);

      gtk_box_append (GTK_BOX (self->rest), piece_new (piece));
      text = end;
    }
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
update_accessible (KhMessageRow *self, KhChatMessage *message)
{
  GtkWidget *item = gtk_widget_get_parent (GTK_WIDGET (self));
  const char *text = gtk_label_get_label (self->text);
  g_autofree char *label = NULL;

  if (item == NULL)
    return;
  if (kh_chat_message_get_outgoing (message))
    label = g_strdup_printf (_ ("You: %s, %s, %s"), text, gtk_label_get_label (self->time),
                             kh_words_status (kh_chat_message_get_status (message)));
  else
    label = g_strdup_printf (_ ("They: %s, %s"), text, gtk_label_get_label (self->time));
  gtk_accessible_update_property (GTK_ACCESSIBLE (item), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
}

static void
update_status (KhMessageRow *self)
{
  g_autoptr (KhChatMessage) message = g_signal_group_dup_target (self->message_signals);
  KhMessageStatus status = kh_chat_message_get_status (message);
  const char *words = kh_words_status (status);

  gtk_widget_set_visible (GTK_WIDGET (self->tick), kh_chat_message_get_outgoing (message));
  gtk_image_set_from_icon_name (self->tick, icon_for (status));
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->tick), words);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->tick), GTK_ACCESSIBLE_PROPERTY_LABEL, words,
                                  -1);
  if (status == KH_MESSAGE_STATUS_READ)
    gtk_widget_add_css_class (GTK_WIDGET (self->tick), "read");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self->tick), "read");
  update_accessible (self, message);
}

static void
kh_message_row_dispose (GObject *object)
{
  KhMessageRow *self = KH_MESSAGE_ROW (object);

  if (self->message_signals != NULL)
    g_signal_group_set_target (self->message_signals, NULL);
  g_clear_object (&self->message_signals);
  g_clear_pointer (&self->box, gtk_widget_unparent);
  G_OBJECT_CLASS (kh_message_row_parent_class)->dispose (object);
}

static void
kh_message_row_class_init (KhMessageRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = kh_message_row_dispose;

  gtk_widget_class_set_css_name (widget_class, "kh-message");
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/knothole/Knothole/message-row.ui");
  gtk_widget_class_bind_template_child (widget_class, KhMessageRow, box);
  gtk_widget_class_bind_template_child (widget_class, KhMessageRow, day);
  gtk_widget_class_bind_template_child (widget_class, KhMessageRow, bubble);
  gtk_widget_class_bind_template_child (widget_class, KhMessageRow, text);
  gtk_widget_class_bind_template_child (widget_class, KhMessageRow, rest);
  gtk_widget_class_bind_template_child (widget_class, KhMessageRow, more);
  gtk_widget_class_bind_template_child (widget_class, KhMessageRow, time);
  gtk_widget_class_bind_template_child (widget_class, KhMessageRow, tick);
  gtk_widget_class_bind_template_callback (widget_class, on_more);
}

static void
kh_message_row_init (KhMessageRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  kh_accessible_name_buttons (self->box);
  self->message_signals = g_signal_group_new (KH_TYPE_CHAT_MESSAGE);
  g_signal_group_connect_swapped (self->message_signals, "notify::status",
                                  G_CALLBACK (update_status), self);
}

KhMessageRow *
kh_message_row_new (void)
{
  return g_object_new (KH_TYPE_MESSAGE_ROW, NULL);
}

void
kh_message_row_set_message (KhMessageRow *self, KhChatMessage *message)
{
  g_autofree char *clock = NULL;
  gboolean own;

  g_signal_group_set_target (self->message_signals, message);
  if (message == NULL)
    return;

  own = kh_chat_message_get_outgoing (message);
  clock = kh_when_clock (kh_chat_message_get_received_time (message));
  set_text (self, kh_chat_message_get_text (message));
  gtk_label_set_label (self->time, clock);
  gtk_widget_set_halign (self->bubble, own ? GTK_ALIGN_END : GTK_ALIGN_START);
  gtk_widget_set_css_classes (self->bubble,
                              (const char *[]){ "bubble", own ? "own" : "theirs", NULL });
  update_status (self);
}

void
kh_message_row_set_previous (KhMessageRow *self, KhChatMessage *previous)
{
  g_autoptr (KhChatMessage) message = g_signal_group_dup_target (self->message_signals);
  gint64 time_us = kh_chat_message_get_received_time (message);
  gint64 previous_us = previous != NULL ? kh_chat_message_get_received_time (previous) : 0;
  gboolean new_day = previous == NULL || !kh_when_same_day (previous_us, time_us);
  gboolean continues =
      !new_day && time_us - previous_us < GROUP_US &&
      kh_chat_message_get_outgoing (previous) == kh_chat_message_get_outgoing (message);

  gtk_widget_set_visible (GTK_WIDGET (self->day), new_day);
  if (new_day)
    {
      g_autofree char *day = kh_when_day (time_us, g_get_real_time ());

      gtk_label_set_label (self->day, day);
    }
  if (continues)
    gtk_widget_add_css_class (GTK_WIDGET (self), "continues");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self), "continues");
}
