/* message-row-parts.c: what a message's row is made of, and where it lies
 *
 * See message-row-private.h. A list makes many rows while it is scrolled, and lays them out again
 * and again: what few messages have is made for the first that has it, and a text is laid out as
 * seldom as can be.
 */
#include "app/message-row-private.h"

#include <glib/gi18n.h>

/* what few messages have */

void
kh_message_row_ensure_day (KhMessageRow *self)
{
  if (self->day != NULL)
    return;
  self->day = g_object_new (GTK_TYPE_LABEL, "halign", GTK_ALIGN_CENTER, "css-classes",
                            (const char *[]){ "day", "caption", NULL }, NULL);
  gtk_widget_insert_after (self->day, GTK_WIDGET (self), NULL);
}

void
kh_message_row_ensure_unread_line (KhMessageRow *self)
{
  GtkWidget *label;

  if (self->unread_line != NULL)
    return;
  self->unread_line = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8);
  label = gtk_label_new (_ ("New messages"));
  gtk_widget_add_css_class (self->unread_line, "unread-line");
  gtk_widget_add_css_class (label, "caption-heading");
  for (guint i = 0; i < 2; i++)
    {
      gtk_box_append (GTK_BOX (self->unread_line),
                      g_object_new (GTK_TYPE_SEPARATOR, "hexpand", TRUE, "valign", GTK_ALIGN_CENTER,
                                    NULL));
      if (i == 0)
        gtk_box_append (GTK_BOX (self->unread_line), label);
    }
  gtk_widget_insert_before (self->unread_line, GTK_WIDGET (self), self->bubble);
}

static void
on_quote_clicked (KhMessageRow *self)
{
  g_signal_emit_by_name (self, "show-reply");
}

void
kh_message_row_ensure_quote (KhMessageRow *self)
{
  GtkWidget *box;

  if (self->quote != NULL)
    return;
  self->quote_who = g_object_new (GTK_TYPE_LABEL, "xalign", 0.0, "css-classes",
                                  (const char *[]){ "caption-heading", NULL }, NULL);
  self->quote_text = g_object_new (GTK_TYPE_LABEL, "xalign", 0.0, "ellipsize", PANGO_ELLIPSIZE_END,
                                   "max-width-chars", 40, "css-classes",
                                   (const char *[]){ "caption", NULL }, NULL);
  box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (self->quote_who));
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (self->quote_text));
  self->quote = g_object_new (GTK_TYPE_BUTTON, "child", box, "tooltip-text",
                              _ ("Show the message that this answers"), "css-classes",
                              (const char *[]){ "flat", "quote", NULL }, NULL);
  g_signal_connect_object (self->quote, "clicked", G_CALLBACK (on_quote_clicked), self,
                           G_CONNECT_SWAPPED);
  gtk_box_prepend (GTK_BOX (self->bubble), self->quote);
}

void
kh_message_row_ensure_edited (KhMessageRow *self)
{
  if (self->edited != NULL)
    return;
  self->edited = gtk_label_new (C_ ("message", "edited"));
  gtk_widget_add_css_class (self->edited, "caption");
  gtk_box_prepend (GTK_BOX (self->meta), self->edited);
}

static void
on_react (KhMessageRow *self, const char *emoji, gboolean set)
{
  g_signal_emit_by_name (self, "react", emoji, set);
}

void
kh_message_row_update_reactions (KhMessageRow *self)
{
  if (self->reactions == NULL && *kh_chat_message_get_own_reactions (self->message) == NULL &&
      *kh_chat_message_get_reactions (self->message) == NULL)
    return;
  if (self->reactions == NULL)
    {
      self->reactions = g_object_new (KH_TYPE_MESSAGE_REACTIONS, NULL);
      g_signal_connect_object (self->reactions, "react", G_CALLBACK (on_react), self,
                               G_CONNECT_SWAPPED);
      gtk_widget_insert_before (GTK_WIDGET (self->reactions), GTK_WIDGET (self), NULL);
    }
  kh_message_reactions_set_message (self->reactions, self->message);
}

/* layout */

/* Ours lie at the end of the line, theirs at its start, as wide as they would like to be. */
static gboolean
is_at_side (KhMessageRow *self, GtkWidget *child)
{
  return child == self->bubble || child == GTK_WIDGET (self->reactions);
}

static int
get_child_width (KhMessageRow *self, GtkWidget *child, int width)
{
  int minimum, natural;

  if (width < 0 || !is_at_side (self, child))
    return width;
  gtk_widget_measure (child, GTK_ORIENTATION_HORIZONTAL, -1, &minimum, &natural, NULL, NULL);
  return CLAMP (natural, MIN (minimum, width), width);
}

GtkSizeRequestMode
kh_message_row_get_request_mode (GtkWidget *widget)
{
  return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

void
kh_message_row_measure (GtkWidget *widget,
                        GtkOrientation orientation,
                        int for_size,
                        int *ret_minimum,
                        int *ret_natural,
                        int *ret_minimum_baseline,
                        int *ret_natural_baseline)
{
  KhMessageRow *self = KH_MESSAGE_ROW (widget);

  *ret_minimum = *ret_natural = 0;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    {
      int minimum, natural;

      if (!gtk_widget_should_layout (child))
        continue;
      if (orientation == GTK_ORIENTATION_HORIZONTAL)
        {
          gtk_widget_measure (child, orientation, -1, &minimum, &natural, NULL, NULL);
          *ret_minimum = MAX (*ret_minimum, minimum);
          *ret_natural = MAX (*ret_natural, natural);
          continue;
        }
      gtk_widget_measure (child, orientation, get_child_width (self, child, for_size), &minimum,
                          &natural, NULL, NULL);
      *ret_minimum += minimum;
      *ret_natural += natural;
    }
}

/* Not by "halign", for which the toolkit asks how narrow the text could be at its height: a search
 * that lays it out ten times. */
void
kh_message_row_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  KhMessageRow *self = KH_MESSAGE_ROW (widget);
  gboolean own = self->message != NULL && kh_chat_message_get_outgoing (self->message);
  gboolean right = own == (gtk_widget_get_direction (widget) != GTK_TEXT_DIR_RTL);
  int y = 0;

  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    {
      int child_width, child_height;

      if (!gtk_widget_should_layout (child))
        continue;
      child_width = get_child_width (self, child, width);
      gtk_widget_measure (child, GTK_ORIENTATION_VERTICAL, child_width, &child_height, NULL, NULL,
                          NULL);
      gtk_widget_size_allocate (child,
                                &(GtkAllocation){ right ? width - child_width : 0, y, child_width,
                                                  child_height },
                                -1);
      y += child_height;
    }
}
