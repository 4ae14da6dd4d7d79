/* gateway.h: what lies between a home and the world: IPv4 is translated, IPv6 filtered
 *
 * What it is handed it changes in place. Times are microseconds of one monotonic clock.
 */
#pragma once

#include "nat-table.h"

typedef struct _Gateway Gateway;

typedef enum
{
  GATEWAY_INSIDE,
  GATEWAY_OUTSIDE,
  GATEWAY_N_SIDES,
} GatewaySide;

/* Where packets go. */
typedef void (*GatewaySend) (GatewaySide side, const guint8 *data, gsize len, gpointer user_data);

typedef struct
{
  guint64 forwarded[GATEWAY_N_SIDES]; /* packets that came from there */
  guint64 filtered, blocked, full, dead;
  guint64 hairpinned;
  guint64 expired; /* had no hop left */
  guint64 other;   /* not understood, or for nobody */
} GatewayCounts;

Gateway *gateway_new (guint64 seed, GatewaySend send, gpointer user_data, gint64 now_us);
void gateway_free (Gateway *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Gateway, gateway_free)

/* Its addresses of IPv4. */
void gateway_set_outer (Gateway *self, const KhAddr *ip);
void gateway_set_inner (Gateway *self, const KhAddr *ip);
/* A family that it does not carry is dropped. Both are carried at first. */
void gateway_set_carries (Gateway *self, KhFamily family, gboolean carries);
/* (transfer none): the NAT of IPv4, the firewall of IPv6 */
KhSimNatTable *gateway_get_table (Gateway *self, KhFamily family);
/* Forgets all, as rebooted; @outer_ip: (nullable): and has a new address */
void gateway_rebind (Gateway *self, const KhAddr *outer_ip);
const GatewayCounts *gateway_get_counts (Gateway *self);

void gateway_receive (Gateway *self, GatewaySide from, guint8 *data, gsize len, gint64 now_us);
