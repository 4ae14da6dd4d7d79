/* binding.c: STUN for whoever asks (PROTOCOL.md, "Second port and STUN")
 *
 * Any STUN tool can look at a firewall with this. Nothing is kept, and a source gets no more
 * answers than HELLO-ACKs: answers are longer than requests, by less than 100 bytes.
 */
#include "server/server-private.h"

#include "wire/stun.h"

G_STATIC_ASSERT (KH_STUN_ANSWER_MAX <= KH_REPLIES_DATA_SIZE);

/* (nullable): the address of @socket as far as it is known: one that is bound to all addresses of
 * the machine does not know at which it was reached. */
static const KhAddr *
known_address (const KhServer *self, guint socket)
{
  const KhAddr *addr = &self->addresses[socket];

  return kh_addr_is_unicast (addr) ? addr : NULL;
}

/* From which socket is the answer? FALSE where that would be one that is not there. */
static gboolean
choose_socket (const KhServer *self, guint socket, const KhStunRequest *request, guint *ret_socket)
{
  guint chosen = socket;

  if (request->change & KH_STUN_CHANGE_PORT)
    chosen ^= KH_SOCKET_SECOND_PORT;
  if (request->change & KH_STUN_CHANGE_IP)
    chosen ^= KH_SOCKET_SECOND_ADDRESS;
  *ret_socket = chosen;
  return chosen == socket || self->addresses[chosen].port != 0;
}

static void
answer (KhServer *self, const KhDatagram *in, KhStunRequest *request)
{
  guint8 *out = kh_replies_reserve (self->replies);
  KhWriter writer = kh_writer_init (out, KH_REPLIES_DATA_SIZE);
  KhStunAnswer answer = { .mapped = in->remote };
  const KhAddr *origin, *other;
  KhAddr remote;
  guint socket;

  if (out == NULL)
    return;
  if (!choose_socket (self, in->socket, request, &socket))
    {
      kh_stun_request_refuse_change (request);
      socket = in->socket;
    }
  origin = known_address (self, socket);
  other = known_address (self, (in->socket ^ KH_SOCKET_SECOND_PORT) | KH_SOCKET_SECOND_ADDRESS);
  if (origin != NULL)
    answer.origin = *origin;
  /* Only where there is a second address (RFC 5780, 7.4). Who asks there is told of that address,
   * not of the first: tools take the last answer's, and go on to its other port (section 4.3). */
  if (other != NULL)
    answer.other = *other;
  if (!kh_stun_answer_write (&writer, request, &answer))
    return;
  remote = in->remote;
  if (request->response_port != 0)
    remote.port = request->response_port;
  kh_replies_commit (self->replies, socket, &remote, writer.len);
  self->stats.bindings++;
}

void
kh_server_handle_stun (KhServer *self, const KhDatagram *in, gint64 now_us)
{
  KhStunRequest request;

  /* Over TCP, STUN has another framing than ours. */
  if (in->socket >= KH_SOCKET_TCP)
    self->stats.unknown++;
  else if (!kh_stun_request_read (in->data, in->len, &request))
    self->stats.malformed++;
  else if (!kh_admission_allow (self->admission, &in->remote, now_us))
    self->stats.rate_limited++;
  else
    answer (self, in, &request);
}
