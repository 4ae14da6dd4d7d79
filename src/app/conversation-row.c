/* conversation-row.c: one contact in the list
 *
 * See conversation-row.h. It follows its conversation, and asks its list to sort it again when a
 * message moved it.
 */
#include "app/conversation-row.h"

#include <adwaita.h>
#include <glib/gi18n.h>

#include "app/when.h"
#include "app/words.h"

struct _KhConversationRow
{
  GtkListBoxRow parent_instance;

  /* template */
  AdwAvatar *avatar;
  GtkWidget *dot;
  GtkLabel *name;
  GtkLabel *time;
  GtkLabel *last;
  GtkLabel *unread;

  /* owned */
  KhConversation *conversation;
};

G_DEFINE_FINAL_TYPE (KhConversationRow, kh_conversation_row, GTK_TYPE_LIST_BOX_ROW)

/* A list shows one line: the text's own line breaks become spaces. */
static char *
dup_last_line (KhConversation *conversation)
{
  const char *text = kh_conversation_get_last_text (conversation);
  g_autofree char *line = NULL;

  if (text == NULL)
    return g_strdup (_ ("No messages yet"));
  line = g_utf8_substring (text, 0, MIN (g_utf8_strlen (text, -1), 200));
  g_strdelimit (line, "\n\r\t", ' ');
  if (kh_conversation_get_last_outgoing (conversation))
    {
      g_autofree char *isolated = kh_words_isolate (line);

      return g_strdup_printf (_ ("You: %s"), isolated);
    }
  return g_steal_pointer (&line);
}

static void
update_accessible (KhConversationRow *self, const char *last)
{
  guint unread = kh_conversation_get_unread (self->conversation);
  g_autofree char *label =
      g_strdup_printf ("%s, %s, %s", kh_conversation_get_name (self->conversation),
                       kh_words_presence (kh_conversation_get_presence (self->conversation)), last);

  if (unread > 0)
    {
      g_autofree char *count =
          g_strdup_printf (ngettext ("%u unread message", "%u unread messages", unread), unread);
      g_autofree char *with_count = g_strdup_printf ("%s, %s", label, count);

      g_free (label);
      label = g_steal_pointer (&with_count);
    }
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
}

static void
update (KhConversationRow *self)
{
  KhConversation *conversation = self->conversation;
  guint unread = kh_conversation_get_unread (conversation);
  g_autofree char *last = dup_last_line (conversation);
  g_autofree char *count = g_strdup_printf (unread > 99 ? "99+" : "%u", unread);
  g_autofree char *when =
      kh_when_short (kh_conversation_get_last_time (conversation), g_get_real_time ());

  adw_avatar_set_text (self->avatar, kh_conversation_get_name (conversation));
  gtk_label_set_text (self->name, kh_conversation_get_name (conversation));
  gtk_label_set_text (self->last, last);
  gtk_label_set_text (self->time, when);
  gtk_label_set_text (self->unread, count);
  gtk_widget_set_visible (GTK_WIDGET (self->unread), unread > 0);
  gtk_widget_set_visible (self->dot,
                          kh_conversation_get_presence (conversation) == KH_PRESENCE_CONNECTED);
  if (unread > 0)
    gtk_widget_add_css_class (GTK_WIDGET (self), "unread");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self), "unread");
  update_accessible (self, last);
}

static void
on_moved (KhConversationRow *self)
{
  update (self);
  gtk_list_box_row_changed (GTK_LIST_BOX_ROW (self));
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

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/knothole/Knothole/conversation-row.ui");
  gtk_widget_class_bind_template_child (widget_class, KhConversationRow, avatar);
  gtk_widget_class_bind_template_child (widget_class, KhConversationRow, dot);
  gtk_widget_class_bind_template_child (widget_class, KhConversationRow, name);
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
  static const char *const watched[] = { "notify::name", "notify::presence", "notify::unread",
                                         "notify::last-text", "notify::last-outgoing" };
  KhConversationRow *self = g_object_new (KH_TYPE_CONVERSATION_ROW, NULL);

  self->conversation = g_object_ref (conversation);
  for (guint i = 0; i < G_N_ELEMENTS (watched); i++)
    g_signal_connect_object (conversation, watched[i], G_CALLBACK (update), self,
                             G_CONNECT_SWAPPED);
  g_signal_connect_object (conversation, "notify::last-time", G_CALLBACK (on_moved), self,
                           G_CONNECT_SWAPPED);
  update (self);
  return self;
}

KhConversation *
kh_conversation_row_get_conversation (KhConversationRow *self)
{
  return self->conversation;
}
