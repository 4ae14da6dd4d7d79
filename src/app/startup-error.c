/* startup-error.c: why Knothole cannot start, and what to do
 *
 * See startup-error.h. Nothing is lost in any of these cases, and nothing is repaired without the
 * user's word.
 */
#include "app/startup-error.h"

#include "app/accessible.h"
#include "app/words.h"

enum
{
  SIGNAL_RETRY,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

struct _KhStartupError
{
  AdwApplicationWindow parent_instance;

  /* template */
  AdwStatusPage *page;
  GtkWidget *retry;
  GtkWidget *set_aside;
};

G_DEFINE_FINAL_TYPE (KhStartupError, kh_startup_error, ADW_TYPE_APPLICATION_WINDOW)

static void
on_retry (KhStartupError *self)
{
  g_signal_emit (self, signals[SIGNAL_RETRY], 0, KH_OPEN_NONE);
}

static void
on_set_aside (KhStartupError *self)
{
  g_signal_emit (self, signals[SIGNAL_RETRY], 0, KH_OPEN_SET_ASIDE);
}

static void
kh_startup_error_class_init (KhStartupErrorClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  signals[SIGNAL_RETRY] = g_signal_new ("retry", KH_TYPE_STARTUP_ERROR, G_SIGNAL_RUN_LAST, 0, NULL,
                                        NULL, NULL, G_TYPE_NONE, 1, G_TYPE_INT);

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/knothole/Knothole/startup-error.ui");
  gtk_widget_class_bind_template_child (widget_class, KhStartupError, page);
  gtk_widget_class_bind_template_child (widget_class, KhStartupError, retry);
  gtk_widget_class_bind_template_child (widget_class, KhStartupError, set_aside);
  gtk_widget_class_bind_template_callback (widget_class, on_retry);
  gtk_widget_class_bind_template_callback (widget_class, on_set_aside);
}

static void
kh_startup_error_init (KhStartupError *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  kh_accessible_prepare_buttons (GTK_WIDGET (self));
}

KhStartupError *
kh_startup_error_new (GtkApplication *application)
{
  return g_object_new (KH_TYPE_STARTUP_ERROR, "application", application, NULL);
}

void
kh_startup_error_set (KhStartupError *self, const GError *error, const char *data_dir)
{
  g_auto (KhWords) words = kh_words_for_error (error, data_dir);
  /* The description of a status page is markup, and a path may hold anything. */
  g_autofree char *body = g_markup_escape_text (words.body, -1);
  gboolean corrupt = g_error_matches (error, KH_ENGINE_ERROR, KH_ENGINE_ERROR_CORRUPT_DATABASE);

  adw_status_page_set_title (self->page, words.title);
  adw_status_page_set_description (self->page, body);
  gtk_widget_set_visible (self->set_aside, corrupt);
  gtk_widget_grab_focus (self->retry);
}
