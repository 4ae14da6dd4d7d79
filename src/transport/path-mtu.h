/* path-mtu.h: how long a datagram the path in use carries (RFC 8899, RFC 9000 section 14.3)
 *
 * A plain value without I/O: it says which size is to be tried and its owner sends a probe of that
 * size, a path check filled up with padding, which is outside loss recovery and congestion
 * control: the loss of a probe means nothing but itself. All sizes are bytes of UDP payload.
 *
 * There is no word from the network in this, which may be forged or filtered: only probes that were
 * answered make a packet longer, and only packets that vanish make it shorter. While a peer is not
 * heard at all, what vanishes says nothing about sizes.
 *
 *   BASE       1200 bytes are taken to pass; after a black hole they are tried first
 *   SEARCHING  probing; what is known to pass is used meanwhile
 *   COMPLETE   the size is found; tried again after ten minutes
 *   ERROR      not even the base passes: the least is used, and the base tried now and then
 *
 * The owner probes only while there is bulk to send, so that an idle session stays quiet.
 */
#pragma once

#include <glib.h>

/* Where a path begins: KH_DATAGRAM_MAX, RFC 8899's BASE_PLPMTU. */
#define KH_PATH_MTU_BASE 1200
/* MIN_PLPMTU: what IPv4 hosts must take, 576, less the headers of IPv4 and UDP. */
#define KH_PATH_MTU_LEAST 548
/* MAX_PROBES of RFC 8899, section 5.1.2 */
#define KH_PATH_MTU_TRIES 3
/* PMTU_RAISE_TIMER of RFC 8899, section 5.1.1 */
#define KH_PATH_MTU_RAISE_US (G_GINT64_CONSTANT (600) * G_USEC_PER_SEC)
/* After a black hole the search begins again so much later, and twice as much each further time:
 * two ways of different width may take turns. */
#define KH_PATH_MTU_RETRY_US (G_GINT64_CONSTANT (1) * G_USEC_PER_SEC)

typedef enum
{
  KH_PATH_MTU_STATE_BASE,
  KH_PATH_MTU_STATE_SEARCHING,
  KH_PATH_MTU_STATE_COMPLETE,
  KH_PATH_MTU_STATE_ERROR,
} KhPathMtuState;

/* Read @state and @size; the rest is its own. */
typedef struct
{
  KhPathMtuState state;
  guint size; /* what may be sent */
  guint cap;  /* what is the most that may be tried */

  guint known;      /* the search's lower end: known to pass */
  guint too_long;   /* its upper end: known or defined not to */
  guint probe;      /* the size that is being tried; 0 for none */
  guint tries;      /* of @probe that were lost */
  gboolean waiting; /* a try is on its way */
  gint64 sent_us;
  gint64 next_us; /* when to try, or when to take the try for lost; G_MAXINT64 for never */
  gint64 retry_us;
} KhPathMtu;

const char *kh_path_mtu_state_to_string (KhPathMtuState state);

/* A path that nothing is known of; @cap at least KH_PATH_MTU_BASE. */
void kh_path_mtu_init (KhPathMtu *self, guint cap, gint64 now_us);
/* The most that may be tried has become less: what the owner's buffers hold. */
void kh_path_mtu_set_cap (KhPathMtu *self, guint cap, gint64 now_us);

/* When kh_path_mtu_poll() has something to do; for an owner with bulk to send. */
static inline gint64
kh_path_mtu_next_us (const KhPathMtu *self)
{
  return self->next_us;
}

/**
 * kh_path_mtu_poll:
 * @heard_us: when the peer was last heard
 * @ret_fresh: whether the probe needs data of its own, rather than that of the try before: an
 *   answer to any try of a size counts
 *
 * Takes the try on its way for lost where it is time, and decides the next. Call it when
 * kh_path_mtu_next_us() has come.
 *
 * Returns: the size of the probe to be sent now, then kh_path_mtu_sent(); 0 for none
 */
guint kh_path_mtu_poll (KhPathMtu *self, gint64 heard_us, gboolean *ret_fresh, gint64 now_us);
/* @timeout_us: after which the try is lost */
void kh_path_mtu_sent (KhPathMtu *self, gint64 timeout_us, gint64 now_us);
/* The probe was answered. */
void kh_path_mtu_answered (KhPathMtu *self, gint64 now_us);
/* Packets of the present size vanish and nothing says why: back to the base, at once. */
void kh_path_mtu_black_hole (KhPathMtu *self, gint64 now_us);
