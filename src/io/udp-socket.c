/* udp-socket.c: recvmmsg(2), sendmmsg(2), segmentation offload and the error queue of udp(7),
 * ip(7) and ipv6(7)
 *
 * Raw descriptors and not GSocket, which allocates a GSocketAddress for every datagram received.
 */
#include "io/udp-socket.h"

#include <errno.h>
#include <linux/errqueue.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <netinet/icmp6.h>
#include <netinet/udp.h>
#include <string.h>
#include <unistd.h>

#include "io/sockaddr.h"

/* A tenth of a second at 300 Mbit/s, and a turn of 2 ms at 16 Gbit/s; the system's default holds
 * 150 datagrams. The kernel gives what net.core.rmem_max allows. */
#define RECEIVE_BUFFER (4 * 1024 * 1024)
/* Errors taken off the queue in one call. */
#define ERRORS_MAX 64
/* Each pending error costs one call; what is left is seen in the next turn. */
#define RECEIVE_TRIES 8

static void
set_option (int fd, int level, int name, int value)
{
  /* All of these make things better where the system has them, and none is needed. */
  if (setsockopt (fd, level, name, &value, sizeof value) != 0)
    g_debug ("setsockopt %d/%d: %s", level, name, g_strerror (errno));
}

static void
set_options (int fd, guint8 family)
{
  int size = RECEIVE_BUFFER;

  if (setsockopt (fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) != 0)
    set_option (fd, SOL_SOCKET, SO_RCVBUF, size);
  set_option (fd, SOL_SOCKET, SO_RXQ_OVFL, 1);
  if (family == KH_FAMILY_IPV6)
    {
      set_option (fd, IPPROTO_IPV6, IPV6_RECVERR, 1);
      set_option (fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_PROBE);
    }
  else
    {
      set_option (fd, IPPROTO_IP, IP_RECVERR, 1);
      set_option (fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_PROBE);
    }
}

static void
set_error (GError **error, int saved_errno, const KhAddr *addr)
{
  char text[KH_ADDR_STRING_MAX];

  kh_addr_format (addr, text);
  if (saved_errno == EADDRINUSE)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE,
                 "UDP port %u is in use by another program (%s)", addr->port, text);
  else if (saved_errno == EACCES)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED,
                 "No permission to use UDP port %u (%s); ports below 1024 need it", addr->port,
                 text);
  else
    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (saved_errno),
                 "Cannot open a UDP socket on %s: %s", text, g_strerror (saved_errno));
}

int
kh_udp_socket_open (const KhAddr *addr, GError **error)
{
  int family = addr->family == KH_FAMILY_IPV6 ? AF_INET6 : AF_INET;
  struct sockaddr_storage native;
  socklen_t len = kh_sockaddr_from_addr (addr, &native);
  int one = 1;
  int fd = socket (family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_UDP);

  if (fd >= 0 &&
      (family == AF_INET || setsockopt (fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one) == 0) &&
      bind (fd, (struct sockaddr *) &native, len) == 0)
    {
      set_options (fd, addr->family);
      return fd;
    }
  int saved_errno = errno;

  if (fd >= 0)
    close (fd);
  set_error (error, saved_errno, addr);
  return -1;
}

guint16
kh_udp_socket_get_port (int fd)
{
  struct sockaddr_storage native = { 0 };
  socklen_t len = sizeof native;
  KhAddr addr;

  if (getsockname (fd, (struct sockaddr *) &native, &len) != 0 ||
      !kh_sockaddr_to_addr ((struct sockaddr *) &native, &addr))
    return 0;
  return addr.port;
}

gboolean
kh_udp_socket_has_gso (int fd)
{
  int none = 0;

  return setsockopt (fd, IPPROTO_UDP, UDP_SEGMENT, &none, sizeof none) == 0;
}

gboolean
kh_udp_socket_enable_gro (int fd)
{
  int one = 1;

  return setsockopt (fd, IPPROTO_UDP, UDP_GRO, &one, sizeof one) == 0;
}

/* --- receiving --------------------------------------------------------------------------- */

/* What the kernel says beside a message: the length of its segments, and the drops. */
typedef union
{
  struct cmsghdr header;
  char room[CMSG_SPACE (sizeof (int)) + CMSG_SPACE (sizeof (guint32))];
} ReceiveControl;

static void
read_control (struct msghdr *message, KhUdpMessage *ret_message, guint32 *overflow)
{
  for (struct cmsghdr *c = CMSG_FIRSTHDR (message); c != NULL; c = CMSG_NXTHDR (message, c))
    {
      int segment;

      if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_RXQ_OVFL)
        memcpy (overflow, CMSG_DATA (c), sizeof *overflow);
      if (c->cmsg_level != IPPROTO_UDP || c->cmsg_type != UDP_GRO)
        continue;
      memcpy (&segment, CMSG_DATA (c), sizeof segment);
      if (segment > 0)
        ret_message->segment = (gsize) segment;
    }
}

static void
read_message (struct mmsghdr *header, KhUdpMessage *ret_message, guint32 *overflow)
{
  struct msghdr *message = &header->msg_hdr;

  *ret_message = (KhUdpMessage){ .data = message->msg_iov->iov_base, .segment = header->msg_len };
  if (message->msg_controllen > 0)
    read_control (message, ret_message, overflow);
  if (!(message->msg_flags & MSG_TRUNC) &&
      kh_sockaddr_to_addr (message->msg_name, &ret_message->remote))
    ret_message->len = header->msg_len;
}

guint
kh_udp_socket_receive (
    int fd, guint8 *buffers, gsize room, guint max, KhUdpMessage *ret_messages, guint32 *overflow)
{
  struct mmsghdr headers[KH_UDP_SOCKET_BATCH];
  struct sockaddr_storage names[KH_UDP_SOCKET_BATCH];
  struct iovec vectors[KH_UDP_SOCKET_BATCH];
  ReceiveControl controls[KH_UDP_SOCKET_BATCH];
  int n, tries = RECEIVE_TRIES;

  max = MIN (max, KH_UDP_SOCKET_BATCH);
  for (guint i = 0; i < max; i++)
    {
      vectors[i] = (struct iovec){ buffers + i * room, room };
      headers[i].msg_hdr = (struct msghdr){ .msg_name = &names[i],
                                            .msg_namelen = sizeof names[i],
                                            .msg_iov = &vectors[i],
                                            .msg_iovlen = 1,
                                            .msg_control = &controls[i],
                                            .msg_controllen = sizeof controls[i] };
    }
  /* A pending ICMP error comes as the result of one call; the datagrams wait behind it. */
  do
    n = recvmmsg (fd, headers, max, MSG_DONTWAIT, NULL);
  while (n < 0 && errno != EAGAIN && --tries > 0);

  for (int i = 0; i < n; i++)
    read_message (&headers[i], &ret_messages[i], overflow);
  return (guint) MAX (n, 0);
}

/* --- sending ----------------------------------------------------------------------------- */

typedef union
{
  struct cmsghdr header;
  char room[CMSG_SPACE (sizeof (int)) + CMSG_SPACE (sizeof (guint16)) +
            CMSG_SPACE (sizeof (struct in6_pktinfo))];
} SendControl;

static void
add_control (struct msghdr *message, int level, int type, const void *value, gsize len)
{
  struct cmsghdr *header =
      (struct cmsghdr *) (void *) ((char *) message->msg_control + message->msg_controllen);

  header->cmsg_level = level;
  header->cmsg_type = type;
  header->cmsg_len = CMSG_LEN (len);
  memcpy (CMSG_DATA (header), value, len);
  message->msg_controllen += CMSG_SPACE (len);
}

static void
set_control (struct msghdr *message, SendControl *control, const KhDatagram *first, guint run)
{
  gboolean is_ipv6 = first->remote.family == KH_FAMILY_IPV6;
  int hop_limit = first->hop_limit;
  guint16 segment = (guint16) first->len;

  if (hop_limit == 0 && run == 1 && !kh_addr_is_set (&first->source))
    return;
  memset (control, 0, sizeof *control);
  message->msg_control = control;
  if (hop_limit > 0)
    add_control (message, is_ipv6 ? IPPROTO_IPV6 : IPPROTO_IP, is_ipv6 ? IPV6_HOPLIMIT : IP_TTL,
                 &hop_limit, sizeof hop_limit);
  if (is_ipv6 && first->source.family == KH_FAMILY_IPV6)
    {
      struct in6_pktinfo info = { .ipi6_ifindex = first->remote.scope_id };

      memcpy (&info.ipi6_addr, first->source.ip, sizeof info.ipi6_addr);
      add_control (message, IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof info);
    }
  if (run > 1)
    add_control (message, IPPROTO_UDP, UDP_SEGMENT, &segment, sizeof segment);
}

guint
kh_udp_socket_run (const KhDatagram *datagrams, guint n)
{
  const KhDatagram *first = &datagrams[0];
  gsize total = first->len;
  guint run = 1;

  while (run < MIN (n, KH_UDP_SOCKET_SEGMENTS))
    {
      const KhDatagram *next = &datagrams[run];

      if (next->data != first->data + total || next->len > first->len || next->len == 0 ||
          total + next->len > KH_UDP_SOCKET_MESSAGE_MAX || next->hop_limit != first->hop_limit ||
          next->source.family != first->source.family ||
          !kh_addr_equal (&next->remote, &first->remote))
        break;
      total += next->len;
      run++;
      if (next->len < first->len)
        break;
    }
  return run;
}

guint
kh_udp_socket_send (int fd, const KhDatagram *datagrams, guint n, gboolean gso, int *ret_errno)
{
  struct mmsghdr headers[KH_UDP_SOCKET_BATCH];
  struct sockaddr_storage names[KH_UDP_SOCKET_BATCH];
  struct iovec vectors[KH_UDP_SOCKET_BATCH];
  SendControl controls[KH_UDP_SOCKET_BATCH];
  guint ends[KH_UDP_SOCKET_BATCH]; /* datagrams up to and with this message */
  guint n_messages = 0, done = 0;
  int sent;

  for (; done < n && n_messages < KH_UDP_SOCKET_BATCH; n_messages++)
    {
      const KhDatagram *first = &datagrams[done], *last;
      struct msghdr *message = &headers[n_messages].msg_hdr;
      guint run = gso ? kh_udp_socket_run (first, n - done) : 1;

      last = first + run - 1;
      vectors[n_messages] =
          (struct iovec){ first->data, (gsize) (last->data - first->data) + last->len };
      *message = (struct msghdr){ .msg_name = &names[n_messages],
                                  .msg_iov = &vectors[n_messages],
                                  .msg_iovlen = 1 };
      message->msg_namelen = kh_sockaddr_from_addr (&first->remote, &names[n_messages]);
      set_control (message, &controls[n_messages], first, run);
      done += run;
      ends[n_messages] = done;
    }
  do
    sent = sendmmsg (fd, headers, n_messages, MSG_DONTWAIT | MSG_NOSIGNAL);
  while (sent < 0 && errno == EINTR);
  if (sent > 0)
    return ends[sent - 1];
  *ret_errno = errno;
  return 0;
}

/* --- the error queue --------------------------------------------------------------------- */

static gboolean
is_port_unreachable (struct msghdr *message)
{
  for (struct cmsghdr *c = CMSG_FIRSTHDR (message); c != NULL; c = CMSG_NXTHDR (message, c))
    {
      struct sock_extended_err e;

      if (!(c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_RECVERR) &&
          !(c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_RECVERR))
        continue;
      memcpy (&e, CMSG_DATA (c), sizeof e);
      if (e.ee_origin == SO_EE_ORIGIN_ICMP)
        return e.ee_type == ICMP_DEST_UNREACH && e.ee_code == ICMP_PORT_UNREACH;
      if (e.ee_origin == SO_EE_ORIGIN_ICMP6)
        return e.ee_type == ICMP6_DST_UNREACH && e.ee_code == ICMP6_DST_UNREACH_NOPORT;
    }
  return FALSE;
}

gboolean
kh_udp_socket_next_unreachable (int fd, KhAddr *ret_remote)
{
  for (int i = 0; i < ERRORS_MAX; i++)
    {
      _Alignas(struct cmsghdr) char control[512];
      struct sockaddr_storage name = { 0 };
      struct msghdr message = { .msg_name = &name,
                                .msg_namelen = sizeof name,
                                .msg_control = control,
                                .msg_controllen = sizeof control };

      if (recvmsg (fd, &message, MSG_ERRQUEUE | MSG_DONTWAIT) < 0)
        return FALSE;
      if (is_port_unreachable (&message) &&
          kh_sockaddr_to_addr ((struct sockaddr *) &name, ret_remote))
        return TRUE;
    }
  return FALSE;
}
