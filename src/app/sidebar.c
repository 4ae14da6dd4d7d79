/* sidebar.c: who asks to talk, and whom we talk with
 *
 * See sidebar.h. Requests have a place of their own above the chats; what a search finds takes the
 * place of both. Nothing that comes from outside takes the focus.
 */
#include "app/sidebar.h"

#include <glib/gi18n.h>

#include "app/accessible.h"
#include "app/column-layout.h"
#include "app/conversation-list.h"
#include "app/id-card.h"
#include "app/link-notice.h"
#include "app/low-scroller.h"
#include "app/notice.h"
#include "app/request-row.h"
#include "app/search-results.h"
#include "app/starting.h"
#include "app/words.h"

enum
{
  PROP_0,
  PROP_SEARCHING,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

enum
{
  SIGNAL_SHOW,
  SIGNAL_OPEN,
  SIGNAL_OPEN_MESSAGE,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

struct _KhSidebar
{
  GtkWidget parent_instance;

  /* template */
  GtkWidget *box;
  KhLinkNotice *link_notice;
  KhNotice *problem_notice;
  GtkSearchBar *search_bar;
  GtkEditable *search_entry;
  GtkStack *pages;
  GtkWidget *chats;
  GtkWidget *requests_page;
  GtkListBox *requests;
  KhConversationList *conversations;
  GtkToggleButton *show_archived;
  GtkScrolledWindow *empty;
  KhIdCard *empty_card; /* (nullable): of @empty, once it was seen */

  KhSearchResults *results; /* (nullable): borrowed, of @pages once something was searched for */

  /* owned */
  KhEngine *engine;
  gboolean folded;
};

G_DEFINE_FINAL_TYPE (KhSidebar, kh_sidebar, GTK_TYPE_WIDGET)

static void
update_archived (KhSidebar *self)
{
  guint n = kh_conversation_list_count_archived (self->conversations);
  g_autofree char *label =
      g_strdup_printf (ngettext ("%u _Archived Chat", "%u _Archived Chats", n), n);

  gtk_button_set_label (GTK_BUTTON (self->show_archived), label);
  kh_accessible_prepare_buttons (GTK_WIDGET (self->show_archived));
  gtk_widget_set_visible (GTK_WIDGET (self->show_archived), n > 0);
  kh_conversation_list_set_show_archived (self->conversations,
                                          gtk_toggle_button_get_active (self->show_archived));
}

/* Most starts have chats. */
static void
ensure_empty (KhSidebar *self)
{
  g_autoptr (GtkBuilder) builder = NULL;

  if (self->empty_card != NULL)
    return;
  g_type_ensure (KH_TYPE_ID_CARD);
  builder = gtk_builder_new_from_resource ("/io/github/knothole/Knothole/no-chats.ui");
  self->empty_card = KH_ID_CARD (gtk_builder_get_object (builder, "card"));
  kh_id_card_set_engine (self->empty_card, self->engine);
  gtk_image_set_from_resource (GTK_IMAGE (gtk_builder_get_object (builder, "picture")),
                               kh_starting_get_picture (GTK_WIDGET (self)));
  gtk_scrolled_window_set_child (self->empty,
                                 GTK_WIDGET (gtk_builder_get_object (builder, "page")));
  kh_accessible_prepare_buttons (GTK_WIDGET (self->empty));
}

static void
update_empty (KhSidebar *self)
{
  guint n_requests = g_list_model_get_n_items (kh_engine_get_requests (self->engine));
  guint n_chats = g_list_model_get_n_items (kh_engine_get_conversations (self->engine));
  gboolean is_empty = n_chats == 0 && n_requests == 0;

  gtk_widget_set_visible (self->requests_page, n_requests > 0);
  gtk_widget_set_visible (GTK_WIDGET (self->conversations), n_chats > 0);
  if (is_empty)
    ensure_empty (self);
  gtk_widget_set_visible (GTK_WIDGET (self->empty), is_empty);
  if (self->empty_card != NULL)
    gtk_widget_set_visible (GTK_WIDGET (self->empty_card), self->folded);
  update_archived (self);
}

static void
on_conversation_changed (KhSidebar *self, KhConversation *conversation, GParamSpec *property)
{
  if (strcmp (property->name, "archived") == 0)
    update_archived (self);
}

static void
on_show_chat (KhSidebar *self, KhConversation *conversation)
{
  g_signal_emit (self, signals[SIGNAL_SHOW], 0, conversation);
}

static void
on_answered_done (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (KhSidebar) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (KhConversation) conversation =
      kh_engine_answer_finish (KH_ENGINE (source), result, &error);

  if (error != NULL)
    {
      g_auto (KhWords) words = kh_words_for_error (error, NULL);

      kh_sidebar_show_problem (self, words.title, words.body);
    }
  else if (conversation != NULL && !kh_conversation_get_blocked (conversation))
    g_signal_emit (self, signals[SIGNAL_OPEN], 0, conversation);
}

static void
on_answered (KhSidebar *self, KhKnock *knock, int answer)
{
  kh_engine_answer_async (self->engine, knock, (KhKnockAnswer) answer, NULL, on_answered_done,
                          g_object_ref (self));
}

static GtkWidget *
create_request_row (gpointer item, gpointer user_data)
{
  KhSidebar *self = user_data;
  KhRequestRow *row = kh_request_row_new (KH_KNOCK (item));

  g_signal_connect_object (row, "answered", G_CALLBACK (on_answered), self, G_CONNECT_SWAPPED);
  return GTK_WIDGET (row);
}

/* searching */

static void
on_found (KhSidebar *self, KhConversation *conversation)
{
  g_signal_emit (self, signals[SIGNAL_OPEN], 0, conversation);
}

static void
on_message_found (KhSidebar *self, KhConversation *conversation, KhChatMessage *message)
{
  g_signal_emit (self, signals[SIGNAL_OPEN_MESSAGE], 0, conversation, message);
}

/* Most starts end without a search. */
static void
ensure_results (KhSidebar *self)
{
  if (self->results != NULL)
    return;
  self->results = g_object_new (KH_TYPE_SEARCH_RESULTS, NULL);
  kh_search_results_set_engine (self->results, self->engine);
  g_signal_connect_object (self->results, "open", G_CALLBACK (on_found), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->results, "open-message", G_CALLBACK (on_message_found), self,
                           G_CONNECT_SWAPPED);
  gtk_stack_add_child (self->pages, GTK_WIDGET (self->results));
}

static void
on_search_mode (KhSidebar *self)
{
  gboolean searching = gtk_search_bar_get_search_mode (self->search_bar);

  if (searching)
    ensure_results (self);
  gtk_stack_set_visible_child (self->pages, searching ? GTK_WIDGET (self->results) : self->chats);
  if (!searching && self->results != NULL)
    kh_search_results_set_query (self->results, "");
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_SEARCHING]);
}

static void
on_search_changed (KhSidebar *self)
{
  if (self->results != NULL)
    kh_search_results_set_query (self->results, gtk_editable_get_text (self->search_entry));
}

static void
on_search_activated (KhSidebar *self)
{
  if (self->results != NULL)
    kh_search_results_activate_first (self->results);
}

static void
on_search_stopped (KhSidebar *self)
{
  kh_sidebar_set_searching (self, FALSE);
}

/* From the words to what they found. */
static gboolean
on_search_key (GtkEventControllerKey *controller,
               guint keyval,
               guint keycode,
               GdkModifierType state,
               KhSidebar *self)
{
  if (keyval == GDK_KEY_Down || keyval == GDK_KEY_KP_Down)
    return self->results != NULL && kh_search_results_focus (self->results);
  return GDK_EVENT_PROPAGATE;
}

static void
kh_sidebar_get_property (GObject *object, guint id, GValue *value, GParamSpec *spec)
{
  KhSidebar *self = KH_SIDEBAR (object);

  if (id == PROP_SEARCHING)
    g_value_set_boolean (value, gtk_search_bar_get_search_mode (self->search_bar));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, spec);
}

static void
kh_sidebar_set_property (GObject *object, guint id, const GValue *value, GParamSpec *spec)
{
  if (id == PROP_SEARCHING)
    kh_sidebar_set_searching (KH_SIDEBAR (object), g_value_get_boolean (value));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, spec);
}

static void
kh_sidebar_dispose (GObject *object)
{
  KhSidebar *self = KH_SIDEBAR (object);

  g_clear_pointer (&self->box, gtk_widget_unparent);
  g_clear_object (&self->engine);
  G_OBJECT_CLASS (kh_sidebar_parent_class)->dispose (object);
}

static void
bind_template (GtkWidgetClass *widget_class)
{
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/knothole/Knothole/sidebar.ui");
  gtk_widget_class_bind_template_child (widget_class, KhSidebar, box);
  gtk_widget_class_bind_template_child (widget_class, KhSidebar, link_notice);
  gtk_widget_class_bind_template_child (widget_class, KhSidebar, problem_notice);
  gtk_widget_class_bind_template_child (widget_class, KhSidebar, search_bar);
  gtk_widget_class_bind_template_child (widget_class, KhSidebar, search_entry);
  gtk_widget_class_bind_template_child (widget_class, KhSidebar, pages);
  gtk_widget_class_bind_template_child (widget_class, KhSidebar, chats);
  gtk_widget_class_bind_template_child (widget_class, KhSidebar, requests_page);
  gtk_widget_class_bind_template_child (widget_class, KhSidebar, requests);
  gtk_widget_class_bind_template_child (widget_class, KhSidebar, conversations);
  gtk_widget_class_bind_template_child (widget_class, KhSidebar, show_archived);
  gtk_widget_class_bind_template_child (widget_class, KhSidebar, empty);
  gtk_widget_class_bind_template_callback (widget_class, on_show_chat);
  gtk_widget_class_bind_template_callback (widget_class, update_archived);
  gtk_widget_class_bind_template_callback (widget_class, on_search_mode);
  gtk_widget_class_bind_template_callback (widget_class, on_search_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_search_activated);
  gtk_widget_class_bind_template_callback (widget_class, on_search_stopped);
  gtk_widget_class_bind_template_callback (widget_class, on_search_key);
  gtk_widget_class_bind_template_callback (widget_class, on_found);
  gtk_widget_class_bind_template_callback (widget_class, kh_notice_hide);
}

static void
kh_sidebar_class_init (KhSidebarClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = kh_sidebar_dispose;
  object_class->get_property = kh_sidebar_get_property;
  object_class->set_property = kh_sidebar_set_property;

  props[PROP_SEARCHING] =
      g_param_spec_boolean ("searching", NULL, NULL, FALSE,
                            G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, props);
  signals[SIGNAL_SHOW] = g_signal_new ("show-chat", KH_TYPE_SIDEBAR, G_SIGNAL_RUN_LAST, 0, NULL,
                                       NULL, NULL, G_TYPE_NONE, 1, KH_TYPE_CONVERSATION);
  signals[SIGNAL_OPEN] = g_signal_new ("open", KH_TYPE_SIDEBAR, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                       NULL, G_TYPE_NONE, 1, KH_TYPE_CONVERSATION);
  signals[SIGNAL_OPEN_MESSAGE] =
      g_signal_new ("open-message", KH_TYPE_SIDEBAR, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                    G_TYPE_NONE, 2, KH_TYPE_CONVERSATION, KH_TYPE_CHAT_MESSAGE);

  g_type_ensure (KH_TYPE_COLUMN_LAYOUT);
  g_type_ensure (KH_TYPE_CONVERSATION_LIST);
  g_type_ensure (KH_TYPE_LINK_NOTICE);
  g_type_ensure (KH_TYPE_LOW_SCROLLER);
  g_type_ensure (KH_TYPE_NOTICE);
  bind_template (GTK_WIDGET_CLASS (klass));
}

static void
kh_sidebar_init (KhSidebar *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  kh_accessible_prepare_buttons (self->box);
  gtk_stack_set_visible_child (self->pages, self->chats);
  gtk_search_bar_connect_entry (self->search_bar, self->search_entry);
}

void
kh_sidebar_set_engine (KhSidebar *self, KhEngine *engine)
{
  g_assert (self->engine == NULL);

  self->engine = g_object_ref (engine);
  kh_link_notice_set_engine (self->link_notice, engine);
  kh_conversation_list_set_engine (self->conversations, engine);
  gtk_list_box_bind_model (self->requests, kh_engine_get_requests (engine), create_request_row,
                           self, NULL);
  g_signal_connect_object (kh_engine_get_requests (engine), "items-changed",
                           G_CALLBACK (update_empty), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (kh_engine_get_conversations (engine), "items-changed",
                           G_CALLBACK (update_empty), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (engine, "conversation-changed", G_CALLBACK (on_conversation_changed),
                           self, G_CONNECT_SWAPPED);
  update_empty (self);
}

void
kh_sidebar_fill (KhSidebar *self)
{
  kh_conversation_list_fill (self->conversations);
}

void
kh_sidebar_set_folded (KhSidebar *self, gboolean folded)
{
  self->folded = folded;
  kh_conversation_list_set_folded (self->conversations, folded);
  update_empty (self);
}

void
kh_sidebar_select (KhSidebar *self, KhConversation *conversation)
{
  kh_conversation_list_select (self->conversations, conversation);
}

void
kh_sidebar_focus (KhSidebar *self, KhConversation *conversation)
{
  kh_conversation_list_focus (self->conversations, conversation);
}

void
kh_sidebar_set_searching (KhSidebar *self, gboolean searching)
{
  gtk_search_bar_set_search_mode (self->search_bar, searching);
  if (searching)
    gtk_widget_grab_focus (GTK_WIDGET (self->search_entry));
}

void
kh_sidebar_search (KhSidebar *self, const char *words)
{
  kh_sidebar_set_searching (self, TRUE);
  gtk_editable_set_text (self->search_entry, words);
}

void
kh_sidebar_show_problem (KhSidebar *self, const char *title, const char *body)
{
  kh_notice_show (self->problem_notice, KH_NOTICE_WARNING, title, body, _ ("C_lose"), NULL);
}
