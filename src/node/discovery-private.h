/* discovery-private.h: what the two files of discovery share (discovery.h) */
#pragma once

#include "node/discovery.h"
#include "node/lifetime.h"
#include "wire/stun-client.h"

/* New mappings that tell how ports follow one another. */
#define FRESH 4
/* A question is asked again after a while, this often in all. */
#define TRIES 4

/* The order is that of sending. */
typedef enum
{
  ASK_SECOND_PORT, /* HELLO from the socket in use: the same mapping? */
  ASK_CHANGED,     /* STUN from a new socket, to be answered from the second port: let in? */
  ASK_OURSELVES,   /* HELLO from another one to our own address outside: does it come back? */
  ASK_FRESH,       /* HELLO from new sockets, FRESH of them */
  ASK_AGAIN = ASK_FRESH + FRESH, /* HELLO from one new socket to both ports */
  ASK_AGAIN_SECOND,
  ASK_MEASURE,
  N_QUESTIONS,
} Question;

typedef struct
{
  gboolean is_open;
  gboolean is_answered;
  guint socket;
  KhAddr remote;
  guint8 nonce[KH_STUN_ID_SIZE]; /* of HELLO the first KH_NONCE_SIZE bytes */
  KhAddr seen;
  guint tries;
  gint64 next_us;
} Ask;

struct _KhDiscovery
{
  KhGovernor *governor;
  KhRandom random;
  KhAddr server; /* absent while there is none */
  KhAddr seen;
  gboolean preserves; /* the port in use is the same outside */
  KhNatBehaviour behaviour;
  Ask asks[N_QUESTIONS];
  KhLifetime *lifetime;
  gboolean was_refused; /* the server does not answer from another port */
  gboolean behaviour_news;
  gboolean measured_news;
};

/* @socket: 0 for the one in use. Each question is a new mapping; where the governor lets none be
 * made, it is not open afterwards. */
void kh_discovery_ask (
    KhDiscovery *self, Question question, guint socket, const KhAddr *remote, gint64 now_us);
void kh_discovery_ask_from_new (KhDiscovery *self,
                                Question question,
                                const KhAddr *remote,
                                gint64 now_us);
/* Its socket is closed with the last question from it. */
void kh_discovery_close_ask (KhDiscovery *self, Question question);
