/* datagram.h: what travels in one UDP datagram, and the codecs of its outer layer
 *
 * The first byte says what it is. Readers return FALSE for anything malformed and then write
 * nothing; the caller drops and counts it. Layouts are in PROTOCOL.md, "Datagrams".
 */
#pragma once

#include "wire/addr.h"
#include "wire/key.h"

/* "No timeout": what next_timeout() of an idle machine returns. */
#define KH_NEVER G_MAXINT64

#define KH_PROTOCOL_VERSION 1

/* The default port of a rendezvous server; its second UDP port is the next one. */
#define KH_DEFAULT_PORT 4430

/* What every path carries without fragments: IPv6's minimum MTU of 1280 less the headers of IPv6
 * and UDP, less room for tunnels; also where DPLPMTUD starts (RFC 8899, RFC 9000 section 14). */
#define KH_DATAGRAM_MAX 1200
/* The longest datagram that path MTU discovery tries: a jumbo frame of 9000 bytes less the headers
 * of IPv6 and UDP. A driver gives poll_send() at least this much room. */
#define KH_DATAGRAM_LARGEST 8952
/* What a receive buffer must hold: the largest UDP payload. */
#define KH_DATAGRAM_BUFFER 65536

/* Indices of sockets. 0 is IPv4 and 1 IPv6; a server adds SECOND_PORT for those of its second port,
 * and SECOND_ADDRESS for those of its second address. Below KH_SOCKET_TCP all are UDP. */
#define KH_SOCKET_IPV6 1
#define KH_SOCKET_SECOND_PORT 2
#define KH_SOCKET_SECOND_ADDRESS 4
/* Any TCP connection, of either family: @remote says which. */
#define KH_SOCKET_TCP 8
/* From here on so many more IPv4 sockets of a peer's node, for searches of ports (path/search.h): a
 * driver opens each on an ephemeral port when something is first sent from it. */
#define KH_SOCKET_SEARCH 16
#define KH_SOCKET_SEARCH_MAX 256

/**
 * KhDatagram:
 * @socket: which socket, as above; see kh_socket_for_family()
 * @remote: where it came from, or goes to; normalised
 * @data: (borrowed): the payload. A receiver may decrypt in place. To poll, the caller points it
 *   at @size bytes that the machine fills
 * @len: bytes of payload
 * @size: room at @data; unused on receive
 * @run_max: to poll: the most datagrams that the machine may put one behind the other, for bulk; 0
 *   is one. Unused on receive
 * @segment: where they are more than one, the length of each but the last, which is no longer; @len
 *   is that of all. 0 for one. On receive, for receive_run() alone
 * @hop_limit: on send, the TTL of this datagram alone; 0 is the system's default. A short one
 *   opens the sender's own NAT without reaching the other's; unused on receive
 * @source: on send over IPv6, the address of ours to leave from, where the system's choice would be
 *   another one (a link-local gateway that compares it, RFC 6887); absent is the system's choice.
 *   Its port does not matter. Unused on receive
 */
typedef struct
{
  guint socket;
  KhAddr remote;
  guint8 *data;
  gsize len;
  gsize size;
  guint run_max;
  gsize segment;
  guint8 hop_limit;
  KhAddr source;
} KhDatagram;

static inline guint
kh_socket_for_family (guint8 family)
{
  return family == KH_FAMILY_IPV6 ? KH_SOCKET_IPV6 : 0;
}

static inline gboolean
kh_socket_is_search (guint socket)
{
  return socket >= KH_SOCKET_SEARCH && socket < KH_SOCKET_SEARCH + KH_SOCKET_SEARCH_MAX;
}

/**
 * KhMachineOps: the seam, what a driver or the simulator calls on a state machine
 *
 * A peer's node and the server have the same four verbs, so one driver serves both; events are
 * polled from the concrete type. After any call, poll_send() until it returns FALSE, then sleep
 * until next_timeout() or input.
 */
typedef struct
{
  void (*receive) (gpointer machine, KhDatagram *in, gint64 now_us);
  gboolean (*poll_send) (gpointer machine, KhDatagram *out, gint64 now_us);
  gint64 (*next_timeout) (gpointer machine);
  void (*handle_timeout) (gpointer machine, gint64 now_us);
  /* (nullable): the network said that nothing listens at @remote (ICMP port unreachable). Anyone
   * can forge that, so it may change words, never decisions. */
  void (*unreachable) (gpointer machine, const KhAddr *remote, gint64 now_us);
  /* (nullable): the connection to @remote on KH_SOCKET_TCP could not be made, or has ended. What
   * is sent there next makes a new one, where the machine is a client. */
  void (*closed) (gpointer machine, const KhAddr *remote, gint64 now_us);
  /* (nullable): FALSE, or a socket from KH_SOCKET_SEARCH on that is to be closed now. Asked after
   * poll_send(), until it returns FALSE. */
  gboolean (*poll_close) (gpointer machine, guint *ret_socket);
  /* (nullable): receive() for several datagrams from one sender that lie one behind the other, as
   * @run's @segment says. */
  void (*receive_run) (gpointer machine, KhDatagram *run, gint64 now_us);
} KhMachineOps;

typedef enum
{
  KH_DATAGRAM_HELLO = 0x20,
  KH_DATAGRAM_HELLO_ACK = 0x21,
  KH_DATAGRAM_INIT = 0x22,
  KH_DATAGRAM_RESP = 0x23,
  KH_DATAGRAM_SEALED = 0x24,
} KhDatagramType;

#define KH_COOKIE_SIZE 24
#define KH_NONCE_SIZE 8
#define KH_AEAD_TAG_SIZE 16

/* HELLO is padded to this; HELLO-ACK never exceeds it, so the server amplifies nothing. */
#define KH_HELLO_SIZE 96

/* type, epoch, receiver index, packet number */
#define KH_SEALED_HEADER_SIZE 14
#define KH_SEALED_OVERHEAD (KH_SEALED_HEADER_SIZE + KH_AEAD_TAG_SIZE)

typedef struct
{
  guint8 version;
  guint8 nonce[KH_NONCE_SIZE];
} KhHello;

typedef struct
{
  guint8 version_min;
  guint8 version_max;
  guint8 nonce[KH_NONCE_SIZE];
  KhKey server_key;
  guint8 cookie[KH_COOKIE_SIZE];
  KhAddr seen;         /* the client's address as the server sees it */
  guint16 second_port; /* 0: none */
} KhHelloAck;

typedef struct
{
  guint32 sender;
  guint8 cookie[KH_COOKIE_SIZE];
  const guint8 *noise; /* borrowed from the datagram */
  gsize noise_len;
} KhInit;

typedef struct
{
  guint32 sender;
  guint32 receiver;
  const guint8 *noise;
  gsize noise_len;
} KhResp;

/* The header of SEALED; the whole of it is the additional data of the AEAD. */
typedef struct
{
  guint8 epoch;
  guint32 receiver;
  guint64 packet_number;
} KhSealed;

/* Returns FALSE on an unknown first byte or an empty datagram. */
gboolean kh_datagram_type (const guint8 *data, gsize len, KhDatagramType *ret_type);

gboolean kh_hello_read (const guint8 *data, gsize len, KhHello *ret_hello);
gboolean kh_hello_write (KhWriter *writer, const KhHello *self);
gboolean kh_hello_ack_read (const guint8 *data, gsize len, KhHelloAck *ret_ack);
gboolean kh_hello_ack_write (KhWriter *writer, const KhHelloAck *self);
gboolean kh_init_read (const guint8 *data, gsize len, KhInit *ret_init);
gboolean kh_init_write (KhWriter *writer, const KhInit *self);
gboolean kh_resp_read (const guint8 *data, gsize len, KhResp *ret_resp);
gboolean kh_resp_write (KhWriter *writer, const KhResp *self);
/* Reads the header of a datagram that has room for a tag behind it. */
gboolean kh_sealed_read (const guint8 *data, gsize len, KhSealed *ret_sealed);
gboolean kh_sealed_write (KhWriter *writer, const KhSealed *self);
