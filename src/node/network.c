/* network.c: the machine's network, as the node is told of it and finds out (network.h)
 *
 * Owns nothing: discovery is the ladder's.
 */
#include "node/network.h"

#include "node/node-private.h"

gboolean
kh_node_measure_lifetime (KhNode *self, gint64 now_us)
{
  return kh_discovery_measure_lifetime (self->discovery, now_us);
}

const KhNatLifetime *
kh_node_get_nat_lifetime (KhNode *self)
{
  return kh_discovery_get_lifetime (self->discovery);
}
