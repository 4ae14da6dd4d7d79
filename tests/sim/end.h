/* end.h: one end of a KhConnection on a pipe, without a session around it
 *
 * What a session does, less paths and keys: a packet is its number, the payload in clear, and so
 * many bytes more as sealing adds. It wakes the connection exactly when it asked for it.
 *
 * The struct is open: tests look at what was seen, and applications drive the connection. Whoever
 * has given the connection a command calls kh_sim_end_pump().
 */
#pragma once

#include "pipe.h"
#include "transport/congestion.h"
#include "transport/connection.h"

typedef struct _KhSimEnd KhSimEnd;

/**
 * KhSimApp: who uses the connection
 * @event: any event of the connection
 * @datagram: (nullable): a DATAGRAM frame came
 */
typedef struct
{
  void (*event) (KhSimEnd *end, const KhConnectionEvent *event, gpointer user_data);
  void (*datagram) (KhSimEnd *end, GBytes *datagram, gpointer user_data);
} KhSimApp;

struct _KhSimEnd
{
  KhSimWorld *world;
  KhSimPipe *pipe;
  guint pair;
  guint place;
  const char *name;
  KhConnection *connection; /* owned */
  guint64 next_number;
  gsize datagram; /* bytes of UDP payload at most */
  gint64 due_us;  /* when the connection wants to be woken */
  const KhSimApp *app;
  gpointer app_data;
  guint64 packets_out, packets_in, malformed;
  gboolean is_pumping;
};

/**
 * kh_sim_end_new_pair:
 * @congestion: (nullable): NULL is the connection's own choice
 * @datagram: bytes of UDP payload at most; 0 is KH_DATAGRAM_MAX
 *
 * The near one is the initiator. The world owns both.
 */
void kh_sim_end_new_pair (KhSimPipe *pipe,
                          KhSimWorld *world,
                          const KhCongestionOps *congestion,
                          gsize datagram,
                          KhSimEnd *ret_ends[2]);
/* What path MTU discovery would have found. */
void kh_sim_end_set_datagram (KhSimEnd *self, gsize datagram);
/* Another path; @rtt_us as for kh_connection_path_changed(). The longest datagram stays. */
void kh_sim_end_change_path (KhSimEnd *self, gint64 rtt_us);
void kh_sim_end_set_app (KhSimEnd *self, const KhSimApp *app, gpointer user_data);
/* Takes all events, then sends all there is to send. */
void kh_sim_end_pump (KhSimEnd *self);
