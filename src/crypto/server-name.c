/* server-name.c: reads and writes "HOST[:PORT]"
 *
 * The text is first taken apart at brackets and colon, then host and port are judged each on its
 * own, so that every refusal names the part that is wrong.
 */
#include "crypto/server-name.h"

#include <string.h>

#include "wire/addr.h"

#define LABEL_MAX 63 /* RFC 1035, section 2.3.4 */

static gboolean
refuse (KhServerNameError *ret_error, KhServerNameError error)
{
  if (ret_error != NULL)
    *ret_error = error;
  return FALSE;
}

static gboolean
parse_port (const char *text, guint16 *ret_port)
{
  guint value = 0;
  gsize len = strlen (text);

  if (len == 0 || len > 5)
    return FALSE;
  for (; *text != '\0'; text++)
    {
      if (!g_ascii_isdigit (*text))
        return FALSE;
      value = value * 10 + (guint) (*text - '0');
    }
  if (value == 0 || value > G_MAXUINT16)
    return FALSE;
  *ret_port = (guint16) value;
  return TRUE;
}

static gboolean
is_address (const char *text, KhFamily family)
{
  KhAddr addr;

  return strpbrk (text, "[]") == NULL && kh_addr_parse (text, 1, &addr) && addr.family == family &&
         addr.port == 1;
}

/* Are the labels, between the dots, those of a name? One dot may end it. */
static gboolean
check_labels (const char *host)
{
  const char *label = host;

  while (*label != '\0')
    {
      gsize len = strcspn (label, ".");

      if (len == 0 || len > LABEL_MAX || label[0] == '-' || label[len - 1] == '-')
        return FALSE;
      label += len;
      if (*label == '.')
        label++;
    }
  return TRUE;
}

/* @host is not empty and not longer than KH_HOST_MAX. */
static gboolean
check_host (const char *host, KhServerNameError *ret_error)
{
  const char *last_label;

  for (const char *at = host; *at != '\0'; at++)
    if (!g_ascii_isalnum (*at) && *at != '.' && *at != '-' && *at != '_')
      return refuse (ret_error, KH_SERVER_NAME_BAD_CHARACTER);
  if (!check_labels (host))
    return refuse (ret_error, KH_SERVER_NAME_BAD_NAME);
  /* No top-level domain is a number (RFC 3696, section 2): it is meant as an IPv4 address. */
  last_label = strrchr (host, '.');
  last_label = last_label == NULL ? host : last_label + 1;
  if (strspn (last_label, "0123456789") == strlen (last_label) && *last_label != '\0' &&
      !is_address (host, KH_FAMILY_IPV4))
    return refuse (ret_error, KH_SERVER_NAME_BAD_ADDRESS);
  return TRUE;
}

/* A DNS name or an IPv4 address; names with letters of other scripts become Punycode. */
static gboolean
take_host (const char *host, KhServerName *name, KhServerNameError *ret_error)
{
  g_autofree char *ascii = NULL;
  g_autofree char *lower = NULL;

  if (*host == '\0')
    return refuse (ret_error, KH_SERVER_NAME_EMPTY);
  if (!g_utf8_validate (host, -1, NULL))
    return refuse (ret_error, KH_SERVER_NAME_BAD_CHARACTER);
  if (strlen (host) > KH_HOST_MAX)
    return refuse (ret_error, KH_SERVER_NAME_TOO_LONG);
  ascii = g_str_is_ascii (host) ? g_strdup (host) : g_hostname_to_ascii (host);
  /* Nothing is left of a name of characters that nameprep (RFC 3491) drops, such as U+034F. */
  if (ascii == NULL || *ascii == '\0')
    return refuse (ret_error, KH_SERVER_NAME_BAD_CHARACTER);
  if (strlen (ascii) > KH_HOST_MAX)
    return refuse (ret_error, KH_SERVER_NAME_TOO_LONG);
  if (!check_host (ascii, ret_error))
    return FALSE;
  lower = g_ascii_strdown (ascii, -1);
  g_strlcpy (name->host, lower, sizeof name->host);
  return TRUE;
}

static gboolean
take_ipv6 (const char *host, KhServerName *name, KhServerNameError *ret_error)
{
  if (strlen (host) > KH_HOST_MAX || !is_address (host, KH_FAMILY_IPV6))
    return refuse (ret_error, KH_SERVER_NAME_BAD_ADDRESS);
  g_strlcpy (name->host, host, sizeof name->host);
  return TRUE;
}

/* "[2001:db8::1]" or "[2001:db8::1]:4430" */
static gboolean
parse_bracketed (char *text, KhServerName *name, KhServerNameError *ret_error)
{
  char *end = strchr (text, ']');

  if (*text != '[' || end == NULL || (end[1] != '\0' && end[1] != ':'))
    return refuse (ret_error, KH_SERVER_NAME_BAD_BRACKET);
  if (end[1] == ':' && !parse_port (end + 2, &name->port))
    return refuse (ret_error, KH_SERVER_NAME_BAD_PORT);
  *end = '\0';
  return take_ipv6 (text + 1, name, ret_error);
}

static gboolean
parse_plain (char *text, KhServerName *name, KhServerNameError *ret_error)
{
  char *colon = strchr (text, ':');

  /* Two colons: an IPv6 address whose brackets were left out; it names no port. */
  if (colon != NULL && strchr (colon + 1, ':') != NULL)
    {
      if (strchr (text, '/') != NULL)
        return refuse (ret_error, KH_SERVER_NAME_BAD_CHARACTER);
      return take_ipv6 (text, name, ret_error);
    }
  if (colon != NULL)
    {
      /* "https://…" is told of its slash, not of its port. */
      if (strchr (colon, '/') != NULL)
        return refuse (ret_error, KH_SERVER_NAME_BAD_CHARACTER);
      if (!parse_port (colon + 1, &name->port))
        return refuse (ret_error, KH_SERVER_NAME_BAD_PORT);
      *colon = '\0';
    }
  return take_host (text, name, ret_error);
}

gboolean
kh_server_name_parse (const char *text, KhServerName *ret_name, KhServerNameError *ret_error)
{
  KhServerName name = { .port = KH_DEFAULT_PORT };
  g_autofree char *stripped = NULL;
  gboolean parsed;

  /* No more than this is ever copied. */
  if (strnlen (text, 4 * KH_SERVER_NAME_STRING_MAX) == 4 * KH_SERVER_NAME_STRING_MAX)
    return refuse (ret_error, KH_SERVER_NAME_TOO_LONG);
  stripped = g_strstrip (g_strdup (text));
  if (*stripped == '\0')
    return refuse (ret_error, KH_SERVER_NAME_EMPTY);
  for (const char *at = stripped; *at != '\0'; at++)
    if (g_ascii_isspace (*at))
      return refuse (ret_error, KH_SERVER_NAME_SPACE);

  if (strpbrk (stripped, "[]") != NULL)
    parsed = parse_bracketed (stripped, &name, ret_error);
  else
    parsed = parse_plain (stripped, &name, ret_error);
  if (parsed && ret_name != NULL)
    *ret_name = name;
  return parsed;
}

const char *
kh_server_name_format (const KhServerName *self, char buf[KH_SERVER_NAME_STRING_MAX])
{
  gboolean is_ipv6 = strchr (self->host, ':') != NULL;

  if (self->port == KH_DEFAULT_PORT)
    g_snprintf (buf, KH_SERVER_NAME_STRING_MAX, is_ipv6 ? "[%s]" : "%s", self->host);
  else
    g_snprintf (buf, KH_SERVER_NAME_STRING_MAX, is_ipv6 ? "[%s]:%u" : "%s:%u", self->host,
                self->port);
  return buf;
}

const char *
kh_server_name_error_to_string (KhServerNameError error)
{
  switch (error)
    {
    case KH_SERVER_NAME_EMPTY:
      return "a server is needed: a host name or an IP address";
    case KH_SERVER_NAME_TOO_LONG:
      return "the server's name is too long";
    case KH_SERVER_NAME_SPACE:
      return "the server's name must not have spaces in it";
    case KH_SERVER_NAME_BAD_CHARACTER:
      return "the server's name may have letters, digits, “.” and “-”, and a port after “:”";
    case KH_SERVER_NAME_BAD_BRACKET:
      return "an IPv6 address with a port is written [ADDRESS]:PORT";
    case KH_SERVER_NAME_BAD_ADDRESS:
      return "this is not a complete IP address";
    case KH_SERVER_NAME_BAD_NAME:
      return "this is not a host name";
    case KH_SERVER_NAME_BAD_PORT:
      return "the port must be a number from 1 to 65535";
    default:
      return "the server's name is wrong";
    }
}
