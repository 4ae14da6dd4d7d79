/* invite.h: the invite link
 *
 *   knothole:PEERID@host[:port][?key=SERVERKEY][&token=TOKEN]
 *
 * The server's public key (43 characters of base64url; 64 of hexadecimal are read too) saves the
 * first use of a server from trusting whoever answers; the token, 16 bytes in base64url, is
 * recognised by the client that made it. Other parameters are ignored, so that later versions
 * may add some.
 */
#pragma once

#include "crypto/peer-id.h"
#include "crypto/server-name.h"

#define KH_INVITE_TOKEN_SIZE 16
/* No link is longer, before or after decoding. */
#define KH_INVITE_MAX 2048

typedef struct
{
  KhPeerId peer_id;
  KhServerName server;
  gboolean has_server_key;
  gboolean has_token;
  KhKey server_key;
  guint8 token[KH_INVITE_TOKEN_SIZE];
} KhInvite;

typedef enum
{
  KH_INVITE_NOT_AN_INVITE, /* does not begin with "knothole:" */
  KH_INVITE_TOO_LONG,
  KH_INVITE_BAD_ESCAPE, /* "%" without two hexadecimal digits, or that hides a NUL */
  KH_INVITE_NO_SERVER,  /* no "@" */
  KH_INVITE_BAD_PEER_ID,
  KH_INVITE_BAD_SERVER,
  KH_INVITE_BAD_KEY,   /* or more than one */
  KH_INVITE_BAD_TOKEN, /* or more than one */
} KhInviteErrorKind;

/**
 * KhInviteError:
 * @peer_id: why, of BAD_PEER_ID
 * @server: why, of BAD_SERVER
 */
typedef struct
{
  KhInviteErrorKind kind;
  KhPeerIdError peer_id;
  KhServerNameError server;
} KhInviteError;

/* Is it meant as a link, whether or not it can be parsed? For fields that take links and IDs. */
gboolean kh_invite_is_link (const char *text);

/**
 * kh_invite_parse:
 * @text: anything; white space around it, "//" after the scheme and "/" before "?", which other
 *   software likes to add, are ignored
 * @ret_invite: (optional)
 * @ret_error: (optional): written only on failure
 */
gboolean kh_invite_parse (const char *text, KhInvite *ret_invite, KhInviteError *ret_error);

/* (transfer full) */
char *kh_invite_format (const KhInvite *self);

/* (transfer full): in English. */
char *kh_invite_error_to_string (const KhInviteError *error);
const char *kh_invite_error_kind_to_string (KhInviteErrorKind kind);
