/* main.c: a line between two network namespaces, as bad as one likes
 *
 * Where the kernel has no netem: one process that holds a TUN device in each namespace, and carries
 * packets from one to the other with delay, rate, queue, loss, reordering and duplication of each
 * direction's own. What chance decides comes from a seed.
 *
 * usage: link [OPTION…] NAMESPACE-A NAMESPACE-B [COMMAND…]
 *
 * Prints "ready" when both devices are up; ends at the end of its standard input.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "command.h"
#include "lines.h"
#include "tun.h"

/* As long as an IP packet can be. */
#define PACKET_MAX 65535
/* Packets taken from one side before the other has its turn. */
#define BATCH 32
#define SECOND_NS G_GINT64_CONSTANT (1000000000)

typedef struct
{
  int fds[N_DIRECTIONS]; /* where a direction's packets come from */
  Direction *directions[N_DIRECTIONS];
  GString *input;
} Link;

static gint64
now_ns (void)
{
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);
  return now.tv_sec * SECOND_NS + now.tv_nsec;
}

static void
take_packets (Link *self, int side)
{
  static guint8 buf[PACKET_MAX];
  /* One reading a batch: what came while the last packets were handled came in this moment. */
  gint64 now = now_ns ();

  for (guint i = 0; i < BATCH; i++)
    {
      gssize len = read (self->fds[side], buf, sizeof buf);

      if (len <= 0)
        return;
      direction_push (self->directions[side], buf, (gsize) len, now);
    }
}

static void
give_packets (Link *self, int side)
{
  int to = self->fds[side == FROM_A ? FROM_B : FROM_A];
  Frame *frame;

  while ((frame = direction_pop (self->directions[side], now_ns ())) != NULL)
    {
      if (write (to, frame->data, frame->len) < 0)
        fprintf (stderr, "link: a packet was not taken: %s\n", g_strerror (errno));
      g_free (frame);
    }
}

static char *
run_line (const char *line, gpointer user_data)
{
  Link *self = user_data;

  return command_run (self->directions, line, now_ns ());
}

static void
wait_for_something (Link *self, struct pollfd *fds, guint n)
{
  gint64 next =
      MIN (direction_next (self->directions[FROM_A]), direction_next (self->directions[FROM_B]));
  gint64 wait = next == G_MAXINT64 ? 0 : MAX (next - now_ns (), 0);
  struct timespec timeout = { wait / SECOND_NS, wait % SECOND_NS };

  if (ppoll (fds, n, next == G_MAXINT64 ? NULL : &timeout, NULL) <= 0)
    for (guint i = 0; i < n; i++)
      fds[i].revents = 0;
}

static void
carry (Link *self)
{
  struct pollfd fds[] = {
    { self->fds[FROM_A], POLLIN, 0 },
    { self->fds[FROM_B], POLLIN, 0 },
    { STDIN_FILENO, POLLIN, 0 },
  };

  for (;;)
    {
      wait_for_something (self, fds, G_N_ELEMENTS (fds));
      for (int side = 0; side < N_DIRECTIONS; side++)
        {
          if (fds[side].revents != 0)
            take_packets (self, side);
          give_packets (self, side);
        }
      if (fds[2].revents != 0 && !lines_take (self->input, run_line, self))
        return;
    }
}

static int
run (char **args, const char *interface, int mtu, int seed)
{
  Link self = { .input = g_string_new (NULL) };
  gboolean good = TRUE;

  for (int side = 0; side < N_DIRECTIONS; side++)
    {
      g_autoptr (GError) error = NULL;

      self.directions[side] = direction_new ((guint32) (2 * seed + side));
      self.fds[side] = tun_open (args[side], interface, (guint) mtu, &error);
      if (self.fds[side] < 0)
        {
          fprintf (stderr, "link: %s\n", error->message);
          good = FALSE;
        }
    }
  good = good && lines_run (args + N_DIRECTIONS, "link", run_line, &self);
  if (good)
    {
      /* A sleep ends when it should, not up to 50 µs later. */
      prctl (PR_SET_TIMERSLACK, 1, 0, 0, 0);
      lines_begin ();
      carry (&self);
    }
  for (int side = 0; side < N_DIRECTIONS; side++)
    {
      direction_free (self.directions[side]);
      if (self.fds[side] >= 0)
        close (self.fds[side]);
    }
  g_string_free (self.input, TRUE);
  return good ? 0 : 1;
}

int
main (int argc, char **argv)
{
  g_autofree char *interface = NULL;
  int mtu = 1500;
  int seed = 1;
  g_auto (GStrv) args = NULL;
  g_autoptr (GError) error = NULL;
  const GOptionEntry entries[] = {
    { "interface", 'i', 0, G_OPTION_ARG_STRING, &interface, "Name of the devices (link0)", "NAME" },
    { "mtu", 'm', 0, G_OPTION_ARG_INT, &mtu, "68 to 65535 (1500)", "BYTES" },
    { "seed", 's', 0, G_OPTION_ARG_INT, &seed, "What chance starts from (1)", "NUMBER" },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_STRING_ARRAY, &args, NULL,
      "NAMESPACE-A NAMESPACE-B [COMMAND…]" },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);

  g_option_context_add_main_entries (context, entries, NULL);
  g_option_context_set_summary (context, "A line between two network namespaces. Needs root.");
  g_option_context_set_description (context, command_help);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    {
      fprintf (stderr, "link: %s\n", error->message);
      return 2;
    }
  if (args == NULL || g_strv_length (args) < N_DIRECTIONS)
    {
      fprintf (stderr, "link: two namespaces are needed; see --help\n");
      return 2;
    }
  return run (args, interface != NULL ? interface : "link0", mtu, seed);
}
