/* addr.c: IP addresses as plain values
 *
 * Owns nothing. Parsing and printing are our own because GLib's live in GIO, which the core must
 * not know; the text form of IPv6 is that of RFC 5952.
 */
#include "wire/addr.h"

#include <stdio.h>
#include <string.h>

static const guint8 mapped_prefix[12] = { [10] = 0xff, [11] = 0xff };

KhAddr
kh_addr_ipv4 (guint8 a, guint8 b, guint8 c, guint8 d, guint16 port)
{
  return (KhAddr){ .family = KH_FAMILY_IPV4, .ip = { a, b, c, d }, .port = port };
}

static gsize
ip_size (const KhAddr *self)
{
  return self->family == KH_FAMILY_IPV4 ? 4 : self->family == KH_FAMILY_IPV6 ? 16 : 0;
}

KhAddr
kh_addr_relay (guint32 channel)
{
  KhAddr addr = { .family = KH_FAMILY_RELAY };
  guint32 be = GUINT32_TO_BE (channel);

  memcpy (addr.ip, &be, sizeof be);
  return addr;
}

guint32
kh_addr_get_channel (const KhAddr *self)
{
  guint32 be;

  if (self->family != KH_FAMILY_RELAY)
    return 0;
  memcpy (&be, self->ip, sizeof be);
  return GUINT32_FROM_BE (be);
}

gboolean
kh_addr_is_relay (const KhAddr *self)
{
  return self->family == KH_FAMILY_RELAY;
}

gboolean
kh_addr_is_set (const KhAddr *self)
{
  return self->family != KH_FAMILY_NONE;
}

gboolean
kh_addr_equal_ip (const KhAddr *a, const KhAddr *b)
{
  return a->family == b->family && a->scope_id == b->scope_id &&
         memcmp (a->ip, b->ip, sizeof a->ip) == 0;
}

gboolean
kh_addr_equal (const KhAddr *a, const KhAddr *b)
{
  return a->port == b->port && kh_addr_equal_ip (a, b);
}

guint
kh_addr_hash (const KhAddr *self)
{
  /* FNV-1a: the tables keyed by address are bounded, so a flood of chosen collisions costs at
   * most one table's length. */
  guint hash = 2166136261u;

  for (gsize i = 0; i < ip_size (self); i++)
    hash = (hash ^ self->ip[i]) * 16777619u;
  return (hash ^ self->port) * 16777619u;
}

guint
kh_addr_hash_func (gconstpointer self)
{
  return kh_addr_hash (self);
}

gboolean
kh_addr_equal_func (gconstpointer a, gconstpointer b)
{
  return kh_addr_equal (a, b);
}

gboolean
kh_addr_is_loopback (const KhAddr *self)
{
  static const guint8 loopback[16] = { [15] = 1 };

  if (self->family == KH_FAMILY_IPV4)
    return self->ip[0] == 127;
  return self->family == KH_FAMILY_IPV6 && memcmp (self->ip, loopback, 16) == 0;
}

gboolean
kh_addr_is_link_local (const KhAddr *self)
{
  if (self->family == KH_FAMILY_IPV4)
    return self->ip[0] == 169 && self->ip[1] == 254;
  return self->family == KH_FAMILY_IPV6 && self->ip[0] == 0xfe && (self->ip[1] & 0xc0) == 0x80;
}

gboolean
kh_addr_is_private (const KhAddr *self)
{
  const guint8 *ip = self->ip;

  if (kh_addr_is_loopback (self) || kh_addr_is_link_local (self))
    return TRUE;
  if (self->family == KH_FAMILY_IPV6)
    return (ip[0] & 0xfe) == 0xfc;
  return self->family == KH_FAMILY_IPV4 &&
         (ip[0] == 10 || (ip[0] == 172 && (ip[1] & 0xf0) == 16) || (ip[0] == 192 && ip[1] == 168) ||
          (ip[0] == 100 && (ip[1] & 0xc0) == 64));
}

gboolean
kh_addr_is_unicast (const KhAddr *self)
{
  static const guint8 unspecified[16] = { 0 };

  if (self->port == 0)
    return FALSE;
  if (self->family == KH_FAMILY_IPV4)
    return self->ip[0] != 0 && self->ip[0] < 224;
  return self->family == KH_FAMILY_IPV6 && self->ip[0] != 0xff &&
         memcmp (self->ip, unspecified, 16) != 0;
}

KhAddr
kh_addr_normalise (const KhAddr *self)
{
  KhAddr out = *self;

  if (self->family == KH_FAMILY_IPV6 && memcmp (self->ip, mapped_prefix, sizeof mapped_prefix) == 0)
    out = kh_addr_ipv4 (self->ip[12], self->ip[13], self->ip[14], self->ip[15], self->port);
  else if (!kh_addr_is_link_local (self))
    out.scope_id = 0;
  return out;
}

KhAddr
kh_addr_prefix (const KhAddr *self)
{
  KhAddr out = *self;

  out.port = 0;
  out.scope_id = 0;
  if (out.family == KH_FAMILY_IPV6)
    memset (out.ip + 8, 0, 8);
  return out;
}

/* Finds the longest run of at least two zero groups, the first of equals (RFC 5952, 4.2). */
static void
find_zero_run (const guint16 groups[8], int *ret_start, int *ret_len)
{
  int best_start = -1;
  int best_len = 1;

  for (int i = 0; i < 8; i++)
    {
      int len = 0;

      while (i + len < 8 && groups[i + len] == 0)
        len++;
      if (len > best_len)
        {
          best_start = i;
          best_len = len;
        }
      i += len;
    }
  *ret_start = best_start;
  *ret_len = best_start < 0 ? 0 : best_len;
}

static int
format_ipv6 (const guint8 ip[16], char *out, gsize size)
{
  guint16 groups[8];
  int start;
  int len;
  int at = 0;

  for (int i = 0; i < 8; i++)
    groups[i] = (guint16) (ip[2 * i] << 8 | ip[2 * i + 1]);
  find_zero_run (groups, &start, &len);

  for (int i = 0; i < 8; i++)
    {
      if (i == start)
        {
          at += g_snprintf (out + at, size - at, "::");
          i += len - 1;
          continue;
        }
      if (i > 0 && i != start + len)
        at += g_snprintf (out + at, size - at, ":");
      at += g_snprintf (out + at, size - at, "%x", groups[i]);
    }
  return at;
}

const char *
kh_addr_format (const KhAddr *self, char buf[KH_ADDR_STRING_MAX])
{
  const guint8 *ip = self->ip;

  if (self->family == KH_FAMILY_IPV4)
    {
      g_snprintf (buf, KH_ADDR_STRING_MAX, "%u.%u.%u.%u:%u", ip[0], ip[1], ip[2], ip[3],
                  self->port);
    }
  else if (self->family == KH_FAMILY_IPV6)
    {
      char text[48];

      format_ipv6 (ip, text, sizeof text);
      if (self->scope_id != 0)
        g_snprintf (buf, KH_ADDR_STRING_MAX, "[%s%%%u]:%u", text, self->scope_id, self->port);
      else
        g_snprintf (buf, KH_ADDR_STRING_MAX, "[%s]:%u", text, self->port);
    }
  else if (self->family == KH_FAMILY_RELAY)
    {
      g_strlcpy (buf, "(relay)", KH_ADDR_STRING_MAX);
    }
  else
    {
      g_strlcpy (buf, "(none)", KH_ADDR_STRING_MAX);
    }
  return buf;
}

char *
kh_addr_to_string (const KhAddr *self)
{
  char buf[KH_ADDR_STRING_MAX];

  return g_strdup (kh_addr_format (self, buf));
}

const char *
kh_family_to_string (KhFamily family)
{
  switch (family)
    {
    case KH_FAMILY_NONE:
      return "none";
    case KH_FAMILY_IPV4:
      return "ipv4";
    case KH_FAMILY_IPV6:
      return "ipv6";
    case KH_FAMILY_RELAY:
      return "relay";
    default:
      return "unknown";
    }
}

static gboolean
parse_number (const char *text, gsize len, guint max, guint *ret_value)
{
  guint value = 0;

  if (len == 0 || len > 10)
    return FALSE;
  for (gsize i = 0; i < len; i++)
    {
      if (!g_ascii_isdigit (text[i]))
        return FALSE;
      value = value * 10 + (guint) (text[i] - '0');
      if (value > max)
        return FALSE;
    }
  *ret_value = value;
  return TRUE;
}

static gboolean
parse_ipv4 (const char *text, gsize len, guint8 ip[4])
{
  for (int i = 0; i < 4; i++)
    {
      const char *dot = memchr (text, '.', len);
      gsize part = dot != NULL && i < 3 ? (gsize) (dot - text) : len;
      guint value;

      if (part > 3 || (part > 1 && text[0] == '0') || !parse_number (text, part, 255, &value))
        return FALSE;
      ip[i] = (guint8) value;
      if (i == 3)
        return TRUE;
      if (part == len)
        return FALSE;
      text += part + 1;
      len -= part + 1;
    }
  return FALSE;
}

static gboolean
parse_group (const char *text, gsize len, guint16 *ret_value)
{
  guint value = 0;

  if (len == 0 || len > 4)
    return FALSE;
  for (gsize i = 0; i < len; i++)
    {
      int digit = g_ascii_xdigit_value (text[i]);

      if (digit < 0)
        return FALSE;
      value = value << 4 | (guint) digit;
    }
  *ret_value = (guint16) value;
  return TRUE;
}

/* Reads groups until the end or "::"; returns how many, or -1. An IPv4 tail counts as two. */
static int
parse_groups (const char **text, const char *end, guint8 *out, int room)
{
  int n = 0;

  while (*text < end)
    {
      const char *colon = memchr (*text, ':', end - *text);
      gsize len = (colon != NULL ? colon : end) - *text;
      guint16 group;

      if (colon == NULL && n + 2 <= room && parse_ipv4 (*text, len, out + 2 * n))
        {
          *text = end;
          return n + 2;
        }
      if (n == room || !parse_group (*text, len, &group))
        return -1;
      out[2 * n] = (guint8) (group >> 8);
      out[2 * n + 1] = (guint8) group;
      n++;
      *text += len;
      if (*text == end)
        return n;
      if (*text + 1 < end && (*text)[1] == ':')
        return n;
      if (*text + 1 == end)
        return -1;
      *text += 1;
    }
  return n;
}

static gboolean
parse_ipv6 (const char *text, gsize len, guint8 ip[16])
{
  const char *end = text + len;
  guint8 head[16] = { 0 };
  guint8 tail[16] = { 0 };
  int n_head = 0;
  int n_tail;

  if (len < 2)
    return FALSE;
  if (!(text[0] == ':' && text[1] == ':'))
    n_head = parse_groups (&text, end, head, 8);
  if (n_head < 0)
    return FALSE;
  if (text == end)
    {
      memcpy (ip, head, 16);
      return n_head == 8;
    }

  /* "::" stands for at least one group. */
  if (n_head == 8)
    return FALSE;
  text += 2;
  n_tail = parse_groups (&text, end, tail, 7 - n_head);
  if (n_tail < 0 || text != end)
    return FALSE;
  memset (ip, 0, 16);
  memcpy (ip, head, 2 * n_head);
  memcpy (ip + 16 - 2 * n_tail, tail, 2 * n_tail);
  return TRUE;
}

static gboolean
parse_bracketed (const char *text, guint16 default_port, KhAddr *addr)
{
  const char *close = strchr (text, ']');
  const char *percent;
  guint value = default_port;

  if (close == NULL)
    return FALSE;
  percent = memchr (text, '%', close - text);
  if (percent != NULL)
    {
      if (!parse_number (percent + 1, close - percent - 1, G_MAXINT, &value))
        return FALSE;
      addr->scope_id = value;
      value = default_port;
    }
  if (!parse_ipv6 (text + 1, (percent != NULL ? percent : close) - text - 1, addr->ip))
    return FALSE;
  if (close[1] != '\0' &&
      (close[1] != ':' || !parse_number (close + 2, strlen (close + 2), 65535, &value)))
    return FALSE;
  addr->port = (guint16) value;
  return TRUE;
}

gboolean
kh_addr_parse (const char *text, guint16 default_port, KhAddr *ret_addr)
{
  KhAddr addr = { .port = default_port };
  const char *colon = strchr (text, ':');
  gsize host_len = colon != NULL ? (gsize) (colon - text) : strlen (text);
  guint port = default_port;

  if (text[0] == '[')
    {
      addr.family = KH_FAMILY_IPV6;
      if (!parse_bracketed (text, default_port, &addr))
        return FALSE;
    }
  else if (colon != NULL && strchr (colon + 1, ':') != NULL)
    {
      addr.family = KH_FAMILY_IPV6;
      if (!parse_ipv6 (text, strlen (text), addr.ip))
        return FALSE;
    }
  else
    {
      addr.family = KH_FAMILY_IPV4;
      if (!parse_ipv4 (text, host_len, addr.ip))
        return FALSE;
      if (colon != NULL && !parse_number (colon + 1, strlen (colon + 1), 65535, &port))
        return FALSE;
      addr.port = (guint16) port;
    }

  *ret_addr = kh_addr_normalise (&addr);
  return TRUE;
}

gboolean
kh_addr_read (KhCursor *cursor, KhAddr *ret_addr)
{
  KhAddr addr = { 0 };

  if (!kh_cursor_u8 (cursor, &addr.family))
    return FALSE;
  if (ip_size (&addr) == 0)
    {
      cursor->failed = TRUE;
      return FALSE;
    }
  if (!kh_cursor_copy (cursor, addr.ip, ip_size (&addr)) || !kh_cursor_u16 (cursor, &addr.port))
    return FALSE;

  *ret_addr = kh_addr_normalise (&addr);
  return TRUE;
}

gboolean
kh_addr_write (KhWriter *writer, const KhAddr *self)
{
  if (ip_size (self) == 0)
    {
      writer->failed = TRUE;
      return FALSE;
    }
  return kh_writer_u8 (writer, self->family) &&
         kh_writer_bytes (writer, self->ip, ip_size (self)) && kh_writer_u16 (writer, self->port);
}
