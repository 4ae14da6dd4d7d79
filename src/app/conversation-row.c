/* conversation-row.c: one contact in the list
 *
 * See conversation-row.h. It follows its conversation, and asks its list to sort it again when a
 * message moved it.
 */
#include "app/conversation-row.h"

#include <adwaita.h>
#include <glib/gi18n.h>

#include "app/message-text.h"
#include "app/when.h"
#include "app/words.h"

struct _KhConversationRow
{
  GtkListBoxRow parent_instance;

  /* template */
  AdwAvatar *avatar;
  GtkWidget *dot;
  GtkLabel *name;
  GtkWidget *pinned;
  GtkWidget *muted;
  GtkLabel *time;
  GtkLabel *last;
  GtkLabel *unread;

  /* owned */
  KhConversation *conversation;
};

G_DEFINE_FINAL_TYPE (KhConversationRow, kh_conversation_row, GTK_TYPE_LIST_BOX_ROW)

/* Characters of the last message, of which a list shows one line. */
#define LINE_CHARS 200

/* What was begun comes before what was said, as long as the chat is not open. */
static char *
dup_last_line (KhConversationRow *self)
{
  KhConversation *conversation = self->conversation;
  const char *text = kh_conversation_get_last_text (conversation);
  const char *draft = gtk_list_box_row_is_selected (GTK_LIST_BOX_ROW (self))
                          ? NULL
                          : kh_conversation_get_draft (conversation);
  g_autofree char *line = NULL;

  if (kh_conversation_get_typing (conversation))
    return g_strdup (_ ("writing…"));
  if (draft != NULL)
    {
      line = kh_message_text_dup_line (draft, LINE_CHARS);
      return g_strdup_printf (_ ("Draft: %s"), line);
    }
  if (text == NULL)
    return g_strdup (_ ("No messages yet"));
  line = kh_message_text_dup_line (text, LINE_CHARS);
  if (kh_conversation_get_last_outgoing (conversation))
    {
      g_autofree char *isolated = kh_words_isolate (line);

      return g_strdup_printf (_ ("You: %s"), isolated);
    }
  return g_steal_pointer (&line);
}

static void
append_words (GString *label, const char *words)
{
  g_string_append_printf (label, ", %s", words);
}

static void
update_accessible (KhConversationRow *self, const char *last)
{
  KhConversation *conversation = self->conversation;
  guint unread = kh_conversation_get_unread (conversation);
  g_autoptr (GString) label = g_string_new (kh_conversation_get_name (conversation));

  append_words (label, kh_words_presence (kh_conversation_get_presence (conversation)));
  append_words (label, last);
  if (unread > 0)
    {
      g_autofree char *count =
          g_strdup_printf (ngettext ("%u unread message", "%u unread messages", unread), unread);

      append_words (label, count);
    }
  else if (kh_conversation_get_marked_unread (conversation))
    append_words (label, C_ ("chat", "marked unread"));
  if (kh_conversation_get_pinned (conversation))
    append_words (label, C_ ("chat", "kept on top"));
  if (kh_conversation_get_muted (conversation))
    append_words (label, C_ ("chat", "muted"));
  if (kh_conversation_get_archived (conversation))
    append_words (label, C_ ("chat", "archived"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, label->str,
                                  -1);
}

static void
update_unread (KhConversationRow *self)
{
  guint unread = kh_conversation_get_unread (self->conversation);
  gboolean is_unread = unread > 0 || kh_conversation_get_marked_unread (self->conversation);
  g_autofree char *count = g_strdup_printf (unread > 99 ? "99+" : "%u", unread);

  gtk_label_set_text (self->unread, unread > 0 ? count : "");
  gtk_widget_set_visible (GTK_WIDGET (self->unread), is_unread);
  if (is_unread)
    gtk_widget_add_css_class (GTK_WIDGET (self), "unread");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self), "unread");
}

static void
update (KhConversationRow *self)
{
  KhConversation *conversation = self->conversation;
  g_autofree char *last = dup_last_line (self);
  g_autofree char *when =
      kh_when_short (kh_conversation_get_last_time (conversation), g_get_real_time ());

  adw_avatar_set_text (self->avatar, kh_conversation_get_name (conversation));
  gtk_label_set_text (self->name, kh_conversation_get_name (conversation));
  gtk_label_set_text (self->last, last);
  gtk_label_set_text (self->time, when);
  gtk_widget_set_visible (self->dot,
                          kh_conversation_get_presence (conversation) == KH_PRESENCE_CONNECTED);
  gtk_widget_set_visible (self->pinned, kh_conversation_get_pinned (conversation));
  gtk_widget_set_visible (self->muted, kh_conversation_get_muted (conversation));
  update_unread (self);
  update_accessible (self, last);
}

static void
on_moved (KhConversationRow *self)
{
  update (self);
  gtk_list_box_row_changed (GTK_LIST_BOX_ROW (self));
}

static void
kh_conversation_row_state_flags_changed (GtkWidget *widget, GtkStateFlags former)
{
  KhConversationRow *self = KH_CONVERSATION_ROW (widget);

  GTK_WIDGET_CLASS (kh_conversation_row_parent_class)->state_flags_changed (widget, former);
  if (self->conversation != NULL &&
      ((former ^ gtk_widget_get_state_flags (widget)) & GTK_STATE_FLAG_SELECTED))
    update (self);
}

static void
kh_conversation_row_dispose (GObject *object)
{
  KhConversationRow *self = KH_CONVERSATION_ROW (object);

  g_clear_object (&self->conversation);
  G_OBJECT_CLASS (kh_conversation_row_parent_class)->dispose (object);
}

static void
kh_conversation_row_class_init (KhConversationRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = kh_conversation_row_dispose;
  widget_class->state_flags_changed = kh_conversation_row_state_flags_changed;

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/knothole/Knothole/conversation-row.ui");
  gtk_widget_class_bind_template_child (widget_class, KhConversationRow, avatar);
  gtk_widget_class_bind_template_child (widget_class, KhConversationRow, dot);
  gtk_widget_class_bind_template_child (widget_class, KhConversationRow, name);
  gtk_widget_class_bind_template_child (widget_class, KhConversationRow, pinned);
  gtk_widget_class_bind_template_child (widget_class, KhConversationRow, muted);
  gtk_widget_class_bind_template_child (widget_class, KhConversationRow, time);
  gtk_widget_class_bind_template_child (widget_class, KhConversationRow, last);
  gtk_widget_class_bind_template_child (widget_class, KhConversationRow, unread);
}

static void
kh_conversation_row_init (KhConversationRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

KhConversationRow *
kh_conversation_row_new (KhConversation *conversation)
{
  static const char *const watched[] = { "notify::name",          "notify::presence",
                                         "notify::unread",        "notify::last-text",
                                         "notify::last-outgoing", "notify::muted",
                                         "notify::marked-unread", "notify::draft",
                                         "notify::typing" };
  static const char *const moved[] = { "notify::last-time", "notify::pinned", "notify::archived" };
  KhConversationRow *self = g_object_new (KH_TYPE_CONVERSATION_ROW, NULL);

  self->conversation = g_object_ref (conversation);
  for (guint i = 0; i < G_N_ELEMENTS (watched); i++)
    g_signal_connect_object (conversation, watched[i], G_CALLBACK (update), self,
                             G_CONNECT_SWAPPED);
  for (guint i = 0; i < G_N_ELEMENTS (moved); i++)
    g_signal_connect_object (conversation, moved[i], G_CALLBACK (on_moved), self,
                             G_CONNECT_SWAPPED);
  update (self);
  return self;
}

KhConversation *
kh_conversation_row_get_conversation (KhConversationRow *self)
{
  return self->conversation;
}
