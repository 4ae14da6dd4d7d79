/* message-menu.c: what can be done with one message
 *
 * See message-menu.h. One menu serves all rows of a list: it is made when it is first asked for.
 * The pointer's second button is taken before the label, whose own menu knows of text only.
 */
#include "app/message-menu.h"

#include <glib/gi18n.h>

#include "app/message-row.h"

struct _KhMessageMenu
{
  GObject parent_instance;

  /* borrowed */
  GtkWidget *view;
  GtkWidget *list;

  /* owned */
  GtkWidget *popover; /* (nullable): child of @view */
  GSimpleActionGroup *actions;
  KhMessageRow *row; /* (nullable): what the menu is about */
};

G_DEFINE_FINAL_TYPE (KhMessageMenu, kh_message_menu, G_TYPE_OBJECT)

static void
action_copy (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  KhMessageMenu *self = user_data;
  g_autofree char *text = kh_message_row_dup_copy (self->row);

  gdk_clipboard_set_text (gtk_widget_get_clipboard (self->view), text);
}

static GMenuModel *
build_menu (void)
{
  GMenu *menu = g_menu_new ();

  g_menu_append (menu, _ ("_Copy Text"), "message.copy");
  return G_MENU_MODEL (menu);
}

static void
ensure_popover (KhMessageMenu *self)
{
  g_autoptr (GMenuModel) menu = NULL;

  if (self->popover != NULL)
    return;
  menu = build_menu ();
  self->popover = gtk_popover_menu_new_from_model (menu);
  gtk_popover_set_has_arrow (GTK_POPOVER (self->popover), FALSE);
  gtk_widget_set_halign (self->popover, GTK_ALIGN_START);
  gtk_widget_set_parent (self->popover, self->view);
}

/* (nullable): around @widget, or inside it where it is the list's item. */
static KhMessageRow *
find_row (GtkWidget *widget)
{
  GtkWidget *row = NULL;

  if (widget == NULL)
    return NULL;
  row = gtk_widget_get_ancestor (widget, KH_TYPE_MESSAGE_ROW);
  if (row == NULL)
    row = gtk_widget_get_first_child (widget);
  return row != NULL && KH_IS_MESSAGE_ROW (row) ? KH_MESSAGE_ROW (row) : NULL;
}

static void
popup (KhMessageMenu *self, KhMessageRow *row, const GdkRectangle *at)
{
  if (kh_message_row_get_message (row) == NULL)
    return;
  ensure_popover (self);
  g_set_object (&self->row, row);
  gtk_popover_set_pointing_to (GTK_POPOVER (self->popover), at);
  gtk_popover_popup (GTK_POPOVER (self->popover));
}

static void
on_pressed (GtkGestureClick *gesture, int n_press, double x, double y, KhMessageMenu *self)
{
  KhMessageRow *row = find_row (gtk_widget_pick (self->list, x, y, GTK_PICK_DEFAULT));
  double view_x, view_y;

  if (row == NULL ||
      !gtk_widget_translate_coordinates (self->list, self->view, x, y, &view_x, &view_y))
    return;
  gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
  popup (self, row, &(GdkRectangle){ (int) view_x, (int) view_y, 1, 1 });
}

static gboolean
on_menu_key (GtkWidget *list, GVariant *arguments, gpointer user_data)
{
  KhMessageMenu *self = user_data;
  GtkRoot *root = gtk_widget_get_root (list);
  KhMessageRow *row = find_row (gtk_root_get_focus (root));
  GdkRectangle at;

  if (row == NULL || !kh_message_row_get_bubble_bounds (row, self->view, &at))
    return GDK_EVENT_PROPAGATE;
  popup (self, row, &at);
  return GDK_EVENT_STOP;
}

static void
kh_message_menu_dispose (GObject *object)
{
  KhMessageMenu *self = KH_MESSAGE_MENU (object);

  kh_message_menu_detach (self);
  g_clear_object (&self->actions);
  G_OBJECT_CLASS (kh_message_menu_parent_class)->dispose (object);
}

static void
kh_message_menu_class_init (KhMessageMenuClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = kh_message_menu_dispose;
}

static void
kh_message_menu_init (KhMessageMenu *self)
{
  static const GActionEntry entries[] = {
    { .name = "copy", .activate = action_copy },
  };

  self->actions = g_simple_action_group_new ();
  g_action_map_add_action_entries (G_ACTION_MAP (self->actions), entries, G_N_ELEMENTS (entries),
                                   self);
}

static void
add_keys (KhMessageMenu *self)
{
  GtkEventController *keys = gtk_shortcut_controller_new ();

  gtk_event_controller_set_propagation_phase (keys, GTK_PHASE_CAPTURE);
  gtk_shortcut_controller_add_shortcut (
      GTK_SHORTCUT_CONTROLLER (keys),
      gtk_shortcut_new (gtk_shortcut_trigger_parse_string ("<Shift>F10|Menu"),
                        gtk_callback_action_new (on_menu_key, self, NULL)));
  gtk_widget_add_controller (self->list, keys);
}

KhMessageMenu *
kh_message_menu_new (GtkWidget *view, GtkWidget *list)
{
  KhMessageMenu *self = g_object_new (KH_TYPE_MESSAGE_MENU, NULL);
  GtkGesture *click = gtk_gesture_click_new ();

  self->view = view;
  self->list = list;
  gtk_widget_insert_action_group (view, "message", G_ACTION_GROUP (self->actions));
  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (click), GDK_BUTTON_SECONDARY);
  gtk_event_controller_set_propagation_phase (GTK_EVENT_CONTROLLER (click), GTK_PHASE_CAPTURE);
  g_signal_connect_object (click, "pressed", G_CALLBACK (on_pressed), self, 0);
  gtk_widget_add_controller (list, GTK_EVENT_CONTROLLER (click));
  add_keys (self);
  return self;
}

void
kh_message_menu_detach (KhMessageMenu *self)
{
  g_clear_pointer (&self->popover, gtk_widget_unparent);
  g_clear_object (&self->row);
}
