/* lifetime.c: the mappings that are left idle, and the questions that wake them (lifetime.h)
 *
 * Owns its sockets, by number: one for each idle time, and one to ask from. Each mapping is used
 * twice with a pause between, because gateways keep what they take for a stream longer than what
 * they take for a question and its answer (Linux: 120 s and 30 s, from 2 s on). Then it is left
 * alone; the shortest time, which no gateway forgets in, proves that the question works at all.
 */
#include "node/lifetime.h"

#include <string.h>

#include "wire/stun-client.h"

#define SECOND G_GINT64_CONSTANT (1000000)
/* Between the two uses of a mapping. */
#define STREAM_US (3 * SECOND)
/* A question is asked again after this, doubling. */
#define RETRY_US 500000
#define TRIES 4

/* Many gateways forget after 30, 60, 120 or 300 s, some after 20, though RFC 4787 allows
 * none below 120.
 */
static const gint64 idle_times[] = {
  1 * SECOND,  10 * SECOND,  18 * SECOND,  25 * SECOND,  35 * SECOND,  50 * SECOND,
  70 * SECOND, 100 * SECOND, 130 * SECOND, 190 * SECOND, 310 * SECOND,
};

#define N_TIMES G_N_ELEMENTS (idle_times)

typedef enum
{
  OPEN,   /* HELLO from its socket: what is its port outside? */
  STREAM, /* STUN: the same flow goes on */
  IDLE,   /* nothing goes through it */
  WAKE,   /* the server is asked to send something there */
  DONE,
} Phase;

/* One mapping. */
typedef struct
{
  guint socket; /* 0: none any more */
  Phase phase;
  KhAddr seen;
  guint8 id[KH_STUN_ID_SIZE]; /* of HELLO the first KH_NONCE_SIZE bytes */
  guint tries;
  gint64 next_us;
} Mapping;

struct _KhLifetime
{
  KhGovernor *governor;
  KhRandom random;
  KhAddr server;
  guint asker; /* the socket to ask from; 0: none */
  Mapping mappings[N_TIMES];
  KhNatLifetime result;
};

const char *
kh_lifetime_state_to_string (KhLifetimeState state)
{
  switch (state)
    {
    case KH_LIFETIME_UNKNOWN:
      return "unknown";
    case KH_LIFETIME_RUNNING:
      return "running";
    case KH_LIFETIME_KNOWN:
      return "known";
    case KH_LIFETIME_FAILED:
      return "failed";
    default:
      return "unknown";
    }
}

KhLifetime *
kh_lifetime_new (KhGovernor *governor, KhRandom random)
{
  KhLifetime *self = g_new0 (KhLifetime, 1);

  self->governor = governor;
  self->random = random;
  self->result.less_than_us = KH_NEVER;
  return self;
}

static void
close_socket (KhLifetime *self, guint *socket)
{
  if (*socket != 0)
    kh_governor_close_socket (self->governor, *socket);
  *socket = 0;
}

static void
end (KhLifetime *self, KhLifetimeState state)
{
  for (guint i = 0; i < N_TIMES; i++)
    close_socket (self, &self->mappings[i].socket);
  close_socket (self, &self->asker);
  self->result.state = state;
}

void
kh_lifetime_free (KhLifetime *self)
{
  if (self == NULL)
    return;
  end (self, KH_LIFETIME_UNKNOWN);
  g_free (self);
}

void
kh_lifetime_reset (KhLifetime *self)
{
  end (self, KH_LIFETIME_UNKNOWN);
  self->result = (KhNatLifetime){ .less_than_us = KH_NEVER };
}

const KhNatLifetime *
kh_lifetime_get (KhLifetime *self)
{
  return &self->result;
}

static void
enter (KhLifetime *self, Mapping *mapping, Phase phase, gint64 next_us)
{
  mapping->phase = phase;
  mapping->tries = 0;
  mapping->next_us = next_us;
  kh_random_fill (&self->random, mapping->id, sizeof mapping->id);
}

/* Returns 0 where there is none to be had. */
static guint
open_socket (KhLifetime *self, gint64 now_us)
{
  return kh_governor_take_mapping (self->governor, now_us)
             ? kh_governor_open_socket (self->governor)
             : 0;
}

gboolean
kh_lifetime_start (KhLifetime *self, const KhAddr *server, gint64 now_us)
{
  if (self->result.state == KH_LIFETIME_RUNNING)
    return TRUE;

  kh_lifetime_reset (self);
  self->server = *server;
  self->asker = open_socket (self, now_us);
  for (guint i = 0; i < N_TIMES; i++)
    {
      self->mappings[i].socket = open_socket (self, now_us);
      enter (self, &self->mappings[i], OPEN, now_us);
    }
  /* The last one asked for: where it was granted, so were the others. */
  if (self->mappings[N_TIMES - 1].socket == 0)
    {
      end (self, KH_LIFETIME_FAILED);
      return FALSE;
    }
  self->result.state = KH_LIFETIME_RUNNING;
  return TRUE;
}

/* --- conclusions ------------------------------------------------------------------------- */

static void
conclude_alive (KhLifetime *self, guint i)
{
  Mapping *mapping = &self->mappings[i];

  mapping->phase = DONE;
  close_socket (self, &mapping->socket);
  self->result.at_least_us = MAX (self->result.at_least_us, idle_times[i]);
  if (i == N_TIMES - 1)
    end (self, KH_LIFETIME_KNOWN);
}

/* Those that are idle for longer have no hope left. */
static void
conclude_dead (KhLifetime *self, guint i)
{
  if (i == 0 || self->mappings[i].phase != WAKE)
    {
      end (self, KH_LIFETIME_FAILED);
      return;
    }
  self->result.less_than_us = idle_times[i];
  end (self, KH_LIFETIME_KNOWN);
}

/* --- datagrams --------------------------------------------------------------------------- */

static gboolean
receive_hello_ack (KhLifetime *self, const KhDatagram *in, gint64 now_us)
{
  KhHelloAck ack;

  if (!kh_hello_ack_read (in->data, in->len, &ack))
    return FALSE;
  for (guint i = 0; i < N_TIMES; i++)
    {
      Mapping *mapping = &self->mappings[i];

      if (mapping->socket == 0 || mapping->phase != OPEN ||
          memcmp (mapping->id, ack.nonce, sizeof ack.nonce) != 0)
        continue;
      mapping->seen = ack.seen;
      enter (self, mapping, STREAM, now_us + STREAM_US);
      return TRUE;
    }
  return FALSE;
}

/* It must come to the mapping; to the asker comes a refusal, or the answer of a server that does
 * not know what it was asked. */
static gboolean
receive_stun (KhLifetime *self, const KhDatagram *in, gint64 now_us)
{
  gboolean success;

  for (guint i = 0; i < N_TIMES; i++)
    {
      Mapping *mapping = &self->mappings[i];

      if (mapping->socket == 0 || (mapping->phase != STREAM && mapping->phase != WAKE) ||
          !kh_stun_answer_read (in->data, in->len, mapping->id, &success))
        continue;
      if (!success || in->socket != mapping->socket)
        end (self, KH_LIFETIME_FAILED);
      else if (mapping->phase == STREAM)
        enter (self, mapping, IDLE, now_us + idle_times[i]);
      else
        conclude_alive (self, i);
      return TRUE;
    }
  return FALSE;
}

gboolean
kh_lifetime_receive (KhLifetime *self, const KhDatagram *in, gint64 now_us)
{
  if (self->result.state != KH_LIFETIME_RUNNING || !kh_addr_equal (&in->remote, &self->server))
    return FALSE;
  return kh_stun_is (in->data, in->len) ? receive_stun (self, in, now_us)
                                        : receive_hello_ack (self, in, now_us);
}

static gboolean
write_question (KhLifetime *self, Mapping *mapping, KhDatagram *out)
{
  KhWriter writer = kh_writer_init (out->data, out->size);
  KhHello hello = { .version = KH_PROTOCOL_VERSION };
  gboolean fits;

  memcpy (hello.nonce, mapping->id, sizeof hello.nonce);
  if (mapping->phase == OPEN)
    fits = kh_hello_write (&writer, &hello);
  else if (mapping->phase == STREAM)
    fits = kh_stun_request_write (&writer, mapping->id, KH_STUN_CHANGE_NONE);
  else
    fits = kh_stun_request_write_to_port (&writer, mapping->id, mapping->seen.port);
  out->len = writer.len;
  out->socket = mapping->phase == WAKE ? self->asker : mapping->socket;
  out->remote = self->server;
  out->hop_limit = 0;
  return fits;
}

gboolean
kh_lifetime_poll_send (KhLifetime *self, KhDatagram *out, gint64 now_us)
{
  if (self->result.state != KH_LIFETIME_RUNNING)
    return FALSE;
  for (guint i = 0; i < N_TIMES; i++)
    {
      Mapping *mapping = &self->mappings[i];

      if (mapping->socket == 0 || mapping->phase == IDLE || mapping->next_us > now_us ||
          mapping->tries == TRIES)
        continue;
      mapping->next_us = now_us + (RETRY_US << mapping->tries);
      mapping->tries++;
      if (write_question (self, mapping, out))
        return TRUE;
    }
  return FALSE;
}

gint64
kh_lifetime_next_timeout (KhLifetime *self)
{
  gint64 next_us = KH_NEVER;

  if (self->result.state != KH_LIFETIME_RUNNING)
    return KH_NEVER;
  for (guint i = 0; i < N_TIMES; i++)
    if (self->mappings[i].socket != 0)
      next_us = MIN (next_us, self->mappings[i].next_us);
  return next_us;
}

void
kh_lifetime_handle_timeout (KhLifetime *self, gint64 now_us)
{
  for (guint i = 0; i < N_TIMES && self->result.state == KH_LIFETIME_RUNNING; i++)
    {
      Mapping *mapping = &self->mappings[i];

      if (mapping->socket == 0 || mapping->next_us > now_us)
        continue;
      if (mapping->phase == IDLE)
        enter (self, mapping, WAKE, now_us);
      else if (mapping->tries == TRIES)
        conclude_dead (self, i);
    }
}
