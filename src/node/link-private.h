/* link-private.h: what the files of the link share */
#pragma once

#include "crypto/keys.h"
#include "crypto/noise.h"
#include "crypto/primitives.h"
#include "crypto/replay.h"
#include "node/link.h"

/* HELLO and INIT go out again after this, doubling up to the second figure. */
#define KH_LINK_RETRY_FIRST_US 250000
#define KH_LINK_RETRY_MAX_US (8 * G_USEC_PER_SEC)

struct _KhLink
{
  const KhIdentity *identity; /* the node's */
  KhRandom random;

  KhLinkState state;
  KhLinkTrouble trouble;
  gint64 next_us;           /* the next HELLO, INIT or keepalive */
  gint64 keepalive_us;      /* the distance of keepalives */
  gint64 keepalive_most_us; /* that gateways are known to bear; KH_NEVER */
  gboolean keeps_alive;     /* the ping on its way is one: nothing else had gone by before */
  gint64 silence_us;        /* when to call it silence */
  gint64 retry_us;          /* the distance to the next try after this */
  guint attempts;           /* INITs sent */

  KhAddr addrs[KH_LINK_ADDRS_MAX];
  guint n_addrs;
  guint n_to_greet; /* HELLOs to send now: to the first so many addresses */
  guint refused;    /* while reaching: a bit for each address where nobody listens */
  gboolean has_pin;
  KhKey pin;

  guint8 nonce[KH_NONCE_SIZE];
  guint8 cookie[KH_COOKIE_SIZE];
  KhAddr server;       /* which of the addresses answered */
  guint server_socket; /* over which */
  gboolean may_tcp;
  guint n_to_greet_tcp; /* as above; twice as many, where port 443 is tried too */
  gint64 tcp_us;        /* while reaching: when to greet over TCP; KH_NEVER */
  gint64 udp_us;        /* while up over TCP: when to try UDP again; KH_NEVER */
  gint64 udp_retry_us;  /* the distance to the next try after this */
  KhKey server_key;     /* what it says; proven once has_keys */
  KhAddr seen;
  gint64 rtt_us;
  KhLinkHealth health;
  guint16 second_port;
  KhServerAbout about; /* versions since HELLO-ACK; the rest when it was asked */
  gboolean has_about;

  KhNoise *noise;
  guint8 message[256]; /* Noise message 1; later the sealed BYE */
  gsize message_len;
  gsize bye_len;
  gint64 hurry_us;   /* until then somebody waits for the server */
  gboolean doubted;  /* the server is greeted while the link is up: a ping had to be repeated */
  gint64 verdict_us; /* the greeting was answered: so long may the ping's answer take; KH_NEVER */
  KhHelloAck doubt_ack; /* the answer */
  gboolean has_keys;
  KhKeyPair keys;
  KhReplaySmall replay;
  guint32 our_index;
  guint32 server_index;
  guint64 next_packet;

  GPtrArray *requests; /* those not answered yet, the oldest first */
  guint32 next_request;
  GQueue acks;        /* guint32 *: pushes to acknowledge */
  KhDatagram relayed; /* len 0: none */
  GQueue events;
};

void kh_link_request_free (gpointer request);
void kh_link_push_event (KhLink *self, const KhLinkEvent *event);
void kh_link_drop_keys (KhLink *self);

/* --- link-tcp.c --- */
/* The server is looked for, from @at_us on. */
void kh_link_tcp_reach (KhLink *self, gint64 at_us);
void kh_link_tcp_stop (KhLink *self);
/* The server has answered over @socket, which is used from now on. */
void kh_link_tcp_answered (KhLink *self, guint socket, gint64 now_us);
/* UDP has answered while the link is over TCP: moves it there. FALSE if it is none of that. */
gboolean
kh_link_tcp_leave (KhLink *self, const KhDatagram *in, const KhHelloAck *ack, gint64 now_us);
/* Takes one of those that are to be greeted. */
KhAddr kh_link_tcp_next_addr (KhLink *self);
gint64 kh_link_tcp_next_timeout (KhLink *self);
void kh_link_tcp_handle_timeout (KhLink *self, gint64 now_us);
/* Greets over TCP, if that may be. */
void kh_link_tcp_greet (KhLink *self);

/* --- link-doubt.c --- */
/* A ping had to be repeated: is the server there? */
void kh_link_doubt (KhLink *self);
/* The link has proven that it lives. */
void kh_link_believe (KhLink *self);
/* FALSE where the answer is none to that question. */
gboolean
kh_link_doubt_answered (KhLink *self, const KhDatagram *in, const KhHelloAck *ack, gint64 now_us);
void kh_link_doubt_handle_timeout (KhLink *self, gint64 now_us);
gboolean kh_link_is_hurried (KhLink *self, gint64 now_us);
/* @pause_us, or less where somebody waits. */
gint64 kh_link_hurried_us (KhLink *self, gint64 pause_us, gint64 now_us);

/* --- link.c --- */
/* The only place that changes the state; which steps there are is in its table. */
void kh_link_change_state (KhLink *self, KhLinkState to, KhLinkTrouble trouble);
/* Looks for the server anew, from @at_us on. */
void kh_link_reach (KhLink *self, KhLinkTrouble trouble, gint64 at_us);
void kh_link_address_server (KhLink *self, KhDatagram *out, gsize len);
void kh_link_come_up (KhLink *self, const KhAddr *seen, gint64 now_us);
void kh_link_lose (KhLink *self, KhLinkTrouble trouble, gint64 now_us);
void kh_link_be_replaced (KhLink *self);

/* --- link-handshake.c --- */
/* The server, there, is the one to shake hands with. FALSE where that cannot be. */
gboolean
kh_link_take_hello_ack (KhLink *self, const KhDatagram *in, const KhHelloAck *ack, gint64 now_us);
gboolean kh_link_receive_hello_ack (KhLink *self, const KhDatagram *in, gint64 now_us);
gboolean kh_link_receive_resp (KhLink *self, const KhDatagram *in, gint64 now_us);
gboolean kh_link_send_init (KhLink *self, KhDatagram *out, gint64 now_us);

/* --- link-receive.c --- */
gboolean kh_link_receive_sealed (KhLink *self, KhDatagram *in, gint64 now_us);

/* --- link-requests.c --- */
void kh_link_receive_reply (KhLink *self, const KhLinkMessage *reply, gint64 now_us);
void kh_link_register (KhLink *self, gint64 now_us);
void kh_link_ping (KhLink *self, gint64 now_us);
void kh_link_forget_ping (KhLink *self);
/* Seals a BYE for kh_link_poll_send(), which needs no keys then. */
void kh_link_prepare_bye (KhLink *self);
gboolean kh_link_send_sealed (KhLink *self, KhDatagram *out, gint64 now_us);
gint64 kh_link_next_request_us (KhLink *self);
void kh_link_expire_requests (KhLink *self, gint64 now_us);
