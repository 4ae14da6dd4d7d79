/* client.c: one link's record: its states, its sealing, what it asked for
 *
 * Owns nothing beyond the record; tables, queues and pushes are the server's.
 */
#include "server/client.h"

#include "crypto/primitives.h"

/* With 16 bytes of malloc's and about 50 of the tables by index and by peer ID, a client at rest
 * takes less than 400 bytes, so that a million fit into 400 MB. */
G_STATIC_ASSERT (sizeof (KhClient) <= 328);

KhClient *
kh_client_new (const KhKey *key)
{
  KhClient *self = g_new0 (KhClient, 1);

  self->id = kh_peer_id_from_key (key);
  self->key = *key;
  self->link.data = self;
  return self;
}

void
kh_client_free (KhClient *self)
{
  if (self == NULL)
    return;
  g_assert (self->pushes == NULL);
  g_assert (self->relay == NULL || self->relay->n_channels == 0);
  kh_key_pair_clear (&self->keys);
  kh_client_clear_wants (self);
  g_free (self->pending);
  g_free (self->recent);
  g_free (self->relay);
  g_free (self);
}

const char *
kh_client_state_to_string (KhClientState state)
{
  switch (state)
    {
    case KH_CLIENT_UNCONFIRMED:
      return "unconfirmed";
    case KH_CLIENT_LINKED:
      return "linked";
    case KH_CLIENT_REGISTERED:
      return "registered";
    case KH_CLIENT_LEAVING:
      return "leaving";
    default:
      return "unknown";
    }
}

void
kh_client_set_state (KhClient *self, KhClientState state)
{
  static const guint8 allowed[] = {
    [KH_CLIENT_UNCONFIRMED] = 1 << KH_CLIENT_LINKED,
    [KH_CLIENT_LINKED] = 1 << KH_CLIENT_REGISTERED | 1 << KH_CLIENT_LEAVING,
    [KH_CLIENT_REGISTERED] = 1 << KH_CLIENT_LEAVING,
    [KH_CLIENT_LEAVING] = 0,
  };

  g_assert (allowed[self->state] & 1 << state);
  g_debug ("link %08x: %s -> %s", self->index, kh_client_state_to_string (self->state),
           kh_client_state_to_string (state));
  self->state = (guint8) state;
}

/* A writer behind the header of the next packet. */
static KhWriter
begin_packet (const KhClient *self, guint8 *out, gsize size)
{
  KhWriter writer = kh_writer_init (out, size);
  KhSealed header = { .epoch = self->keys.epoch,
                      .receiver = self->remote_index,
                      .packet_number = self->keys.next_number };

  kh_sealed_write (&writer, &header);
  return writer;
}

/* Seals what was written behind the header. */
static gboolean
end_packet (KhClient *self, KhWriter *writer, gsize *ret_len)
{
  gsize len = writer->len - KH_SEALED_HEADER_SIZE;

  if (kh_writer_reserve (writer, KH_AEAD_TAG_SIZE) == NULL ||
      !kh_key_pair_seal (&self->keys, self->keys.next_number, writer->data, KH_SEALED_HEADER_SIZE,
                         writer->data + KH_SEALED_HEADER_SIZE, len))
    return FALSE;

  *ret_len = writer->len;
  return TRUE;
}

gboolean
kh_client_seal (
    KhClient *self, const guint8 *message, gsize len, guint8 *out, gsize size, gsize *ret_len)
{
  KhWriter writer = begin_packet (self, out, size);

  return kh_writer_bytes (&writer, message, len) && end_packet (self, &writer, ret_len);
}

gboolean
kh_client_seal_message (
    KhClient *self, const KhLinkMessage *message, guint8 *out, gsize size, gsize *ret_len)
{
  KhWriter writer = begin_packet (self, out, size);

  return kh_link_message_write (&writer, message) && end_packet (self, &writer, ret_len);
}

KhClientRelay *
kh_client_get_relay (KhClient *self)
{
  if (self->relay == NULL)
    self->relay = g_new0 (KhClientRelay, 1);
  return self->relay;
}

gboolean
kh_client_has_seen_request (const KhClient *self, guint32 id)
{
  guint n = self->recent != NULL ? MIN (self->recent->n, KH_CLIENT_RECENT) : 0;

  for (guint i = 0; i < n; i++)
    if (self->recent->ids[i] == id)
      return TRUE;
  return FALSE;
}

void
kh_client_note_request (KhClient *self, guint32 id)
{
  if (self->recent == NULL)
    self->recent = g_new0 (KhClientRecent, 1);
  self->recent->ids[self->recent->n % KH_CLIENT_RECENT] = id;
  self->recent->n++;
  /* Stay clear of the wrap: the ring is full all the same. */
  if (self->recent->n == 2 * KH_CLIENT_RECENT)
    self->recent->n = KH_CLIENT_RECENT;
}

static int
compare_ids (gconstpointer a, gconstpointer b)
{
  return kh_peer_id_compare (a, b);
}

gboolean
kh_client_wants (const KhClient *self, const KhPeerId *peer)
{
  return self->wants != NULL && g_array_binary_search (self->wants, peer, compare_ids, NULL);
}

gboolean
kh_client_add_want (KhClient *self, const KhPeerId *peer, guint max)
{
  guint at = 0;

  if (self->wants == NULL)
    self->wants = g_array_new (FALSE, FALSE, sizeof (KhPeerId));
  if (kh_client_wants (self, peer))
    return TRUE;
  if (self->wants->len >= max)
    return FALSE;
  while (at < self->wants->len &&
         kh_peer_id_compare (&g_array_index (self->wants, KhPeerId, at), peer) < 0)
    at++;
  g_array_insert_val (self->wants, at, *peer);
  return TRUE;
}

void
kh_client_remove_want (KhClient *self, const KhPeerId *peer)
{
  guint at;

  if (self->wants == NULL || !g_array_binary_search (self->wants, peer, compare_ids, &at))
    return;
  g_array_remove_index (self->wants, at);
  if (self->wants->len == 0)
    kh_client_clear_wants (self);
}

void
kh_client_clear_wants (KhClient *self)
{
  g_clear_pointer (&self->wants, g_array_unref);
}
