/* passphrase-fields.c: a new passphrase, typed twice, and how strong it is
 *
 * See passphrase-fields.h. Nobody can read it back to the user, so a slip of the finger would lock
 * them out: hence twice.
 */
#include "app/passphrase-fields.h"

#include <glib/gi18n.h>

#include "app/passphrase-strength.h"
#include "app/status.h"

enum
{
  SIGNAL_CHANGED,
  SIGNAL_ACTIVATE,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

struct _KhPassphraseFields
{
  AdwPreferencesGroup parent_instance;

  /* template */
  GtkEditable *first;
  GtkEditable *second;
  GtkLabel *strength;
};

G_DEFINE_FINAL_TYPE (KhPassphraseFields, kh_passphrase_fields, ADW_TYPE_PREFERENCES_GROUP)

static const char *
words_for (KhStrength strength)
{
  switch (strength)
    {
    case KH_STRENGTH_NONE:
      return _ ("Four or more words that have nothing to do with each other are easy to keep in "
                "mind and hard to guess.");
    case KH_STRENGTH_WEAK:
      return _ ("Weak: a computer guesses this soon. Make it longer.");
    case KH_STRENGTH_FAIR:
      return _ ("Fair: one more word makes it much harder to guess.");
    case KH_STRENGTH_GOOD:
      return _ ("Strong, if it is not a saying or the line of a song.");
    }
  return "";
}

static void
on_changed (KhPassphraseFields *self)
{
  const char *first = gtk_editable_get_text (self->first);
  const char *second = gtk_editable_get_text (self->second);
  gboolean differ = *second != '\0' && !g_str_equal (first, second);
  GtkWidget *widget = GTK_WIDGET (self->second);

  if (differ)
    gtk_widget_add_css_class (widget, "error");
  else
    gtk_widget_remove_css_class (widget, "error");
  kh_status_show (self->strength, differ ? _ ("The two are not the same yet.")
                                         : words_for (kh_passphrase_strength (first)));
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

static void
on_activated (KhPassphraseFields *self)
{
  g_signal_emit (self, signals[SIGNAL_ACTIVATE], 0);
}

static void
kh_passphrase_fields_class_init (KhPassphraseFieldsClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  signals[SIGNAL_CHANGED] = g_signal_new ("changed", KH_TYPE_PASSPHRASE_FIELDS, G_SIGNAL_RUN_LAST,
                                          0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[SIGNAL_ACTIVATE] = g_signal_new ("activate", KH_TYPE_PASSPHRASE_FIELDS, G_SIGNAL_RUN_LAST,
                                           0, NULL, NULL, NULL, G_TYPE_NONE, 0);

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/knothole/Knothole/passphrase-fields.ui");
  gtk_widget_class_bind_template_child (widget_class, KhPassphraseFields, first);
  gtk_widget_class_bind_template_child (widget_class, KhPassphraseFields, second);
  gtk_widget_class_bind_template_child (widget_class, KhPassphraseFields, strength);
  gtk_widget_class_bind_template_callback (widget_class, on_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_activated);
}

static void
kh_passphrase_fields_init (KhPassphraseFields *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  on_changed (self);
}

const char *
kh_passphrase_fields_get (KhPassphraseFields *self)
{
  const char *first = gtk_editable_get_text (self->first);

  return *first != '\0' && g_str_equal (first, gtk_editable_get_text (self->second)) ? first : NULL;
}

void
kh_passphrase_fields_clear (KhPassphraseFields *self)
{
  gtk_editable_set_text (self->first, "");
  gtk_editable_set_text (self->second, "");
}
