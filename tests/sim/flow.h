/* flow.h: a file and a chat over one KhConnection on a shared line
 *
 * The near end sends: bulk streams of a known pattern, and numbered messages on stream 0 at a
 * steady pace. The far end reads everything at once, checks each byte and keeps the messages'
 * one-way delays. A wrong byte ends the program.
 */
#pragma once

#include "end.h"

typedef struct _KhSimFlow KhSimFlow;

/* Bytes of one message of the chat. */
#define KH_SIM_FLOW_MESSAGE_SIZE 200

/* Both as for kh_sim_end_new_pair(). (transfer none): the world owns it. */
KhSimFlow *kh_sim_flow_new (KhSimPipe *pipe,
                            KhSimWorld *world,
                            const KhCongestionOps *congestion,
                            gsize datagram);
KhSimEnd *kh_sim_flow_get_end (KhSimFlow *self, guint place);

/* Opens a stream and keeps its buffer full, up to @bytes and the stream's end; 0 is for ever.
 * Returns the stream's id. */
guint64 kh_sim_flow_start_bulk (KhSimFlow *self, guint64 bytes);
/* No bulk stream is written to any more. */
void kh_sim_flow_stop_bulk (KhSimFlow *self);
/* One message each @every_us from now on; 0 stops. */
void kh_sim_flow_set_chat (KhSimFlow *self, gint64 every_us);

/* Bytes of bulk that the far application has read: of all streams, and of one. */
guint64 kh_sim_flow_get_received (KhSimFlow *self);
guint64 kh_sim_flow_get_stream_received (KhSimFlow *self, guint64 id);
/* When bulk was last read. */
gint64 kh_sim_flow_get_received_us (KhSimFlow *self);
/* Were all bulk streams read to their ends? */
gboolean kh_sim_flow_is_done (KhSimFlow *self);
guint kh_sim_flow_get_messages (KhSimFlow *self);
/* One-way delays since then are forgotten. */
void kh_sim_flow_forget_delays (KhSimFlow *self);
/* In µs; @part 0.95 is the 95th percentile. Some message must have come. */
gint64 kh_sim_flow_get_delay (KhSimFlow *self, double part);
