/* governor.h: what keeps a home router alive while ports are searched for (PROTOCOL.md, "Searches")
 *
 * One for a node. Cheap routers die of a few hundred mappings, or of too many new ones in a second,
 * and take everyone behind them along. Whoever makes new mappings on purpose asks here first; what
 * was granted is taken to exist for as long as RFC 4787 lets a mapping live, whatever becomes of
 * its socket. When the server's own round trip degrades, or its answers fail to come, the search
 * that runs ends at once.
 *
 * It also hands out the numbers of the sockets that a search opens (KH_SOCKET_SEARCH).
 */
#pragma once

#include "wire/datagram.h"

/* Routers were seen to die at 600 mappings and at 100 new ones a second; half of that is for
 * everything else that people do at home. */
#define KH_GOVERNOR_MAPPINGS_MAX 300
#define KH_GOVERNOR_NEW_PER_SECOND 50
/* New mappings in one go; with it, no second has more than KH_GOVERNOR_NEW_PER_SECOND and these. */
#define KH_GOVERNOR_BURST 24
/* RFC 4787, REQ-5: how long a mapping lives at least. */
#define KH_GOVERNOR_MAPPING_LIFE_US (G_GINT64_CONSTANT (120) * G_USEC_PER_SEC)
/* Probes a second to places for which there is a mapping already. */
#define KH_GOVERNOR_PROBES_PER_SECOND 50
/* From the end of a search to the next. */
#define KH_GOVERNOR_PAUSE_US (G_GINT64_CONSTANT (20) * G_USEC_PER_SEC)

typedef struct _KhGovernor KhGovernor;

KhGovernor *kh_governor_new (void);
void kh_governor_free (KhGovernor *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KhGovernor, kh_governor_free)

/* FALSE while another search runs, or too soon after one. @owner: whose it is; not NULL */
gboolean kh_governor_begin_search (KhGovernor *self, gconstpointer owner, gint64 now_us);
void kh_governor_end_search (KhGovernor *self, gconstpointer owner, gint64 now_us);
/* When begin_search() may succeed, which may be in the past; KH_NEVER while another runs. */
gint64 kh_governor_next_search_us (KhGovernor *self);
/* Is the search of @owner still wanted? FALSE once it was stopped for the network's sake. */
gboolean kh_governor_allows (KhGovernor *self, gconstpointer owner);
gboolean kh_governor_is_searching (KhGovernor *self);

/* One new mapping, now. Where the answer is FALSE, ask again at kh_governor_next_mapping_us(),
 * which is in the past where one may be taken. */
gboolean kh_governor_take_mapping (KhGovernor *self, gint64 now_us);
gint64 kh_governor_next_mapping_us (KhGovernor *self);
/* How many more before the ceiling. */
guint kh_governor_mappings_left (KhGovernor *self, gint64 now_us);
/* One packet of a search to where there is a mapping already, or which needs none. */
gboolean kh_governor_take_probe (KhGovernor *self, gint64 now_us);
gint64 kh_governor_next_probe_us (KhGovernor *self);

/* From the link to the server: an answer took @rtt_us, or did not come. */
void kh_governor_note_rtt (KhGovernor *self, gint64 rtt_us);
void kh_governor_note_lost (KhGovernor *self);

/* Returns the number of a socket nobody uses, or 0 where there is none. */
guint kh_governor_open_socket (KhGovernor *self);
/* It is closed with the next kh_governor_poll_close(). */
void kh_governor_close_socket (KhGovernor *self, guint socket);
/* The driver is to close @ret_socket now. */
gboolean kh_governor_poll_close (KhGovernor *self, guint *ret_socket);
