/* exchange-private.h: KhExchange across its files: the session's ends in exchange.c, my messages in
 * exchange-out.c, the peer's in exchange-in.c */
#pragma once

#include "chat/framing.h"
#include "engine/engine-private.h"

/* Bytes taken from the node at once. */
#define KH_EXCHANGE_READ 16384

struct _KhExchange
{
  KhConversation *conversation; /* borrowed: it owns the exchange */
  gboolean up;
  guint session; /* counts them, to know the answers that an earlier one asked for */

  /* out */
  KhOutbox *outbox;
  /* (nullable): frames that go before texts; of each the newest alone matters */
  GBytes *profile;
  GBytes *request; /* for their picture */
  GBytes *typing;
  gint64 typing_told_us; /* that we write; 0 for not */
  GBytes *frame;         /* (nullable): partly written */
  gsize frame_at;
  GQueue window; /* (element-type KhStoreMessage): the next to send, in order */
  gsize window_bytes;
  gint64 window_seq; /* the last that was ever in the window, in this session */
  gboolean window_loading;
  gboolean window_complete; /* nothing pending is after window_seq */

  /* in */
  KhInbox *inbox;
  KhFramingReader *reader; /* (nullable): while up */
  guint8 *input;           /* KH_EXCHANGE_READ bytes, (nullable): while up */
  gsize input_at, input_len;
  guint receipts;         /* that the history works on */
  gboolean picture_asked; /* of them, in this session */
  guint8 picture_hash[KH_HASH_SIZE];
  gboolean picture_given; /* to them, in this session, ours as it is */
  guint settling;         /* messages that these are about */
  GSource *retry;         /* (nullable): until the disk may have room again */
  guint retry_s;
  GSource *scrub; /* (nullable): until deleted words leave the disk */
};

/* (transfer none) (nullable): the engine as long as it is open and the contact exists. */
KhEngine *kh_exchange_engine (KhExchange *self);
/* (transfer full) (nullable): the same, for where signals come in between: a handler may drop the
 * engine. */
KhEngine *kh_exchange_hold_engine (KhExchange *self);
const KhPeerId *kh_exchange_peer (KhExchange *self);
/* The peer broke a rule: ends the session. */
void kh_exchange_fail (KhExchange *self, const char *reason);

/* A timer on the thread's main context that runs once; kh_exchange_stop_timer() before @self goes.
 */
void kh_exchange_start_timer (KhExchange *self, GSource **timer, guint seconds, GSourceFunc func);
void kh_exchange_stop_timer (GSource **timer);

/* exchange-out.c */
void kh_exchange_pump_out (KhExchange *self);
void kh_exchange_reset_out (KhExchange *self);
/* They ask for our picture; we ask for theirs. The next pump sends it. */
void kh_exchange_give_picture (KhExchange *self, KhEngine *engine, const guint8 *hash);
void kh_exchange_ask_picture (KhExchange *self, const guint8 *hash);
/* exchange-in.c */
void kh_exchange_pump_in (KhExchange *self);
void kh_exchange_reset_in (KhExchange *self);
