/* window.c: the main window
 *
 * See window.h. AdwLeaflet, for AdwNavigationSplitView would need libadwaita 1.4. The views of
 * chats are made when they are first opened, and kept. What can do without, comes after the first
 * frame.
 */
#include "app/window.h"

#include <glib/gi18n.h>

#include "app/accessible.h"
#include "app/chat-view.h"
#include "app/chip.h"
#include "app/conversation-actions.h"
#include "app/kept-frame.h"
#include "app/menus.h"
#include "app/new-chat.h"
#include "app/servers-window.h"
#include "app/setup.h"
#include "app/sidebar.h"
#include "app/starting.h"
#include "app/welcome-page.h"
#include "app/words.h"

struct _KhWindow
{
  AdwApplicationWindow parent_instance;

  /* template */
  AdwLeaflet *leaflet;
  GtkWidget *sidebar_page;
  GtkWidget *chat_page;
  KhSidebar *sidebar;
  GtkMenuButton *main_menu_button;
  GMenuModel *main_menu;
  GtkMenuButton *id_button;
  GtkLabel *chat_title;
  KhChip *chip;
  GtkWidget *chat_menu_button;
  GtkStack *chats;
  GtkScrolledWindow *welcome;

  /* owned */
  KhEngine *engine;
  GSettings *settings;
  GSignalGroup *conversation_signals; /* of the open chat */
  gboolean was_seen;
  guint seen_source;
};

G_DEFINE_FINAL_TYPE (KhWindow, kh_window, ADW_TYPE_APPLICATION_WINDOW)

/* (transfer none) (nullable): the chat that is open, even if the sidebar covers it. */
static KhChatView *
get_open_view (KhWindow *self)
{
  GtkWidget *child = gtk_stack_get_visible_child (self->chats);

  return child != NULL && KH_IS_CHAT_VIEW (child) ? KH_CHAT_VIEW (child) : NULL;
}

static KhConversation *
get_open_conversation (KhWindow *self)
{
  KhChatView *view = get_open_view (self);

  return view != NULL ? kh_chat_view_get_conversation (view) : NULL;
}

/* (transfer full): the marks that keep a name in its place are only there where they are needed:
 * not every list of windows hides them. */
static char *
dup_title (KhWindow *self, const char *name)
{
  g_autoptr (PangoLayout) layout = gtk_widget_create_pango_layout (GTK_WIDGET (self), name);
  g_autofree char *isolated = kh_words_isolate (name);

  for (const char *p = name; *p != '\0'; p = g_utf8_next_char (p))
    if (pango_layout_get_direction (layout, (int) (p - name)) == PANGO_DIRECTION_RTL)
      return g_strdup_printf ("%s – Knothole", isolated);
  return g_strdup_printf ("%s – Knothole", name);
}

static void
update_title (KhWindow *self)
{
  KhConversation *conversation = get_open_conversation (self);
  gboolean one_pane = adw_leaflet_get_folded (self->leaflet);
  gboolean on_chat = adw_leaflet_get_visible_child (self->leaflet) == self->chat_page;
  const char *name = conversation != NULL ? kh_conversation_get_name (conversation) : NULL;

  gtk_label_set_text (self->chat_title, name != NULL ? name : "");
  gtk_widget_set_visible (self->chat_menu_button, conversation != NULL);
  if (name != NULL && (!one_pane || on_chat))
    {
      g_autofree char *title = dup_title (self, name);

      gtk_window_set_title (GTK_WINDOW (self), title);
    }
  else
    gtk_window_set_title (GTK_WINDOW (self), "Knothole");
}

static void
update_actions (KhWindow *self)
{
  KhConversation *conversation = get_open_conversation (self);
  g_autoptr (GSimpleActionGroup) actions = NULL;

  if (conversation != NULL)
    actions = kh_conversation_actions_new (self->engine, conversation, GTK_WIDGET (self));
  gtk_widget_insert_action_group (self->chat_page, "chat",
                                  actions != NULL ? G_ACTION_GROUP (actions) : NULL);
}

/* Once it is looked at. */
static void
ensure_welcome (KhWindow *self)
{
  if (!self->was_seen || gtk_scrolled_window_get_child (self->welcome) != NULL ||
      gtk_stack_get_visible_child (self->chats) != GTK_WIDGET (self->welcome))
    return;
  gtk_scrolled_window_set_child (self->welcome, kh_welcome_page_new (self->engine));
}

/* @view: (nullable): NULL for the page without a chat */
static void
show_view (KhWindow *self, KhChatView *view)
{
  KhConversation *conversation = view != NULL ? kh_chat_view_get_conversation (view) : NULL;

  gtk_stack_set_visible_child (self->chats,
                               view != NULL ? GTK_WIDGET (view) : GTK_WIDGET (self->welcome));
  ensure_welcome (self);
  g_signal_group_set_target (self->conversation_signals, conversation);
  kh_chip_set_conversation (self->chip, conversation);
  update_title (self);
  update_actions (self);
}

static void
on_folded (KhWindow *self)
{
  kh_sidebar_set_folded (self->sidebar, adw_leaflet_get_folded (self->leaflet));
  kh_sidebar_select (self->sidebar, get_open_conversation (self));
  /* What is on view stays on view: the chat, where one is open. */
  if (get_open_view (self) == NULL)
    adw_leaflet_set_visible_child (self->leaflet, self->sidebar_page);
  update_title (self);
}

static void
on_page_changed (KhWindow *self)
{
  if (self->engine != NULL)
    update_title (self);
}

static void
show_conversation (KhWindow *self, KhConversation *conversation)
{
  const char *peer_id = kh_conversation_get_peer_id (conversation);
  GtkWidget *child = gtk_stack_get_child_by_name (self->chats, peer_id);

  if (child == NULL)
    {
      child = GTK_WIDGET (kh_chat_view_new (self->engine, conversation, self->settings));
      gtk_stack_add_named (self->chats, child, peer_id);
    }
  show_view (self, KH_CHAT_VIEW (child));
  kh_sidebar_select (self->sidebar, conversation);
  adw_leaflet_set_visible_child (self->leaflet, self->chat_page);
}

static void
on_open (KhWindow *self, KhConversation *conversation)
{
  kh_window_open (self, conversation);
}

static void
on_open_message (KhWindow *self, KhConversation *conversation, KhChatMessage *message)
{
  kh_window_open_message (self, conversation, kh_chat_message_get_seq (message));
}

static void
action_search (GtkWidget *widget, const char *name, GVariant *parameter)
{
  KhWindow *self = KH_WINDOW (widget);

  if (adw_leaflet_get_folded (self->leaflet))
    adw_leaflet_set_visible_child (self->leaflet, self->sidebar_page);
  kh_sidebar_set_searching (self->sidebar, TRUE);
}

static void
action_back (GtkWidget *widget, const char *name, GVariant *parameter)
{
  KhWindow *self = KH_WINDOW (widget);

  if (adw_leaflet_get_folded (self->leaflet))
    adw_leaflet_set_visible_child (self->leaflet, self->sidebar_page);
  kh_sidebar_focus (self->sidebar, get_open_conversation (self));
}

static void
action_new_chat (GtkWidget *widget, const char *name, GVariant *parameter)
{
  kh_window_new_chat (KH_WINDOW (widget), NULL);
}

/* An invite link, which may have been clicked anywhere: asks. */
static void
action_new_chat_with (GtkWidget *widget, const char *name, GVariant *parameter)
{
  kh_window_new_chat (KH_WINDOW (widget), g_variant_get_string (parameter, NULL));
}

static void
action_setup (GtkWidget *widget, const char *name, GVariant *parameter)
{
  KhWindow *self = KH_WINDOW (widget);
  KhSetup *setup = kh_setup_new (self->engine, FALSE);

  gtk_window_set_transient_for (GTK_WINDOW (setup), GTK_WINDOW (self));
  gtk_window_set_modal (GTK_WINDOW (setup), TRUE);
  gtk_window_present (GTK_WINDOW (setup));
}

static void
action_servers (GtkWidget *widget, const char *name, GVariant *parameter)
{
  kh_servers_window_present (KH_WINDOW (widget)->engine, GTK_WINDOW (widget));
}

/* Chats of contacts that are gone are closed. */
static void
on_conversations_changed (KhWindow *self)
{
  GListModel *conversations = kh_engine_get_conversations (self->engine);
  GtkWidget *next;

  for (GtkWidget *child = gtk_widget_get_first_child (GTK_WIDGET (self->chats)); child != NULL;
       child = next)
    {
      gboolean found = !KH_IS_CHAT_VIEW (child);

      next = gtk_widget_get_next_sibling (child);
      for (guint i = 0; !found && i < g_list_model_get_n_items (conversations); i++)
        {
          g_autoptr (KhConversation) item = g_list_model_get_item (conversations, i);

          found = item == kh_chat_view_get_conversation (KH_CHAT_VIEW (child));
        }
      if (found)
        continue;
      if (child == gtk_stack_get_visible_child (self->chats))
        {
          show_view (self, NULL);
          action_back (GTK_WIDGET (self), NULL, NULL);
        }
      gtk_stack_remove (self->chats, child);
    }
}

static void
on_problem (KhWindow *self, KhConversation *conversation, GError *error)
{
  g_auto (KhWords) words = kh_words_for_error (error, NULL);

  kh_window_show_problem (self, words.title, words.body);
}

static void
action_help (GtkWidget *widget, const char *name, GVariant *parameter)
{
  GtkApplicationWindow *self = GTK_APPLICATION_WINDOW (widget);

  if (gtk_application_window_get_help_overlay (self) == NULL)
    {
      g_autoptr (GtkBuilder) builder =
          gtk_builder_new_from_resource ("/io/github/knothole/Knothole/help-overlay.ui");
      GObject *overlay = gtk_builder_get_object (builder, "help_overlay");

      /* It asks the window that it is the overlay of for the keys of each action. */
      gtk_application_window_set_help_overlay (self, GTK_SHORTCUTS_WINDOW (overlay));
    }
  gtk_window_present (GTK_WINDOW (gtk_application_window_get_help_overlay (self)));
}

/* after the first frame */

static gboolean
on_seen (gpointer user_data)
{
  KhWindow *self = user_data;

  self->seen_source = 0;
  self->was_seen = TRUE;
  kh_sidebar_fill (self->sidebar);
  ensure_welcome (self);
  kh_starting_set_icon (GTK_WINDOW (self));
  kh_starting_tidy (GTK_WINDOW (self));
  kh_kept_frame_watch (GTK_WINDOW (self));
  return G_SOURCE_REMOVE;
}

static void
on_painted (KhWindow *self, GdkFrameClock *clock)
{
  g_signal_handlers_disconnect_by_func (clock, on_painted, self);
  if (self->seen_source == 0)
    self->seen_source = g_idle_add (on_seen, self);
}

static void
kh_window_realize (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (kh_window_parent_class)->realize (widget);
  g_signal_connect_object (gtk_widget_get_frame_clock (widget), "after-paint",
                           G_CALLBACK (on_painted), widget, G_CONNECT_SWAPPED);
}

static void
kh_window_dispose (GObject *object)
{
  KhWindow *self = KH_WINDOW (object);

  g_clear_handle_id (&self->seen_source, g_source_remove);
  if (self->conversation_signals != NULL)
    g_signal_group_set_target (self->conversation_signals, NULL);
  g_clear_object (&self->conversation_signals);
  g_clear_object (&self->engine);
  g_clear_object (&self->settings);
  G_OBJECT_CLASS (kh_window_parent_class)->dispose (object);
}

static void
bind_template (GtkWidgetClass *widget_class)
{
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/knothole/Knothole/window.ui");
  gtk_widget_class_bind_template_child (widget_class, KhWindow, leaflet);
  gtk_widget_class_bind_template_child (widget_class, KhWindow, sidebar_page);
  gtk_widget_class_bind_template_child (widget_class, KhWindow, chat_page);
  gtk_widget_class_bind_template_child (widget_class, KhWindow, sidebar);
  gtk_widget_class_bind_template_child (widget_class, KhWindow, main_menu_button);
  gtk_widget_class_bind_template_child (widget_class, KhWindow, main_menu);
  gtk_widget_class_bind_template_child (widget_class, KhWindow, id_button);
  gtk_widget_class_bind_template_child (widget_class, KhWindow, chat_title);
  gtk_widget_class_bind_template_child (widget_class, KhWindow, chip);
  gtk_widget_class_bind_template_child (widget_class, KhWindow, chat_menu_button);
  gtk_widget_class_bind_template_child (widget_class, KhWindow, chats);
  gtk_widget_class_bind_template_child (widget_class, KhWindow, welcome);
  gtk_widget_class_bind_template_callback (widget_class, on_folded);
  gtk_widget_class_bind_template_callback (widget_class, on_page_changed);
  gtk_widget_class_bind_template_callback (widget_class, show_conversation);
  gtk_widget_class_bind_template_callback (widget_class, on_open);
  gtk_widget_class_bind_template_callback (widget_class, on_open_message);
}

static void
kh_window_class_init (KhWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = kh_window_dispose;
  widget_class->realize = kh_window_realize;

  g_type_ensure (KH_TYPE_SIDEBAR);
  g_type_ensure (KH_TYPE_CHIP);
  bind_template (widget_class);

  gtk_widget_class_install_action (widget_class, "win.new-chat", NULL, action_new_chat);
  gtk_widget_class_install_action (widget_class, "win.new-chat-with", "s", action_new_chat_with);
  gtk_widget_class_install_action (widget_class, "win.setup", NULL, action_setup);
  gtk_widget_class_install_action (widget_class, "win.servers", NULL, action_servers);
  gtk_widget_class_install_action (widget_class, "win.search", NULL, action_search);
  gtk_widget_class_install_action (widget_class, "win.back", NULL, action_back);
  gtk_widget_class_install_action (widget_class, "win.show-help-overlay", NULL, action_help);
}

static void
kh_window_init (KhWindow *self)
{
  self->conversation_signals = g_signal_group_new (KH_TYPE_CONVERSATION);
  g_signal_group_connect_swapped (self->conversation_signals, "notify::name",
                                  G_CALLBACK (update_title), self);
  gtk_widget_init_template (GTK_WIDGET (self));
  kh_accessible_prepare_buttons (GTK_WIDGET (self));
}

KhWindow *
kh_window_new (GtkApplication *application, KhEngine *engine, GSettings *settings)
{
  KhWindow *self = g_object_new (KH_TYPE_WINDOW, "application", application, NULL);

  self->engine = g_object_ref (engine);
  self->settings = g_object_ref (settings);
  g_settings_bind (settings, "window-width", self, "default-width", G_SETTINGS_BIND_DEFAULT);
  g_settings_bind (settings, "window-height", self, "default-height", G_SETTINGS_BIND_DEFAULT);
  g_settings_bind (settings, "window-maximized", self, "maximized", G_SETTINGS_BIND_DEFAULT);
  kh_sidebar_set_engine (self->sidebar, engine);
  kh_chip_set_engine (self->chip, engine);
  kh_menus_make_main (self->main_menu_button, self->main_menu);
  kh_menus_make_chat (GTK_MENU_BUTTON (self->chat_menu_button));
  kh_menus_make_id (self->id_button, engine);
  gtk_application_set_accels_for_action (application, "win.show-help-overlay",
                                         (const char *[]){ "<Control>question", "<Control>F1",
                                                           NULL });
  g_signal_connect_object (engine, "problem", G_CALLBACK (on_problem), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (kh_engine_get_conversations (engine), "items-changed",
                           G_CALLBACK (on_conversations_changed), self, G_CONNECT_SWAPPED);
  show_view (self, NULL);
  on_folded (self);
  return self;
}

void
kh_window_open (KhWindow *self, KhConversation *conversation)
{
  show_conversation (self, conversation);
  kh_chat_view_focus (get_open_view (self));
}

void
kh_window_open_message (KhWindow *self, KhConversation *conversation, gint64 seq)
{
  kh_window_open (self, conversation);
  kh_chat_view_show_message (get_open_view (self), seq);
}

void
kh_window_search (KhWindow *self, const char *words)
{
  if (adw_leaflet_get_folded (self->leaflet))
    adw_leaflet_set_visible_child (self->leaflet, self->sidebar_page);
  kh_sidebar_search (self->sidebar, words);
}

KhConversation *
kh_window_get_watched (KhWindow *self)
{
  KhChatView *view = get_open_view (self);

  if (view == NULL || !gtk_window_is_active (GTK_WINDOW (self)) ||
      !gtk_widget_get_mapped (GTK_WIDGET (view)))
    return NULL;
  return kh_chat_view_get_conversation (view);
}

static void
on_connected (KhWindow *self, KhConversation *conversation)
{
  kh_window_open (self, conversation);
}

void
kh_window_new_chat (KhWindow *self, const char *target)
{
  KhNewChat *dialog = kh_new_chat_new (self->engine, target);

  g_signal_connect_object (dialog, "connected", G_CALLBACK (on_connected), self, G_CONNECT_SWAPPED);
  gtk_window_set_transient_for (GTK_WINDOW (dialog), GTK_WINDOW (self));
  gtk_window_present (GTK_WINDOW (dialog));
}

void
kh_window_show_problem (KhWindow *self, const char *title, const char *body)
{
  kh_sidebar_show_problem (self->sidebar, title, body);
}
