/* message-body.c: the text of a message
 *
 * See message-body.h. Laying out a label takes time that grows with the square of its length,
 * minutes for the longest message of one word; so a long text is shown in pieces of bounded length,
 * and but the first until asked for. Each paragraph is read from its own side: that is Pango's.
 */
#include "app/message-body.h"

#include <glib/gi18n.h>
#include <string.h>

#include "app/accessible.h"
#include "app/link-dialog.h"
#include "app/message-text.h"

/* Characters and lines that one label lays out; more than the bytes of a link, so that none is
 * cut. */
#define PIECE_CHARS 1500
#define PIECE_LINES 40
/* Characters of a text that has its time beside it. */
#define SHORT_CHARS 36
/* Characters in a line of the narrowest that a text may become. */
#define MIN_CHARS 8
/* Pixels that the narrowest may have, so that twenty marks upon one letter, which no line can be
 * broken at, are cut off instead of making the window wider. */
#define MIN_WIDTH_MAX 160

struct _KhMessageBody
{
  GtkWidget parent_instance;

  /* template */
  GtkLabel *first;

  /* children, (nullable): of a long text */
  GtkWidget *rest; /* the other pieces, once asked for */
  GtkWidget *more;

  /* owned */
  char *text;
};

G_DEFINE_FINAL_TYPE (KhMessageBody, kh_message_body, GTK_TYPE_WIDGET)

G_STATIC_ASSERT (PIECE_CHARS > KH_LINK_MAX);

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

static gboolean
on_activate_link (GtkLabel *label, const char *uri)
{
  kh_link_dialog_follow (GTK_WIDGET (label), uri);
  return GDK_EVENT_STOP;
}

static void
set_piece (GtkLabel *label, const char *piece)
{
  g_autofree char *markup = kh_message_text_to_markup (piece);

  if (markup != NULL)
    gtk_label_set_markup (label, markup);
  else
    gtk_label_set_text (label, piece);
}

static GtkWidget *
piece_new (const char *piece)
{
  GtkWidget *label =
      g_object_new (GTK_TYPE_LABEL, "xalign", 0.0, "wrap", TRUE, "wrap-mode", PANGO_WRAP_WORD_CHAR,
                    "selectable", TRUE, "max-width-chars", 56, NULL);

  g_signal_connect (label, "activate-link", G_CALLBACK (on_activate_link), NULL);
  set_piece (GTK_LABEL (label), piece);
  return label;
}

static void
clear_rest (KhMessageBody *self)
{
  GtkWidget *child;

  if (self->rest == NULL)
    return;
  while ((child = gtk_widget_get_first_child (self->rest)) != NULL)
    gtk_box_remove (GTK_BOX (self->rest), child);
  gtk_widget_set_visible (self->rest, FALSE);
}

static void
on_more (KhMessageBody *self)
{
  const char *text = find_piece_end (self->text);

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

static void
set_more (KhMessageBody *self, gboolean is_long)
{
  if (is_long && self->more == NULL)
    {
      self->rest = g_object_new (GTK_TYPE_BOX, "orientation", GTK_ORIENTATION_VERTICAL, "visible",
                                 FALSE, NULL);
      gtk_widget_insert_before (self->rest, GTK_WIDGET (self), NULL);
      self->more = gtk_button_new_with_label (_ ("Show All"));
      gtk_widget_set_halign (self->more, GTK_ALIGN_START);
      gtk_widget_add_css_class (self->more, "flat");
      gtk_widget_add_css_class (self->more, "more");
      g_signal_connect_object (self->more, "clicked", G_CALLBACK (on_more), self,
                               G_CONNECT_SWAPPED);
      kh_accessible_prepare_buttons (self->more);
      gtk_widget_insert_before (self->more, GTK_WIDGET (self), NULL);
    }
  if (self->more != NULL)
    gtk_widget_set_visible (self->more, is_long);
}

/* A label that may become as narrow as it can be is laid out for that, a line a letter. Of letters,
 * not one is a third as wide as the average. */
static int
get_min_chars (const char *text)
{
  int n = 0;

  for (const char *p = text; *p != '\0' && n < 3 * MIN_CHARS; p = g_utf8_next_char (p))
    n += !g_unichar_iszerowidth (g_utf8_get_char (p));
  return n / 3;
}

/* One below the other. For children that need more than there is, @width is not enough to be asked
 * about. */
static int
measure_child_height (GtkWidget *child, int width)
{
  int minimum, natural;

  if (!gtk_widget_should_layout (child))
    return 0;
  if (width >= 0)
    {
      gtk_widget_measure (child, GTK_ORIENTATION_HORIZONTAL, -1, &minimum, NULL, NULL, NULL);
      width = MAX (width, minimum);
    }
  gtk_widget_measure (child, GTK_ORIENTATION_VERTICAL, width, NULL, &natural, NULL, NULL);
  return natural;
}

static void
kh_message_body_measure (GtkWidget *widget,
                         GtkOrientation orientation,
                         int for_size,
                         int *ret_minimum,
                         int *ret_natural,
                         int *ret_minimum_baseline,
                         int *ret_natural_baseline)
{
  *ret_minimum = *ret_natural = 0;
  *ret_minimum_baseline = *ret_natural_baseline = -1;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    {
      int minimum, natural;

      if (orientation == GTK_ORIENTATION_VERTICAL)
        *ret_natural += measure_child_height (child, for_size);
      if (orientation == GTK_ORIENTATION_VERTICAL || !gtk_widget_should_layout (child))
        continue;
      gtk_widget_measure (child, orientation, -1, &minimum, &natural, NULL, NULL);
      *ret_minimum = MAX (*ret_minimum, MIN (minimum, MIN_WIDTH_MAX));
      *ret_natural = MAX (*ret_natural, natural);
    }
  if (orientation == GTK_ORIENTATION_VERTICAL)
    *ret_minimum = *ret_natural;
}

static GtkSizeRequestMode
kh_message_body_get_request_mode (GtkWidget *widget)
{
  return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

static void
kh_message_body_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  gboolean is_mirrored = gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL;
  int y = 0;

  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    {
      int minimum, child_height = measure_child_height (child, width);

      if (!gtk_widget_should_layout (child))
        continue;
      gtk_widget_measure (child, GTK_ORIENTATION_HORIZONTAL, -1, &minimum, NULL, NULL, NULL);
      minimum = MAX (minimum, width);
      gtk_widget_size_allocate (child,
                                &(GtkAllocation){ is_mirrored ? width - minimum : 0, y, minimum,
                                                  child_height },
                                -1);
      y += child_height;
    }
}

static void
kh_message_body_dispose (GObject *object)
{
  KhMessageBody *self = KH_MESSAGE_BODY (object);
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self))) != NULL)
    gtk_widget_unparent (child);
  g_clear_pointer (&self->text, g_free);
  G_OBJECT_CLASS (kh_message_body_parent_class)->dispose (object);
}

static void
kh_message_body_class_init (KhMessageBodyClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = kh_message_body_dispose;
  widget_class->measure = kh_message_body_measure;
  widget_class->get_request_mode = kh_message_body_get_request_mode;
  widget_class->size_allocate = kh_message_body_size_allocate;

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/knothole/Knothole/message-body.ui");
  gtk_widget_class_bind_template_child (widget_class, KhMessageBody, first);
  gtk_widget_class_bind_template_callback (widget_class, on_activate_link);
}

static void
kh_message_body_init (KhMessageBody *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

void
kh_message_body_set_text (KhMessageBody *self, const char *text)
{
  const char *end;
  g_autofree char *first = NULL;

  if (g_strcmp0 (self->text, text) == 0)
    return;
  g_free (self->text);
  self->text = g_strdup (text);
  end = find_piece_end (self->text);
  first = dup_piece (self->text, end);
  clear_rest (self);
  gtk_label_set_width_chars (self->first, get_min_chars (first));
  set_piece (self->first, first);
  set_more (self, *end != '\0');
}

const char *
kh_message_body_get_first (KhMessageBody *self)
{
  return gtk_label_get_text (self->first);
}

gboolean
kh_message_body_is_short (KhMessageBody *self)
{
  return self->text != NULL && g_utf8_strlen (self->text, SHORT_CHARS * 6) <= SHORT_CHARS &&
         strpbrk (self->text, "\n\r\f\v") == NULL && strstr (self->text, "\u2028") == NULL &&
         strstr (self->text, "\u2029") == NULL;
}

static char *
dup_label_selection (GtkLabel *label)
{
  const char *text = gtk_label_get_text (label);
  int start, end;

  if (!gtk_label_get_selection_bounds (label, &start, &end) || start >= end)
    return NULL;
  return g_utf8_substring (text, start, end);
}

char *
kh_message_body_dup_selection (KhMessageBody *self)
{
  char *selection = dup_label_selection (self->first);

  for (GtkWidget *child = self->rest != NULL ? gtk_widget_get_first_child (self->rest) : NULL;
       selection == NULL && child != NULL; child = gtk_widget_get_next_sibling (child))
    selection = dup_label_selection (GTK_LABEL (child));
  return selection;
}
