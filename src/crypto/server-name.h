/* server-name.h: "HOST[:PORT]", as a person writes the server's address
 *
 * The host is a DNS name, an IPv4 address, or an IPv6 address, in brackets where a port follows.
 * Nothing is resolved here.
 */
#pragma once

#include <glib.h>

#include "wire/datagram.h"

/* RFC 1035, section 3.1: 253 characters as text. */
#define KH_HOST_MAX 253
/* "[" host "]:65535" and the end */
#define KH_SERVER_NAME_STRING_MAX (KH_HOST_MAX + 9)

typedef struct
{
  char host[KH_HOST_MAX + 1]; /* without brackets, names in lower case and ASCII */
  guint16 port;
} KhServerName;

typedef enum
{
  KH_SERVER_NAME_EMPTY,
  KH_SERVER_NAME_TOO_LONG,
  KH_SERVER_NAME_SPACE,         /* white space inside */
  KH_SERVER_NAME_BAD_CHARACTER, /* no host name has it; an URL was pasted, perhaps */
  KH_SERVER_NAME_BAD_BRACKET,   /* one without the other, or text after "]" that is no ":PORT" */
  KH_SERVER_NAME_BAD_ADDRESS,   /* looks like an IP address and is none */
  KH_SERVER_NAME_BAD_NAME,      /* an empty part, a part over 63, a hyphen at an end */
  KH_SERVER_NAME_BAD_PORT,      /* not 1 to 65535 */
} KhServerNameError;

/**
 * kh_server_name_parse:
 * @text: anything; white space around it is ignored
 * @ret_name: (optional)
 * @ret_error: (optional): written only on failure
 */
gboolean
kh_server_name_parse (const char *text, KhServerName *ret_name, KhServerNameError *ret_error);

/* Writes "host" or "host:port", an IPv6 address in brackets;
 * the default port is left out. Returns @buf. */
const char *kh_server_name_format (const KhServerName *self, char buf[KH_SERVER_NAME_STRING_MAX]);

/* In English: "the port must be a number from 1 to 65535". */
const char *kh_server_name_error_to_string (KhServerNameError error);
