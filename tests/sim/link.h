/* link.h: one direction of a line: delay, rate and queue, loss, jitter, reordering, duplication,
 * MTU
 *
 * What is sent is delivered later to a function, perhaps twice, or dropped. Jitter alone keeps the
 * order, as a queue does; @reorder lets a datagram be overtaken.
 */
#pragma once

#include "packet.h"

typedef struct _KhSimLink KhSimLink;

/**
 * KhSimLinkConfig:
 * @delay_us: of propagation
 * @jitter_us: up to so much more, evenly distributed
 * @rate: bits a second; 0 is unlimited
 * @queue_bytes: how much may wait for its turn; 0 is unlimited
 * @loss, @duplicate, @reorder: probabilities
 * @reorder_us: what a reordered datagram is held back
 * @mtu: of the IP packet; 0 is unlimited. Larger ones vanish, as behind a broken router
 *
 * All-zero memory is the perfect line.
 */
typedef struct
{
  gint64 delay_us;
  gint64 jitter_us;
  guint64 rate;
  gsize queue_bytes;
  double loss;
  double duplicate;
  double reorder;
  gint64 reorder_us;
  gsize mtu;
} KhSimLinkConfig;

/* Says whether to drop @packet. */
typedef gboolean (*KhSimLinkFilter) (const KhSimPacket *packet, gpointer user_data);

/* (transfer none): the world owns it. @name is for the trace. */
KhSimLink *
kh_sim_link_new (KhSimWorld *world, const char *name, KhSimPacketFunc deliver, gpointer user_data);
void kh_sim_link_set_config (KhSimLink *self, const KhSimLinkConfig *config);
void kh_sim_link_get_config (KhSimLink *self, KhSimLinkConfig *ret_config);
/* From now on counts datagrams from 0 and drops those whose number is in @numbers. */
void kh_sim_link_set_mask (KhSimLink *self, const guint *numbers, gsize n);
/* (nullable) */
void kh_sim_link_set_filter (KhSimLink *self, KhSimLinkFilter filter, gpointer user_data);
/* Datagrams since the mask was set, those dropped included. */
guint kh_sim_link_get_count (KhSimLink *self);
/* Bytes of memory that what is on its way takes here, without the allocator's own. */
gsize kh_sim_link_get_held (KhSimLink *self);
/* (transfer full): @packet */
void kh_sim_link_send (KhSimLink *self, KhSimPacket *packet);
