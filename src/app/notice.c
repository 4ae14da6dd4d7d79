/* notice.c: what happened, why, and what to do, in the place where the user is looking
 *
 * See notice.h. AdwBanner would need libadwaita 1.3, and has room for one line and one button.
 */
#include "app/notice.h"

#include "app/accessible.h"
#include "app/button-box.h"
#include "app/low-scroller.h"

enum
{
  SIGNAL_PRIMARY,
  SIGNAL_SECONDARY,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

struct _KhNotice
{
  GtkWidget parent_instance;

  /* template, once there was something to tell */
  GtkRevealer *revealer; /* (nullable) */
  GtkWidget *box;
  GtkImage *icon;
  GtkLabel *title;
  GtkLabel *body;
  GtkWidget *buttons;
  GtkButton *primary;
  GtkButton *secondary;
};

G_DEFINE_FINAL_TYPE (KhNotice, kh_notice, GTK_TYPE_WIDGET)

static void
on_primary_clicked (KhNotice *self)
{
  g_signal_emit (self, signals[SIGNAL_PRIMARY], 0);
}

static void
on_secondary_clicked (KhNotice *self)
{
  g_signal_emit (self, signals[SIGNAL_SECONDARY], 0);
}

static void
kh_notice_dispose (GObject *object)
{
  GtkWidget *child = gtk_widget_get_first_child (GTK_WIDGET (object));

  if (child != NULL)
    gtk_widget_unparent (child);
  G_OBJECT_CLASS (kh_notice_parent_class)->dispose (object);
}

static void
kh_notice_class_init (KhNoticeClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = kh_notice_dispose;
  g_type_ensure (KH_TYPE_BUTTON_BOX);
  g_type_ensure (KH_TYPE_LOW_SCROLLER);

  signals[SIGNAL_PRIMARY] = g_signal_new ("primary", KH_TYPE_NOTICE, G_SIGNAL_RUN_LAST, 0, NULL,
                                          NULL, NULL, G_TYPE_NONE, 0);
  signals[SIGNAL_SECONDARY] = g_signal_new ("secondary", KH_TYPE_NOTICE, G_SIGNAL_RUN_LAST, 0, NULL,
                                            NULL, NULL, G_TYPE_NONE, 0);

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/knothole/Knothole/notice.ui");
  gtk_widget_class_bind_template_child (widget_class, KhNotice, revealer);
  gtk_widget_class_bind_template_child (widget_class, KhNotice, box);
  gtk_widget_class_bind_template_child (widget_class, KhNotice, icon);
  gtk_widget_class_bind_template_child (widget_class, KhNotice, title);
  gtk_widget_class_bind_template_child (widget_class, KhNotice, body);
  gtk_widget_class_bind_template_child (widget_class, KhNotice, buttons);
  gtk_widget_class_bind_template_child (widget_class, KhNotice, primary);
  gtk_widget_class_bind_template_child (widget_class, KhNotice, secondary);
  gtk_widget_class_bind_template_callback (widget_class, on_primary_clicked);
  gtk_widget_class_bind_template_callback (widget_class, on_secondary_clicked);
}

static void
kh_notice_init (KhNotice *self)
{
}

/* Most windows never have anything to tell. */
static void
ensure_template (KhNotice *self)
{
  if (self->revealer == NULL)
    gtk_widget_init_template (GTK_WIDGET (self));
}

static void
set_button (GtkButton *button, const char *label)
{
  gtk_widget_set_visible (GTK_WIDGET (button), label != NULL);
  if (label == NULL)
    return;
  gtk_button_set_label (button, label);
  gtk_button_set_use_underline (button, TRUE);
  kh_accessible_prepare_buttons (GTK_WIDGET (button));
}

static void
set_kind (KhNotice *self, KhNoticeKind kind)
{
  static const char *const icons[] = {
    [KH_NOTICE_INFO] = "dialog-information-symbolic",
    [KH_NOTICE_WARNING] = "dialog-warning-symbolic",
    [KH_NOTICE_DANGER] = "security-low-symbolic",
  };
  static const char *const classes[] = {
    [KH_NOTICE_INFO] = "notice-info",
    [KH_NOTICE_WARNING] = "notice-warning",
    [KH_NOTICE_DANGER] = "notice-danger",
  };

  for (guint i = 0; i < G_N_ELEMENTS (classes); i++)
    gtk_widget_remove_css_class (self->box, classes[i]);
  gtk_widget_add_css_class (self->box, classes[kind]);
  gtk_image_set_from_icon_name (self->icon, icons[kind]);
}

void
kh_notice_show (KhNotice *self,
                KhNoticeKind kind,
                const char *title,
                const char *body,
                const char *primary,
                const char *secondary)
{
  ensure_template (self);
  set_kind (self, kind);
  gtk_label_set_label (self->title, title);
  gtk_label_set_label (self->body, body);
  set_button (self->primary, primary);
  set_button (self->secondary, secondary);
  gtk_widget_set_visible (self->buttons, primary != NULL || secondary != NULL);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->box), GTK_ACCESSIBLE_PROPERTY_LABEL, title,
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, body, -1);
  gtk_widget_set_visible (GTK_WIDGET (self->revealer), TRUE);
  gtk_revealer_set_reveal_child (self->revealer, TRUE);
}

void
kh_notice_hide (KhNotice *self)
{
  if (self->revealer == NULL)
    return;
  gtk_revealer_set_reveal_child (self->revealer, FALSE);
  gtk_widget_set_visible (GTK_WIDGET (self->revealer), FALSE);
}

gboolean
kh_notice_is_shown (KhNotice *self)
{
  return self->revealer != NULL && gtk_revealer_get_reveal_child (self->revealer);
}
