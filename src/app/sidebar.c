/* sidebar.c: who asks to talk, and whom we talk with
 *
 * See sidebar.h. Rows are kept across sorting, so that neither the selection nor the keyboard's
 * place is lost when a message moves a chat to the top; nothing that comes from outside takes the
 * focus.
 */
#include "app/sidebar.h"

#include <glib/gi18n.h>

#include "app/accessible.h"
#include "app/conversation-row.h"
#include "app/id-card.h"
#include "app/link-notice.h"
#include "app/notice.h"
#include "app/request-row.h"
#include "app/words.h"

enum
{
  SIGNAL_OPEN,
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
  GtkListBox *requests;
  GtkListBox *conversations;
  GtkWidget *empty;
  KhIdCard *empty_card;

  /* owned */
  KhEngine *engine;
  GHashTable *rows; /* KhConversation (borrowed from the row) -> row, in the list */
  gboolean folded;
  gboolean selecting; /* by the program */
};

G_DEFINE_FINAL_TYPE (KhSidebar, kh_sidebar, GTK_TYPE_WIDGET)

static void
open_row (KhSidebar *self, GtkListBoxRow *row)
{
  g_signal_emit (self, signals[SIGNAL_OPEN], 0,
                 kh_conversation_row_get_conversation (KH_CONVERSATION_ROW (row)));
}

static void
on_row_selected (KhSidebar *self, GtkListBoxRow *row)
{
  if (row != NULL && !self->selecting && !self->folded)
    open_row (self, row);
}

static void
on_row_activated (KhSidebar *self, GtkListBoxRow *row)
{
  open_row (self, row);
}

static int
compare_rows (GtkListBoxRow *a, GtkListBoxRow *b, gpointer user_data)
{
  gint64 a_us = kh_conversation_get_last_time (
      kh_conversation_row_get_conversation (KH_CONVERSATION_ROW (a)));
  gint64 b_us = kh_conversation_get_last_time (
      kh_conversation_row_get_conversation (KH_CONVERSATION_ROW (b)));

  return (a_us < b_us) - (a_us > b_us);
}

static void
update_empty (KhSidebar *self)
{
  guint n_requests = g_list_model_get_n_items (kh_engine_get_requests (self->engine));
  guint n_rows = g_hash_table_size (self->rows);

  gtk_widget_set_visible (GTK_WIDGET (self->requests), n_requests > 0);
  gtk_widget_set_visible (GTK_WIDGET (self->conversations), n_rows > 0);
  gtk_widget_set_visible (self->empty, n_rows == 0 && n_requests == 0);
  gtk_widget_set_visible (GTK_WIDGET (self->empty_card), self->folded);
}

static void
add_row (KhSidebar *self, KhConversation *conversation)
{
  KhConversationRow *row = kh_conversation_row_new (conversation);

  g_hash_table_insert (self->rows, conversation, row);
  gtk_list_box_append (self->conversations, GTK_WIDGET (row));
}

/* The model has no order, so what changed is found by comparing; contacts come and go rarely. */
static void
on_conversations_changed (KhSidebar *self)
{
  GListModel *model = kh_engine_get_conversations (self->engine);
  g_autoptr (GHashTable) present = g_hash_table_new (NULL, NULL);
  GHashTableIter iter;
  gpointer conversation, row;

  for (guint i = 0; i < g_list_model_get_n_items (model); i++)
    {
      g_autoptr (KhConversation) item = g_list_model_get_item (model, i);

      g_hash_table_add (present, item);
      if (!g_hash_table_contains (self->rows, item))
        add_row (self, item);
    }
  g_hash_table_iter_init (&iter, self->rows);
  while (g_hash_table_iter_next (&iter, &conversation, &row))
    if (!g_hash_table_contains (present, conversation))
      {
        g_hash_table_iter_remove (&iter);
        gtk_list_box_remove (self->conversations, row);
      }
  update_empty (self);
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

static void
kh_sidebar_dispose (GObject *object)
{
  KhSidebar *self = KH_SIDEBAR (object);

  g_clear_pointer (&self->rows, g_hash_table_unref);
  g_clear_pointer (&self->box, gtk_widget_unparent);
  g_clear_object (&self->engine);
  G_OBJECT_CLASS (kh_sidebar_parent_class)->dispose (object);
}

static void
kh_sidebar_class_init (KhSidebarClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = kh_sidebar_dispose;

  signals[SIGNAL_OPEN] = g_signal_new ("open", KH_TYPE_SIDEBAR, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                       NULL, G_TYPE_NONE, 1, KH_TYPE_CONVERSATION);

  g_type_ensure (KH_TYPE_LINK_NOTICE);
  g_type_ensure (KH_TYPE_NOTICE);
  g_type_ensure (KH_TYPE_ID_CARD);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/knothole/Knothole/sidebar.ui");
  gtk_widget_class_bind_template_child (widget_class, KhSidebar, box);
  gtk_widget_class_bind_template_child (widget_class, KhSidebar, link_notice);
  gtk_widget_class_bind_template_child (widget_class, KhSidebar, problem_notice);
  gtk_widget_class_bind_template_child (widget_class, KhSidebar, requests);
  gtk_widget_class_bind_template_child (widget_class, KhSidebar, conversations);
  gtk_widget_class_bind_template_child (widget_class, KhSidebar, empty);
  gtk_widget_class_bind_template_child (widget_class, KhSidebar, empty_card);
  gtk_widget_class_bind_template_callback (widget_class, on_row_selected);
  gtk_widget_class_bind_template_callback (widget_class, on_row_activated);
  gtk_widget_class_bind_template_callback (widget_class, kh_notice_hide);
}

static void
kh_sidebar_init (KhSidebar *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  kh_accessible_name_buttons (self->box);
  self->rows = g_hash_table_new (NULL, NULL);
  gtk_list_box_set_sort_func (self->conversations, compare_rows, NULL, NULL);
}

void
kh_sidebar_set_engine (KhSidebar *self, KhEngine *engine)
{
  g_assert (self->engine == NULL);

  self->engine = g_object_ref (engine);
  kh_link_notice_set_engine (self->link_notice, engine);
  kh_id_card_set_engine (self->empty_card, engine);
  gtk_list_box_bind_model (self->requests, kh_engine_get_requests (engine), create_request_row,
                           self, NULL);
  g_signal_connect_object (kh_engine_get_requests (engine), "items-changed",
                           G_CALLBACK (update_empty), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (kh_engine_get_conversations (engine), "items-changed",
                           G_CALLBACK (on_conversations_changed), self, G_CONNECT_SWAPPED);
  on_conversations_changed (self);
}

void
kh_sidebar_set_folded (KhSidebar *self, gboolean folded)
{
  self->folded = folded;
  self->selecting = TRUE;
  gtk_list_box_set_selection_mode (self->conversations,
                                   folded ? GTK_SELECTION_NONE : GTK_SELECTION_BROWSE);
  self->selecting = FALSE;
  update_empty (self);
}

void
kh_sidebar_select (KhSidebar *self, KhConversation *conversation)
{
  GtkListBoxRow *row = conversation != NULL ? g_hash_table_lookup (self->rows, conversation) : NULL;

  self->selecting = TRUE;
  if (!self->folded)
    gtk_list_box_select_row (self->conversations, row);
  self->selecting = FALSE;
}

void
kh_sidebar_show_problem (KhSidebar *self, const char *title, const char *body)
{
  kh_notice_show (self->problem_notice, KH_NOTICE_WARNING, title, body, _ ("_Close"), NULL);
}
