/* prediction.h: which ports a gateway will give next, and how two that guess find each other
 *
 * For NATs whose mappings depend on the remote and whose ports follow one another (PROTOCOL.md,
 * "Searches"). Where only one side is such a one, the other sends to the next ports after the last
 * that was seen.
 *
 * Where both are, each packet of each side makes a mapping of its own, so "I send to your n-th next
 * port" must meet "you send to my m-th next" exactly. One side therefore is wide: from several
 * sockets it sends to a single port of the other, so that any of a whole range of its own ports
 * leads in; the other is narrow: it sends to one port of that range after the other, until its own
 * mapping is the one the wide side has sent to. Others behind either gateway may take up to
 * KH_PREDICTION_SLACK ports in between.
 */
#pragma once

#include <glib.h>

/* Ports that others may take between the measuring and the packets, on either side. */
#define KH_PREDICTION_SLACK 16
/* The narrow side's packets; the wide side sends to where the KH_PREDICTION_AIM-th would be from if
 * nobody took a port in between. */
#define KH_PREDICTION_NARROW 24
#define KH_PREDICTION_AIM 18
/* Sockets of the wide side. */
#define KH_PREDICTION_WIDE (KH_PREDICTION_SLACK + KH_PREDICTION_NARROW)
/* Where only one side is to be predicted: its sockets, and the ports that the other tries. */
#define KH_PREDICTION_SINGLE 4
#define KH_PREDICTION_AHEAD (2 * KH_PREDICTION_SLACK)

/* The @n-th new mapping after the one with port @last. Never 0 to 1023. */
guint16 kh_prediction_port (guint16 last, int step, guint n);
/* The port that packet @i, from 0, of the narrow side goes to. */
guint16 kh_prediction_narrow_port (guint16 last, int step, guint i);
