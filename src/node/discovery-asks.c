/* discovery-asks.c: the questions to the server, asked until they are answered (discovery.h)
 *
 * Owns the sockets it opens, by number.
 */
#include "node/discovery-private.h"

#include <string.h>

/* A question is asked again after this, doubling. */
#define RETRY_US 300000

static gboolean
is_asking_from (KhDiscovery *self, guint socket)
{
  for (guint i = 0; i < N_QUESTIONS; i++)
    if (self->asks[i].is_open && self->asks[i].socket == socket)
      return TRUE;
  return FALSE;
}

void
kh_discovery_close_ask (KhDiscovery *self, Question question)
{
  Ask *ask = &self->asks[question];

  if (!ask->is_open)
    return;
  ask->is_open = FALSE;
  if (kh_socket_is_search (ask->socket) && !is_asking_from (self, ask->socket))
    kh_governor_close_socket (self->governor, ask->socket);
}

void
kh_discovery_ask (
    KhDiscovery *self, Question question, guint socket, const KhAddr *remote, gint64 now_us)
{
  Ask *slot = &self->asks[question];

  kh_discovery_close_ask (self, question);
  memset (slot, 0, sizeof *slot);
  if (!kh_governor_take_mapping (self->governor, now_us))
    return;
  slot->is_open = TRUE;
  slot->socket = socket;
  slot->remote = *remote;
  slot->next_us = now_us;
  kh_random_fill (&self->random, slot->nonce, sizeof slot->nonce);
}

void
kh_discovery_ask_from_new (KhDiscovery *self,
                           Question question,
                           const KhAddr *remote,
                           gint64 now_us)
{
  guint socket = kh_governor_open_socket (self->governor);

  if (socket == 0)
    return;
  kh_discovery_ask (self, question, socket, remote, now_us);
  if (!self->asks[question].is_open)
    kh_governor_close_socket (self->governor, socket);
}

static gboolean
write_question (KhDiscovery *self, Question question, KhDatagram *out)
{
  Ask *slot = &self->asks[question];
  KhWriter writer = kh_writer_init (out->data, out->size);
  KhHello hello = { .version = KH_PROTOCOL_VERSION };

  memcpy (hello.nonce, slot->nonce, sizeof hello.nonce);
  if (question == ASK_CHANGED ? !kh_stun_request_write (&writer, slot->nonce, KH_STUN_CHANGE_PORT)
                              : !kh_hello_write (&writer, &hello))
    return FALSE;
  out->len = writer.len;
  out->socket = slot->socket;
  out->remote = slot->remote;
  out->hop_limit = 0;
  return TRUE;
}

gboolean
kh_discovery_poll_send (KhDiscovery *self, KhDatagram *out, gint64 now_us)
{
  for (guint i = 0; i < N_QUESTIONS; i++)
    {
      Ask *slot = &self->asks[i];

      if (!slot->is_open || slot->next_us > now_us || slot->tries == TRIES)
        continue;
      slot->next_us = now_us + (RETRY_US << slot->tries);
      slot->tries++;
      if (write_question (self, i, out))
        return TRUE;
    }
  return kh_lifetime_poll_send (self->lifetime, out, now_us);
}
