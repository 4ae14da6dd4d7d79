/* replies.c: a ring of short datagrams that wait to be polled (DESIGN 2, "the seam") */
#include "server/replies.h"

typedef struct
{
  KhAddr remote;
  guint8 socket;
  guint8 len;
  guint8 data[KH_REPLIES_DATA_SIZE];
} Reply;

struct _KhReplies
{
  guint first;
  guint n;
  Reply ring[KH_REPLIES_MAX];
};

KhReplies *
kh_replies_new (void)
{
  return g_new0 (KhReplies, 1);
}

void
kh_replies_free (KhReplies *self)
{
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
  if (self->n == KH_REPLIES_MAX)
    return NULL;
  return self->ring[(self->first + self->n) % KH_REPLIES_MAX].data;
}

void
kh_replies_commit (KhReplies *self, guint socket, const KhAddr *remote, gsize len)
{
  Reply *reply = &self->ring[(self->first + self->n) % KH_REPLIES_MAX];

  g_assert (self->n < KH_REPLIES_MAX && len <= KH_REPLIES_DATA_SIZE);
  reply->socket = (guint8) socket;
  reply->remote = *remote;
  reply->len = (guint8) len;
  self->n++;
}

gboolean
kh_replies_poll (KhReplies *self, KhDatagram *out)
{
  const Reply *reply = &self->ring[self->first];

  if (self->n == 0 || out->size < reply->len)
    return FALSE;
  out->socket = reply->socket;
  out->remote = reply->remote;
  out->len = reply->len;
  out->hop_limit = 0;
  memcpy (out->data, reply->data, reply->len);
  self->first = (self->first + 1) % KH_REPLIES_MAX;
  self->n--;
  return TRUE;
}
