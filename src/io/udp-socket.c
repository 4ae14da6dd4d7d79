/* udp-socket.c: recvmmsg(2), sendmmsg(2) and the error queue of udp(7), ip(7) and ipv6(7)
 *
 * Raw descriptors and not GSocket, which allocates a GSocketAddress for every datagram received.
 */
#include "io/udp-socket.h"

#include <errno.h>
#include <linux/errqueue.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <netinet/icmp6.h>
#include <string.h>
#include <unistd.h>

#include "io/sockaddr.h"

/* A tenth of a second at 300 Mbit/s; the system's default holds 150 datagrams. The kernel gives
 * what net.core.rmem_max allows. */
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

guint
kh_udp_socket_receive (int fd, guint index, guint8 *buffers, guint max, KhDatagram *ret_datagrams)
{
  struct mmsghdr headers[KH_UDP_SOCKET_BATCH] = { 0 };
  struct sockaddr_storage names[KH_UDP_SOCKET_BATCH];
  struct iovec vectors[KH_UDP_SOCKET_BATCH];
  int n, tries = RECEIVE_TRIES;

  for (guint i = 0; i < max; i++)
    {
      vectors[i].iov_base = buffers + (gsize) i * KH_UDP_SOCKET_ROOM;
      vectors[i].iov_len = KH_UDP_SOCKET_ROOM;
      headers[i].msg_hdr = (struct msghdr){ .msg_name = &names[i],
                                            .msg_namelen = sizeof names[i],
                                            .msg_iov = &vectors[i],
                                            .msg_iovlen = 1 };
    }
  /* A pending ICMP error comes as the result of one call; the datagrams wait behind it. */
  do
    n = recvmmsg (fd, headers, max, MSG_DONTWAIT, NULL);
  while (n < 0 && errno != EAGAIN && --tries > 0);

  for (int i = 0; i < n; i++)
    {
      KhDatagram *in = &ret_datagrams[i];

      *in = (KhDatagram){ .socket = index, .data = vectors[i].iov_base };
      if (!(headers[i].msg_hdr.msg_flags & MSG_TRUNC) &&
          kh_sockaddr_to_addr ((struct sockaddr *) &names[i], &in->remote))
        in->len = headers[i].msg_len;
    }
  return MAX (n, 0);
}

typedef union
{
  struct cmsghdr header;
  char room[CMSG_SPACE (sizeof (int))];
} HopLimit;

static void
set_hop_limit (struct msghdr *message, HopLimit *control, const KhDatagram *out)
{
  gboolean is_ipv6 = out->remote.family == KH_FAMILY_IPV6;
  int value = out->hop_limit;
  struct cmsghdr *header;

  memset (control, 0, sizeof *control);
  message->msg_control = control;
  message->msg_controllen = sizeof control->room;
  header = CMSG_FIRSTHDR (message);
  header->cmsg_level = is_ipv6 ? IPPROTO_IPV6 : IPPROTO_IP;
  header->cmsg_type = is_ipv6 ? IPV6_HOPLIMIT : IP_TTL;
  header->cmsg_len = CMSG_LEN (sizeof value);
  memcpy (CMSG_DATA (header), &value, sizeof value);
}

guint
kh_udp_socket_send (int fd, const KhDatagram *datagrams, guint n, int *ret_errno)
{
  struct mmsghdr headers[KH_UDP_SOCKET_BATCH] = { 0 };
  struct sockaddr_storage names[KH_UDP_SOCKET_BATCH];
  struct iovec vectors[KH_UDP_SOCKET_BATCH];
  HopLimit controls[KH_UDP_SOCKET_BATCH];
  int sent;

  n = MIN (n, KH_UDP_SOCKET_BATCH);
  for (guint i = 0; i < n; i++)
    {
      struct msghdr *message = &headers[i].msg_hdr;

      vectors[i] = (struct iovec){ datagrams[i].data, datagrams[i].len };
      message->msg_name = &names[i];
      message->msg_namelen = kh_sockaddr_from_addr (&datagrams[i].remote, &names[i]);
      message->msg_iov = &vectors[i];
      message->msg_iovlen = 1;
      if (datagrams[i].hop_limit > 0)
        set_hop_limit (message, &controls[i], &datagrams[i]);
    }
  do
    sent = sendmmsg (fd, headers, n, MSG_DONTWAIT | MSG_NOSIGNAL);
  while (sent < 0 && errno == EINTR);
  if (sent < 0)
    *ret_errno = errno;
  else if ((guint) sent < n)
    /* Why is known only by trying the next one alone. */
    *ret_errno = 0;
  return MAX (sent, 0);
}

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
