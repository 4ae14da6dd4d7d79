/* pushes.c: pushes and their retransmission (PROTOCOL.md, "Link messages")
 *
 * Owns the pushes. There is one queue for each number of tries: all in it wait equally long, so
 * each is in the order of its deadlines, and nothing needs to be sorted.
 */
#include "server/pushes.h"

/* KNOCKED with the largest blob is the longest. */
#define MESSAGE_MAX (1 + 4 + KH_KEY_SIZE + 4 + KH_BLOB_MAX)

struct _KhPush
{
  GList link;   /* in due, or in waiting[tries - 1] */
  KhPush *next; /* of the same client */
  KhClient *client;
  gint64 due_us;
  guint32 id;
  gboolean is_due;
  guint8 tries; /* how often it was sent */
  guint8 type;
  guint16 len;
  guint8 message[];
};

struct _KhPushes
{
  guint n;
  guint max;
  GQueue due;
  GQueue waiting[KH_PUSHES_TRIES]; /* by tries */
};

KhPushes *
kh_pushes_new (guint max)
{
  KhPushes *self = g_new0 (KhPushes, 1);

  self->max = max;
  return self;
}

static GQueue *
queue_of (KhPushes *self, const KhPush *push)
{
  return push->is_due ? &self->due : &self->waiting[push->tries - 1];
}

static void
free_push (KhPushes *self, KhPush *push)
{
  g_queue_unlink (queue_of (self, push), &push->link);
  push->client->n_pushes--;
  self->n--;
  g_free (push);
}

void
kh_pushes_drop_all (KhPushes *self, KhClient *client)
{
  while (client->pushes != NULL)
    {
      KhPush *push = client->pushes;

      client->pushes = push->next;
      free_push (self, push);
    }
}

static void
drop_queue (KhPushes *self, GQueue *queue)
{
  while (queue->head != NULL)
    kh_pushes_drop_all (self, ((KhPush *) queue->head->data)->client);
}

void
kh_pushes_free (KhPushes *self)
{
  if (self == NULL)
    return;
  drop_queue (self, &self->due);
  for (guint i = 0; i < KH_PUSHES_TRIES; i++)
    drop_queue (self, &self->waiting[i]);
  g_free (self);
}

gboolean
kh_pushes_has_room (const KhPushes *self, const KhClient *client)
{
  return client->n_pushes < KH_PUSHES_PER_CLIENT && self->n < self->max;
}

void
kh_pushes_add (KhPushes *self, KhClient *client, const KhLinkMessage *message)
{
  KhLinkMessage numbered = *message;
  guint8 buf[MESSAGE_MAX];
  KhWriter writer = kh_writer_init (buf, sizeof buf);
  gboolean fits;
  KhPush *push;

  numbered.id = client->next_push++;
  fits = kh_link_message_write (&writer, &numbered);
  g_assert (fits);

  push = g_malloc0 (sizeof *push + writer.len);
  push->link.data = push;
  push->client = client;
  push->id = numbered.id;
  push->type = (guint8) message->type;
  push->is_due = TRUE;
  push->len = (guint16) writer.len;
  memcpy (push->message, buf, writer.len);

  push->next = client->pushes;
  client->pushes = push;
  client->n_pushes++;
  self->n++;
  g_queue_push_tail_link (&self->due, &push->link);
}

gboolean
kh_pushes_acknowledge (KhPushes *self, KhClient *client, guint32 id, KhLinkType *ret_type)
{
  for (KhPush **at = &client->pushes; *at != NULL; at = &(*at)->next)
    if ((*at)->id == id)
      {
        KhPush *push = *at;

        *ret_type = push->type;
        *at = push->next;
        free_push (self, push);
        return TRUE;
      }
  return FALSE;
}

/* The next try comes, or the client is given up, 0.3, 0.6, 1.2, 2.4 and 4.8 s after. */
static void
wait_for_answer (KhPushes *self, KhPush *push, gint64 now_us)
{
  g_queue_unlink (&self->due, &push->link);
  push->is_due = FALSE;
  push->due_us = now_us + (KH_PUSHES_FIRST_DELAY_US << push->tries);
  push->tries++;
  g_queue_push_tail_link (queue_of (self, push), &push->link);
}

gboolean
kh_pushes_poll (KhPushes *self, KhDatagram *out, gint64 now_us)
{
  while (self->due.head != NULL)
    {
      KhPush *push = self->due.head->data;
      KhClient *client = push->client;

      if (out->size < (gsize) push->len + KH_SEALED_OVERHEAD)
        return FALSE;
      wait_for_answer (self, push, now_us);
      if (!kh_client_seal (client, push->message, push->len, out->data, out->size, &out->len))
        continue;
      out->socket = client->socket;
      out->remote = client->addr;
      out->hop_limit = 0;
      return TRUE;
    }
  return FALSE;
}

gint64
kh_pushes_next_timeout (const KhPushes *self)
{
  gint64 next = KH_NEVER;

  for (guint i = 0; i < KH_PUSHES_TRIES; i++)
    if (self->waiting[i].head != NULL)
      next = MIN (next, ((KhPush *) self->waiting[i].head->data)->due_us);
  return next;
}

gboolean
kh_pushes_handle_timeout (KhPushes *self, KhClient **ret_lost, gint64 now_us)
{
  for (guint i = 0; i < KH_PUSHES_TRIES; i++)
    {
      GList *head = self->waiting[i].head;
      KhPush *push = head != NULL ? head->data : NULL;

      if (push == NULL || push->due_us > now_us)
        continue;
      *ret_lost = push->tries == KH_PUSHES_TRIES ? push->client : NULL;
      if (*ret_lost == NULL)
        {
          g_queue_unlink (&self->waiting[i], &push->link);
          push->is_due = TRUE;
          g_queue_push_tail_link (&self->due, &push->link);
        }
      return TRUE;
    }
  return FALSE;
}
