/* port-map-world.h: a KhPortMap, its clock, and a gateway whose answers are laid out by hand
 *
 * For the tests test-port-map-*.c. Numbers of the RFCs are written out there on purpose.
 */
#pragma once

#include "path/port-map.h"

#define PORT 40000
#define SECOND ((gint64) G_USEC_PER_SEC)

typedef struct
{
  KhPortMap *map;
  gint64 now_us;
  guint8 out[64]; /* the last request */
  gsize len;
  KhAddr source;
} World;

extern KhAddr gateway;
extern KhAddr internal;
extern KhAddr gateway6;
extern KhAddr internal6;
/* The gateway's address outside. */
extern const guint8 wan[4];

/* Before all else. */
void world_init (void);
World world_new (gboolean ipv6);
gboolean world_poll (World *self);
/* To the next deadline; FALSE where there is none. */
gboolean world_jump (World *self);
/* Jumps until there is a request; FALSE where nothing is asked before @end_us. */
gboolean world_jump_to_request (World *self, gint64 end_us);
gboolean world_receive_from (World *self, const KhAddr *from, const void *data, gsize len);
gboolean world_receive (World *self, const void *data, gsize len);
void put_number (guint8 *at, guint64 value, guint size);
guint64 get_number (const guint8 *at, guint size);
void assert_pcp_map (World *self, guint32 lifetime_s);
/* The answer to the MAP request in @self->out, granted at 198.51.100.7:50001. */
void world_write_pcp_answer (
    World *self, guint8 result, guint32 lifetime_s, guint32 epoch_s, guint8 ret[60]);
void assert_event (World *self, KhPortMapEventKind kind, KhPortMapEvent *ret_event);
void assert_quiet (World *self);
void assert_mapped (World *self, KhPortMapProtocol protocol, const char *expected);
void assert_failed (World *self, KhPortMapFailure failure);
/* Mapped by PCP, with what it was asked in @self->out. */
World world_with_pcp (guint32 lifetime_s);
gboolean
world_receive_nat_pmp_address (World *self, guint16 result, guint32 epoch_s, const guint8 ip[4]);
gboolean world_receive_nat_pmp_map (
    World *self, guint16 result, guint32 epoch_s, guint16 port, guint32 lifetime_s);
/* To the first NAT-PMP request, PCP having been answered as RFC 6886, 3.5 says. */
World world_at_nat_pmp (void);
World world_with_nat_pmp (void);
