/* key-window.c: where the secret key is to be kept
 *
 * See key-window.h and engine-key.h. What was chosen is done at a button's press and not at once:
 * it is the one setting that can lock its user out.
 */
#include "app/key-window.h"

#include <glib/gi18n.h>

#include "app/accessible.h"
#include "app/passphrase-fields.h"
#include "app/status.h"
#include "app/words.h"

enum
{
  SIGNAL_MOVED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

struct _KhKeyWindow
{
  AdwWindow parent_instance;

  /* template */
  AdwPreferencesGroup *places;
  GtkCheckButton *keyring;
  GtkCheckButton *sealed;
  GtkCheckButton *plain;
  KhPassphraseFields *fields;
  GtkLabel *status;
  GtkSpinner *spinner;
  GtkWidget *go;

  /* owned */
  KhEngine *engine;
  gboolean busy;
};

G_DEFINE_FINAL_TYPE (KhKeyWindow, kh_key_window, ADW_TYPE_WINDOW)

const char *
kh_key_window_words_for (KhKeyPlace place)
{
  switch (place)
    {
    case KH_KEY_IN_FILE:
      return _ ("In a file without a passphrase: whoever can read your files can be you");
    case KH_KEY_UNDER_PASSPHRASE:
      return _ ("In a file, under a passphrase");
    case KH_KEY_IN_KEYRING:
      return _ ("In the keyring of this desktop");
    }
  return "";
}

static KhKeyPlace
chosen (KhKeyWindow *self)
{
  if (gtk_check_button_get_active (self->keyring))
    return KH_KEY_IN_KEYRING;
  return gtk_check_button_get_active (self->sealed) ? KH_KEY_UNDER_PASSPHRASE : KH_KEY_IN_FILE;
}

static void
update (KhKeyWindow *self)
{
  KhKeyPlace place = chosen (self);
  gboolean sealed = place == KH_KEY_UNDER_PASSPHRASE;
  gboolean changes = sealed
                         ? kh_passphrase_fields_get (self->fields) != NULL
                         : self->engine != NULL && place != kh_engine_get_key_place (self->engine);

  gtk_widget_set_visible (GTK_WIDGET (self->fields), sealed);
  gtk_widget_set_sensitive (self->go, changes && !self->busy);
  if (!self->busy)
    kh_status_show (self->status, NULL);
}

static void
set_busy (KhKeyWindow *self, gboolean busy)
{
  self->busy = busy;
  gtk_widget_set_visible (GTK_WIDGET (self->spinner), busy);
  gtk_spinner_set_spinning (self->spinner, busy);
  update (self);
}

static char *
words_for_failure (const GError *error)
{
  g_auto (KhWords) words = kh_words_for_error (error, NULL);

  if (g_error_matches (error, KH_ENGINE_ERROR, KH_ENGINE_ERROR_KEYRING))
    return g_strdup (_ ("The keyring of this desktop did not take the key: there is none, or it is "
                        "locked or does not answer. The key is where it was. Unlock the keyring "
                        "and try again, or choose another place."));
  /* TRANSLATORS: what went wrong, as a heading and a sentence or two */
  return g_strdup_printf (C_ ("failure", "%s. %s"), words.title, words.body);
}

static void
on_moved (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (KhKeyWindow) self = user_data;
  g_autoptr (GError) error = NULL;
  gboolean ok = kh_engine_finish (KH_ENGINE (source), result, &error);

  set_busy (self, FALSE);
  if (ok)
    {
      g_signal_emit (self, signals[SIGNAL_MOVED], 0);
      gtk_window_destroy (GTK_WINDOW (self));
    }
  else
    {
      g_autofree char *text = words_for_failure (error);

      kh_status_show (self->status, text);
    }
}

static void
on_go (KhKeyWindow *self)
{
  if (!gtk_widget_get_sensitive (self->go))
    return;
  set_busy (self, TRUE);
  kh_status_show (self->status, _ ("Moving the key…"));
  kh_engine_move_key_async (self->engine, chosen (self), kh_passphrase_fields_get (self->fields),
                            NULL, on_moved, g_object_ref (self));
}

static void
kh_key_window_dispose (GObject *object)
{
  KhKeyWindow *self = KH_KEY_WINDOW (object);

  g_clear_object (&self->engine);
  G_OBJECT_CLASS (kh_key_window_parent_class)->dispose (object);
}

static void
kh_key_window_class_init (KhKeyWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = kh_key_window_dispose;

  signals[SIGNAL_MOVED] = g_signal_new ("moved", KH_TYPE_KEY_WINDOW, G_SIGNAL_RUN_LAST, 0, NULL,
                                        NULL, NULL, G_TYPE_NONE, 0);

  g_type_ensure (KH_TYPE_PASSPHRASE_FIELDS);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/knothole/Knothole/key-window.ui");
  gtk_widget_class_bind_template_child (widget_class, KhKeyWindow, places);
  gtk_widget_class_bind_template_child (widget_class, KhKeyWindow, keyring);
  gtk_widget_class_bind_template_child (widget_class, KhKeyWindow, sealed);
  gtk_widget_class_bind_template_child (widget_class, KhKeyWindow, plain);
  gtk_widget_class_bind_template_child (widget_class, KhKeyWindow, fields);
  gtk_widget_class_bind_template_child (widget_class, KhKeyWindow, status);
  gtk_widget_class_bind_template_child (widget_class, KhKeyWindow, spinner);
  gtk_widget_class_bind_template_child (widget_class, KhKeyWindow, go);
  gtk_widget_class_bind_template_callback (widget_class, update);
  gtk_widget_class_bind_template_callback (widget_class, on_go);
}

static void
kh_key_window_init (KhKeyWindow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  kh_accessible_prepare_buttons (GTK_WIDGET (self));
  kh_accessible_name_groups (GTK_WIDGET (self), _ ("Secret Key"));
}

KhKeyWindow *
kh_key_window_new (KhEngine *engine, GtkWindow *parent)
{
  KhKeyWindow *self = g_object_new (KH_TYPE_KEY_WINDOW, "transient-for", parent, NULL);
  GtkCheckButton *const buttons[] = {
    [KH_KEY_IN_FILE] = self->plain,
    [KH_KEY_UNDER_PASSPHRASE] = self->sealed,
    [KH_KEY_IN_KEYRING] = self->keyring,
  };
  KhKeyPlace place = kh_engine_get_key_place (engine);

  self->engine = g_object_ref (engine);
  gtk_check_button_set_active (buttons[place], TRUE);
  update (self);
  gtk_widget_grab_focus (GTK_WIDGET (buttons[place]));
  return self;
}

void
kh_key_window_tell_restored (KhKeyWindow *self)
{
  adw_preferences_group_set_description (
      self->places, _ ("Your identity is back. Its secret key is in a file without a passphrase "
                       "for now: choose where it is to be kept."));
  gtk_check_button_set_active (self->keyring, TRUE);
  gtk_widget_grab_focus (GTK_WIDGET (self->keyring));
}
