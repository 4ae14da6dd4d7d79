/* unlock-window.c: asks for the passphrase of the secret key
 *
 * See unlock-window.h. Checking takes a moment by design, in which nothing can be pressed.
 */
#include "app/unlock-window.h"

#include <glib/gi18n.h>

#include "app/accessible.h"
#include "app/status.h"

enum
{
  SIGNAL_UNLOCK,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

struct _KhUnlockWindow
{
  AdwApplicationWindow parent_instance;

  /* template */
  GtkWidget *passphrase;
  GtkWidget *unlock;
  GtkLabel *status;
};

G_DEFINE_FINAL_TYPE (KhUnlockWindow, kh_unlock_window, ADW_TYPE_APPLICATION_WINDOW)

static const char *
get_text (KhUnlockWindow *self)
{
  return gtk_editable_get_text (GTK_EDITABLE (self->passphrase));
}

static void
set_busy (KhUnlockWindow *self, gboolean busy)
{
  gtk_widget_set_sensitive (self->passphrase, !busy);
  gtk_widget_set_sensitive (self->unlock, !busy && *get_text (self) != '\0');
}

static void
on_changed (KhUnlockWindow *self)
{
  gtk_widget_remove_css_class (self->passphrase, "error");
  set_busy (self, FALSE);
}

static void
on_unlock (KhUnlockWindow *self)
{
  if (*get_text (self) == '\0')
    return;
  set_busy (self, TRUE);
  kh_status_show (self->status, _ ("Unlocking…"));
  g_signal_emit (self, signals[SIGNAL_UNLOCK], 0, get_text (self));
}

static void
kh_unlock_window_class_init (KhUnlockWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  signals[SIGNAL_UNLOCK] = g_signal_new ("unlock", KH_TYPE_UNLOCK_WINDOW, G_SIGNAL_RUN_LAST, 0,
                                         NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/knothole/Knothole/unlock-window.ui");
  gtk_widget_class_bind_template_child (widget_class, KhUnlockWindow, passphrase);
  gtk_widget_class_bind_template_child (widget_class, KhUnlockWindow, unlock);
  gtk_widget_class_bind_template_child (widget_class, KhUnlockWindow, status);
  gtk_widget_class_bind_template_callback (widget_class, on_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_unlock);
}

static void
kh_unlock_window_init (KhUnlockWindow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  kh_accessible_prepare_buttons (GTK_WIDGET (self));
  kh_accessible_name_groups (GTK_WIDGET (self), _ ("Passphrase"));
  set_busy (self, FALSE);
}

KhUnlockWindow *
kh_unlock_window_new (GtkApplication *application)
{
  KhUnlockWindow *self = g_object_new (KH_TYPE_UNLOCK_WINDOW, "application", application, NULL);

  gtk_widget_grab_focus (self->passphrase);
  return self;
}

void
kh_unlock_window_refused (KhUnlockWindow *self)
{
  set_busy (self, FALSE);
  gtk_widget_add_css_class (self->passphrase, "error");
  kh_status_show (self->status, _ ("This is not the passphrase. Try again; without it, only a "
                                   "backup can bring your identity back."));
  gtk_widget_grab_focus (self->passphrase);
  gtk_editable_select_region (GTK_EDITABLE (self->passphrase), 0, -1);
}
