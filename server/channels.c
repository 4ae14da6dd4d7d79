/* channels.c: the relay's channels (PROTOCOL.md, "Relay")
 *
 * Owns them: in a table by number, in one queue by the time they were last used, since all of them
 * wait equally long, and in the short array of each end.
 */
#include "server/channels.h"

/* Ends of a channel. */
enum
{
  KNOCKER,
  ANSWERER, /* NULL until the channel is open */
  N_ENDS,
};

struct _KhChannel
{
  GList link;
  guint32 number;
  KhPeerId answerer;
  KhClient *ends[N_ENDS];
  gint64 used_us;
};

struct _KhChannels
{
  GHashTable *by_number;
  GQueue by_use; /* the least recently used first */
  guint max;
  gint64 timeout_us;
};

KhChannels *
kh_channels_new (guint max, gint64 timeout_us)
{
  KhChannels *self = g_new0 (KhChannels, 1);

  self->by_number = g_hash_table_new (NULL, NULL);
  self->max = max;
  self->timeout_us = timeout_us;
  return self;
}

void
kh_channels_free (KhChannels *self)
{
  if (self == NULL)
    return;
  while (self->by_use.head != NULL)
    kh_channels_drop_oldest (self);
  g_hash_table_unref (self->by_number);
  g_free (self);
}

void
kh_channels_set_max (KhChannels *self, guint max)
{
  self->max = max;
  while (self->by_use.length > max)
    kh_channels_drop_oldest (self);
}

guint
kh_channels_get_n (const KhChannels *self)
{
  return self->by_use.length;
}

static void
unlist (KhClient *end, const KhChannel *channel)
{
  KhClientRelay *relay = end->relay;

  for (guint i = 0; i < relay->n_channels; i++)
    if (relay->channels[i] == channel)
      {
        relay->channels[i] = relay->channels[--relay->n_channels];
        return;
      }
}

static void
drop (KhChannels *self, KhChannel *channel)
{
  for (guint i = 0; i < N_ENDS; i++)
    if (channel->ends[i] != NULL)
      unlist (channel->ends[i], channel);
  g_hash_table_remove (self->by_number, GUINT_TO_POINTER (channel->number));
  g_queue_unlink (&self->by_use, &channel->link);
  g_free (channel);
}

static void
use (KhChannels *self, KhChannel *channel, gint64 now_us)
{
  channel->used_us = now_us;
  g_queue_unlink (&self->by_use, &channel->link);
  g_queue_push_tail_link (&self->by_use, &channel->link);
}

/* Makes @client one end of @channel, in place of its least recently used where it has too many. */
static void
attach (KhChannels *self, KhChannel *channel, guint end, KhClient *client)
{
  KhClientRelay *relay = kh_client_get_relay (client);

  if (relay->n_channels == KH_CLIENT_CHANNELS)
    {
      KhChannel *oldest = relay->channels[0];

      for (guint i = 1; i < relay->n_channels; i++)
        if (relay->channels[i]->used_us < oldest->used_us)
          oldest = relay->channels[i];
      drop (self, oldest);
    }
  relay->channels[relay->n_channels++] = channel;
  channel->ends[end] = client;
}

/* (nullable): what @knocker has offered to @answerer and that has not opened. */
static KhChannel *
find_offer (const KhClient *knocker, const KhPeerId *answerer)
{
  guint n = knocker->relay != NULL ? knocker->relay->n_channels : 0;

  for (guint i = 0; i < n; i++)
    {
      KhChannel *channel = knocker->relay->channels[i];

      if (channel->ends[ANSWERER] == NULL && kh_peer_id_equal (&channel->answerer, answerer))
        return channel;
    }
  return NULL;
}

guint32
kh_channels_offer (KhChannels *self,
                   KhClient *knocker,
                   const KhClient *answerer,
                   const KhRandom *random,
                   gint64 now_us)
{
  KhChannel *channel = find_offer (knocker, &answerer->id);

  if (channel != NULL)
    {
      use (self, channel, now_us);
      return channel->number;
    }
  if (self->by_use.length >= self->max)
    return 0;

  channel = g_new0 (KhChannel, 1);
  channel->link.data = channel;
  channel->answerer = answerer->id;
  channel->used_us = now_us;
  do
    channel->number = kh_random_u32 (random);
  while (channel->number == 0 ||
         g_hash_table_contains (self->by_number, GUINT_TO_POINTER (channel->number)));
  g_hash_table_insert (self->by_number, GUINT_TO_POINTER (channel->number), channel);
  g_queue_push_tail_link (&self->by_use, &channel->link);
  attach (self, channel, KNOCKER, knocker);
  return channel->number;
}

guint32
kh_channels_open (KhChannels *self, KhClient *knocker, KhClient *answerer, gint64 now_us)
{
  KhChannel *channel = find_offer (knocker, &answerer->id);

  if (channel == NULL)
    return 0;
  use (self, channel, now_us);
  attach (self, channel, ANSWERER, answerer);
  return channel->number;
}

KhChannelsResult
kh_channels_find (
    KhChannels *self, guint32 number, const KhClient *client, KhClient **ret_other, gint64 now_us)
{
  KhChannel *channel = g_hash_table_lookup (self->by_number, GUINT_TO_POINTER (number));
  guint end;

  if (channel == NULL)
    return KH_CHANNELS_UNKNOWN;
  if (channel->ends[ANSWERER] == NULL)
    return channel->ends[KNOCKER] == client || kh_peer_id_equal (&channel->answerer, &client->id)
               ? KH_CHANNELS_OFFERED
               : KH_CHANNELS_UNKNOWN;
  end = channel->ends[KNOCKER] == client ? KNOCKER : ANSWERER;
  if (channel->ends[end] != client)
    return KH_CHANNELS_UNKNOWN;

  use (self, channel, now_us);
  *ret_other = channel->ends[N_ENDS - 1 - end];
  return KH_CHANNELS_FOUND;
}

void
kh_channels_move (KhChannels *self, KhClient *from, KhClient *to)
{
  g_assert (to->relay == NULL);
  to->relay = g_steal_pointer (&from->relay);
  for (guint i = 0; to->relay != NULL && i < to->relay->n_channels; i++)
    {
      KhChannel *channel = to->relay->channels[i];
      guint end = channel->ends[KNOCKER] == from ? KNOCKER : ANSWERER;

      channel->ends[end] = to;
    }
}

void
kh_channels_drop_all (KhChannels *self, KhClient *client)
{
  while (client->relay != NULL && client->relay->n_channels > 0)
    drop (self, client->relay->channels[0]);
}

gint64
kh_channels_next_timeout (const KhChannels *self)
{
  const KhChannel *oldest = g_queue_peek_head ((GQueue *) &self->by_use);

  return oldest != NULL ? oldest->used_us + self->timeout_us : KH_NEVER;
}

void
kh_channels_drop_oldest (KhChannels *self)
{
  drop (self, self->by_use.head->data);
}
