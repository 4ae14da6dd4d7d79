/* registry.h: who is here: links by index, by INIT and by peer ID
 *
 * The index and the INIT name a link of this process and always will. The peer ID names a person;
 * what finds them is behind kh_registry_find_peer(), where a registry shared by several processes
 * can take the place of this one in memory. Borrows the clients it lists.
 */
#pragma once

#include "server/client.h"

typedef struct _KhRegistry KhRegistry;

/* (transfer full) */
KhRegistry *kh_registry_new (void);
/* Frees the clients still listed, too. */
void kh_registry_free (KhRegistry *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KhRegistry, kh_registry_free)

/* Gives @client an unused index from @random and lists it under that. */
void kh_registry_add (KhRegistry *self, KhClient *client, const KhRandom *random);
/* Takes it out of every list. */
void kh_registry_remove (KhRegistry *self, KhClient *client);
guint kh_registry_get_n_clients (KhRegistry *self);

/* (transfer none) (nullable) */
KhClient *kh_registry_find_index (KhRegistry *self, guint32 index);

/* Lists @client under the INIT that made it, client->pending->digest; and ends that. */
void kh_registry_add_pending (KhRegistry *self, KhClient *client);
void kh_registry_remove_pending (KhRegistry *self, KhClient *client);
/* (transfer none) (nullable) */
KhClient *kh_registry_find_pending (KhRegistry *self, const guint8 digest[KH_CLIENT_DIGEST_SIZE]);

/* Lists @client as the one link of its peer ID; the place must be free. */
void kh_registry_add_peer (KhRegistry *self, KhClient *client);
/* Does nothing where another link has the place. */
void kh_registry_remove_peer (KhRegistry *self, KhClient *client);
/* (transfer none) (nullable): the confirmed link of @id, registered or not. */
KhClient *kh_registry_find_peer (KhRegistry *self, const KhPeerId *id);

/* For all links, in no order; @func must not change the registry. */
void kh_registry_foreach (KhRegistry *self, GFunc func, gpointer user_data);
