/* network.h: what the node is told of the machine's network, and what it finds out on request
 *
 * Beside node.h, for the engine.
 */
#pragma once

#include "node/node.h"
#include "wire/link.h"

typedef enum
{
  KH_LIFETIME_UNKNOWN, /* nobody has asked */
  KH_LIFETIME_RUNNING, /* takes as long as the gateway remembers, at most six minutes */
  KH_LIFETIME_KNOWN,
  KH_LIFETIME_FAILED, /* the server cannot help, or the network is such that it cannot be told */
} KhLifetimeState;

/**
 * KhNatLifetime: for how long a mapping lives through which nothing goes
 * @at_least_us: so long it was seen to live; grows while RUNNING
 * @less_than_us: so long it did not; KH_NEVER if it outlived the longest try
 */
typedef struct
{
  KhLifetimeState state;
  gint64 at_least_us;
  gint64 less_than_us;
} KhNatLifetime;

/* Begins to find out, unless it does already. FALSE where it cannot: the link to the server is not
 * up, or not over UDP and IPv4. Another network ends it: the state is UNKNOWN again. */
gboolean kh_node_measure_lifetime (KhNode *self, gint64 now_us);
/* (transfer none): as far as it is known by now */
const KhNatLifetime *kh_node_get_nat_lifetime (KhNode *self);

/* Are there questions to the server, about how gateways behave, that wait for their answers? */
gboolean kh_node_is_discovering (KhNode *self);

/**
 * KhServerAbout: what the server says of itself
 * @version_min, @version_max: of the protocol
 * @software: its name and version, ASCII; "" if it does not say
 * @clock_ahead_us: of the wall clock that the node was made with, give or take half a round trip
 * @relay: whether it relays, and how much
 */
typedef struct
{
  guint8 version_min, version_max;
  char software[KH_SOFTWARE_MAX + 1];
  gboolean has_clock;
  gint64 clock_ahead_us;
  KhLinkRelayTerms relay;
} KhServerAbout;

/* Asks the server, while the link is up. */
void kh_node_ask_about (KhNode *self, gint64 now_us);
/* FALSE before it has answered; a server need not. */
gboolean kh_node_get_about (KhNode *self, KhServerAbout *ret_about);

const char *kh_lifetime_state_to_string (KhLifetimeState state);
