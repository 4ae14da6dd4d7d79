/* channels.h: the pairs of clients that the relay connects, by number (PROTOCOL.md, "Relay")
 *
 * KNOCK offers a channel, and the ANSWER to it opens that: only who was introduced can relay. A
 * channel ends with the link of either side, when it has carried nothing for long, or when one of
 * its ends has too many. Of those, the one used least recently gives way: an offer counts against
 * the one who knocks alone, so that nobody can push out the channels of another by knocking.
 */
#pragma once

#include "server/client.h"
#include "wire/random.h"

typedef struct _KhChannels KhChannels;

/* (transfer full): at most @max channels; each ends after @timeout_us without use. */
KhChannels *kh_channels_new (guint max, gint64 timeout_us);
/* Drops all. */
void kh_channels_free (KhChannels *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KhChannels, kh_channels_free)

/* Those used least recently end where there are more. */
void kh_channels_set_max (KhChannels *self, guint max);
guint kh_channels_get_n (const KhChannels *self);

/* The number that @answerer may use once it has answered @knocker; the same for both. An offer
 * that stands is offered again. 0 where there is no room, or no relay. */
guint32 kh_channels_offer (KhChannels *self,
                           KhClient *knocker,
                           const KhClient *answerer,
                           const KhRandom *random,
                           gint64 now_us);
/* The number that was offered, which is open from now on; 0 where none was, or it is gone. */
guint32 kh_channels_open (KhChannels *self, KhClient *knocker, KhClient *answerer, gint64 now_us);

typedef enum
{
  KH_CHANNELS_UNKNOWN, /* @client has no such channel */
  KH_CHANNELS_OFFERED, /* the answer that opens it is still on its way */
  KH_CHANNELS_FOUND,
} KhChannelsResult;

/* (transfer none): @ret_other is at the other end of @client's channel @number, which is in use. */
KhChannelsResult kh_channels_find (
    KhChannels *self, guint32 number, const KhClient *client, KhClient **ret_other, gint64 now_us);

/* Gives all that @from has to @to, another link of the same identity without any. */
void kh_channels_move (KhChannels *self, KhClient *from, KhClient *to);
void kh_channels_drop_all (KhChannels *self, KhClient *client);

/* When the one used least recently ends. */
gint64 kh_channels_next_timeout (const KhChannels *self);
/* There must be one. */
void kh_channels_drop_oldest (KhChannels *self);
