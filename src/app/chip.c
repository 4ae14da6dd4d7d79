/* chip.c: how we are connected to the other side, in two words
 *
 * See chip.h. It follows the contact's presence, route and round trip, and the link to the server
 * where the contact waits for that.
 */
#include "app/chip.h"

#include "app/accessible.h"
#include "app/words.h"

struct _KhChip
{
  GtkWidget parent_instance;

  /* template */
  GtkWidget *button;
  GtkImage *icon;
  GtkLabel *label;
  GtkLabel *short_label;
  GtkLabel *details;

  /* owned */
  GSignalGroup *engine_signals;
  GSignalGroup *conversation_signals;
};

G_DEFINE_FINAL_TYPE (KhChip, kh_chip, GTK_TYPE_WIDGET)

static const char *
icon_for (KhConversation *conversation)
{
  if (kh_conversation_get_presence (conversation) != KH_PRESENCE_CONNECTED)
    return "knothole-dot-symbolic";
  if (kh_conversation_get_route (conversation) == KH_ROUTE_RELAY)
    return "knothole-relay-symbolic";
  return "knothole-direct-symbolic";
}

static const char *
class_for (KhConversation *conversation)
{
  switch (kh_conversation_get_presence (conversation))
    {
    case KH_PRESENCE_CONNECTED:
      return "connected";
    case KH_PRESENCE_NO_PATH:
    case KH_PRESENCE_WRONG_KEY:
      return "failed";
    case KH_PRESENCE_IDLE:
    case KH_PRESENCE_NO_SERVER:
    case KH_PRESENCE_LOOKUP:
    case KH_PRESENCE_KNOCKING:
    case KH_PRESENCE_UNANSWERED:
    case KH_PRESENCE_OFFLINE:
    case KH_PRESENCE_PUNCHING:
    default:
      return "waiting";
    }
}

/* What it says is in the popover, over which it would lie. */
static void
update_tooltip (KhChip *self)
{
  GtkPopover *popover = gtk_menu_button_get_popover (GTK_MENU_BUTTON (self->button));

  gtk_widget_set_has_tooltip (self->button, !gtk_widget_get_visible (GTK_WIDGET (popover)));
}

static void
update (KhChip *self)
{
  g_autoptr (KhEngine) engine = g_signal_group_dup_target (self->engine_signals);
  g_autoptr (KhConversation) conversation = g_signal_group_dup_target (self->conversation_signals);
  g_autofree char *text = NULL;
  g_autofree char *details = NULL;
  KhServerLink *server;

  gtk_widget_set_visible (GTK_WIDGET (self), engine != NULL && conversation != NULL);
  if (engine == NULL || conversation == NULL)
    return;

  server = kh_conversation_get_server_link (conversation);
  text = kh_words_chip (conversation, kh_server_link_get_link (server),
                        kh_server_link_get_problem (server));
  details = kh_words_connection (conversation, kh_server_link_get_link (server),
                                 kh_server_link_get_problem (server));
  gtk_label_set_label (self->label, text);
  gtk_label_set_label (self->short_label, kh_words_chip_short (conversation));
  gtk_label_set_label (self->details, details);
  gtk_widget_set_tooltip_text (self->button, details);
  update_tooltip (self);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->button), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  text, GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, details, -1);
  gtk_image_set_from_icon_name (self->icon, icon_for (conversation));
  gtk_widget_set_css_classes (GTK_WIDGET (self),
                              (const char *[]){ class_for (conversation), NULL });
}

/* The window is modal: it must not come up below the popover. */
static void
on_more (KhChip *self)
{
  gtk_menu_button_popdown (GTK_MENU_BUTTON (self->button));
  gtk_widget_activate_action (GTK_WIDGET (self), "chat.connection", NULL);
}

static void
kh_chip_dispose (GObject *object)
{
  KhChip *self = KH_CHIP (object);

  if (self->engine_signals != NULL)
    g_signal_group_set_target (self->engine_signals, NULL);
  g_clear_object (&self->engine_signals);
  if (self->conversation_signals != NULL)
    g_signal_group_set_target (self->conversation_signals, NULL);
  g_clear_object (&self->conversation_signals);
  g_clear_pointer (&self->button, gtk_widget_unparent);
  G_OBJECT_CLASS (kh_chip_parent_class)->dispose (object);
}

static void
kh_chip_class_init (KhChipClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = kh_chip_dispose;

  gtk_widget_class_set_css_name (widget_class, "kh-chip");
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/knothole/Knothole/chip.ui");
  gtk_widget_class_bind_template_child (widget_class, KhChip, button);
  gtk_widget_class_bind_template_child (widget_class, KhChip, icon);
  gtk_widget_class_bind_template_child (widget_class, KhChip, label);
  gtk_widget_class_bind_template_child (widget_class, KhChip, short_label);
  gtk_widget_class_bind_template_child (widget_class, KhChip, details);
  gtk_widget_class_bind_template_callback (widget_class, on_more);
}

static void
kh_chip_init (KhChip *self)
{
  static const char *const watched[] = {
    "notify::presence",       "notify::route", "notify::rtt",    "notify::local-address",
    "notify::remote-address", "notify::name",  "notify::blocked"
  };

  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect_object (gtk_menu_button_get_popover (GTK_MENU_BUTTON (self->button)),
                           "notify::visible", G_CALLBACK (update_tooltip), self, G_CONNECT_SWAPPED);
  /* As the first that is focused it would be selected from end to end. */
  gtk_widget_set_focusable (GTK_WIDGET (self->details), FALSE);
  kh_accessible_prepare_buttons (
      GTK_WIDGET (gtk_menu_button_get_popover (GTK_MENU_BUTTON (self->button))));
  self->engine_signals = g_signal_group_new (KH_TYPE_ENGINE);
  g_signal_group_connect_swapped (self->engine_signals, "server-changed", G_CALLBACK (update),
                                  self);
  self->conversation_signals = g_signal_group_new (KH_TYPE_CONVERSATION);
  for (guint i = 0; i < G_N_ELEMENTS (watched); i++)
    g_signal_group_connect_swapped (self->conversation_signals, watched[i], G_CALLBACK (update),
                                    self);
}

void
kh_chip_set_engine (KhChip *self, KhEngine *engine)
{
  g_signal_group_set_target (self->engine_signals, engine);
  update (self);
}

void
kh_chip_set_conversation (KhChip *self, KhConversation *conversation)
{
  g_signal_group_set_target (self->conversation_signals, conversation);
  update (self);
}
