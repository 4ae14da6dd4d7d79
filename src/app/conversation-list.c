/* conversation-list.c: whom we talk with
 *
 * See conversation-list.h. A GtkListView makes rows for 200 items, seen or not, so it is given the
 * beginning of the list alone, and more as the reader nears its end; and none before the window's
 * first frame, which does not wait for them. Rows are kept across sorting,
 * so that neither the selection nor the keyboard's place is lost when a message moves a chat to the
 * top; nothing that comes from outside takes the focus.
 */
#include "app/conversation-list.h"

#include "app/conversation-menu.h"
#include "app/conversation-row.h"

/* Chats: as many as a window of the usual size shows, and what is added at once. */
#define PAGE 14

enum
{
  SIGNAL_SHOW,
  SIGNAL_OPEN,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

struct _KhConversationList
{
  GtkWidget parent_instance;

  /* template */
  GtkScrolledWindow *scroller;
  GtkListView *list;

  /* owned */
  KhEngine *engine;
  GtkFilter *filter;
  GtkSorter *sorter;
  GtkSliceListModel *shown;
  GtkSingleSelection *selection;
  gboolean folded;
  gboolean show_archived;
  gboolean selecting; /* by the program */
  guint more_source;
};

G_DEFINE_FINAL_TYPE (KhConversationList, kh_conversation_list, GTK_TYPE_WIDGET)

/* order */

/* Archived ones after all others, and what is kept on top before. */
static int
get_rank (KhConversation *conversation)
{
  if (kh_conversation_get_archived (conversation))
    return 2;
  return kh_conversation_get_pinned (conversation) ? 0 : 1;
}

static int
compare (gconstpointer a, gconstpointer b, gpointer user_data)
{
  KhConversation *conversation_a = KH_CONVERSATION ((gpointer) a);
  KhConversation *conversation_b = KH_CONVERSATION ((gpointer) b);
  gint64 a_us = kh_conversation_get_last_time (conversation_a);
  gint64 b_us = kh_conversation_get_last_time (conversation_b);
  int rank = get_rank (conversation_a) - get_rank (conversation_b);

  return rank != 0 ? rank : (a_us < b_us) - (a_us > b_us);
}

static gboolean
is_shown (gpointer item, gpointer user_data)
{
  KhConversationList *self = user_data;

  return self->show_archived || !kh_conversation_get_archived (KH_CONVERSATION (item));
}

static void
on_moved (KhConversationList *self)
{
  gtk_sorter_changed (self->sorter, GTK_SORTER_CHANGE_DIFFERENT);
}

static void
on_archived (KhConversationList *self)
{
  gtk_filter_changed (self->filter, GTK_FILTER_CHANGE_DIFFERENT);
  on_moved (self);
}

/* A model of this kind does not look for changes of its items by itself. */
static void
on_changed (KhConversationList *self, KhConversation *conversation, GParamSpec *property)
{
  if (strcmp (property->name, "archived") == 0)
    on_archived (self);
  else if (strcmp (property->name, "last-time") == 0 || strcmp (property->name, "pinned") == 0)
    on_moved (self);
}

static void
show_more (KhConversationList *self, guint n)
{
  if (gtk_slice_list_model_get_size (self->shown) < n)
    gtk_slice_list_model_set_size (self->shown, n);
}

/* In an idle, for a list that is being laid out must not change. */
static gboolean
on_near_end (gpointer user_data)
{
  KhConversationList *self = user_data;

  self->more_source = 0;
  show_more (self, gtk_slice_list_model_get_size (self->shown) + PAGE);
  return G_SOURCE_REMOVE;
}

static void
on_scrolled (KhConversationList *self)
{
  GtkAdjustment *adjustment = gtk_scrolled_window_get_vadjustment (self->scroller);
  double page = gtk_adjustment_get_page_size (adjustment);

  if (self->shown != NULL && self->more_source == 0 && page > 0 &&
      g_list_model_get_n_items (G_LIST_MODEL (self->shown)) ==
          gtk_slice_list_model_get_size (self->shown) &&
      gtk_adjustment_get_value (adjustment) + 1.25 * page > gtk_adjustment_get_upper (adjustment))
    self->more_source = g_idle_add (on_near_end, self);
}

/* GTK_INVALID_LIST_POSITION where it is not shown, even if there were more. */
static guint
find (KhConversationList *self, KhConversation *conversation)
{
  GListModel *all = gtk_slice_list_model_get_model (self->shown);

  for (guint i = 0; conversation != NULL && i < g_list_model_get_n_items (all); i++)
    {
      g_autoptr (KhConversation) item = g_list_model_get_item (all, i);

      if (item == conversation)
        return i;
    }
  return GTK_INVALID_LIST_POSITION;
}

/* rows */

static void
on_released (GtkGesture *gesture, int n_press, double x, double y, KhConversationList *self)
{
  GtkWidget *row = gtk_event_controller_get_widget (GTK_EVENT_CONTROLLER (gesture));

  g_signal_emit (self, signals[SIGNAL_OPEN], 0,
                 kh_conversation_row_get_conversation (KH_CONVERSATION_ROW (row)));
}

static void
on_row_selected (GtkListItem *item)
{
  kh_conversation_row_set_open (KH_CONVERSATION_ROW (gtk_list_item_get_child (item)),
                                gtk_list_item_get_selected (item));
}

static void
on_setup (GtkListItemFactory *factory, GtkListItem *item, KhConversationList *self)
{
  KhConversationRow *row = kh_conversation_row_new ();
  GtkGesture *click = gtk_gesture_click_new ();

  g_signal_connect_object (click, "released", G_CALLBACK (on_released), self, 0);
  gtk_widget_add_controller (GTK_WIDGET (row), GTK_EVENT_CONTROLLER (click));
  g_signal_connect (item, "notify::selected", G_CALLBACK (on_row_selected), NULL);
  gtk_list_item_set_child (item, GTK_WIDGET (row));
}

static void
on_bind (GtkListItemFactory *factory, GtkListItem *item, KhConversationList *self)
{
  kh_conversation_row_set_conversation (KH_CONVERSATION_ROW (gtk_list_item_get_child (item)),
                                        KH_CONVERSATION (gtk_list_item_get_item (item)));
  on_row_selected (item);
}

static void
on_unbind (GtkListItemFactory *factory, GtkListItem *item, KhConversationList *self)
{
  kh_conversation_row_set_conversation (KH_CONVERSATION_ROW (gtk_list_item_get_child (item)), NULL);
}

/* By the arrow keys: the keyboard stays in the list. */
static void
on_selected (KhConversationList *self)
{
  KhConversation *conversation = gtk_single_selection_get_selected_item (self->selection);

  if (conversation != NULL && !self->selecting && !self->folded)
    g_signal_emit (self, signals[SIGNAL_SHOW], 0, conversation);
}

static void
on_activate (KhConversationList *self, guint position)
{
  g_autoptr (KhConversation) conversation =
      g_list_model_get_item (G_LIST_MODEL (self->shown), position);

  if (conversation != NULL)
    g_signal_emit (self, signals[SIGNAL_OPEN], 0, conversation);
}

static void
kh_conversation_list_dispose (GObject *object)
{
  KhConversationList *self = KH_CONVERSATION_LIST (object);

  g_clear_handle_id (&self->more_source, g_source_remove);
  if (self->scroller != NULL)
    gtk_widget_unparent (GTK_WIDGET (g_steal_pointer (&self->scroller)));
  g_clear_object (&self->selection);
  g_clear_object (&self->shown);
  g_clear_object (&self->sorter);
  g_clear_object (&self->filter);
  g_clear_object (&self->engine);
  G_OBJECT_CLASS (kh_conversation_list_parent_class)->dispose (object);
}

static void
kh_conversation_list_class_init (KhConversationListClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = kh_conversation_list_dispose;

  signals[SIGNAL_SHOW] = g_signal_new ("show-chat", KH_TYPE_CONVERSATION_LIST, G_SIGNAL_RUN_LAST, 0,
                                       NULL, NULL, NULL, G_TYPE_NONE, 1, KH_TYPE_CONVERSATION);
  signals[SIGNAL_OPEN] = g_signal_new ("open", KH_TYPE_CONVERSATION_LIST, G_SIGNAL_RUN_LAST, 0,
                                       NULL, NULL, NULL, G_TYPE_NONE, 1, KH_TYPE_CONVERSATION);

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/knothole/Knothole/conversation-list.ui");
  gtk_widget_class_bind_template_child (widget_class, KhConversationList, scroller);
  gtk_widget_class_bind_template_child (widget_class, KhConversationList, list);
  gtk_widget_class_bind_template_callback (widget_class, on_setup);
  gtk_widget_class_bind_template_callback (widget_class, on_bind);
  gtk_widget_class_bind_template_callback (widget_class, on_unbind);
  gtk_widget_class_bind_template_callback (widget_class, on_activate);
}

static void
kh_conversation_list_init (KhConversationList *self)
{
  GtkAdjustment *adjustment;

  gtk_widget_init_template (GTK_WIDGET (self));
  self->filter = GTK_FILTER (gtk_custom_filter_new (is_shown, self, NULL));
  self->sorter = GTK_SORTER (gtk_custom_sorter_new (compare, NULL, NULL));
  adjustment = gtk_scrolled_window_get_vadjustment (self->scroller);
  g_signal_connect_object (adjustment, "value-changed", G_CALLBACK (on_scrolled), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (adjustment, "changed", G_CALLBACK (on_scrolled), self,
                           G_CONNECT_SWAPPED);
}

void
kh_conversation_list_set_engine (KhConversationList *self, KhEngine *engine)
{
  GListModel *conversations = kh_engine_get_conversations (engine);
  GtkFilterListModel *filtered;
  GtkSortListModel *sorted;

  g_assert (self->engine == NULL);

  self->engine = g_object_ref (engine);
  kh_conversation_menu_attach (GTK_WIDGET (self->list), engine);
  filtered = gtk_filter_list_model_new (g_object_ref (conversations), g_object_ref (self->filter));
  sorted = gtk_sort_list_model_new (G_LIST_MODEL (filtered), g_object_ref (self->sorter));
  self->shown = gtk_slice_list_model_new (G_LIST_MODEL (sorted), 0, 0);
  self->selection = gtk_single_selection_new (NULL);
  gtk_single_selection_set_autoselect (self->selection, FALSE);
  gtk_single_selection_set_can_unselect (self->selection, TRUE);
  gtk_single_selection_set_model (self->selection, G_LIST_MODEL (self->shown));
  g_signal_connect_object (self->selection, "notify::selected-item", G_CALLBACK (on_selected), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (engine, "conversation-changed", G_CALLBACK (on_changed), self,
                           G_CONNECT_SWAPPED);
  gtk_list_view_set_model (self->list, GTK_SELECTION_MODEL (self->selection));
}

void
kh_conversation_list_fill (KhConversationList *self)
{
  show_more (self, PAGE);
}

void
kh_conversation_list_set_folded (KhConversationList *self, gboolean folded)
{
  self->folded = folded;
  if (folded)
    kh_conversation_list_select (self, NULL);
}

void
kh_conversation_list_set_show_archived (KhConversationList *self, gboolean show)
{
  if (self->show_archived == show)
    return;
  self->show_archived = show;
  gtk_filter_changed (self->filter,
                      show ? GTK_FILTER_CHANGE_LESS_STRICT : GTK_FILTER_CHANGE_MORE_STRICT);
}

guint
kh_conversation_list_count_archived (KhConversationList *self)
{
  GListModel *conversations = kh_engine_get_conversations (self->engine);
  guint n = 0;

  for (guint i = 0; i < g_list_model_get_n_items (conversations); i++)
    {
      g_autoptr (KhConversation) conversation = g_list_model_get_item (conversations, i);

      n += kh_conversation_get_archived (conversation);
    }
  return n;
}

void
kh_conversation_list_select (KhConversationList *self, KhConversation *conversation)
{
  guint position = self->folded ? GTK_INVALID_LIST_POSITION : find (self, conversation);

  self->selecting = TRUE;
  if (position != GTK_INVALID_LIST_POSITION)
    show_more (self, position + 1);
  gtk_single_selection_set_selected (self->selection, position);
  self->selecting = FALSE;
}

/* (nullable): the list item around the row of @conversation */
static GtkWidget *
find_item_widget (KhConversationList *self, KhConversation *conversation)
{
  for (GtkWidget *child = gtk_widget_get_first_child (GTK_WIDGET (self->list)); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget *row = gtk_widget_get_first_child (child);

      if (row != NULL && KH_IS_CONVERSATION_ROW (row) &&
          kh_conversation_row_get_conversation (KH_CONVERSATION_ROW (row)) == conversation)
        return child;
    }
  return NULL;
}

void
kh_conversation_list_focus (KhConversationList *self, KhConversation *conversation)
{
  guint found = find (self, conversation);
  guint position = found != GTK_INVALID_LIST_POSITION ? found : 0;
  g_autoptr (KhConversation) item = NULL;
  GtkWidget *widget;

  show_more (self, position + 1);
  item = g_list_model_get_item (G_LIST_MODEL (self->shown), position);
  if (item == NULL)
    return;
  gtk_widget_activate_action (GTK_WIDGET (self->list), "list.scroll-to-item", "u", position);
  widget = find_item_widget (self, item);
  gtk_widget_grab_focus (widget != NULL ? widget : GTK_WIDGET (self->list));
}
