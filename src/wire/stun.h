/* stun.h: STUN Binding, as a server reads and answers it (RFC 8489, 5780 and 3489)
 *
 * No authentication: a Binding request may carry it, and it is passed over. RFC 3489's requests are
 * those without the magic cookie; they are answered in its terms, because its tools are still what
 * many people have.
 */
#pragma once

#include "wire/addr.h"

/* The transaction as it travels: magic cookie and 96 bits, or 128 bits in RFC 3489. */
#define KH_STUN_ID_SIZE 16
/* Requests beyond this are not looked at: one with PADDING is as long as an MTU (RFC 5780, 7.6). */
#define KH_STUN_REQUEST_MAX 2048
/* Of each request, so many attributes that are not understood are named in the refusal. */
#define KH_STUN_UNKNOWN_MAX 4
/* Header 20, two addresses of IPv6 more than the mapped one, each 24, software 12, fingerprint 8 */
#define KH_STUN_ANSWER_MAX 112

/* CHANGE-REQUEST (RFC 5780, 7.2) */
typedef enum
{
  KH_STUN_CHANGE_NONE = 0,
  KH_STUN_CHANGE_PORT = 0x02,
  KH_STUN_CHANGE_IP = 0x04,
} KhStunChange;

/**
 * KhStunRequest:
 * @is_classic: of RFC 3489
 * @has_fingerprint: carries a right one, and so will the answer
 * @has_software: names its software, and so will the answer: the others are kept short
 * @change: from where it wants to be answered, #KhStunChange
 * @response_port: to which port of its address (RFC 5780, 7.5); 0 is where it came from
 * @unknown: attributes that must be understood and are not; the answer refuses then
 */
typedef struct
{
  guint8 id[KH_STUN_ID_SIZE];
  gboolean is_classic;
  gboolean has_fingerprint;
  gboolean has_software;
  guint8 change;
  guint16 response_port;
  guint16 unknown[KH_STUN_UNKNOWN_MAX];
  guint n_unknown;
} KhStunRequest;

/**
 * KhStunAnswer: what there is to say; addresses that are not set are left out
 * @mapped: where the request came from
 * @origin: where the answer is sent from
 * @other: the server's other address and port
 */
typedef struct
{
  KhAddr mapped;
  KhAddr origin;
  KhAddr other;
} KhStunAnswer;

/* Does the datagram look like STUN: the first byte is 0 or 1, which is none of ours. */
gboolean kh_stun_is (const guint8 *data, gsize len);
/* FALSE for anything but a well-formed Binding request, and where its FINGERPRINT is wrong. */
gboolean kh_stun_request_read (const guint8 *data, gsize len, KhStunRequest *ret_request);
/* Refuses CHANGE-REQUEST, as a server does that has nothing to change to. */
void kh_stun_request_refuse_change (KhStunRequest *self);
/* Success, or error 420 where @request has something unknown. Up to KH_STUN_ANSWER_MAX bytes. */
gboolean
kh_stun_answer_write (KhWriter *writer, const KhStunRequest *request, const KhStunAnswer *self);
