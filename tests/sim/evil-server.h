/* evil-server.h: a rendezvous server that speaks the protocol well and lies about people
 *
 * What a client must survive: a peer ID binds the key, so whoever answers without the key cannot
 * complete the handshake, whatever the server says.
 */
#pragma once

#include "crypto/identity.h"
#include "crypto/peer-id.h"
#include "wire/datagram.h"

typedef struct _KhEvilServer KhEvilServer;

typedef enum
{
  KH_EVIL_HONEST,       /* does what a server does, and remembers what passes */
  KH_EVIL_WRONG_KEY,    /* LOOKUP gives the accomplice's key */
  KH_EVIL_WRONG_SENDER, /* KNOCK and ANSWER are said to come from the accomplice */
  KH_EVIL_MISROUTE,     /* KNOCK goes to the accomplice, not to whom it is for */
  KH_EVIL_REFLECT,      /* KNOCK comes back to its sender, as an ANSWER and as a KNOCK */
  KH_EVIL_TAMPER,       /* one bit of every introduction is flipped */
  KH_EVIL_FORGE,        /* KNOCK is answered by noise, and everybody is READY all the time */
} KhEvilMode;

/* Both are borrowed. */
KhEvilServer *kh_evil_server_new (const KhIdentity *identity, const KhRandom *random);
void kh_evil_server_free (KhEvilServer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KhEvilServer, kh_evil_server_free)

void kh_evil_server_set_mode (KhEvilServer *self, KhEvilMode mode);
/* Whose key is given out, and who gets what was for others. */
void kh_evil_server_set_accomplice (KhEvilServer *self, const KhKey *key);
/* Sends all introductions that ever passed once more, to those whom they were for. */
void kh_evil_server_replay (KhEvilServer *self);
/* Introductions bring a channel of the relay from now on; what is relayed goes nowhere. */
void kh_evil_server_pretend_relay (KhEvilServer *self);
/* How many packets were to be relayed. */
guint kh_evil_server_count_relayed (KhEvilServer *self);
/* How many introductions passed. */
guint kh_evil_server_count (KhEvilServer *self);

extern const KhMachineOps kh_evil_server_ops;
