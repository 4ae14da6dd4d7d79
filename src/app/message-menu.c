/* message-menu.c: what can be done with one message
 *
 * See message-menu.h. The popover is made for the message that it is about. The pointer's second
 * button is taken before the label, whose own menu knows of text only.
 */
#include "app/message-menu.h"

#include <adwaita.h>
#include <glib/gi18n.h>

#include "app/accessible.h"
#include "app/message-row.h"
#include "app/question.h"

enum
{
  SIGNAL_REPLY,
  SIGNAL_EDIT,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

struct _KhMessageMenu
{
  GObject parent_instance;

  /* borrowed */
  GtkWidget *view;
  GtkWidget *list;

  /* owned */
  KhEngine *engine;
  GSimpleActionGroup *actions;
  GtkWidget *popover;     /* (nullable): child of @view */
  KhChatMessage *message; /* (nullable): what the menu is about */
  char *copy;             /* what was selected of it, or all */
};

G_DEFINE_FINAL_TYPE (KhMessageMenu, kh_message_menu, G_TYPE_OBJECT)

static gboolean
has_own_reaction (KhChatMessage *message, const char *emoji)
{
  return g_strv_contains (kh_chat_message_get_own_reactions (message), emoji);
}

/* actions */

static void
action_copy (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  KhMessageMenu *self = user_data;

  gdk_clipboard_set_text (gtk_widget_get_clipboard (self->view), self->copy);
}

static void
action_reply (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  KhMessageMenu *self = user_data;

  g_signal_emit (self, signals[SIGNAL_REPLY], 0, self->message);
}

static void
action_edit (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  KhMessageMenu *self = user_data;

  g_signal_emit (self, signals[SIGNAL_EDIT], 0, self->message);
}

static void
action_react (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  KhMessageMenu *self = user_data;
  const char *emoji = g_variant_get_string (parameter, NULL);

  kh_engine_react_async (self->engine, self->message, emoji,
                         !has_own_reaction (self->message, emoji), NULL, NULL, NULL);
}

static void
action_take_back (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  KhMessageMenu *self = user_data;

  kh_engine_delete_async (self->engine, self->message, KH_DELETE_FOR_BOTH, NULL, NULL, NULL);
}

static void
on_delete_response (AdwMessageDialog *dialog, const char *response, KhMessageMenu *self)
{
  KhChatMessage *message = g_object_get_data (G_OBJECT (dialog), "message");

  if (g_str_equal (response, "here"))
    kh_engine_delete_async (self->engine, message, KH_DELETE_HERE, NULL, NULL, NULL);
  else if (g_str_equal (response, "both"))
    kh_engine_delete_async (self->engine, message, KH_DELETE_FOR_BOTH, NULL, NULL, NULL);
}

static void
action_delete (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  KhMessageMenu *self = user_data;
  gboolean own = kh_chat_message_get_outgoing (self->message);
  GtkWidget *dialog = kh_question_new (
      GTK_WINDOW (gtk_widget_get_root (self->view)), _ ("Delete this message?"),
      own ? _ ("It cannot be brought back. Deleted for both of you, it goes from their computer "
               "too, "
               "if their program does as it is asked.")
          : _ ("It is deleted from this computer for good. Their copy stays with them."));

  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "cancel", _ ("_Cancel"), "here",
                                    own ? _ ("Delete _Here") : _ ("_Delete"), NULL);
  adw_message_dialog_set_response_appearance (ADW_MESSAGE_DIALOG (dialog), "here",
                                              ADW_RESPONSE_DESTRUCTIVE);
  if (own)
    {
      adw_message_dialog_add_response (ADW_MESSAGE_DIALOG (dialog), "both", _ ("Delete for _Both"));
      adw_message_dialog_set_response_appearance (ADW_MESSAGE_DIALOG (dialog), "both",
                                                  ADW_RESPONSE_DESTRUCTIVE);
    }
  adw_message_dialog_set_close_response (ADW_MESSAGE_DIALOG (dialog), "cancel");
  kh_accessible_prepare_buttons (dialog);
  g_object_set_data_full (G_OBJECT (dialog), "message", g_object_ref (self->message),
                          g_object_unref);
  g_signal_connect_object (dialog, "response", G_CALLBACK (on_delete_response), self, 0);
  gtk_window_present (GTK_WINDOW (dialog));
}

/* the menu */

static void
append_reaction (GMenu *menu, KhChatMessage *message, const char *emoji)
{
  g_autofree char *label = has_own_reaction (message, emoji)
                               ? g_strdup_printf (C_ ("reaction", "Take Back %s"), emoji)
                               : g_strdup (emoji);
  g_autoptr (GMenuItem) item = g_menu_item_new (label, NULL);

  g_menu_item_set_action_and_target (item, "message.react", "s", emoji);
  g_menu_append_item (menu, item);
}

static GMenuModel *
build_menu (KhChatMessage *message)
{
  static const char *const emoji[] = { "👍", "❤️", "😂", "😮", "😢", "🎉" };
  gboolean own = kh_chat_message_get_outgoing (message);
  gboolean pending = own && kh_chat_message_get_status (message) == KH_MESSAGE_STATUS_PENDING;
  GMenu *menu = g_menu_new ();
  g_autoptr (GMenu) reactions = g_menu_new ();

  if (!kh_chat_message_get_deleted (message))
    {
      for (guint i = 0; i < G_N_ELEMENTS (emoji); i++)
        append_reaction (reactions, message, emoji[i]);
      g_menu_append (menu, _ ("_Reply"), "message.reply");
      g_menu_append_submenu (menu, _ ("Reac_t"), G_MENU_MODEL (reactions));
      g_menu_append (menu, _ ("_Copy Text"), "message.copy");
      if (own)
        g_menu_append (menu, _ ("_Edit"), "message.edit");
    }
  if (pending)
    g_menu_append (menu, C_ ("message", "Take _Back"), "message.take-back");
  else
    g_menu_append (menu, _ ("_Delete…"), "message.delete");
  return G_MENU_MODEL (menu);
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
  KhChatMessage *message = kh_message_row_get_message (row);
  g_autoptr (GMenuModel) menu = NULL;

  if (message == NULL)
    return;
  g_set_object (&self->message, message);
  g_free (self->copy);
  self->copy = kh_message_row_dup_copy (row);

  menu = build_menu (message);
  g_clear_pointer (&self->popover, gtk_widget_unparent);
  self->popover = gtk_popover_menu_new_from_model (menu);
  kh_accessible_name_menu (GTK_POPOVER (self->popover));
  gtk_popover_set_has_arrow (GTK_POPOVER (self->popover), FALSE);
  gtk_widget_set_halign (self->popover, GTK_ALIGN_START);
  gtk_widget_set_parent (self->popover, self->view);
  gtk_popover_set_pointing_to (GTK_POPOVER (self->popover), at);
  gtk_popover_popup (GTK_POPOVER (self->popover));
}

static void
popup_at (GtkGesture *gesture, double x, double y, KhMessageMenu *self)
{
  KhMessageRow *row = find_row (gtk_widget_pick (self->list, x, y, GTK_PICK_DEFAULT));
  double view_x, view_y;

  if (row == NULL ||
      !gtk_widget_translate_coordinates (self->list, self->view, x, y, &view_x, &view_y))
    return;
  gtk_gesture_set_state (gesture, GTK_EVENT_SEQUENCE_CLAIMED);
  popup (self, row, &(GdkRectangle){ (int) view_x, (int) view_y, 1, 1 });
}

static void
on_pressed (GtkGesture *gesture, int n_press, double x, double y, KhMessageMenu *self)
{
  popup_at (gesture, x, y, self);
}

static gboolean
on_menu_key (GtkWidget *list, GVariant *arguments, gpointer user_data)
{
  KhMessageMenu *self = user_data;
  KhMessageRow *row = find_row (gtk_root_get_focus (gtk_widget_get_root (list)));
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
  g_clear_object (&self->engine);
  g_clear_pointer (&self->copy, g_free);
  G_OBJECT_CLASS (kh_message_menu_parent_class)->dispose (object);
}

static void
kh_message_menu_class_init (KhMessageMenuClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = kh_message_menu_dispose;

  signals[SIGNAL_REPLY] = g_signal_new ("reply", KH_TYPE_MESSAGE_MENU, G_SIGNAL_RUN_LAST, 0, NULL,
                                        NULL, NULL, G_TYPE_NONE, 1, KH_TYPE_CHAT_MESSAGE);
  signals[SIGNAL_EDIT] = g_signal_new ("edit", KH_TYPE_MESSAGE_MENU, G_SIGNAL_RUN_LAST, 0, NULL,
                                       NULL, NULL, G_TYPE_NONE, 1, KH_TYPE_CHAT_MESSAGE);
}

static void
kh_message_menu_init (KhMessageMenu *self)
{
  static const GActionEntry entries[] = {
    { .name = "copy", .activate = action_copy },
    { .name = "reply", .activate = action_reply },
    { .name = "edit", .activate = action_edit },
    { .name = "react", .activate = action_react, .parameter_type = "s" },
    { .name = "take-back", .activate = action_take_back },
    { .name = "delete", .activate = action_delete },
  };

  self->actions = g_simple_action_group_new ();
  g_action_map_add_action_entries (G_ACTION_MAP (self->actions), entries, G_N_ELEMENTS (entries),
                                   self);
}

static void
add_controllers (KhMessageMenu *self)
{
  GtkGesture *click = gtk_gesture_click_new ();
  GtkGesture *press = gtk_gesture_long_press_new ();
  GtkEventController *keys = gtk_shortcut_controller_new ();

  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (click), GDK_BUTTON_SECONDARY);
  gtk_event_controller_set_propagation_phase (GTK_EVENT_CONTROLLER (click), GTK_PHASE_CAPTURE);
  g_signal_connect_object (click, "pressed", G_CALLBACK (on_pressed), self, 0);
  gtk_widget_add_controller (self->list, GTK_EVENT_CONTROLLER (click));
  gtk_gesture_single_set_touch_only (GTK_GESTURE_SINGLE (press), TRUE);
  g_signal_connect_object (press, "pressed", G_CALLBACK (popup_at), self, 0);
  gtk_widget_add_controller (self->list, GTK_EVENT_CONTROLLER (press));
  gtk_event_controller_set_propagation_phase (keys, GTK_PHASE_CAPTURE);
  gtk_shortcut_controller_add_shortcut (
      GTK_SHORTCUT_CONTROLLER (keys),
      gtk_shortcut_new (gtk_shortcut_trigger_parse_string ("<Shift>F10|Menu"),
                        gtk_callback_action_new (on_menu_key, self, NULL)));
  gtk_widget_add_controller (self->list, keys);
}

KhMessageMenu *
kh_message_menu_new (KhEngine *engine, GtkWidget *view, GtkWidget *list)
{
  KhMessageMenu *self = g_object_new (KH_TYPE_MESSAGE_MENU, NULL);

  self->engine = g_object_ref (engine);
  self->view = view;
  self->list = list;
  gtk_widget_insert_action_group (view, "message", G_ACTION_GROUP (self->actions));
  add_controllers (self);
  return self;
}

void
kh_message_menu_detach (KhMessageMenu *self)
{
  g_clear_pointer (&self->popover, gtk_widget_unparent);
  g_clear_object (&self->message);
}
