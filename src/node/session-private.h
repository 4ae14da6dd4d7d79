/* session-private.h: what the files of KhSession share
 *
 * session.c          life, commands, what it tells its owner
 * session-streams.c  streams, as the transport has them
 * session-receive.c  packets in
 * session-send.c     packets out
 * session-time.c     deadlines: keepalive, and when a path or the session is given up
 */
#pragma once

#include "crypto/keys.h"
#include "crypto/replay.h"
#include "node/session.h"
#include "transport/connection.h"

struct _KhSession
{
  gboolean initiator;
  guint32 our_index;
  guint32 their_index;
  char name[KH_NAME_MAX + 1];
  gint64 asked_us;

  KhKeyPair keys;
  KhReplay *replay;
  guint64 next_packet;
  KhConnection *connection;
  KhCheckList *checks;

  gboolean confirmed;
  gint64 received_us; /* the last genuine packet; the birth at first */
  gint64 sent_us;
  gint64 suspect_us; /* since when the path in use is suspected; KH_NEVER if it is not */
  gint64 recheck_us; /* when to check again while suspected */
  gboolean stalled;
  gint64 end_us; /* once closed */

  KhAddr used; /* where the transport sends */
  gint64 told_rtt_us;
  gint64 told_us;
  gboolean path_news;
  gboolean confirmed_news;
  gboolean no_path_news;
  gboolean suspect_news;
  gboolean stalled_news;
  gboolean lost_news;
};

/* --- session-receive.c --- */
/* Takes what the check list has chosen: the transport starts anew on another path. */
void kh_session_follow_path (KhSession *self, gint64 now_us);

/* --- session-streams.c --- */
/* FALSE if the transport has nothing to tell. */
gboolean kh_session_poll_connection_event (KhSession *self, KhSessionEvent *ret_event);
