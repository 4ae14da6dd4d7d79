/* records.c: copying and freeing the values of records.h */
#include "store/records.h"

KhStoreContact *
kh_store_contact_copy (const KhStoreContact *self)
{
  KhStoreContact *copy = g_memdup2 (self, sizeof *self);

  copy->server = g_strdup (self->server);
  copy->given_name = g_strdup (self->given_name);
  copy->alias = g_strdup (self->alias);
  copy->draft = g_strdup (self->draft);
  return copy;
}

void
kh_store_contact_free (KhStoreContact *self)
{
  if (self == NULL)
    return;
  g_free (self->server);
  g_free (self->given_name);
  g_free (self->alias);
  g_free (self->draft);
  g_free (self);
}

KhStoreMessage *
kh_store_message_copy (const KhStoreMessage *self)
{
  KhStoreMessage *copy = g_memdup2 (self, sizeof *self);

  copy->text = g_strdup (self->text);
  copy->reply_text = g_strdup (self->reply_text);
  copy->my_reactions = g_strdup (self->my_reactions);
  copy->their_reactions = g_strdup (self->their_reactions);
  copy->snippet = g_strdup (self->snippet);
  return copy;
}

void
kh_store_message_free (KhStoreMessage *self)
{
  if (self == NULL)
    return;
  g_free (self->text);
  g_free (self->reply_text);
  g_free (self->my_reactions);
  g_free (self->their_reactions);
  g_free (self->snippet);
  g_free (self);
}

void
kh_store_arrival_free (KhStoreArrival *self)
{
  if (self == NULL)
    return;
  kh_store_message_free (self->message);
  g_free (self);
}

KhStoreRevision *
kh_store_revision_new (void)
{
  KhStoreRevision *self = g_new0 (KhStoreRevision, 1);

  self->dropped = g_array_new (FALSE, FALSE, sizeof (KhMessageId));
  return self;
}

void
kh_store_revision_free (KhStoreRevision *self)
{
  if (self == NULL)
    return;
  kh_store_message_free (self->message);
  kh_store_message_free (self->change);
  g_array_unref (self->dropped);
  g_free (self);
}

void
kh_store_summary_free (KhStoreSummary *self)
{
  if (self == NULL)
    return;
  kh_store_message_free (self->last);
  g_free (self);
}

void
kh_store_invite_free (KhStoreInvite *self)
{
  if (self == NULL)
    return;
  g_free (self->label);
  g_free (self);
}

void
kh_store_pin_free (KhStorePin *self)
{
  if (self == NULL)
    return;
  g_free (self->server);
  g_free (self);
}

const char *
kh_contact_state_to_string (KhContactState state)
{
  switch (state)
    {
    case KH_CONTACT_REQUESTED:
      return "requested";
    case KH_CONTACT_ACCEPTED:
      return "accepted";
    case KH_CONTACT_BLOCKED:
      return "blocked";
    default:
      return "unknown";
    }
}

const char *
kh_direction_to_string (KhDirection direction)
{
  switch (direction)
    {
    case KH_DIRECTION_OUT:
      return "out";
    case KH_DIRECTION_IN:
      return "in";
    default:
      return "unknown";
    }
}
