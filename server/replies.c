/* replies.c: a ring of short datagrams that wait to be polled */
#include "server/replies.h"

typedef struct
{
  KhAddr remote;
  guint8 socket;
  guint16 len;
  guint8 data[];
} Reply;

struct _KhReplies
{
  guint first;
  guint n;
  guint max;
  gsize data_size;
  gsize stride;
  guint8 *ring;
};

KhReplies *
kh_replies_new (guint max, gsize data_size)
{
  KhReplies *self = g_new0 (KhReplies, 1);

  g_assert (max > 0 && data_size <= G_MAXUINT16);
  self->max = max;
  self->data_size = data_size;
  /* Each begins as aligned as the first. */
  self->stride = (sizeof (Reply) + data_size + 7) & ~(gsize) 7;
  self->ring = g_malloc (max * self->stride);
  return self;
}

/* The place of the datagram that is @n behind the oldest. */
static Reply *
reply_at (const KhReplies *self, guint n)
{
  return (Reply *) (void *) (self->ring + (self->first + n) % self->max * self->stride);
}

void
kh_replies_free (KhReplies *self)
{
  if (self == NULL)
    return;
  g_free (self->ring);
  g_free (self);
}

gboolean
kh_replies_is_empty (const KhReplies *self)
{
  return self->n == 0;
}

guint8 *
kh_replies_reserve (KhReplies *self)
{
  return self->n < self->max ? reply_at (self, self->n)->data : NULL;
}

void
kh_replies_commit (KhReplies *self, guint socket, const KhAddr *remote, gsize len)
{
  Reply *reply = reply_at (self, self->n);

  g_assert (self->n < self->max && len <= self->data_size);
  reply->socket = (guint8) socket;
  reply->remote = *remote;
  reply->len = (guint16) len;
  self->n++;
}

gboolean
kh_replies_poll (KhReplies *self, KhDatagram *out)
{
  const Reply *reply = reply_at (self, 0);

  if (self->n == 0 || out->size < reply->len)
    return FALSE;
  out->socket = reply->socket;
  out->remote = reply->remote;
  out->len = reply->len;
  out->hop_limit = 0;
  memcpy (out->data, reply->data, reply->len);
  self->n--;
  /* Empty, it begins again where the processor's cache is warm. */
  self->first = self->n > 0 ? (self->first + 1) % self->max : 0;
  return TRUE;
}
