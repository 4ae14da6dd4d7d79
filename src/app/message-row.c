/* message-row.c: one message as a bubble
 *
 * See message-row.h. What belongs to a message and not to its text: the day it begins, the line
 * above what is new, whose it is, when it was written, and how far it got.
 */
#include "app/message-row-private.h"

#include <glib/gi18n.h>

#include "app/message-text.h"
#include "app/when.h"
#include "app/words.h"

/* µs: messages of one person within this time form a group. */
#define GROUP_US (5 * 60 * G_USEC_PER_SEC)

/* Characters of what is answered. */
#define QUOTE_CHARS 120

G_DEFINE_FINAL_TYPE (KhMessageRow, kh_message_row, GTK_TYPE_WIDGET)

static void
set_css_class (GtkWidget *widget, const char *name, gboolean set)
{
  if (set)
    gtk_widget_add_css_class (widget, name);
  else
    gtk_widget_remove_css_class (widget, name);
}

/* what it says */

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

/* (transfer full): who says what and when, as a screen reader says it. */
static char *
dup_accessible (KhMessageRow *self)
{
  gboolean own = kh_chat_message_get_outgoing (self->message);
  const char *text = kh_message_body_get_first (self->body);
  char *label = g_strdup_printf (own ? _ ("You: %s") : _ ("They: %s"), text);

  kh_words_add (&label, gtk_label_get_label (self->time));
  if (own)
    kh_words_add (&label, kh_words_status (kh_chat_message_get_status (self->message)));
  if (kh_chat_message_get_edited (self->message))
    kh_words_add (&label, C_ ("message", "edited"));
  if (self->quote != NULL && gtk_widget_get_visible (self->quote))
    {
      g_autofree char *answers =
          g_strdup_printf (_ ("answers: %s"), gtk_label_get_text (self->quote_text));

      kh_words_add (&label, answers);
    }
  if (self->reactions != NULL)
    kh_message_reactions_add_words (self->reactions, &label);
  return label;
}

/* The list item, which is what the keyboard and a screen reader land on, lies around the row. */
static void
update_accessible (KhMessageRow *self)
{
  GtkWidget *item = gtk_widget_get_parent (GTK_WIDGET (self));
  g_autofree char *label = NULL;

  if (item == NULL)
    return;
  label = dup_accessible (self);
  gtk_accessible_update_property (GTK_ACCESSIBLE (item), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
}

static void
update_status (KhMessageRow *self)
{
  KhMessageStatus status = kh_chat_message_get_status (self->message);
  const char *words = kh_words_status (status);
  const char *icon = icon_for (status);

  gtk_widget_set_visible (GTK_WIDGET (self->tick), kh_chat_message_get_outgoing (self->message));
  if (g_strcmp0 (gtk_image_get_icon_name (self->tick), icon) != 0)
    gtk_image_set_from_icon_name (self->tick, icon);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->tick), GTK_ACCESSIBLE_PROPERTY_LABEL, words,
                                  -1);
  set_css_class (GTK_WIDGET (self->tick), "read", status == KH_MESSAGE_STATUS_READ);
  update_accessible (self);
}

/* Where the message that is answered is gone, that there was one is still said. */
static void
update_quote (KhMessageRow *self)
{
  const char *text = kh_chat_message_get_reply_text (self->message);
  gboolean shown = kh_chat_message_get_reply_to (self->message) != NULL &&
                   !kh_chat_message_get_deleted (self->message);
  g_autofree char *line = text != NULL ? kh_message_text_dup_line (text, QUOTE_CHARS) : NULL;

  if (shown)
    kh_message_row_ensure_quote (self);
  if (self->quote == NULL)
    return;
  gtk_widget_set_visible (self->quote, shown);
  gtk_widget_set_sensitive (self->quote, line != NULL);
  gtk_label_set_text (self->quote_who, kh_chat_message_get_reply_outgoing (self->message)
                                           ? C_ ("author", "You")
                                           : C_ ("author", "They"));
  gtk_widget_set_visible (GTK_WIDGET (self->quote_who), line != NULL);
  gtk_label_set_text (self->quote_text,
                      line != NULL ? line : _ ("A message that is not here any more"));
}

/* A short text has its time beside it, and what is emoji alone needs no bubble. */
static void
update_content (KhMessageRow *self)
{
  gboolean deleted = kh_chat_message_get_deleted (self->message);
  const char *text =
      deleted ? _ ("This message was deleted") : kh_chat_message_get_text (self->message);
  gboolean own = kh_chat_message_get_outgoing (self->message);
  gboolean emoji = !deleted && kh_message_text_is_emoji (text);
  gboolean edited = kh_chat_message_get_edited (self->message) && !deleted;
  const char *look, *whose;

  update_quote (self);
  kh_message_body_set_text (self->body, text);
  gtk_orientable_set_orientation (GTK_ORIENTABLE (self->content),
                                  !emoji && kh_message_body_is_short (self->body)
                                      ? GTK_ORIENTATION_HORIZONTAL
                                      : GTK_ORIENTATION_VERTICAL);
  if (edited)
    kh_message_row_ensure_edited (self);
  if (self->edited != NULL)
    gtk_widget_set_visible (self->edited, edited);
  look = emoji ? "emoji" : deleted ? "deleted" : "text";
  whose = own ? "own" : "theirs";
  if (!gtk_widget_has_css_class (self->bubble, look) ||
      !gtk_widget_has_css_class (self->bubble, whose))
    gtk_widget_set_css_classes (self->bubble, (const char *[]){ "bubble", whose, look, NULL });
}

static void
on_content_changed (KhMessageRow *self)
{
  update_content (self);
  update_status (self);
}

static void
on_reactions_changed (KhMessageRow *self)
{
  kh_message_row_update_reactions (self);
  update_accessible (self);
}

/* Only when it is looked at: it takes longer to say than all the rest of a row. */
static gboolean
on_query_times (KhMessageRow *self, int x, int y, gboolean keyboard, GtkTooltip *tooltip)
{
  g_autofree char *times = kh_words_times (self->message);

  gtk_tooltip_set_text (tooltip, times);
  return TRUE;
}

static void
kh_message_row_dispose (GObject *object)
{
  KhMessageRow *self = KH_MESSAGE_ROW (object);
  GtkWidget *child;

  if (self->message_signals != NULL)
    g_signal_group_set_target (self->message_signals, NULL);
  g_clear_object (&self->message_signals);
  g_clear_object (&self->message);
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self))) != NULL)
    gtk_widget_unparent (child);
  G_OBJECT_CLASS (kh_message_row_parent_class)->dispose (object);
}

static void
kh_message_row_class_init (KhMessageRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = kh_message_row_dispose;
  widget_class->get_request_mode = kh_message_row_get_request_mode;
  widget_class->measure = kh_message_row_measure;
  widget_class->size_allocate = kh_message_row_size_allocate;

  g_signal_new ("show-reply", KH_TYPE_MESSAGE_ROW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                G_TYPE_NONE, 0);
  g_signal_new ("react", KH_TYPE_MESSAGE_ROW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE,
                2, G_TYPE_STRING, G_TYPE_BOOLEAN);

  g_type_ensure (KH_TYPE_MESSAGE_BODY);
  gtk_widget_class_set_css_name (widget_class, "kh-message");
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/knothole/Knothole/message-row.ui");
  gtk_widget_class_bind_template_child (widget_class, KhMessageRow, bubble);
  gtk_widget_class_bind_template_child (widget_class, KhMessageRow, content);
  gtk_widget_class_bind_template_child (widget_class, KhMessageRow, body);
  gtk_widget_class_bind_template_child (widget_class, KhMessageRow, meta);
  gtk_widget_class_bind_template_child (widget_class, KhMessageRow, time);
  gtk_widget_class_bind_template_child (widget_class, KhMessageRow, tick);
  gtk_widget_class_bind_template_callback (widget_class, on_query_times);
}

static void
kh_message_row_init (KhMessageRow *self)
{
  static const struct
  {
    const char *property;
    GCallback update;
  } watched[] = {
    { "notify::status", G_CALLBACK (update_status) },
    { "notify::delivered-time", G_CALLBACK (update_status) },
    { "notify::read-time", G_CALLBACK (update_status) },
    { "notify::text", G_CALLBACK (on_content_changed) },
    { "notify::deleted", G_CALLBACK (on_content_changed) },
    { "notify::reply-text", G_CALLBACK (on_content_changed) },
    { "notify::reactions", G_CALLBACK (on_reactions_changed) },
    { "notify::own-reactions", G_CALLBACK (on_reactions_changed) },
  };

  gtk_widget_init_template (GTK_WIDGET (self));
  self->message_signals = g_signal_group_new (KH_TYPE_CHAT_MESSAGE);
  for (guint i = 0; i < G_N_ELEMENTS (watched); i++)
    g_signal_group_connect_swapped (self->message_signals, watched[i].property, watched[i].update,
                                    self);
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

  if (!g_set_object (&self->message, message))
    return;
  g_signal_group_set_target (self->message_signals, message);

  clock = kh_when_clock (kh_chat_message_get_received_time (message));
  gtk_label_set_label (self->time, clock);
  update_content (self);
  kh_message_row_update_reactions (self);
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

  if (first_unread)
    kh_message_row_ensure_unread_line (self);
  if (self->unread_line != NULL)
    gtk_widget_set_visible (self->unread_line, first_unread);
  if (new_day)
    {
      g_autofree char *day = kh_when_day (time_us, g_get_real_time ());

      kh_message_row_ensure_day (self);
      gtk_label_set_label (GTK_LABEL (self->day), day);
    }
  if (self->day != NULL)
    gtk_widget_set_visible (self->day, new_day);
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
