/* engine-relay.c: whether the server's relay may be used, and anything else; and whether the local
 * network may
 *
 * The user's wish for all contacts is the front end's to keep; that for one is in the history, as
 * flags of the contact.
 */
#include "engine/engine-private.h"

#define FLAGS (KH_CONTACT_RELAY_AUTO | KH_CONTACT_RELAY_ALWAYS | KH_CONTACT_RELAY_NEVER)

static KhRelayPolicy
policy_of (KhRelayUse use)
{
  switch (use)
    {
    case KH_RELAY_USE_ALWAYS:
      return KH_RELAY_ALWAYS;
    case KH_RELAY_USE_NEVER:
      return KH_RELAY_NEVER;
    case KH_RELAY_USE_DEFAULT:
    case KH_RELAY_USE_AUTO:
    default:
      return KH_RELAY_AUTO;
    }
}

static KhContactFlags
flag_of (KhRelayUse use)
{
  switch (use)
    {
    case KH_RELAY_USE_AUTO:
      return KH_CONTACT_RELAY_AUTO;
    case KH_RELAY_USE_ALWAYS:
      return KH_CONTACT_RELAY_ALWAYS;
    case KH_RELAY_USE_NEVER:
      return KH_CONTACT_RELAY_NEVER;
    case KH_RELAY_USE_DEFAULT:
    default:
      return 0;
    }
}

/* Of several flags, which a damaged history could have, the one that hides most. */
KhRelayUse
kh_engine_relay_use_of (const KhStoreContact *contact)
{
  if (contact->flags & KH_CONTACT_RELAY_ALWAYS)
    return KH_RELAY_USE_ALWAYS;
  if (contact->flags & KH_CONTACT_RELAY_NEVER)
    return KH_RELAY_USE_NEVER;
  return contact->flags & KH_CONTACT_RELAY_AUTO ? KH_RELAY_USE_AUTO : KH_RELAY_USE_DEFAULT;
}

/* --- for all ----------------------------------------------------------------------------- */

void
kh_engine_relay_begin (KhEngine *self, KhNode *node)
{
  kh_node_set_relay_policy (node, policy_of (self->relay_use), g_get_monotonic_time ());
  kh_node_set_local_network (node, !self->shuns_local, g_get_monotonic_time ());
}

KhRelayUse
kh_engine_get_relay_policy (KhEngine *self)
{
  g_return_val_if_fail (KH_IS_ENGINE (self), KH_RELAY_USE_AUTO);
  return self->relay_use;
}

void
kh_engine_set_relay_policy (KhEngine *self, KhRelayUse use)
{
  g_return_if_fail (KH_IS_ENGINE (self));
  if (use == KH_RELAY_USE_DEFAULT)
    use = KH_RELAY_USE_AUTO;
  if (self->relay_use == use)
    return;
  self->relay_use = use;
  if (kh_server_link_is_open (self->home))
    {
      for (guint i = 0; i < self->links->len; i++)
        kh_engine_relay_begin (self, ((KhServerLink *) self->links->pdata[i])->node);
      kh_engine_mapping_policy_changed (self);
      kh_engine_servers_kick (self);
    }
  kh_engine_notify_relay_policy (self);
}

gboolean
kh_engine_get_local_network (KhEngine *self)
{
  g_return_val_if_fail (KH_IS_ENGINE (self), TRUE);
  return !self->shuns_local;
}

void
kh_engine_set_local_network (KhEngine *self, gboolean is_used)
{
  g_return_if_fail (KH_IS_ENGINE (self));
  if (self->shuns_local == !is_used)
    return;
  self->shuns_local = !is_used;
  if (kh_server_link_is_open (self->home))
    {
      for (guint i = 0; i < self->links->len; i++)
        kh_engine_relay_begin (self, ((KhServerLink *) self->links->pdata[i])->node);
      kh_engine_servers_kick (self);
    }
  kh_engine_notify_local_network (self);
}

/* --- for one ----------------------------------------------------------------------------- */

void
kh_engine_relay_tell_node (KhEngine *self, KhServerLink *link, const KhStoreContact *contact)
{
  KhRelayUse use = kh_engine_relay_use_of (contact);
  KhRelayPolicy policy = policy_of (use);

  kh_node_set_peer_relay_policy (link->node, &contact->peer_id,
                                 use == KH_RELAY_USE_DEFAULT ? NULL : &policy,
                                 g_get_monotonic_time ());
}

typedef struct
{
  GTask *task;
  KhRelayUse use;
} Change;

static void
on_saved (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autofree Change *change = user_data;
  g_autoptr (GTask) task = change->task;
  g_autoptr (KhStoreContact) contact = kh_engine_finish_change (KH_STORE (source), result, task);
  KhEngine *self = g_task_get_source_object (task);

  if (contact == NULL)
    return;
  contact->flags = (contact->flags & ~FLAGS) | flag_of (change->use);
  kh_conversation_set_contact (g_task_get_task_data (task), contact);
  for (guint i = 0; i < self->links->len; i++)
    kh_engine_relay_tell_node (self, self->links->pdata[i], contact);
  kh_engine_mapping_policy_changed (self);
  kh_engine_servers_kick (self);
  g_task_return_boolean (task, TRUE);
}

void
kh_engine_set_relay_policy_async (KhEngine *self,
                                  KhConversation *conversation,
                                  KhRelayUse use,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data)
{
  GTask *task = kh_engine_contact_task_new (self, conversation, kh_engine_set_relay_policy_async,
                                            cancellable, callback, user_data);
  Change *change;

  if (task == NULL)
    return;
  change = g_new (Change, 1);
  *change = (Change){ task, use };
  kh_store_set_contact_flags_async (self->store, conversation->contact->id, FLAGS, flag_of (use),
                                    NULL, on_saved, change);
}
