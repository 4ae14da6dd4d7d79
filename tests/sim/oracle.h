/* oracle.h: what must hold in every world at every step
 *
 * It sees each datagram that a machine sends or is given, and ends the program where one breaks a
 * rule: no datagram above 1200 bytes; no packet number twice under one key; and from the server no
 * more bytes to an address and port than came from it before it returned its cookie, and of STUN no
 * more to an address than came from it.
 */
#pragma once

#include "packet.h"

typedef struct _KhSimOracle KhSimOracle;

/* (transfer none): the world owns it */
KhSimOracle *kh_sim_oracle_new (KhSimWorld *world);
/* @who: names the sender; a restarted machine is somebody else. @server: are its answers to be
 * held against what it was sent? */
void
kh_sim_oracle_sent (KhSimOracle *self, guint64 who, gboolean server, const KhSimPacket *packet);
void
kh_sim_oracle_received (KhSimOracle *self, guint64 who, gboolean server, const KhSimPacket *packet);
/* How many datagrams were checked. */
guint64 kh_sim_oracle_get_count (KhSimOracle *self);
