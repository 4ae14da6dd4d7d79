/* pipe.h: two places with one line in each direction, which several talkers share
 *
 * The bottleneck of the transport's scenarios: no nets, addresses or NATs, only the two lines.
 */
#pragma once

#include "link.h"

typedef struct _KhSimPipe KhSimPipe;

/* The two places. */
enum
{
  KH_SIM_NEAR = 0,
  KH_SIM_FAR = 1,
};

/* (transfer none): the world owns it. The lines are perfect at first. */
KhSimPipe *kh_sim_pipe_new (KhSimWorld *world);
/* The line from @place to the other one. */
KhSimLink *kh_sim_pipe_get_line (KhSimPipe *self, guint place);
/* Both lines alike. */
void kh_sim_pipe_set_lines (KhSimPipe *self, const KhSimLinkConfig *config);
/* Pulls the plug, and puts it in again: nothing that is sent in between arrives. */
void kh_sim_pipe_set_cut (KhSimPipe *self, gboolean cut);

/* A pair of talkers, one at each place. @receive gets what the other one sends. Returns the number
 * of the pair, for kh_sim_pipe_send(). */
guint kh_sim_pipe_join (KhSimPipe *self, KhSimPacketFunc receive, gpointer near, gpointer far);
/* Sends from @place to the other talker of @pair. */
void kh_sim_pipe_send (KhSimPipe *self, guint pair, guint place, const guint8 *data, gsize len);
