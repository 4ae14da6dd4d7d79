/* oracle.c: see oracle.h
 *
 * It reads only what an eavesdropper could: headers, and the cookie in HELLO-ACK and INIT, by which
 * it knows on its own which addresses are proven.
 */
#include "oracle.h"

#include <string.h>

/* One address as one server knows it. */
typedef struct
{
  guint64 who;
  KhAddr addr;
} Peer;

typedef struct
{
  guint64 received;
  guint64 sent;
  gboolean proven;
  GPtrArray *cookies; /* that were sent there */
} Account;

/* A packet number under a key: the receiver's index and the epoch name the key. */
typedef struct
{
  guint64 who;
  guint64 packet_number;
  guint32 receiver;
  guint32 epoch;
} Number;

struct _KhSimOracle
{
  GHashTable *accounts; /* Peer → Account */
  GHashTable *numbers;  /* Number */
  guint64 count;
};

static guint
peer_hash (gconstpointer data)
{
  const Peer *peer = data;

  return kh_addr_hash (&peer->addr) ^ (guint) (peer->who * 2654435761u);
}

static gboolean
peer_equal (gconstpointer a, gconstpointer b)
{
  const Peer *x = a;
  const Peer *y = b;

  return x->who == y->who && kh_addr_equal (&x->addr, &y->addr);
}

static guint
number_hash (gconstpointer data)
{
  const Number *number = data;

  return (guint) (number->packet_number * 2654435761u) ^ number->receiver ^
         (guint) (number->who << 16) ^ number->epoch;
}

static gboolean
number_equal (gconstpointer a, gconstpointer b)
{
  return memcmp (a, b, sizeof (Number)) == 0;
}

static void
account_free (gpointer data)
{
  Account *account = data;

  g_ptr_array_unref (account->cookies);
  g_free (account);
}

static void
oracle_free (gpointer data)
{
  KhSimOracle *self = data;

  g_hash_table_unref (self->accounts);
  g_hash_table_unref (self->numbers);
  g_free (self);
}

KhSimOracle *
kh_sim_oracle_new (KhSimWorld *world)
{
  KhSimOracle *self = g_new0 (KhSimOracle, 1);

  self->accounts = g_hash_table_new_full (peer_hash, peer_equal, g_free, account_free);
  self->numbers = g_hash_table_new_full (number_hash, number_equal, g_free, NULL);
  return kh_sim_world_own (world, self, oracle_free);
}

static Account *
find_account (KhSimOracle *self, guint64 who, const KhAddr *addr)
{
  Peer peer = { who, *addr };
  Account *account = g_hash_table_lookup (self->accounts, &peer);

  if (!account)
    {
      account = g_new0 (Account, 1);
      account->cookies = g_ptr_array_new_with_free_func (g_free);
      g_hash_table_insert (self->accounts, g_memdup2 (&peer, sizeof peer), account);
    }
  return account;
}

/* Who asks by STUN may have the answer at another port of his address (RFC 5780, 7.5). */
static Account *
find_account_of (KhSimOracle *self, guint64 who, const KhSimPacket *packet, const KhAddr *addr)
{
  KhAddr owner = *addr;

  if (packet->len > 0 && packet->data[0] <= 1)
    owner.port = 0;
  return find_account (self, who, &owner);
}

static void
check_number (KhSimOracle *self, guint64 who, const KhSimPacket *packet)
{
  KhSealed sealed;
  Number number = { 0 };

  if (!kh_sealed_read (packet->data, packet->len, &sealed))
    return;
  number.who = who;
  number.packet_number = sealed.packet_number;
  number.receiver = sealed.receiver;
  number.epoch = sealed.epoch;
  /* Even the same bytes again are refused: machines seal anew what they send again. */
  g_assert_true (g_hash_table_add (self->numbers, g_memdup2 (&number, sizeof number)));
}

void
kh_sim_oracle_sent (KhSimOracle *self, guint64 who, gboolean server, const KhSimPacket *packet)
{
  Account *account;
  KhHelloAck ack;
  KhSealed sealed;
  /* Only between peers, whose paths are probed for it. */
  gboolean may_be_long = !server && kh_sealed_read (packet->data, packet->len, &sealed);

  self->count++;
  g_assert_cmpuint (packet->len, <=, may_be_long ? KH_DATAGRAM_LARGEST : KH_DATAGRAM_MAX);
  g_assert_cmpuint (packet->len, >, 0);
  check_number (self, who, packet);
  if (!server)
    return;
  account = find_account_of (self, who, packet, &packet->dst);
  account->sent += packet->len;
  if (!account->proven)
    g_assert_cmpuint (account->sent, <=, account->received);
  if (kh_hello_ack_read (packet->data, packet->len, &ack))
    g_ptr_array_add (account->cookies, g_memdup2 (ack.cookie, sizeof ack.cookie));
}

static gboolean
has_cookie (const Account *account, const guint8 cookie[KH_COOKIE_SIZE])
{
  for (guint i = 0; i < account->cookies->len; i++)
    if (memcmp (g_ptr_array_index (account->cookies, i), cookie, KH_COOKIE_SIZE) == 0)
      return TRUE;
  return FALSE;
}

void
kh_sim_oracle_received (KhSimOracle *self, guint64 who, gboolean server, const KhSimPacket *packet)
{
  Account *account;
  KhDatagramType type;
  KhInit init;

  self->count++;
  if (!server)
    return;
  account = find_account_of (self, who, packet, &packet->src);
  account->received += packet->len;
  if (kh_init_read (packet->data, packet->len, &init) && has_cookie (account, init.cookie))
    account->proven = TRUE;
  /* A client that moved proves itself by its key: only what authenticates is answered. */
  if (kh_datagram_type (packet->data, packet->len, &type) && type == KH_DATAGRAM_SEALED)
    account->proven = TRUE;
}

guint64
kh_sim_oracle_get_count (KhSimOracle *self)
{
  return self->count;
}
