/* introduction.h: what two peers tell each other inside the handshake
 *
 * The payload of Noise message 1 in a KNOCK and of message 2 in an ANSWER; PROTOCOL.md has its
 * type string. In message 1 it is no more than a claim until the session is confirmed.
 */
#pragma once

#include "node/node.h"
#include "path/candidate.h"
#include "path/nat-behaviour.h"

/* What fits into a blob beside Noise message 1, the longer of the two. */
#define KH_INTRODUCTION_MAX 928

typedef struct
{
  guint32 index;        /* by which its sender wants to be addressed in SEALED; not 0 */
  gint64 timestamp_us;  /* of its sender's clock; must grow from introduction to introduction */
  gint64 server_rtt_us; /* between its sender and the server; 0 if unknown */
  KhCandidate candidates[KH_CANDIDATES_MAX];
  guint n_candidates;
  char name[KH_NAME_MAX + 1]; /* cleaned */
  KhNatBehaviour nat;         /* of its sender; all zero where it was not said */
  gboolean has_token;
  guint8 token[KH_INVITE_TOKEN_SIZE];
  /* The sender's index of the session that the two still have, which is to go on: the introduction
   * brings addresses and a relay channel, and the handshake around it no keys. 0: a new session. */
  guint32 resumes;
} KhIntroduction;

/* Leaves out candidates from the end until it fits. Returns the length. */
gsize kh_introduction_write (const KhIntroduction *self, guint8 out[KH_INTRODUCTION_MAX]);
/* FALSE where it is malformed; candidates that cannot be used are passed over. */
gboolean kh_introduction_read (const guint8 *data, gsize len, KhIntroduction *ret_introduction);
