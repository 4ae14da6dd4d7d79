/* net.h: a network that carries packets between the ports attached to it
 *
 * The core is one, each home's LAN is one. A packet goes up the sender's line, across the net in
 * the time set for that pair of ports, and down the receiver's line. What is for no address here
 * goes to the gateway, or nowhere.
 */
#pragma once

#include "link.h"

typedef struct _KhSimNet KhSimNet;
typedef struct _KhSimPort KhSimPort;

/* (transfer none): owned by the world, as all of this */
KhSimNet *kh_sim_net_new (KhSimWorld *world, const char *name);
/* How many routers there are between any two ports: packets with a lower hop limit die. */
void kh_sim_net_set_hops (KhSimNet *self, guint hops);
void kh_sim_net_set_gateway (KhSimNet *self, KhSimPort *gateway);
/* One way, in both directions; 0 at first. */
void kh_sim_net_set_delay (KhSimNet *self, KhSimPort *a, KhSimPort *b, gint64 delay_us);

/* @ip: its port does not matter */
KhSimPort *kh_sim_net_attach (KhSimNet *self,
                              const char *name,
                              const KhAddr *ip,
                              KhSimPacketFunc receive,
                              gpointer user_data);
/* Unplugs it for good: what is still on its way there vanishes. */
void kh_sim_port_detach (KhSimPort *self);
const KhAddr *kh_sim_port_get_ip (KhSimPort *self);
KhSimNet *kh_sim_port_get_net (KhSimPort *self);
/* Moves it to another address of the same net. */
void kh_sim_port_set_ip (KhSimPort *self, const KhAddr *ip);
/* Its line toward the net, and from it. */
KhSimLink *kh_sim_port_get_up (KhSimPort *self);
KhSimLink *kh_sim_port_get_down (KhSimPort *self);
/* Both lines alike. */
void kh_sim_port_set_lines (KhSimPort *self, const KhSimLinkConfig *config);
/* (transfer full): @packet */
void kh_sim_port_send (KhSimPort *self, KhSimPacket *packet);
