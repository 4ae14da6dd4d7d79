/* roaming.c: the machine is somewhere else, or was asleep (PROTOCOL.md, "Paths")
 *
 * Owns nothing. What the node did not hear of it finds out by answers that fail to come
 * (session-time.c, link-doubt.c); here is what it is told.
 */
#include "node/node-private.h"

#include <string.h>

static gboolean
is_among (const KhAddr *addr, const KhAddr *addrs, gsize n)
{
  for (gsize i = 0; i < n; i++)
    if (kh_addr_equal (addr, &addrs[i]))
      return TRUE;
  return FALSE;
}

/* How many of @addrs are among @others too. */
static gsize
count_common (const KhAddr *addrs, gsize n, const KhAddr *others, gsize n_others)
{
  gsize common = 0;

  for (gsize i = 0; i < n; i++)
    common += is_among (&addrs[i], others, n_others);
  return common;
}

/* @moved: what we used may be gone; else there is only more to use */
static void
check_everything (KhNode *self, gboolean moved, gint64 now_us)
{
  GHashTableIter iter;
  gpointer session;

  g_hash_table_iter_init (&iter, self->owners);
  while (g_hash_table_iter_next (&iter, &session, NULL))
    if (moved)
      kh_session_moved (session, now_us);
    else
      kh_session_recheck (session, now_us);
  kh_link_network_changed (self->link, now_us);
}

void
kh_node_set_local_addresses (KhNode *self, const KhAddr *addrs, gsize n, gint64 now_us)
{
  KhCandidate candidates[KH_CANDIDATES_MAX];
  guint n_candidates;
  gsize n_kept;
  gboolean moved;
  GHashTableIter iter;
  gpointer session;

  n = MIN (n, KH_CANDIDATES_MAX);
  n_kept = count_common (self->hosts, self->n_hosts, addrs, n);
  if (n_kept == self->n_hosts && n_kept == n)
    {
      /* Another network may give the same address, or another route lead to it. */
      kh_link_probe (self->link, now_us);
      return;
    }

  moved = n_kept < self->n_hosts || self->n_hosts == 0;
  memcpy (self->hosts, addrs, n * sizeof *addrs);
  self->n_hosts = (guint) n;
  n_candidates = kh_node_gather (self, candidates);
  g_hash_table_iter_init (&iter, self->owners);
  while (g_hash_table_iter_next (&iter, &session, NULL))
    kh_session_offer (session, candidates, n_candidates, now_us);
  check_everything (self, moved, now_us);
}

void
kh_node_resumed (KhNode *self, gint64 now_us)
{
  check_everything (self, TRUE, now_us);
}
