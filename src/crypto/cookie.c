/* cookie.c: the server's cookies (after WireGuard's cookie.c)
 *
 * Owns the present secret and the one before it. They roll when the jar is used, on the marks of a
 * fixed period, so an idle server has no timer for it.
 */
#include "crypto/cookie.h"

#include "crypto/primitives.h"

#include <string.h>

#define SECRET_SIZE 32
#define MAC_SIZE 16
#define GENERATION_SIZE 8

G_STATIC_ASSERT (GENERATION_SIZE + MAC_SIZE == KH_COOKIE_SIZE);

struct _KhCookieJar
{
  KhRandom random;
  gint64 rolled_at_us;
  guint64 generation; /* of secrets[0]; secrets[1] is of the one before */
  guint8 secrets[2][SECRET_SIZE];
};

KhCookieJar *
kh_cookie_jar_new (const KhRandom *random, gint64 now_us)
{
  KhCookieJar *self = g_new0 (KhCookieJar, 1);

  self->random = *random;
  self->rolled_at_us = now_us;
  /* The one before the first is random too: nobody can make a cookie of it. */
  kh_random_fill (random, self->secrets, sizeof self->secrets);
  return self;
}

void
kh_cookie_jar_free (KhCookieJar *self)
{
  if (self == NULL)
    return;
  kh_wipe (self, sizeof *self);
  g_free (self);
}

static void
roll (KhCookieJar *self, gint64 now_us)
{
  gint64 periods = (now_us - self->rolled_at_us) / KH_COOKIE_PERIOD_US;

  if (periods <= 0)
    return;
  if (periods == 1)
    memcpy (self->secrets[1], self->secrets[0], SECRET_SIZE);
  else
    kh_random_fill (&self->random, self->secrets[1], SECRET_SIZE);
  kh_random_fill (&self->random, self->secrets[0], SECRET_SIZE);
  self->generation += (guint64) periods;
  self->rolled_at_us += periods * KH_COOKIE_PERIOD_US;
}

static void
make_mac (const guint8 secret[SECRET_SIZE], const KhAddr *addr, guint8 ret_mac[KH_HASH_SIZE])
{
  guint16 port = GUINT16_TO_BE (addr->port);
  KhBytes parts[] = {
    { "knothole cookie v1", 18 },
    { &addr->family, sizeof addr->family },
    { addr->ip, sizeof addr->ip },
    { &port, sizeof port },
  };

  kh_hmac_sha256_parts (ret_mac, secret, SECRET_SIZE, parts, G_N_ELEMENTS (parts));
}

void
kh_cookie_jar_make (KhCookieJar *self,
                    const KhAddr *addr,
                    guint8 ret_cookie[KH_COOKIE_SIZE],
                    gint64 now_us)
{
  guint8 mac[KH_HASH_SIZE];
  guint64 generation;

  roll (self, now_us);
  generation = GUINT64_TO_BE (self->generation);
  make_mac (self->secrets[0], addr, mac);
  memcpy (ret_cookie, &generation, GENERATION_SIZE);
  memcpy (ret_cookie + GENERATION_SIZE, mac, MAC_SIZE);
}

gboolean
kh_cookie_jar_check (KhCookieJar *self,
                     const KhAddr *addr,
                     const guint8 cookie[KH_COOKIE_SIZE],
                     gint64 now_us)
{
  guint8 mac[KH_HASH_SIZE];
  guint64 generation;

  roll (self, now_us);
  memcpy (&generation, cookie, GENERATION_SIZE);
  /* Unsigned, so a generation of the future is far in the past: refused without an HMAC. */
  generation = self->generation - GUINT64_FROM_BE (generation);
  if (generation > 1)
    return FALSE;
  make_mac (self->secrets[generation], addr, mac);
  return kh_equal_const_time (mac, cookie + GENERATION_SIZE, MAC_SIZE);
}
