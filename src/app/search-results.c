/* search-results.c: what a search found
 *
 * See search-results.h. The engine answers later: an answer to what was typed before is dropped,
 * and what was found then stays until there is a newer one.
 */
#include "app/search-results.h"

#include <adwaita.h>
#include <glib/gi18n.h>

#include "app/conversation-row.h"
#include "app/found-row.h"
#include "app/words.h"

/* Messages that are shown: more would need other words. */
#define MESSAGES_MAX 100

enum
{
  SIGNAL_OPEN,
  SIGNAL_OPEN_MESSAGE,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

struct _KhSearchResults
{
  GtkWidget parent_instance;

  /* template */
  GtkStack *stack;
  GtkListBox *list;
  GtkWidget *found;
  AdwStatusPage *nothing;
  GtkWidget *waiting;

  /* owned */
  KhEngine *engine;
  GCancellable *cancellable; /* (nullable): of the search under way */
  char *query;
};

G_DEFINE_FINAL_TYPE (KhSearchResults, kh_search_results, GTK_TYPE_WIDGET)

typedef struct
{
  KhSearchResults *self;
  GCancellable *cancellable;
} SearchData;

static void
search_data_free (SearchData *data)
{
  g_object_unref (data->self);
  g_object_unref (data->cancellable);
  g_free (data);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SearchData, search_data_free)

static void
clear (KhSearchResults *self)
{
  GtkListBoxRow *row;

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  while ((row = gtk_list_box_get_row_at_index (self->list, 0)) != NULL)
    gtk_list_box_remove (self->list, GTK_WIDGET (row));
}

static void
update_header (GtkListBoxRow *row, GtkListBoxRow *before, gpointer user_data)
{
  gboolean is_message = KH_IS_FOUND_ROW (row);
  GtkWidget *label;

  if (before != NULL && KH_IS_FOUND_ROW (before) == is_message)
    {
      gtk_list_box_row_set_header (row, NULL);
      return;
    }
  label = g_object_new (GTK_TYPE_LABEL, "label", is_message ? _ ("Messages") : _ ("Chats"),
                        "xalign", 0.0, "css-classes",
                        (const char *[]){ "heading", "dim-label", "search-heading", NULL }, NULL);
  gtk_list_box_row_set_header (row, label);
}

/* (transfer floating) */
static GtkWidget *
chat_row_new (KhConversation *conversation)
{
  KhConversationRow *content = kh_conversation_row_new ();
  GtkWidget *row = g_object_new (GTK_TYPE_LIST_BOX_ROW, "child", content, NULL);

  kh_conversation_row_set_conversation (content, conversation);
  return row;
}

static void
add_hits (KhSearchResults *self, GListModel *hits)
{
  for (guint i = 0; i < g_list_model_get_n_items (hits); i++)
    {
      g_autoptr (KhSearchHit) hit = g_list_model_get_item (hits, i);

      gtk_list_box_append (self->list, kh_search_hit_get_message (hit) != NULL
                                           ? GTK_WIDGET (kh_found_row_new (hit))
                                           : chat_row_new (kh_search_hit_get_conversation (hit)));
    }
}

static void
show_found (KhSearchResults *self, const char *problem)
{
  if (gtk_list_box_get_row_at_index (self->list, 0) != NULL)
    {
      gtk_stack_set_visible_child (self->stack, self->found);
      return;
    }
  adw_status_page_set_description (self->nothing,
                                   problem != NULL
                                       ? problem
                                       : _ ("No name and no message has these words in it."));
  gtk_stack_set_visible_child (self->stack, GTK_WIDGET (self->nothing));
}

static void
on_searched (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (SearchData) data = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GListModel) hits = kh_engine_search_finish (KH_ENGINE (source), result, &error);
  g_auto (KhWords) words = { NULL, NULL };

  if (data->self->cancellable != data->cancellable)
    return;
  clear (data->self);
  if (hits != NULL)
    add_hits (data->self, hits);
  else
    words = kh_words_for_error (error, NULL);
  show_found (data->self, words.body);
}

static void
search (KhSearchResults *self)
{
  SearchData *data = g_new0 (SearchData, 1);

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  self->cancellable = g_cancellable_new ();
  data->self = g_object_ref (self);
  data->cancellable = g_object_ref (self->cancellable);
  kh_engine_search_async (self->engine, NULL, self->query, MESSAGES_MAX, self->cancellable,
                          on_searched, data);
}

static void
on_row_activated (KhSearchResults *self, GtkListBoxRow *row)
{
  if (KH_IS_FOUND_ROW (row))
    {
      KhSearchHit *hit = kh_found_row_get_hit (KH_FOUND_ROW (row));

      g_signal_emit (self, signals[SIGNAL_OPEN_MESSAGE], 0, kh_search_hit_get_conversation (hit),
                     kh_search_hit_get_message (hit));
    }
  else
    g_signal_emit (self, signals[SIGNAL_OPEN], 0,
                   kh_conversation_row_get_conversation (
                       KH_CONVERSATION_ROW (gtk_list_box_row_get_child (row))));
}

static void
kh_search_results_dispose (GObject *object)
{
  KhSearchResults *self = KH_SEARCH_RESULTS (object);

  if (self->stack != NULL)
    {
      clear (self);
      gtk_widget_unparent (GTK_WIDGET (g_steal_pointer (&self->stack)));
    }
  g_clear_pointer (&self->query, g_free);
  g_clear_object (&self->engine);
  G_OBJECT_CLASS (kh_search_results_parent_class)->dispose (object);
}

static void
kh_search_results_class_init (KhSearchResultsClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = kh_search_results_dispose;

  signals[SIGNAL_OPEN] = g_signal_new ("open", KH_TYPE_SEARCH_RESULTS, G_SIGNAL_RUN_LAST, 0, NULL,
                                       NULL, NULL, G_TYPE_NONE, 1, KH_TYPE_CONVERSATION);
  signals[SIGNAL_OPEN_MESSAGE] =
      g_signal_new ("open-message", KH_TYPE_SEARCH_RESULTS, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                    G_TYPE_NONE, 2, KH_TYPE_CONVERSATION, KH_TYPE_CHAT_MESSAGE);

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/knothole/Knothole/search-results.ui");
  gtk_widget_class_bind_template_child (widget_class, KhSearchResults, stack);
  gtk_widget_class_bind_template_child (widget_class, KhSearchResults, list);
  gtk_widget_class_bind_template_child (widget_class, KhSearchResults, found);
  gtk_widget_class_bind_template_child (widget_class, KhSearchResults, nothing);
  gtk_widget_class_bind_template_child (widget_class, KhSearchResults, waiting);
  gtk_widget_class_bind_template_callback (widget_class, on_row_activated);
}

static void
kh_search_results_init (KhSearchResults *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_list_box_set_header_func (self->list, update_header, NULL, NULL);
}

void
kh_search_results_set_engine (KhSearchResults *self, KhEngine *engine)
{
  g_assert (self->engine == NULL);

  self->engine = g_object_ref (engine);
}

void
kh_search_results_set_query (KhSearchResults *self, const char *query)
{
  g_autofree char *stripped = g_strstrip (g_strdup (query));

  if (g_strcmp0 (stripped, self->query) == 0)
    return;
  g_free (self->query);
  self->query = g_steal_pointer (&stripped);
  if (*self->query != '\0')
    {
      search (self);
      return;
    }
  clear (self);
  gtk_stack_set_visible_child (self->stack, self->waiting);
}

void
kh_search_results_activate_first (KhSearchResults *self)
{
  GtkListBoxRow *row = gtk_list_box_get_row_at_index (self->list, 0);

  if (row != NULL)
    on_row_activated (self, row);
}

gboolean
kh_search_results_focus (KhSearchResults *self)
{
  return gtk_widget_child_focus (GTK_WIDGET (self->list), GTK_DIR_TAB_FORWARD);
}
