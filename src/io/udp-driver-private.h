/* udp-driver-private.h: what the files of the driver share
 *
 *   udp-driver.c        the source, its turns and its priority
 *   udp-driver-bind.c   sockets
 *   udp-driver-input.c  from the sockets to the machine
 *   udp-driver-output.c from the machine to the sockets
 *   udp-driver-search.c sockets that are opened on demand
 *   udp-driver-timer.c  the next timeout
 */
#pragma once

#include "io/udp-driver.h"
#include "io/udp-socket.h"

/* Most datagrams that are built before they are sent. */
#define KH_UDP_OUTPUT_BATCH 128

typedef struct
{
  int fd;
  gpointer tag;      /* of the GSource */
  gboolean blocked;  /* the system took no more: wait for room */
  gboolean readable; /* there may be more to read than was read */
  gboolean busy;     /* something came in this turn: look again in each round */
  gboolean gso;      /* works as far as we know */
  guint32 overflow;  /* of SO_RXQ_OVFL, as last seen */
} KhUdpDriverSocket;

/* The buffers come with the first use and go when nothing much has happened for a while. */
typedef struct
{
  guint8 *buffers; /* @n_buffers × @room bytes; NULL before use */
  guint n_buffers;
  gsize room;
  guint max;       /* messages to ask for */
  gint64 large_us; /* when more than the least was last needed */
} KhUdpInput;

typedef struct
{
  guint8 *buffer;
  gsize size, used;
  KhDatagram batch[KH_UDP_OUTPUT_BATCH]; /* back to back in the buffer */
  guint len, sent;
  guint plain_until; /* those before this one go without GSO */
  gint64 large_us;
} KhUdpOutput;

typedef struct
{
  int fd;       /* -1 where the system has none */
  gint64 at_us; /* when it goes off, or has gone off; KH_NEVER */
} KhUdpTimer;

struct _KhUdpDriver
{
  /* borrowed */
  const KhMachineOps *ops;
  gpointer machine;
  KhUdpDriverAfter after;
  gpointer user_data;
  KhUdpDriverExtra extra;
  gpointer extra_data;

  /* owned */
  GSource *source; /* NULL once freed */
  GSource *guard;  /* sees to it that lowered priority is no starvation */
  KhUdpDriverSocket sockets[KH_UDP_DRIVER_SOCKETS];
  KhUdpDriverSocket *search[KH_SOCKET_SEARCH_MAX]; /* (nullable): NULL where it is not open */
  guint n_search;
  KhUdpInput input;
  KhUdpOutput output;
  KhUdpTimer timer;

  gboolean plain;
  gint64 ready_us; /* when to have a turn without input; KH_NEVER */
  gboolean kicked;
  gboolean lowered;
  gint64 window_us; /* start of the present window of load, and the time spent in it */
  gint64 spent_us;
  gint64 last_turn_us;
  KhUdpDriverStats stats;
};

/* Loops over sockets go so far; most of the time there are none but those bound. */
static inline guint
kh_udp_driver_end (const KhUdpDriver *self)
{
  return self->n_search > 0 ? KH_SOCKET_SEARCH + KH_SOCKET_SEARCH_MAX : KH_UDP_DRIVER_SOCKETS;
}

/* (nullable): NULL where that one is not open */
static inline KhUdpDriverSocket *
kh_udp_driver_get_socket (KhUdpDriver *self, guint index)
{
  if (index < KH_UDP_DRIVER_SOCKETS)
    return self->sockets[index].fd >= 0 ? &self->sockets[index] : NULL;
  return kh_socket_is_search (index) ? self->search[index - KH_SOCKET_SEARCH] : NULL;
}

/* @fd is new: finds out what the system can, and waits for input. */
void kh_udp_driver_set_up (KhUdpDriver *self, KhUdpDriverSocket *sock, int fd);

/* (nullable): NULL where the system has no more */
KhUdpDriverSocket *kh_udp_driver_open_search (KhUdpDriver *self, guint index);
/* Those that the machine wants closed; not while datagrams wait to be sent. */
void kh_udp_driver_close_search (KhUdpDriver *self);
void kh_udp_driver_clear_search (KhUdpDriver *self);

void kh_udp_driver_set_blocked (KhUdpDriver *self, KhUdpDriverSocket *sock, gboolean blocked);

void kh_udp_input_init (KhUdpInput *self, gboolean plain);
/* Reads one batch of each socket that has something. Returns whether there may be more. */
gboolean kh_udp_input_run (KhUdpDriver *self, gint64 now_us);
void kh_udp_input_clear (KhUdpInput *self);

/* Sends one batch. Returns whether the machine may have more now, and the system takes it. */
gboolean kh_udp_output_run (KhUdpDriver *self, gint64 now_us);
void kh_udp_output_clear (KhUdpOutput *self);

/* Its descriptor is the source's. */
void kh_udp_timer_open (KhUdpTimer *self, GSource *source);
void kh_udp_timer_close (KhUdpTimer *self);
/* Before the loop sleeps until @ready_us, which may be KH_NEVER. Returns how long it may at most,
 * in milliseconds, -1 without bound. */
int kh_udp_timer_wait (KhUdpTimer *self, gint64 ready_us, gint64 now_us);

/* Gives back memory that has not been needed for a while. Returns when to ask again. */
gint64 kh_udp_input_trim (KhUdpInput *self, gint64 now_us);
gint64 kh_udp_output_trim (KhUdpOutput *self, gint64 now_us);
/* How long a large buffer is kept without need. */
#define KH_UDP_TRIM_US (5 * G_USEC_PER_SEC)
