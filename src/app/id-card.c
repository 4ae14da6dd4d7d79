/* id-card.c: the user's own peer ID, to be read out or copied
 *
 * See id-card.h. Shown where there are no chats yet, and in the popover of the header bar.
 */
#include "app/id-card.h"

#include <adwaita.h>
#include <glib/gi18n.h>

#include "app/invite-window.h"

/* How long a button says "Copied": long enough to be read. */
#define COPIED_MS 2000

struct _KhIdCard
{
  GtkWidget parent_instance;

  /* template */
  GtkWidget *box;
  GtkLabel *peer_id;
  GtkWidget *copy_id;
  AdwButtonContent *copy_id_content;
  GtkWidget *copy_invite;
  AdwButtonContent *copy_invite_content;
  GtkWidget *share;

  /* owned */
  GSignalGroup *engine_signals;
  guint reset_source;
};

G_DEFINE_FINAL_TYPE (KhIdCard, kh_id_card, GTK_TYPE_WIDGET)

static void
reset_labels (KhIdCard *self)
{
  g_clear_handle_id (&self->reset_source, g_source_remove);
  adw_button_content_set_label (self->copy_id_content, _ ("_Copy Peer ID"));
  adw_button_content_set_label (self->copy_invite_content, _ ("Copy _Invite Link"));
}

static gboolean
on_reset (gpointer user_data)
{
  KhIdCard *self = user_data;

  self->reset_source = 0;
  reset_labels (self);
  return G_SOURCE_REMOVE;
}

static void
copy (KhIdCard *self, const char *text, AdwButtonContent *content)
{
  if (text == NULL)
    return;
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)), text);
  reset_labels (self);
  adw_button_content_set_label (content, _ ("Copied"));
  self->reset_source = g_timeout_add (COPIED_MS, on_reset, self);
}

static void
on_copy_id_clicked (KhIdCard *self)
{
  g_autoptr (KhEngine) engine = g_signal_group_dup_target (self->engine_signals);

  copy (self, kh_engine_get_peer_id (engine), self->copy_id_content);
}

static void
on_copy_invite_clicked (KhIdCard *self)
{
  g_autoptr (KhEngine) engine = g_signal_group_dup_target (self->engine_signals);

  copy (self, kh_engine_get_invite_link (engine), self->copy_invite_content);
}

static void
on_share_clicked (KhIdCard *self)
{
  g_autoptr (KhEngine) engine = g_signal_group_dup_target (self->engine_signals);
  GtkWidget *popover = gtk_widget_get_ancestor (GTK_WIDGET (self), GTK_TYPE_POPOVER);

  if (popover != NULL)
    gtk_popover_popdown (GTK_POPOVER (popover));
  kh_invite_window_present (engine, GTK_WIDGET (self));
}

static void
update (KhIdCard *self)
{
  g_autoptr (KhEngine) engine = g_signal_group_dup_target (self->engine_signals);
  const char *peer_id = engine != NULL ? kh_engine_get_peer_id (engine) : NULL;

  gtk_label_set_label (self->peer_id, peer_id != NULL ? peer_id : "");
  gtk_widget_set_sensitive (self->copy_id, peer_id != NULL);
  gtk_widget_set_sensitive (self->copy_invite,
                            engine != NULL && kh_engine_get_invite_link (engine) != NULL);
  gtk_widget_set_sensitive (self->share,
                            engine != NULL && kh_engine_get_invite_link (engine) != NULL);
}

static void
kh_id_card_dispose (GObject *object)
{
  KhIdCard *self = KH_ID_CARD (object);

  g_clear_handle_id (&self->reset_source, g_source_remove);
  if (self->engine_signals != NULL)
    g_signal_group_set_target (self->engine_signals, NULL);
  g_clear_object (&self->engine_signals);
  g_clear_pointer (&self->box, gtk_widget_unparent);
  G_OBJECT_CLASS (kh_id_card_parent_class)->dispose (object);
}

static void
kh_id_card_class_init (KhIdCardClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = kh_id_card_dispose;

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/knothole/Knothole/id-card.ui");
  gtk_widget_class_bind_template_child (widget_class, KhIdCard, box);
  gtk_widget_class_bind_template_child (widget_class, KhIdCard, peer_id);
  gtk_widget_class_bind_template_child (widget_class, KhIdCard, copy_id);
  gtk_widget_class_bind_template_child (widget_class, KhIdCard, copy_id_content);
  gtk_widget_class_bind_template_child (widget_class, KhIdCard, copy_invite);
  gtk_widget_class_bind_template_child (widget_class, KhIdCard, copy_invite_content);
  gtk_widget_class_bind_template_child (widget_class, KhIdCard, share);
  gtk_widget_class_bind_template_callback (widget_class, on_copy_id_clicked);
  gtk_widget_class_bind_template_callback (widget_class, on_copy_invite_clicked);
  gtk_widget_class_bind_template_callback (widget_class, on_share_clicked);
}

static void
kh_id_card_init (KhIdCard *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->engine_signals = g_signal_group_new (KH_TYPE_ENGINE);
  g_signal_group_connect_swapped (self->engine_signals, "notify::peer-id", G_CALLBACK (update),
                                  self);
  g_signal_group_connect_swapped (self->engine_signals, "notify::invite-link", G_CALLBACK (update),
                                  self);
}

void
kh_id_card_set_engine (KhIdCard *self, KhEngine *engine)
{
  g_signal_group_set_target (self->engine_signals, engine);
  update (self);
}
