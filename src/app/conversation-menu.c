/* conversation-menu.c: the menu of a row in the list of chats
 *
 * See conversation-menu.h. The popover belongs to the row that it is about, and goes when it is
 * closed.
 */
#include "app/conversation-menu.h"

#include "app/accessible.h"
#include "app/conversation-actions.h"
#include "app/conversation-row.h"

static gboolean
on_unparent (gpointer user_data)
{
  gtk_widget_unparent (GTK_WIDGET (user_data));
  return G_SOURCE_REMOVE;
}

/* Later: the action that was chosen is activated after the menu has closed. */
static void
on_closed (GtkWidget *popover)
{
  g_idle_add_full (G_PRIORITY_DEFAULT_IDLE, on_unparent, g_object_ref (popover), g_object_unref);
}

static void
popup (KhEngine *engine, KhConversationRow *row, const GdkRectangle *at)
{
  KhConversation *conversation = kh_conversation_row_get_conversation (row);
  GtkWidget *list = gtk_widget_get_ancestor (GTK_WIDGET (row), GTK_TYPE_LIST_VIEW);
  g_autoptr (GMenuModel) menu = kh_conversation_actions_menu_new ();
  g_autoptr (GSimpleActionGroup) actions = kh_conversation_actions_new (engine, conversation, list);
  GtkWidget *popover = gtk_popover_menu_new_from_model (menu);

  gtk_widget_insert_action_group (popover, "chat", G_ACTION_GROUP (actions));
  gtk_popover_set_has_arrow (GTK_POPOVER (popover), FALSE);
  gtk_widget_set_halign (popover, GTK_ALIGN_START);
  gtk_widget_set_parent (popover, GTK_WIDGET (row));
  gtk_popover_set_pointing_to (GTK_POPOVER (popover), at);
  kh_accessible_name_menu (GTK_POPOVER (popover));
  g_signal_connect (popover, "closed", G_CALLBACK (on_closed), NULL);
  gtk_popover_popup (GTK_POPOVER (popover));
}

/* (nullable): of a list item, or of what is in it. */
static KhConversationRow *
find_row (GtkWidget *widget)
{
  GtkWidget *row =
      widget != NULL ? gtk_widget_get_ancestor (widget, KH_TYPE_CONVERSATION_ROW) : NULL;

  if (row == NULL && widget != NULL)
    row = gtk_widget_get_first_child (widget);
  return row != NULL && KH_IS_CONVERSATION_ROW (row) ? KH_CONVERSATION_ROW (row) : NULL;
}

static void
popup_at (GtkGesture *gesture, double x, double y, KhEngine *engine)
{
  GtkWidget *list = gtk_event_controller_get_widget (GTK_EVENT_CONTROLLER (gesture));
  KhConversationRow *row = find_row (gtk_widget_pick (list, x, y, GTK_PICK_DEFAULT));
  double row_x, row_y;

  if (row == NULL ||
      !gtk_widget_translate_coordinates (list, GTK_WIDGET (row), x, y, &row_x, &row_y))
    return;
  gtk_gesture_set_state (gesture, GTK_EVENT_SEQUENCE_CLAIMED);
  popup (engine, row, &(GdkRectangle){ (int) row_x, (int) row_y, 1, 1 });
}

static void
on_pressed (GtkGesture *gesture, int n_press, double x, double y, KhEngine *engine)
{
  popup_at (gesture, x, y, engine);
}

static gboolean
on_menu_key (GtkWidget *list, GVariant *arguments, gpointer user_data)
{
  GtkWidget *focus = gtk_root_get_focus (gtk_widget_get_root (list));
  KhConversationRow *row = find_row (focus);

  if (row == NULL)
    return GDK_EVENT_PROPAGATE;
  popup (KH_ENGINE (user_data), row,
         &(GdkRectangle){ gtk_widget_get_width (focus) / 2, gtk_widget_get_height (focus) / 2, 1,
                          1 });
  return GDK_EVENT_STOP;
}

void
kh_conversation_menu_attach (GtkWidget *list, KhEngine *engine)
{
  GtkGesture *click = gtk_gesture_click_new ();
  GtkGesture *press = gtk_gesture_long_press_new ();
  GtkEventController *keys = gtk_shortcut_controller_new ();

  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (click), GDK_BUTTON_SECONDARY);
  g_signal_connect_object (click, "pressed", G_CALLBACK (on_pressed), engine, 0);
  gtk_widget_add_controller (list, GTK_EVENT_CONTROLLER (click));
  gtk_gesture_single_set_touch_only (GTK_GESTURE_SINGLE (press), TRUE);
  g_signal_connect_object (press, "pressed", G_CALLBACK (popup_at), engine, 0);
  gtk_widget_add_controller (list, GTK_EVENT_CONTROLLER (press));
  gtk_shortcut_controller_add_shortcut (
      GTK_SHORTCUT_CONTROLLER (keys),
      gtk_shortcut_new (gtk_shortcut_trigger_parse_string ("<Shift>F10|Menu"),
                        gtk_callback_action_new (on_menu_key, g_object_ref (engine),
                                                 g_object_unref)));
  gtk_widget_add_controller (list, keys);
}
