/* invite.c: reads and writes invite links (RFC 3986 for what escapes mean)
 *
 * The text is cut at "?", "&", "=" and "@" first and unescaped after, so that an escaped delimiter
 * is part of a value.
 */
#include "crypto/invite.h"

#include "crypto/primitives.h"

#define SCHEME "knothole:"

static gboolean
refuse (KhInviteError *ret_error, KhInviteErrorKind kind)
{
  if (ret_error != NULL)
    *ret_error = (KhInviteError){ .kind = kind };
  return FALSE;
}

/* In place. */
static gboolean
unescape (char *text)
{
  char *out = text;

  while (*text != '\0')
    {
      int high, low;

      if (*text != '%')
        {
          *out++ = *text++;
          continue;
        }
      high = g_ascii_xdigit_value (text[1]);
      low = high < 0 ? -1 : g_ascii_xdigit_value (text[2]);
      if (low < 0 || (high == 0 && low == 0))
        return FALSE;
      *out++ = (char) (high << 4 | low);
      text += 3;
    }
  *out = '\0';
  return TRUE;
}

static int
get_base64url_value (char c)
{
  static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const char *found = c == '\0' ? NULL : strchr (alphabet, c);

  return found == NULL ? -1 : (int) (found - alphabet);
}

/* RFC 4648, section 5, for exactly @len bytes; padding may be there, unused bits must be 0, so that
 * a value has one writing. */
static gboolean
decode_base64url (const char *text, guint8 *ret_bytes, gsize len)
{
  gsize n_symbols = (len * 8 + 5) / 6, at = 0;
  guint bits = 0, n_bits = 0;

  if (strlen (text) < n_symbols || strspn (text + n_symbols, "=") != strlen (text + n_symbols) ||
      strlen (text) > (len + 2) / 3 * 4)
    return FALSE;
  for (gsize i = 0; i < n_symbols; i++)
    {
      int value = get_base64url_value (text[i]);

      if (value < 0)
        return FALSE;
      bits = (bits << 6 | (guint) value) & 0xffff;
      n_bits += 6;
      if (n_bits < 8)
        continue;
      n_bits -= 8;
      ret_bytes[at++] = (guint8) (bits >> n_bits);
    }
  return (bits & ((1u << n_bits) - 1)) == 0;
}

static gboolean
decode_hex (const char *text, guint8 *ret_bytes, gsize len)
{
  if (strlen (text) != 2 * len)
    return FALSE;
  for (gsize i = 0; i < len; i++)
    {
      int high = g_ascii_xdigit_value (text[2 * i]);
      int low = g_ascii_xdigit_value (text[2 * i + 1]);

      if (high < 0 || low < 0)
        return FALSE;
      ret_bytes[i] = (guint8) (high << 4 | low);
    }
  return TRUE;
}

static gboolean
take_parameter (char *parameter, KhInvite *invite, KhInviteError *ret_error)
{
  char *value = strchr (parameter, '=');

  if (value == NULL)
    return TRUE;
  *value++ = '\0';
  if (!unescape (parameter) || !unescape (value))
    return refuse (ret_error, KH_INVITE_BAD_ESCAPE);
  if (strcmp (parameter, "key") == 0)
    {
      if (invite->has_server_key ||
          (!decode_base64url (value, invite->server_key.bytes, KH_KEY_SIZE) &&
           !decode_hex (value, invite->server_key.bytes, KH_KEY_SIZE)))
        return refuse (ret_error, KH_INVITE_BAD_KEY);
      invite->has_server_key = TRUE;
    }
  else if (strcmp (parameter, "token") == 0)
    {
      if (invite->has_token || !decode_base64url (value, invite->token, KH_INVITE_TOKEN_SIZE))
        return refuse (ret_error, KH_INVITE_BAD_TOKEN);
      invite->has_token = TRUE;
    }
  return TRUE;
}

static gboolean
take_query (char *query, KhInvite *invite, KhInviteError *ret_error)
{
  while (query != NULL)
    {
      char *next = strchr (query, '&');

      if (next != NULL)
        *next++ = '\0';
      if (!take_parameter (query, invite, ret_error))
        return FALSE;
      query = next;
    }
  return TRUE;
}

/* "PEERID@host[:port]" */
static gboolean
take_address (char *address, KhInvite *invite, KhInviteError *ret_error)
{
  char *at = strchr (address, '@');
  KhInviteError error = { .kind = KH_INVITE_BAD_PEER_ID };
  gsize len;

  if (at == NULL)
    return refuse (ret_error, KH_INVITE_NO_SERVER);
  *at++ = '\0';
  len = strlen (at);
  if (len > 0 && at[len - 1] == '/')
    at[len - 1] = '\0';
  if (!unescape (address) || !unescape (at))
    return refuse (ret_error, KH_INVITE_BAD_ESCAPE);
  if (kh_peer_id_parse (address, &invite->peer_id, &error.peer_id))
    {
      error.kind = KH_INVITE_BAD_SERVER;
      if (kh_server_name_parse (at, &invite->server, &error.server))
        return TRUE;
    }
  if (ret_error != NULL)
    *ret_error = error;
  return FALSE;
}

gboolean
kh_invite_is_link (const char *text)
{
  while (g_ascii_isspace (*text))
    text++;
  return g_ascii_strncasecmp (text, SCHEME, strlen (SCHEME)) == 0;
}

gboolean
kh_invite_parse (const char *text, KhInvite *ret_invite, KhInviteError *ret_error)
{
  KhInvite invite = { 0 };
  g_autofree char *copy = NULL;
  char *address, *query;

  if (!kh_invite_is_link (text))
    return refuse (ret_error, KH_INVITE_NOT_AN_INVITE);
  if (strnlen (text, KH_INVITE_MAX + 1) > KH_INVITE_MAX)
    return refuse (ret_error, KH_INVITE_TOO_LONG);
  copy = g_strstrip (g_strdup (text));
  address = copy + strlen (SCHEME);
  if (g_str_has_prefix (address, "//"))
    address += 2;
  address[strcspn (address, "#")] = '\0';
  query = strchr (address, '?');
  if (query != NULL)
    *query++ = '\0';
  if (!take_address (address, &invite, ret_error) || !take_query (query, &invite, ret_error))
    return FALSE;
  if (ret_invite != NULL)
    *ret_invite = invite;
  return TRUE;
}

static void
append_base64url (GString *out, const guint8 *bytes, gsize len)
{
  g_autofree char *text = g_base64_encode (bytes, len);

  g_strdelimit (text, "+", '-');
  g_strdelimit (text, "/", '_');
  text[strcspn (text, "=")] = '\0';
  g_string_append (out, text);
}

char *
kh_invite_format (const KhInvite *self)
{
  char id[KH_PEER_ID_STRING_MAX], name[KH_SERVER_NAME_STRING_MAX];
  GString *out = g_string_new (SCHEME);

  kh_server_name_format (&self->server, name);
  g_string_append_printf (out, "%s@", kh_peer_id_format (&self->peer_id, id));
  /* The scope of a link-local address is the one "%" that can be in it (RFC 6874). */
  for (const char *at = name; *at != '\0'; at++)
    {
      if (*at == '%')
        g_string_append (out, "%25");
      else
        g_string_append_c (out, *at);
    }
  if (self->has_server_key)
    {
      g_string_append (out, "?key=");
      append_base64url (out, self->server_key.bytes, KH_KEY_SIZE);
    }
  if (self->has_token)
    {
      g_string_append (out, self->has_server_key ? "&token=" : "?token=");
      append_base64url (out, self->token, KH_INVITE_TOKEN_SIZE);
    }
  return g_string_free (out, FALSE);
}

char *
kh_invite_error_to_string (const KhInviteError *error)
{
  g_autofree char *detail = NULL;

  switch (error->kind)
    {
    case KH_INVITE_NOT_AN_INVITE:
      return g_strdup ("an invite link begins with “knothole:”");
    case KH_INVITE_TOO_LONG:
      return g_strdup ("the invite link is too long");
    case KH_INVITE_BAD_ESCAPE:
      return g_strdup ("the invite link is damaged: a “%” in it has no meaning");
    case KH_INVITE_NO_SERVER:
      return g_strdup ("the invite link is incomplete: it names no server");
    case KH_INVITE_BAD_PEER_ID:
      detail = kh_peer_id_error_to_string (&error->peer_id);
      return g_strdup_printf ("the peer ID in the invite link is wrong: %s", detail);
    case KH_INVITE_BAD_SERVER:
      return g_strdup_printf ("the server in the invite link is wrong: %s",
                              kh_server_name_error_to_string (error->server));
    case KH_INVITE_BAD_KEY:
      return g_strdup ("the invite link is damaged: its server key cannot be read");
    case KH_INVITE_BAD_TOKEN:
      return g_strdup ("the invite link is damaged: its token cannot be read");
    default:
      g_assert_not_reached ();
    }
}

const char *
kh_invite_error_kind_to_string (KhInviteErrorKind kind)
{
  switch (kind)
    {
    case KH_INVITE_NOT_AN_INVITE:
      return "not-an-invite";
    case KH_INVITE_TOO_LONG:
      return "too-long";
    case KH_INVITE_BAD_ESCAPE:
      return "bad-escape";
    case KH_INVITE_NO_SERVER:
      return "no-server";
    case KH_INVITE_BAD_PEER_ID:
      return "bad-peer-id";
    case KH_INVITE_BAD_SERVER:
      return "bad-server";
    case KH_INVITE_BAD_KEY:
      return "bad-key";
    case KH_INVITE_BAD_TOKEN:
      return "bad-token";
    default:
      return "unknown";
    }
}
