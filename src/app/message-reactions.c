/* message-reactions.c: the emoji that were left at a message
 *
 * See message-reactions.h. A chat has two sides with KH_REACTIONS_MAX emoji each: a button a emoji,
 * and a 2 where both left it.
 */
#include "app/message-reactions.h"

#include <glib/gi18n.h>

#include "app/words.h"

struct _KhMessageReactions
{
  GtkWidget parent_instance;

  /* owned */
  GStrv own;
  GStrv theirs;
};

G_DEFINE_FINAL_TYPE (KhMessageReactions, kh_message_reactions, GTK_TYPE_WIDGET)

static guint react_signal;

static void
on_clicked (GtkButton *button, KhMessageReactions *self)
{
  const char *emoji = g_object_get_data (G_OBJECT (button), "emoji");
  g_autofree char *kept = g_strdup (emoji);

  g_signal_emit (self, react_signal, 0, kept,
                 !g_strv_contains ((const char *const *) self->own, kept));
}

static char *
dup_words (KhMessageReactions *self, const char *emoji)
{
  gboolean own = g_strv_contains ((const char *const *) self->own, emoji);
  gboolean theirs = g_strv_contains ((const char *const *) self->theirs, emoji);

  if (own && theirs)
    return g_strdup_printf (_ ("you both reacted with %s"), emoji);
  return g_strdup_printf (own ? _ ("you reacted with %s") : _ ("they reacted with %s"), emoji);
}

static void
add (KhMessageReactions *self, const char *emoji)
{
  gboolean own = g_strv_contains ((const char *const *) self->own, emoji);
  gboolean theirs = g_strv_contains ((const char *const *) self->theirs, emoji);
  g_autofree char *label = own && theirs ? g_strdup_printf ("%s 2", emoji) : g_strdup (emoji);
  g_autofree char *words = dup_words (self, emoji);
  GtkWidget *button = gtk_button_new_with_label (label);

  gtk_widget_add_css_class (button, "reaction");
  if (own)
    gtk_widget_add_css_class (button, "own");
  gtk_widget_set_tooltip_text (button, words);
  gtk_accessible_reset_relation (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_RELATION_LABELLED_BY);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, words,
                                  -1);
  g_object_set_data_full (G_OBJECT (button), "emoji", g_strdup (emoji), g_free);
  g_signal_connect (button, "clicked", G_CALLBACK (on_clicked), self);
  gtk_widget_set_parent (button, GTK_WIDGET (self));
}

static void
clear (KhMessageReactions *self)
{
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self))) != NULL)
    gtk_widget_unparent (child);
  g_clear_pointer (&self->own, g_strfreev);
  g_clear_pointer (&self->theirs, g_strfreev);
}

static void
kh_message_reactions_dispose (GObject *object)
{
  clear (KH_MESSAGE_REACTIONS (object));
  G_OBJECT_CLASS (kh_message_reactions_parent_class)->dispose (object);
}

static void
kh_message_reactions_class_init (KhMessageReactionsClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = kh_message_reactions_dispose;

  react_signal = g_signal_new ("react", KH_TYPE_MESSAGE_REACTIONS, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                               NULL, G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_BOOLEAN);
  gtk_widget_class_set_css_name (GTK_WIDGET_CLASS (klass), "kh-reactions");
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BOX_LAYOUT);
}

static void
kh_message_reactions_init (KhMessageReactions *self)
{
}

void
kh_message_reactions_set_message (KhMessageReactions *self, KhChatMessage *message)
{
  const char *const *own = kh_chat_message_get_own_reactions (message);
  const char *const *theirs = kh_chat_message_get_reactions (message);

  if (self->own != NULL && g_strv_equal ((const char *const *) self->own, own) &&
      g_strv_equal ((const char *const *) self->theirs, theirs))
    return;
  clear (self);
  self->own = g_strdupv ((GStrv) own);
  self->theirs = g_strdupv ((GStrv) theirs);
  for (guint i = 0; theirs[i] != NULL; i++)
    add (self, self->theirs[i]);
  for (guint i = 0; own[i] != NULL; i++)
    if (!g_strv_contains ((const char *const *) self->theirs, self->own[i]))
      add (self, self->own[i]);
  gtk_widget_set_visible (GTK_WIDGET (self),
                          gtk_widget_get_first_child (GTK_WIDGET (self)) != NULL);
}

void
kh_message_reactions_add_words (KhMessageReactions *self, char **label)
{
  for (GtkWidget *child = gtk_widget_get_first_child (GTK_WIDGET (self)); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    kh_words_add (label, gtk_widget_get_tooltip_text (child));
}
