/* conversation-row.c: one contact in the list
 *
 * See conversation-row.h. Lists use it again and again for one conversation after the other.
 */
#include "app/conversation-row.h"

#include <adwaita.h>
#include <glib/gi18n.h>

#include "app/conversation-row-layout.h"
#include "app/message-text.h"
#include "app/when.h"
#include "app/words.h"

struct _KhConversationRow
{
  GtkWidget parent_instance;

  /* template */
  KhConversationRowLayout *layout;
  AdwAvatar *avatar;
  GtkLabel *name;
  GtkLabel *time;
  GtkLabel *last;

  GtkWidget *marks[KH_ROW_N_PARTS]; /* (nullable): what few chats have, once one had it */

  /* owned */
  KhConversation *conversation; /* (nullable) */
  GSignalGroup *signals;
  gboolean open;
};

G_DEFINE_FINAL_TYPE (KhConversationRow, kh_conversation_row, GTK_TYPE_WIDGET)

/* Characters of the last message, of which a list shows one line. */
#define LINE_CHARS 200

/* What was begun comes before what was said, as long as the chat is not open. */
static char *
dup_last_line (KhConversationRow *self)
{
  KhConversation *conversation = self->conversation;
  const char *text = kh_conversation_get_last_text (conversation);
  const char *draft = self->open ? NULL : kh_conversation_get_draft (conversation);
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
add_flags (KhConversation *conversation, char **label)
{
  guint unread = kh_conversation_get_unread (conversation);

  if (unread > 0)
    {
      g_autofree char *count =
          g_strdup_printf (ngettext ("%u unread message", "%u unread messages", unread), unread);

      kh_words_add (label, count);
    }
  else if (kh_conversation_get_marked_unread (conversation))
    kh_words_add (label, C_ ("chat", "marked unread"));
  if (kh_conversation_get_pinned (conversation))
    kh_words_add (label, C_ ("chat", "kept on top"));
  if (kh_conversation_get_muted (conversation))
    kh_words_add (label, C_ ("chat", "muted"));
  if (kh_conversation_get_archived (conversation))
    kh_words_add (label, C_ ("chat", "archived"));
}

static void
update_accessible (KhConversationRow *self, const char *last)
{
  GtkWidget *item = gtk_widget_get_parent (GTK_WIDGET (self));
  g_autofree char *label = g_strdup (kh_conversation_get_name (self->conversation));

  if (item == NULL)
    return;
  kh_words_add (&label, kh_words_presence (kh_conversation_get_presence (self->conversation)));
  kh_words_add (&label, last);
  add_flags (self->conversation, &label);
  gtk_accessible_update_property (GTK_ACCESSIBLE (item), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
}

static GtkWidget *
create_mark (KhRowPart part)
{
  if (part == KH_ROW_DOT)
    return g_object_new (GTK_TYPE_BOX, "css-classes", (const char *[]){ "presence", NULL },
                         "accessible-role", GTK_ACCESSIBLE_ROLE_PRESENTATION, NULL);
  if (part == KH_ROW_UNREAD)
    return g_object_new (GTK_TYPE_LABEL, "valign", GTK_ALIGN_CENTER, "css-classes",
                         (const char *[]){ "badge", "numeric", NULL }, NULL);
  return g_object_new (GTK_TYPE_IMAGE, "icon-name",
                       part == KH_ROW_PINNED ? "view-pin-symbolic"
                                             : "notifications-disabled-symbolic",
                       "pixel-size", 12, "css-classes", (const char *[]){ "dim-label", NULL },
                       "accessible-role", GTK_ACCESSIBLE_ROLE_PRESENTATION, NULL);
}

static void
show_mark (KhConversationRow *self, KhRowPart part, GtkWidget *after, gboolean shown)
{
  if (self->marks[part] == NULL && shown)
    {
      self->marks[part] = create_mark (part);
      gtk_widget_insert_after (self->marks[part], GTK_WIDGET (self), after);
      kh_conversation_row_layout_set_part (self->layout, part, self->marks[part]);
    }
  if (self->marks[part] != NULL)
    gtk_widget_set_visible (self->marks[part], shown);
}

static void
update_unread (KhConversationRow *self)
{
  guint unread = kh_conversation_get_unread (self->conversation);
  gboolean is_unread = unread > 0 || kh_conversation_get_marked_unread (self->conversation);
  g_autofree char *count = g_strdup_printf (unread > 99 ? "99+" : "%u", unread);

  show_mark (self, KH_ROW_UNREAD, GTK_WIDGET (self->last), is_unread);
  if (is_unread)
    {
      gtk_label_set_text (GTK_LABEL (self->marks[KH_ROW_UNREAD]), unread > 0 ? count : "");
      gtk_widget_add_css_class (GTK_WIDGET (self), "unread");
    }
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self), "unread");
}

static void
update_marks (KhConversationRow *self)
{
  KhConversation *conversation = self->conversation;
  GtkWidget *name = GTK_WIDGET (self->name);
  GtkWidget *pinned = self->marks[KH_ROW_PINNED];

  show_mark (self, KH_ROW_DOT, GTK_WIDGET (self->avatar),
             kh_conversation_get_presence (conversation) == KH_PRESENCE_CONNECTED);
  show_mark (self, KH_ROW_PINNED, name, kh_conversation_get_pinned (conversation));
  show_mark (self, KH_ROW_MUTED, pinned != NULL ? pinned : name,
             kh_conversation_get_muted (conversation));
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
  update_marks (self);
  update_unread (self);
  update_accessible (self, last);
}

static void
kh_conversation_row_dispose (GObject *object)
{
  KhConversationRow *self = KH_CONVERSATION_ROW (object);
  GtkWidget *child;

  if (self->signals != NULL)
    g_signal_group_set_target (self->signals, NULL);
  g_clear_object (&self->signals);
  g_clear_object (&self->conversation);
  /* The menu is one, while it is there. */
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self))) != NULL)
    gtk_widget_unparent (child);
  G_OBJECT_CLASS (kh_conversation_row_parent_class)->dispose (object);
}

static void
kh_conversation_row_class_init (KhConversationRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = kh_conversation_row_dispose;

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/knothole/Knothole/conversation-row.ui");
  gtk_widget_class_bind_template_child (widget_class, KhConversationRow, layout);
  gtk_widget_class_bind_template_child (widget_class, KhConversationRow, avatar);
  gtk_widget_class_bind_template_child (widget_class, KhConversationRow, name);
  gtk_widget_class_bind_template_child (widget_class, KhConversationRow, time);
  gtk_widget_class_bind_template_child (widget_class, KhConversationRow, last);
}

static void
kh_conversation_row_init (KhConversationRow *self)
{
  static const char *const watched[] = {
    "notify::name",          "notify::presence",      "notify::unread", "notify::last-text",
    "notify::last-outgoing", "notify::last-time",     "notify::pinned", "notify::muted",
    "notify::archived",      "notify::marked-unread", "notify::draft",  "notify::typing"
  };

  g_type_ensure (KH_TYPE_CONVERSATION_ROW_LAYOUT);
  gtk_widget_init_template (GTK_WIDGET (self));
  kh_conversation_row_layout_set_part (self->layout, KH_ROW_PICTURE, GTK_WIDGET (self->avatar));
  kh_conversation_row_layout_set_part (self->layout, KH_ROW_NAME, GTK_WIDGET (self->name));
  kh_conversation_row_layout_set_part (self->layout, KH_ROW_TIME, GTK_WIDGET (self->time));
  kh_conversation_row_layout_set_part (self->layout, KH_ROW_LAST, GTK_WIDGET (self->last));
  self->signals = g_signal_group_new (KH_TYPE_CONVERSATION);
  for (guint i = 0; i < G_N_ELEMENTS (watched); i++)
    g_signal_group_connect_swapped (self->signals, watched[i], G_CALLBACK (update), self);
}

KhConversationRow *
kh_conversation_row_new (void)
{
  return g_object_new (KH_TYPE_CONVERSATION_ROW, NULL);
}

void
kh_conversation_row_set_conversation (KhConversationRow *self, KhConversation *conversation)
{
  g_signal_group_set_target (self->signals, conversation);
  g_set_object (&self->conversation, conversation);
  if (conversation != NULL)
    update (self);
}

void
kh_conversation_row_set_open (KhConversationRow *self, gboolean open)
{
  if (self->open == open)
    return;
  self->open = open;
  if (self->conversation != NULL)
    update (self);
}

KhConversation *
kh_conversation_row_get_conversation (KhConversationRow *self)
{
  return self->conversation;
}
