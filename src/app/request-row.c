/* request-row.c: somebody who is no contact asks to talk
 *
 * See request-row.h. The name is their claim and is marked as such (PROTOCOL.md, "Introductions").
 */
#include "app/request-row.h"

#include <adwaita.h>
#include <glib/gi18n.h>

#include "app/accessible.h"
#include "app/button-box.h"
#include "app/words.h"

enum
{
  SIGNAL_ANSWERED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

struct _KhRequestRow
{
  GtkListBoxRow parent_instance;

  /* template */
  AdwAvatar *avatar;
  GtkLabel *question;
  GtkLabel *peer_id;
  GtkWidget *accept;
  GtkWidget *decline;
  GtkWidget *block;

  /* owned */
  KhKnock *knock;
};

G_DEFINE_FINAL_TYPE (KhRequestRow, kh_request_row, GTK_TYPE_LIST_BOX_ROW)

static void
on_accept (KhRequestRow *self)
{
  g_signal_emit (self, signals[SIGNAL_ANSWERED], 0, self->knock, KH_KNOCK_ACCEPT);
}

static void
on_decline (KhRequestRow *self)
{
  g_signal_emit (self, signals[SIGNAL_ANSWERED], 0, self->knock, KH_KNOCK_DECLINE);
}

static void
on_block (KhRequestRow *self)
{
  g_signal_emit (self, signals[SIGNAL_ANSWERED], 0, self->knock, KH_KNOCK_BLOCK);
}

static void
kh_request_row_dispose (GObject *object)
{
  KhRequestRow *self = KH_REQUEST_ROW (object);

  g_clear_object (&self->knock);
  G_OBJECT_CLASS (kh_request_row_parent_class)->dispose (object);
}

static void
kh_request_row_class_init (KhRequestRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = kh_request_row_dispose;
  g_type_ensure (KH_TYPE_BUTTON_BOX);

  signals[SIGNAL_ANSWERED] =
      g_signal_new ("answered", KH_TYPE_REQUEST_ROW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                    G_TYPE_NONE, 2, KH_TYPE_KNOCK, G_TYPE_INT);

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/knothole/Knothole/request-row.ui");
  gtk_widget_class_bind_template_child (widget_class, KhRequestRow, avatar);
  gtk_widget_class_bind_template_child (widget_class, KhRequestRow, question);
  gtk_widget_class_bind_template_child (widget_class, KhRequestRow, peer_id);
  gtk_widget_class_bind_template_child (widget_class, KhRequestRow, accept);
  gtk_widget_class_bind_template_child (widget_class, KhRequestRow, decline);
  gtk_widget_class_bind_template_child (widget_class, KhRequestRow, block);
  gtk_widget_class_bind_template_callback (widget_class, on_accept);
  gtk_widget_class_bind_template_callback (widget_class, on_decline);
  gtk_widget_class_bind_template_callback (widget_class, on_block);
}

static void
kh_request_row_init (KhRequestRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  kh_accessible_prepare_buttons (GTK_WIDGET (self));
}

/* Of several requests, "Accept" alone would not say whom. */
static void
name_button (GtkWidget *button, const char *format, const char *name)
{
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  g_autofree char *label = g_strdup_printf (format, name);
#pragma GCC diagnostic pop

  gtk_accessible_reset_relation (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_RELATION_LABELLED_BY);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, label,
                                  -1);
}

KhRequestRow *
kh_request_row_new (KhKnock *knock)
{
  KhRequestRow *self = g_object_new (KH_TYPE_REQUEST_ROW, NULL);
  g_autofree char *question = kh_words_knock (knock);
  const char *name = kh_knock_get_name (knock);

  if (*name == '\0')
    name = kh_knock_get_peer_id (knock);
  self->knock = g_object_ref (knock);
  adw_avatar_set_text (self->avatar, name);
  gtk_label_set_text (self->question, question);
  gtk_label_set_text (self->peer_id, kh_knock_get_peer_id (knock));
  name_button (self->accept, _ ("Accept %s"), name);
  name_button (self->decline, _ ("Decline %s"), name);
  name_button (self->block, _ ("Block %s"), name);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, question,
                                  -1);
  return self;
}
