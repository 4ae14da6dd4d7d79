/* reach.c: see reach.h; owns its targets and nothing else */
#include "node/reach.h"

#include <string.h>

/* HELLO over UDP is sent again after this, doubling: 4.5 s in all. */
#define RETRY_US 300000
#define TRIES 4
/* Connecting takes a round trip, and a proxy more of them. */
#define TCP_PATIENCE_US (5 * G_USEC_PER_SEC)

typedef struct
{
  KhReachTarget target;
  guint8 nonce[KH_NONCE_SIZE];
  guint tries;
  gint64 sent_us; /* the first */
  gint64 next_us; /* the next HELLO, or the end; KH_NEVER */
} Probe;

struct _KhReach
{
  KhRandom random;
  Probe probes[3 * KH_REACH_ADDRS_MAX];
  guint n_probes;
};

const char *
kh_reach_state_to_string (KhReachState state)
{
  switch (state)
    {
    case KH_REACH_WAITING:
      return "waiting";
    case KH_REACH_ANSWERED:
      return "answered";
    case KH_REACH_REFUSED:
      return "refused";
    case KH_REACH_SILENT:
      return "silent";
    default:
      return "unknown";
    }
}

static void
add_probe (KhReach *self, const KhAddr *addr, guint socket)
{
  Probe *probe = &self->probes[self->n_probes++];

  probe->target.remote = *addr;
  probe->target.socket = socket;
  probe->next_us = KH_NEVER;
  kh_random_fill (&self->random, probe->nonce, sizeof probe->nonce);
}

KhReach *
kh_reach_new (const KhAddr *addrs, gsize n, KhRandom random)
{
  KhReach *self = g_new0 (KhReach, 1);

  self->random = random;
  for (gsize i = 0; i < MIN (n, KH_REACH_ADDRS_MAX); i++)
    {
      KhAddr https = addrs[i];

      if (!kh_addr_is_unicast (&addrs[i]))
        continue;
      add_probe (self, &addrs[i], kh_socket_for_family (addrs[i].family));
      add_probe (self, &addrs[i], KH_SOCKET_TCP);
      https.port = KH_REACH_HTTPS_PORT;
      if (addrs[i].port != KH_REACH_HTTPS_PORT)
        add_probe (self, &https, KH_SOCKET_TCP);
    }
  return self;
}

void
kh_reach_free (KhReach *self)
{
  g_free (self);
}

void
kh_reach_start (KhReach *self, gint64 now_us)
{
  for (guint i = 0; i < self->n_probes; i++)
    self->probes[i].next_us = now_us;
}

gboolean
kh_reach_is_done (KhReach *self)
{
  for (guint i = 0; i < self->n_probes; i++)
    if (self->probes[i].target.state == KH_REACH_WAITING)
      return FALSE;
  return TRUE;
}

const KhReachTarget *
kh_reach_get_target (KhReach *self, guint i)
{
  return i < self->n_probes ? &self->probes[i].target : NULL;
}

static void
conclude (Probe *probe, KhReachState state)
{
  probe->target.state = state;
  probe->next_us = KH_NEVER;
}

static void
receive (gpointer machine, KhDatagram *in, gint64 now_us)
{
  KhReach *self = machine;
  KhHelloAck ack;

  if (!kh_hello_ack_read (in->data, in->len, &ack))
    return;
  for (guint i = 0; i < self->n_probes; i++)
    {
      Probe *probe = &self->probes[i];

      if (probe->tries == 0 || probe->target.state == KH_REACH_ANSWERED ||
          probe->target.socket != in->socket ||
          !kh_addr_equal (&probe->target.remote, &in->remote) ||
          memcmp (probe->nonce, ack.nonce, sizeof ack.nonce) != 0)
        continue;
      probe->target.ack = ack;
      probe->target.rtt_us = probe->tries == 1 ? MAX (now_us - probe->sent_us, 1) : 0;
      conclude (probe, KH_REACH_ANSWERED);
    }
}

static guint
tries_of (const Probe *probe)
{
  return probe->target.socket == KH_SOCKET_TCP ? 1 : TRIES;
}

static gboolean
write_hello (const Probe *probe, KhDatagram *out)
{
  KhWriter writer = kh_writer_init (out->data, out->size);
  KhHello hello = { .version = KH_PROTOCOL_VERSION };

  memcpy (hello.nonce, probe->nonce, sizeof hello.nonce);
  if (!kh_hello_write (&writer, &hello))
    return FALSE;
  out->len = writer.len;
  out->socket = probe->target.socket;
  out->remote = probe->target.remote;
  out->hop_limit = 0;
  return TRUE;
}

static gboolean
poll_send (gpointer machine, KhDatagram *out, gint64 now_us)
{
  KhReach *self = machine;

  for (guint i = 0; i < self->n_probes; i++)
    {
      Probe *probe = &self->probes[i];

      if (probe->next_us > now_us || probe->tries == tries_of (probe))
        continue;
      if (probe->tries == 0)
        probe->sent_us = now_us;
      probe->next_us = probe->target.socket == KH_SOCKET_TCP ? now_us + TCP_PATIENCE_US
                                                             : now_us + (RETRY_US << probe->tries);
      probe->tries++;
      if (write_hello (probe, out))
        return TRUE;
    }
  return FALSE;
}

static gint64
next_timeout (gpointer machine)
{
  KhReach *self = machine;
  gint64 next_us = KH_NEVER;

  for (guint i = 0; i < self->n_probes; i++)
    next_us = MIN (next_us, self->probes[i].next_us);
  return next_us;
}

static void
handle_timeout (gpointer machine, gint64 now_us)
{
  KhReach *self = machine;

  for (guint i = 0; i < self->n_probes; i++)
    {
      Probe *probe = &self->probes[i];

      if (probe->tries == tries_of (probe) && probe->next_us <= now_us)
        conclude (probe, KH_REACH_SILENT);
    }
}

/* An answer that comes after all is believed: refusals can be forged, and come of old packets. */
static void
refuse (KhReach *self, const KhAddr *remote, gboolean tcp)
{
  for (guint i = 0; i < self->n_probes; i++)
    {
      Probe *probe = &self->probes[i];

      if (probe->target.state == KH_REACH_WAITING && probe->tries > 0 &&
          (probe->target.socket == KH_SOCKET_TCP) == tcp &&
          kh_addr_equal (&probe->target.remote, remote))
        conclude (probe, KH_REACH_REFUSED);
    }
}

static void
unreachable (gpointer machine, const KhAddr *remote, gint64 now_us)
{
  refuse (machine, remote, FALSE);
}

static void
closed (gpointer machine, const KhAddr *remote, gint64 now_us)
{
  refuse (machine, remote, TRUE);
}

const KhMachineOps kh_reach_machine_ops = {
  .receive = receive,
  .poll_send = poll_send,
  .next_timeout = next_timeout,
  .handle_timeout = handle_timeout,
  .unreachable = unreachable,
  .closed = closed,
};
