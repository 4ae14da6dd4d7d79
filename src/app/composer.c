/* composer.c: where a message is written
 *
 * See composer.h. A text view, for GtkEntry has one line only; its Enter key is taken in the
 * capture phase, before the view would insert it, but after an input method that is composing.
 */
#include "app/composer.h"

#include <glib/gi18n.h>
#include <string.h>

#include "engine/engine.h"

enum
{
  SIGNAL_SEND,
  SIGNAL_EDITED,
  SIGNAL_CANCELLED,
  SIGNAL_EDIT_LAST,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

/* Lines of text that it grows to. */
#define LINES_MAX 8
/* Bytes before the limit from which on the user is told how many are left. */
#define NEAR_LIMIT 1024

struct _KhComposer
{
  GtkWidget parent_instance;

  /* template */
  GtkWidget *box;
  GtkWidget *context;
  GtkLabel *context_title;
  GtkLabel *context_line;
  GtkLabel *error;
  GtkScrolledWindow *scroller;
  GtkTextView *text;
  GtkTextBuffer *buffer;
  GtkWidget *placeholder;
  GtkWidget *send;

  gboolean setting; /* by the program */
};

G_DEFINE_FINAL_TYPE (KhComposer, kh_composer, GTK_TYPE_WIDGET)

char *
kh_composer_dup_text (KhComposer *self)
{
  GtkTextIter start, end;

  gtk_text_buffer_get_bounds (self->buffer, &start, &end);
  return gtk_text_buffer_get_text (self->buffer, &start, &end, FALSE);
}

static gboolean
is_blank (const char *text)
{
  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    if (!g_unichar_isspace (g_utf8_get_char (p)))
      return FALSE;
  return TRUE;
}

/* (transfer full) (nullable): what to say about a length near or over the limit. */
static char *
dup_limit_words (gsize n_bytes)
{
  gulong n = n_bytes > KH_TEXT_MAX ? n_bytes - KH_TEXT_MAX : KH_TEXT_MAX - n_bytes;

  if (n_bytes > KH_TEXT_MAX)
    return g_strdup_printf (
        ngettext ("This is %lu byte too long for one message (at most 64 KiB). Send it in parts.",
                  "This is %lu bytes too long for one message (at most 64 KiB). Send it in parts.",
                  n),
        n);
  if (n < NEAR_LIMIT)
    return g_strdup_printf (ngettext ("Room for %lu more byte in this message.",
                                      "Room for %lu more bytes in this message.", n),
                            n);
  return NULL;
}

static void
on_changed (KhComposer *self)
{
  g_autofree char *text = kh_composer_dup_text (self);
  gsize n_bytes = strlen (text);
  g_autofree char *limit = dup_limit_words (n_bytes);

  gtk_widget_set_visible (self->placeholder, n_bytes == 0);
  gtk_widget_set_sensitive (self->send, n_bytes <= KH_TEXT_MAX && !is_blank (text));
  gtk_widget_set_visible (GTK_WIDGET (self->error), limit != NULL);
  gtk_label_set_label (self->error, limit != NULL ? limit : "");
  if (n_bytes > KH_TEXT_MAX)
    gtk_widget_add_css_class (GTK_WIDGET (self->error), "error");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self->error), "error");
  if (!self->setting)
    g_signal_emit (self, signals[SIGNAL_EDITED], 0);
}

/* The toolkit's own chooser, at the cursor. */
static void
on_emoji (KhComposer *self)
{
  gtk_widget_grab_focus (GTK_WIDGET (self->text));
  g_signal_emit_by_name (self->text, "insert-emoji");
}

/* Text may be larger than it was when the composer was made. */
static void
update_height (KhComposer *self)
{
  PangoContext *context = gtk_widget_get_pango_context (GTK_WIDGET (self->text));
  PangoFontMetrics *metrics = pango_context_get_metrics (context, NULL, NULL);
  int line = PANGO_PIXELS_CEIL (pango_font_metrics_get_height (metrics));
  int margins =
      gtk_text_view_get_top_margin (self->text) + gtk_text_view_get_bottom_margin (self->text);

  gtk_scrolled_window_set_max_content_height (self->scroller, LINES_MAX * line + margins);
  pango_font_metrics_unref (metrics);
}

static void
kh_composer_map (GtkWidget *widget)
{
  update_height (KH_COMPOSER (widget));
  GTK_WIDGET_CLASS (kh_composer_parent_class)->map (widget);
}

static void
on_send (KhComposer *self)
{
  g_autofree char *text = kh_composer_dup_text (self);

  if (!gtk_widget_get_sensitive (self->send))
    return;
  gtk_text_buffer_set_text (self->buffer, "", 0);
  kh_composer_focus (self);
  g_signal_emit (self, signals[SIGNAL_SEND], 0, text);
}

static void
on_cancel (KhComposer *self)
{
  g_signal_emit (self, signals[SIGNAL_CANCELLED], 0);
  kh_composer_focus (self);
}

/* Escape and Up mean something where there is something to cancel, or nothing to move in. */
static gboolean
on_other_key (KhComposer *self, guint keyval)
{
  if (keyval == GDK_KEY_Escape && gtk_widget_get_visible (self->context))
    {
      on_cancel (self);
      return GDK_EVENT_STOP;
    }
  if ((keyval == GDK_KEY_Up || keyval == GDK_KEY_KP_Up) &&
      gtk_text_buffer_get_char_count (self->buffer) == 0)
    {
      g_signal_emit (self, signals[SIGNAL_EDIT_LAST], 0);
      return GDK_EVENT_STOP;
    }
  return GDK_EVENT_PROPAGATE;
}

static gboolean
on_key_pressed (GtkEventControllerKey *controller,
                guint keyval,
                guint keycode,
                GdkModifierType state,
                KhComposer *self)
{
  if (keyval != GDK_KEY_Return && keyval != GDK_KEY_KP_Enter && keyval != GDK_KEY_ISO_Enter)
    return on_other_key (self, keyval);
  if (state & (GDK_SHIFT_MASK | GDK_CONTROL_MASK))
    {
      gtk_text_buffer_insert_interactive_at_cursor (self->buffer, "\n", 1, TRUE);
      gtk_text_view_scroll_mark_onscreen (self->text, gtk_text_buffer_get_insert (self->buffer));
      return GDK_EVENT_STOP;
    }
  /* An input method may want Enter to finish the word that it is composing. */
  if (gtk_text_view_im_context_filter_keypress (self->text, gtk_event_controller_get_current_event (
                                                                GTK_EVENT_CONTROLLER (controller))))
    return GDK_EVENT_STOP;
  on_send (self);
  return GDK_EVENT_STOP;
}

static gboolean
kh_composer_grab_focus (GtkWidget *widget)
{
  return gtk_widget_grab_focus (GTK_WIDGET (KH_COMPOSER (widget)->text));
}

static void
kh_composer_dispose (GObject *object)
{
  KhComposer *self = KH_COMPOSER (object);

  g_clear_pointer (&self->box, gtk_widget_unparent);
  G_OBJECT_CLASS (kh_composer_parent_class)->dispose (object);
}

static void
kh_composer_class_init (KhComposerClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = kh_composer_dispose;
  widget_class->grab_focus = kh_composer_grab_focus;
  widget_class->map = kh_composer_map;

  signals[SIGNAL_SEND] = g_signal_new ("send", KH_TYPE_COMPOSER, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                       NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  signals[SIGNAL_EDITED] = g_signal_new ("edited", KH_TYPE_COMPOSER, G_SIGNAL_RUN_LAST, 0, NULL,
                                         NULL, NULL, G_TYPE_NONE, 0);
  signals[SIGNAL_CANCELLED] = g_signal_new ("cancelled", KH_TYPE_COMPOSER, G_SIGNAL_RUN_LAST, 0,
                                            NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[SIGNAL_EDIT_LAST] = g_signal_new ("edit-last", KH_TYPE_COMPOSER, G_SIGNAL_RUN_LAST, 0,
                                            NULL, NULL, NULL, G_TYPE_NONE, 0);

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/knothole/Knothole/composer.ui");
  gtk_widget_class_bind_template_child (widget_class, KhComposer, box);
  gtk_widget_class_bind_template_child (widget_class, KhComposer, context);
  gtk_widget_class_bind_template_child (widget_class, KhComposer, context_title);
  gtk_widget_class_bind_template_child (widget_class, KhComposer, context_line);
  gtk_widget_class_bind_template_child (widget_class, KhComposer, error);
  gtk_widget_class_bind_template_child (widget_class, KhComposer, scroller);
  gtk_widget_class_bind_template_child (widget_class, KhComposer, text);
  gtk_widget_class_bind_template_child (widget_class, KhComposer, buffer);
  gtk_widget_class_bind_template_child (widget_class, KhComposer, placeholder);
  gtk_widget_class_bind_template_child (widget_class, KhComposer, send);
  gtk_widget_class_bind_template_callback (widget_class, on_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_send);
  gtk_widget_class_bind_template_callback (widget_class, on_emoji);
  gtk_widget_class_bind_template_callback (widget_class, on_cancel);
  gtk_widget_class_bind_template_callback (widget_class, on_key_pressed);
}

static void
kh_composer_init (KhComposer *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

void
kh_composer_set_text (KhComposer *self, const char *text)
{
  self->setting = TRUE;
  gtk_text_buffer_set_text (self->buffer, text, -1);
  self->setting = FALSE;
}

void
kh_composer_set_context (KhComposer *self, const char *title, const char *line)
{
  gtk_widget_set_visible (self->context, title != NULL);
  gtk_label_set_text (self->context_title, title != NULL ? title : "");
  gtk_label_set_text (self->context_line, line != NULL ? line : "");
}

void
kh_composer_restore (KhComposer *self, const char *text)
{
  GtkTextIter start;

  gtk_text_buffer_get_start_iter (self->buffer, &start);
  if (gtk_text_buffer_get_char_count (self->buffer) > 0)
    {
      gtk_text_buffer_insert (self->buffer, &start, "\n", 1);
      gtk_text_buffer_get_start_iter (self->buffer, &start);
    }
  gtk_text_buffer_insert (self->buffer, &start, text, -1);
}

void
kh_composer_focus (KhComposer *self)
{
  gtk_widget_grab_focus (GTK_WIDGET (self->text));
}
