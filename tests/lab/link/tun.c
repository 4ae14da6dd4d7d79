/* tun.c: a TUN device in a network namespace of another
 *
 * A device belongs to the namespace of the thread that made it, so the thread goes there for a
 * moment. No offloads are asked for: packets come as they would from a wire.
 */
#include "tun.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* The default of 500 is less than a burst of a fast sender. */
#define TX_QUEUE_LENGTH 5000

static int
fail (GError **error, const char *what)
{
  int code = errno;

  g_set_error (error, G_IO_ERROR, (int) g_io_error_from_errno (code), "%s: %s", what,
               g_strerror (code));
  return -1;
}

static int
enter (const char *namespace, GError **error)
{
  g_autofree char *path = strchr (namespace, '/') != NULL
                              ? g_strdup (namespace)
                              : g_build_filename ("/run/netns", namespace, NULL);
  int fd = open (path, O_RDONLY | O_CLOEXEC);
  int result;

  if (fd < 0)
    return fail (error, path);
  result = setns (fd, CLONE_NEWNET);
  if (result < 0)
    fail (error, path);
  close (fd);
  return result;
}

static int
set_up (struct ifreq *request, guint mtu, GError **error)
{
  int fd = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  int result;

  if (fd < 0)
    return fail (error, "socket");
  request->ifr_mtu = (int) mtu;
  result = ioctl (fd, SIOCSIFMTU, request);
  request->ifr_qlen = TX_QUEUE_LENGTH;
  if (result == 0)
    result = ioctl (fd, SIOCSIFTXQLEN, request);
  if (result == 0)
    result = ioctl (fd, SIOCGIFFLAGS, request);
  request->ifr_flags |= IFF_UP;
  if (result == 0)
    result = ioctl (fd, SIOCSIFFLAGS, request);
  if (result < 0)
    fail (error, "setting the device up");
  close (fd);
  return result;
}

static int
make (const char *name, guint mtu, GError **error)
{
  struct ifreq request = { .ifr_flags = IFF_TUN | IFF_NO_PI };
  int fd = open ("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);

  if (fd < 0)
    return fail (error, "/dev/net/tun");
  g_strlcpy (request.ifr_name, name, sizeof request.ifr_name);
  if (ioctl (fd, TUNSETIFF, &request) < 0)
    fail (error, name);
  else if (set_up (&request, mtu, error) == 0)
    return fd;
  close (fd);
  return -1;
}

int
tun_open (const char *namespace, const char *name, guint mtu, GError **error)
{
  int home = open ("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
  int fd;

  if (home < 0)
    return fail (error, "/proc/thread-self/ns/net");
  fd = enter (namespace, error) == 0 ? make (name, mtu, error) : -1;
  if (setns (home, CLONE_NEWNET) < 0)
    g_error ("the way back from %s is lost: %s", namespace, g_strerror (errno));
  close (home);
  return fd;
}
