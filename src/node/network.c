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

gboolean
kh_node_is_discovering (KhNode *self)
{
  return kh_discovery_is_asking (self->discovery);
}

void
kh_node_ask_about (KhNode *self, gint64 now_us)
{
  kh_link_ask_about (self->link, now_us);
}

gboolean
kh_node_get_about (KhNode *self, KhServerAbout *ret_about)
{
  KhServerAbout about;

  if (!kh_link_get_about (self->link, &about))
    return FALSE;
  about.clock_ahead_us -= self->wall_offset_us;
  *ret_about = about;
  return TRUE;
}
