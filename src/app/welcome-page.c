/* welcome-page.c: what to do where no chat is open
 *
 * See welcome-page.h. Somebody without a chat needs their own ID first, so it is shown at once;
 * later it is one button away, in the header.
 */
#include "app/welcome-page.h"

#include "app/accessible.h"
#include "app/id-card.h"
#include "app/starting.h"

struct _KhWelcomePage
{
  GtkWidget parent_instance;

  /* template */
  GtkBox *box;
  GtkWidget *picture;
  GtkWidget *choose;

  GtkWidget *card; /* (nullable): of @box, once there were no chats */

  /* owned */
  KhEngine *engine;
};

G_DEFINE_FINAL_TYPE (KhWelcomePage, kh_welcome_page, GTK_TYPE_WIDGET)

static void
on_conversations_changed (KhWelcomePage *self)
{
  GListModel *conversations = kh_engine_get_conversations (self->engine);
  gboolean has_chats = g_list_model_get_n_items (conversations) > 0;

  if (!has_chats && self->card == NULL)
    {
      self->card = g_object_new (KH_TYPE_ID_CARD, NULL);
      kh_id_card_set_engine (KH_ID_CARD (self->card), self->engine);
      gtk_box_insert_child_after (self->box, self->card, self->picture);
      kh_accessible_prepare_buttons (self->card);
    }
  if (self->card != NULL)
    gtk_widget_set_visible (self->card, !has_chats);
  gtk_widget_set_visible (self->choose, has_chats);
}

static void
kh_welcome_page_dispose (GObject *object)
{
  KhWelcomePage *self = KH_WELCOME_PAGE (object);

  if (self->box != NULL)
    gtk_widget_unparent (GTK_WIDGET (g_steal_pointer (&self->box)));
  g_clear_object (&self->engine);
  G_OBJECT_CLASS (kh_welcome_page_parent_class)->dispose (object);
}

static void
kh_welcome_page_class_init (KhWelcomePageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = kh_welcome_page_dispose;

  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/knothole/Knothole/welcome-page.ui");
  gtk_widget_class_bind_template_child (widget_class, KhWelcomePage, box);
  gtk_widget_class_bind_template_child (widget_class, KhWelcomePage, picture);
  gtk_widget_class_bind_template_child (widget_class, KhWelcomePage, choose);
}

static void
kh_welcome_page_init (KhWelcomePage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
kh_welcome_page_new (KhEngine *engine)
{
  KhWelcomePage *self = g_object_new (KH_TYPE_WELCOME_PAGE, NULL);

  self->engine = g_object_ref (engine);
  gtk_image_set_from_resource (GTK_IMAGE (self->picture),
                               kh_starting_get_picture (GTK_WIDGET (self)));
  g_signal_connect_object (kh_engine_get_conversations (engine), "items-changed",
                           G_CALLBACK (on_conversations_changed), self, G_CONNECT_SWAPPED);
  on_conversations_changed (self);
  kh_accessible_prepare_buttons (GTK_WIDGET (self));
  return GTK_WIDGET (self);
}
