/* message-list-load.c: pages of the history, on both ends of the list or in the place of it
 *
 * A question to the history carries the generation of the list it was asked for: a list that was
 * moved or emptied meanwhile drops the answer. What is added to a list that somebody scrolls comes
 * a few messages a frame: to make and lay out rows for a whole page takes longer than a frame.
 */
#include "engine/message-list-private.h"

#include <string.h>

/* Messages that are added at once, and the ms between. As long as the list is shorter than what a
 * list view makes rows for, what is added costs it the styles of all rows: fewer and larger ones.
 */
#define SLICE 4
#define SLICE_MS 16
#define SHORT 200
#define SHORT_SLICE 16

static gint64
seq_at (KhMessageList *self, guint position)
{
  return kh_chat_message_get_seq (self->messages->pdata[position]);
}

static gint64
first_seq (KhMessageList *self)
{
  return self->messages->len > 0 ? seq_at (self, 0) : G_MAXINT64;
}

gint64
kh_message_list_last_seq (KhMessageList *self)
{
  return self->messages->len > 0 ? seq_at (self, self->messages->len - 1) : 0;
}

/* Of the first message that is not before @seq. */
static guint
position_of (KhMessageList *self, gint64 seq)
{
  guint low = 0, high = self->messages->len;

  while (low < high)
    {
      guint middle = low + (high - low) / 2;

      if (seq_at (self, middle) < seq)
        low = middle + 1;
      else
        high = middle;
    }
  return low;
}

/* The @n records from @first on. */
static void
prepend (KhMessageList *self, GPtrArray *records, guint first, guint n)
{
  guint old = self->messages->len;

  while (n > 0 && ((KhStoreMessage *) records->pdata[first + n - 1])->seq >= first_seq (self))
    n--;
  if (n == 0)
    return;
  /* All that is there moves once. */
  g_ptr_array_set_size (self->messages, (int) (old + n));
  memmove (self->messages->pdata + n, self->messages->pdata, old * sizeof (gpointer));
  for (guint i = 0; i < n; i++)
    self->messages->pdata[i] = kh_message_list_wrap (self, records->pdata[first + i]);
  g_list_model_items_changed (G_LIST_MODEL (self), 0, 0, n);
}

static void
append (KhMessageList *self, GPtrArray *records, guint first, guint n)
{
  guint old = self->messages->len;

  for (guint i = first; i < first + n; i++)
    if (((KhStoreMessage *) records->pdata[i])->seq > kh_message_list_last_seq (self))
      g_ptr_array_add (self->messages, kh_message_list_wrap (self, records->pdata[i]));
  if (self->messages->len > old)
    g_list_model_items_changed (G_LIST_MODEL (self), old, 0, self->messages->len - old);
}

/* The list is @records from now on, and nothing else. */
static void
replace_all (KhMessageList *self, GPtrArray *before, GPtrArray *after)
{
  g_autoptr (GPtrArray) old = g_steal_pointer (&self->messages);

  self->messages = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < before->len; i++)
    g_ptr_array_add (self->messages, kh_message_list_wrap (self, before->pdata[i]));
  for (guint i = 0; after != NULL && i < after->len; i++)
    g_ptr_array_add (self->messages, kh_message_list_wrap (self, after->pdata[i]));
  if (old->len > 0 || self->messages->len > 0)
    g_list_model_items_changed (G_LIST_MODEL (self), 0, old->len, self->messages->len);
}

/* A question to the history. */
typedef struct
{
  KhMessageList *list;
  guint generation;
  guint page;
  gboolean newer; /* or older than what is there */
  gint64 seq;
  GTask *task;       /* (nullable): of load_around */
  GPtrArray *before; /* (nullable): its first answer */
  GPtrArray *slices; /* (nullable): what is added bit by bit, and how much was */
  guint n_added;
} Load;

static Load *
load_new (KhMessageList *self, guint page)
{
  Load *load = g_new0 (Load, 1);

  self->stage = KH_MESSAGE_LIST_LOADING;
  load->list = g_object_ref (self);
  load->generation = self->generation;
  load->page = page;
  return load;
}

static void
load_free (Load *self)
{
  g_object_unref (self->list);
  g_clear_object (&self->task);
  g_clear_pointer (&self->before, g_ptr_array_unref);
  g_clear_pointer (&self->slices, g_ptr_array_unref);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Load, load_free)

/* (transfer full) (nullable): the answer, if anybody still wants it. */
static GPtrArray *
load_finish (Load *load, GObject *source, GAsyncResult *result)
{
  KhMessageList *self = load->list;
  GError *error = NULL;
  GPtrArray *records = kh_store_messages_finish (KH_STORE (source), result, &error);

  if (load->generation != self->generation)
    {
      g_clear_pointer (&records, g_ptr_array_unref);
      g_clear_error (&error);
      if (load->task != NULL)
        g_task_return_new_error (load->task, G_IO_ERROR, G_IO_ERROR_CANCELLED,
                                 "Another place was asked for");
      return NULL;
    }
  if (records != NULL)
    return records;
  /* Scrolling on asks again. */
  g_debug ("Cannot load a page of the history: %s", error->message);
  self->stage = self->messages->len > 0 ? KH_MESSAGE_LIST_READY : KH_MESSAGE_LIST_EMPTY;
  if (load->task != NULL)
    g_task_return_error (load->task, g_steal_pointer (&error));
  g_clear_error (&error);
  return NULL;
}

/* Returns whether there is more of it. */
static gboolean
add_slice (Load *load)
{
  KhMessageList *self = load->list;
  GPtrArray *records = load->slices;
  guint there = self->messages->len;
  guint slice = there == 0 ? records->len : there < SHORT ? SHORT_SLICE : SLICE;
  guint n = MIN (slice, records->len - load->n_added);
  gboolean more = records->len == load->page;

  load->n_added += n;
  if (load->n_added == records->len)
    self->stage = KH_MESSAGE_LIST_READY;
  if (load->newer)
    append (self, records, load->n_added - n, n);
  else
    prepend (self, records, records->len - load->n_added, n);
  if (load->n_added < records->len)
    return TRUE;
  kh_message_list_set_more (self, load->newer ? self->has_older : more,
                            load->newer ? more : self->has_newer);
  return FALSE;
}

static gboolean
on_slice (gpointer user_data)
{
  Load *load = user_data;

  return load->generation == load->list->generation && add_slice (load);
}

static void
on_page (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Load) load = user_data;
  g_autoptr (GSource) slices = NULL;

  load->slices = load_finish (load, source, result);
  if (load->slices == NULL || !add_slice (load))
    return;
  slices = g_timeout_source_new (SLICE_MS);
  g_source_set_callback (slices, on_slice, g_steal_pointer (&load), (GDestroyNotify) load_free);
  g_source_attach (slices, g_main_context_get_thread_default ());
}

static void
load_older (KhMessageList *self, KhStore *store, gint64 before_seq, guint page)
{
  kh_store_load_page_async (store, self->contact, before_seq, page, NULL, on_page,
                            load_new (self, page));
}

void
kh_message_list_start (KhMessageList *self, KhStore *store, guint page)
{
  if (self->stage == KH_MESSAGE_LIST_EMPTY)
    load_older (self, store, G_MAXINT64, page);
}

void
kh_message_list_load_older (KhMessageList *self, KhStore *store, guint page)
{
  if (self->stage == KH_MESSAGE_LIST_READY && self->has_older)
    load_older (self, store, first_seq (self), page);
}

void
kh_message_list_load_newer (KhMessageList *self, KhStore *store, guint page)
{
  Load *load;

  if (self->stage != KH_MESSAGE_LIST_READY || !self->has_newer)
    return;
  load = load_new (self, page);
  load->newer = TRUE;
  kh_store_load_after_async (store, self->contact, kh_message_list_last_seq (self), page, NULL,
                             on_page, load);
}

static void
on_after (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Load) load = user_data;
  g_autoptr (GPtrArray) after = load_finish (load, source, result);
  KhMessageList *self = load->list;

  if (after == NULL)
    return;
  self->stage = KH_MESSAGE_LIST_READY;
  replace_all (self, load->before, after);
  kh_message_list_set_more (self, load->before->len == load->page, after->len == load->page);
  g_task_return_int (load->task, position_of (self, load->seq));
}

/* The page up to @seq and with it; what follows it is asked for next. */
static void
on_before (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Load) load = user_data;
  g_autoptr (GPtrArray) before = load_finish (load, source, result);
  KhMessageList *self = load->list;

  if (before == NULL)
    return;
  if (load->seq != G_MAXINT64)
    {
      load->before = g_steal_pointer (&before);
      kh_store_load_after_async (KH_STORE (source), self->contact, load->seq, load->page, NULL,
                                 on_after, load);
      load = NULL;
      return;
    }
  self->stage = KH_MESSAGE_LIST_READY;
  replace_all (self, before, NULL);
  kh_message_list_set_more (self, before->len == load->page, FALSE);
  g_task_return_int (load->task, self->messages->len > 0 ? self->messages->len - 1 : 0);
}

/* Is the message, or the newest one, in the list? */
static gboolean
is_near (KhMessageList *self, gint64 seq)
{
  guint position;

  if (self->stage == KH_MESSAGE_LIST_EMPTY || self->messages->len == 0)
    return FALSE;
  if (seq == G_MAXINT64)
    return !self->has_newer;
  position = position_of (self, seq);
  return position < self->messages->len && seq_at (self, position) == seq;
}

void
kh_message_list_load_around (
    KhMessageList *self, KhStore *store, gint64 seq, guint page, GTask *task)
{
  g_autoptr (GTask) owned = task;
  Load *load;

  if (is_near (self, seq))
    {
      g_task_return_int (task, MIN (position_of (self, seq), self->messages->len - 1));
      return;
    }
  self->generation++;
  load = load_new (self, page);
  load->seq = seq;
  load->task = g_steal_pointer (&owned);
  kh_store_load_page_async (store, self->contact, seq < G_MAXINT64 ? seq + 1 : seq, page, NULL,
                            on_before, load);
}
