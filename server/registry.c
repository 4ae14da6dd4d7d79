/* registry.c: the registry in memory
 *
 * Owns three hash tables over the same clients. Two need no memory but their slots: an index is
 * its own key, and a client is its own key by peer ID.
 */
#include "server/registry.h"

/* A client can be looked up by a pointer to a KhPeerId alone. */
G_STATIC_ASSERT (G_STRUCT_OFFSET (KhClient, id) == 0);

struct _KhRegistry
{
  GHashTable *by_index;
  GHashTable *by_digest;
  GHashTable *by_peer;
};

static guint
digest_hash (gconstpointer digest)
{
  guint hash;

  memcpy (&hash, digest, sizeof hash);
  return hash;
}

static gboolean
digest_equal (gconstpointer a, gconstpointer b)
{
  return memcmp (a, b, KH_CLIENT_DIGEST_SIZE) == 0;
}

KhRegistry *
kh_registry_new (void)
{
  KhRegistry *self = g_new0 (KhRegistry, 1);

  self->by_index = g_hash_table_new (NULL, NULL);
  self->by_digest = g_hash_table_new (digest_hash, digest_equal);
  self->by_peer = g_hash_table_new (kh_peer_id_hash_func, kh_peer_id_equal_func);
  return self;
}

void
kh_registry_free (KhRegistry *self)
{
  GHashTableIter iter;
  gpointer client;

  if (self == NULL)
    return;
  g_hash_table_unref (self->by_digest);
  g_hash_table_unref (self->by_peer);
  g_hash_table_iter_init (&iter, self->by_index);
  while (g_hash_table_iter_next (&iter, NULL, &client))
    kh_client_free (client);
  g_hash_table_unref (self->by_index);
  g_free (self);
}

void
kh_registry_add (KhRegistry *self, KhClient *client, const KhRandom *random)
{
  do
    client->index = kh_random_u32 (random);
  while (g_hash_table_contains (self->by_index, GUINT_TO_POINTER (client->index)));
  g_hash_table_insert (self->by_index, GUINT_TO_POINTER (client->index), client);
}

void
kh_registry_remove (KhRegistry *self, KhClient *client)
{
  kh_registry_remove_pending (self, client);
  kh_registry_remove_peer (self, client);
  g_hash_table_remove (self->by_index, GUINT_TO_POINTER (client->index));
}

guint
kh_registry_get_n_clients (KhRegistry *self)
{
  return g_hash_table_size (self->by_index);
}

KhClient *
kh_registry_find_index (KhRegistry *self, guint32 index)
{
  return g_hash_table_lookup (self->by_index, GUINT_TO_POINTER (index));
}

void
kh_registry_add_pending (KhRegistry *self, KhClient *client)
{
  g_hash_table_insert (self->by_digest, client->pending->digest, client);
}

void
kh_registry_remove_pending (KhRegistry *self, KhClient *client)
{
  if (client->pending == NULL)
    return;
  g_hash_table_remove (self->by_digest, client->pending->digest);
  g_clear_pointer (&client->pending, g_free);
}

KhClient *
kh_registry_find_pending (KhRegistry *self, const guint8 digest[KH_CLIENT_DIGEST_SIZE])
{
  return g_hash_table_lookup (self->by_digest, digest);
}

void
kh_registry_add_peer (KhRegistry *self, KhClient *client)
{
  gboolean added = g_hash_table_add (self->by_peer, client);

  g_assert (added);
}

void
kh_registry_remove_peer (KhRegistry *self, KhClient *client)
{
  if (kh_registry_find_peer (self, &client->id) == client)
    g_hash_table_remove (self->by_peer, client);
}

KhClient *
kh_registry_find_peer (KhRegistry *self, const KhPeerId *id)
{
  return g_hash_table_lookup (self->by_peer, id);
}

void
kh_registry_foreach (KhRegistry *self, GFunc func, gpointer user_data)
{
  GHashTableIter iter;
  gpointer client;

  g_hash_table_iter_init (&iter, self->by_index);
  while (g_hash_table_iter_next (&iter, NULL, &client))
    func (client, user_data);
}
