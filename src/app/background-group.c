/* background-group.c: the preferences about going on without a window
 *
 * See background-group.h. A switch asks, and moves when there is an answer.
 */
#include "app/background-group.h"

#include <glib/gi18n.h>

#include "app/background.h"

struct _KhBackgroundGroup
{
  AdwPreferencesGroup parent_instance;

  /* template */
  GtkSwitch *background;
  AdwActionRow *autostart_row;
  GtkSwitch *autostart;

  /* owned */
  GSettings *settings;
  char *data_dir; /* (nullable) */

  /* What was asked for last, or is set: the desktop may take its time to answer. */
  gboolean asked_background;
  gboolean asked_autostart;
  guint n_asking;
};

G_DEFINE_FINAL_TYPE (KhBackgroundGroup, kh_background_group, ADW_TYPE_PREFERENCES_GROUP)

static void
set_switch (GtkSwitch *widget, gboolean on)
{
  gtk_switch_set_active (widget, on);
  gtk_switch_set_state (widget, on);
}

static void
update (KhBackgroundGroup *self)
{
  self->asked_background = g_settings_get_boolean (self->settings, "background");
  self->asked_autostart = g_settings_get_boolean (self->settings, "autostart");
  set_switch (self->background, self->asked_background);
  set_switch (self->autostart, self->asked_autostart);
  gtk_widget_set_sensitive (GTK_WIDGET (self->autostart_row), self->asked_background);
}

static void
say (KhBackgroundGroup *self, const char *words)
{
  g_autofree char *markup = g_markup_escape_text (words, -1);
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));

  if (root != NULL && ADW_IS_PREFERENCES_WINDOW (root))
    adw_preferences_window_add_toast (ADW_PREFERENCES_WINDOW (root), adw_toast_new (markup));
}

static void
on_answer (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (KhBackgroundGroup) self = user_data;
  g_autoptr (GError) error = NULL;
  gboolean background, autostart;

  /* Only the last answer tells what the desktop does from now on. */
  if (self->settings == NULL || --self->n_asking > 0)
    return;
  if (kh_background_request_finish (result, &background, &autostart, &error))
    {
      if ((gtk_switch_get_active (self->background) && !background) ||
          (gtk_switch_get_active (self->autostart) && !autostart))
        say (self, _ ("The desktop does not allow it."));
      g_settings_set_boolean (self->settings, "background", background);
      g_settings_set_boolean (self->settings, "autostart", autostart);
    }
  else
    say (self, error->message);
  update (self);
}

/* Who does not go on has no use for beginning unseen. */
static void
ask (KhBackgroundGroup *self, gboolean background, gboolean autostart)
{
  self->asked_background = background;
  self->asked_autostart = background && autostart;
  self->n_asking++;
  kh_background_request_async (background, background && autostart, self->data_dir, NULL, on_answer,
                               g_object_ref (self));
}

static gboolean
on_background_set (KhBackgroundGroup *self, gboolean on)
{
  if (on != self->asked_background)
    {
      if (!on)
        gtk_switch_set_active (self->autostart, FALSE);
      ask (self, on, on && gtk_switch_get_active (self->autostart));
    }
  return GDK_EVENT_STOP;
}

static gboolean
on_autostart_set (KhBackgroundGroup *self, gboolean on)
{
  if (on != self->asked_autostart && gtk_switch_get_active (self->background))
    ask (self, TRUE, on);
  return GDK_EVENT_STOP;
}

static void
kh_background_group_dispose (GObject *object)
{
  KhBackgroundGroup *self = KH_BACKGROUND_GROUP (object);

  g_clear_object (&self->settings);
  g_clear_pointer (&self->data_dir, g_free);
  G_OBJECT_CLASS (kh_background_group_parent_class)->dispose (object);
}

static void
kh_background_group_class_init (KhBackgroundGroupClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = kh_background_group_dispose;

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/knothole/Knothole/background-group.ui");
  gtk_widget_class_bind_template_child (widget_class, KhBackgroundGroup, background);
  gtk_widget_class_bind_template_child (widget_class, KhBackgroundGroup, autostart_row);
  gtk_widget_class_bind_template_child (widget_class, KhBackgroundGroup, autostart);
  gtk_widget_class_bind_template_callback (widget_class, on_background_set);
  gtk_widget_class_bind_template_callback (widget_class, on_autostart_set);
}

static void
kh_background_group_init (KhBackgroundGroup *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

void
kh_background_group_set_settings (KhBackgroundGroup *self,
                                  GSettings *settings,
                                  const char *data_dir)
{
  self->settings = g_object_ref (settings);
  self->data_dir = g_strdup (data_dir);
  update (self);
}
