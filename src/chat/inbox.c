/* inbox.c: what waits to be stored, and which receipts are owed
 *
 * A batch in the hands of the history outlives its session: its receipts are owed in the next one
 * too, and a failure fails that one. Nothing else is carried over, because whatever was not
 * acknowledged comes again.
 */
#include "chat/inbox.h"

struct _KhInbox
{
  gboolean failed;
  /* (element-type KhMessage): texts and changes, in order */
  GPtrArray *waiting;
  /* (nullable): the same, in the hands of the history */
  GPtrArray *batch;
  gsize bytes;
  /* (element-type KhMessageId): stored, and their receipts not handed out */
  GArray *owed;
  gboolean tells_read;
  gboolean has_read;
  gboolean owes_read;
  KhMessageId read;
};

static void
message_free (gpointer message)
{
  kh_message_clear (message);
  g_free (message);
}

static gsize
message_cost (const KhMessage *message)
{
  const char *text = message->type == KH_MESSAGE_TEXT ? message->text.text : message->change.text;

  return sizeof *message + strlen (text) + 1;
}

static const KhMessageId *
message_id (const KhMessage *message)
{
  return message->type == KH_MESSAGE_TEXT ? &message->text.id : &message->change.id;
}

static gsize
messages_cost (const GPtrArray *messages)
{
  gsize cost = 0;

  for (guint i = 0; messages != NULL && i < messages->len; i++)
    cost += message_cost (messages->pdata[i]);
  return cost;
}

KhInbox *
kh_inbox_new (void)
{
  KhInbox *self = g_new0 (KhInbox, 1);

  self->tells_read = TRUE;
  self->waiting = g_ptr_array_new_with_free_func (message_free);
  self->owed = g_array_new (FALSE, FALSE, sizeof (KhMessageId));
  return self;
}

void
kh_inbox_free (KhInbox *self)
{
  if (self == NULL)
    return;
  g_ptr_array_unref (self->waiting);
  g_clear_pointer (&self->batch, g_ptr_array_unref);
  g_array_unref (self->owed);
  g_free (self);
}

gboolean
kh_inbox_has_room (const KhInbox *self)
{
  guint n = self->waiting->len + (self->batch != NULL ? self->batch->len : 0);

  /* Receipts count too: they wait for the stream, which the peer may refuse to read. */
  return self->bytes < KH_INBOX_BYTES_MAX && n + self->owed->len < KH_INBOX_MESSAGES_MAX;
}

gboolean
kh_inbox_receive (KhInbox *self, KhMessage *message)
{
  g_return_val_if_fail (kh_message_is_kept (message), FALSE);

  if (self->failed || !kh_inbox_has_room (self))
    {
      kh_message_clear (message);
      return FALSE;
    }
  self->bytes += message_cost (message);
  g_ptr_array_add (self->waiting, g_memdup2 (message, sizeof *message));
  *message = (KhMessage){ 0 };
  return TRUE;
}

GPtrArray *
kh_inbox_take_batch (KhInbox *self)
{
  guint n = MIN (self->waiting->len, KH_INBOX_BATCH_MAX);

  if (self->batch != NULL || n == 0)
    return NULL;
  self->batch = g_ptr_array_new_full (n, message_free);
  for (guint i = 0; i < n; i++)
    g_ptr_array_add (self->batch, g_steal_pointer (&self->waiting->pdata[i]));
  /* The free function takes no NULL, and must not see what moved on. */
  g_ptr_array_set_free_func (self->waiting, NULL);
  g_ptr_array_remove_range (self->waiting, 0, n);
  g_ptr_array_set_free_func (self->waiting, message_free);
  return g_ptr_array_ref (self->batch);
}

static void
batch_end (KhInbox *self)
{
  self->bytes -= messages_cost (self->batch);
  g_clear_pointer (&self->batch, g_ptr_array_unref);
}

void
kh_inbox_batch_stored (KhInbox *self)
{
  g_return_if_fail (self->batch != NULL);

  for (guint i = 0; i < self->batch->len; i++)
    {
      const KhMessageId *id = message_id (self->batch->pdata[i]);

      g_array_append_vals (self->owed, id, 1);
    }
  batch_end (self);
}

void
kh_inbox_batch_failed (KhInbox *self)
{
  g_return_if_fail (self->batch != NULL);

  batch_end (self);
  kh_inbox_session_down (self);
  self->failed = TRUE;
}

gboolean
kh_inbox_is_failed (const KhInbox *self)
{
  return self->failed;
}

void
kh_inbox_session_up (KhInbox *self)
{
  kh_inbox_session_down (self);
  self->failed = FALSE;
  self->owes_read = self->has_read;
}

void
kh_inbox_session_down (KhInbox *self)
{
  g_ptr_array_set_size (self->waiting, 0);
  g_array_set_size (self->owed, 0);
  self->bytes = messages_cost (self->batch);
}

void
kh_inbox_mark_read (KhInbox *self, const KhMessageId *id)
{
  self->read = *id;
  self->has_read = TRUE;
  self->owes_read = TRUE;
}

void
kh_inbox_set_tells_read (KhInbox *self, gboolean tells_read)
{
  self->tells_read = tells_read;
}

gboolean
kh_inbox_next_receipt (KhInbox *self, KhMessage *ret_receipt)
{
  KhMessage receipt = { .type = KH_MESSAGE_RECEIPT };

  if (self->owed->len > 0)
    {
      guint n = MIN (self->owed->len, KH_MESSAGE_RECEIPT_IDS_MAX);

      receipt.receipt.state = KH_RECEIPT_DELIVERED;
      receipt.receipt.ids = g_memdup2 (self->owed->data, n * sizeof (KhMessageId));
      receipt.receipt.n_ids = n;
      g_array_remove_range (self->owed, 0, n);
    }
  else if (self->owes_read && self->tells_read)
    {
      receipt.receipt.state = KH_RECEIPT_READ;
      receipt.receipt.ids = g_memdup2 (&self->read, sizeof self->read);
      receipt.receipt.n_ids = 1;
      self->owes_read = FALSE;
    }
  else
    return FALSE;
  *ret_receipt = receipt;
  return TRUE;
}
