/* admission.c: cookies and token buckets (PROTOCOL.md, "Handshakes")
 *
 * Owns the cookie jar and the buckets of strangers. Those of a known client are in its KhClient.
 */
#include "server/admission.h"

#include "server/prefixes.h"

/* Sets of 8 buckets of 16 bytes: 512 KiB for sources that may be forged, 128 KiB for proven ones;
 * each is touched, and so becomes real memory, only where prefixes hash to. */
#define HELLO_SETS 4096
#define INIT_SETS 1024

struct _KhAdmission
{
  KhCookieJar *jar;
  KhPrefixes *hellos;
  KhPrefixes *inits;
  KhRate init_total;
  gint64 init_total_full_at_us;
};

KhAdmission *
kh_admission_new (const KhServerLimits *limits, const KhRandom *random, gint64 now_us)
{
  KhAdmission *self = g_new0 (KhAdmission, 1);
  KhRate hello = kh_rate_make (limits->hello_rate, limits->hello_burst);
  KhRate init = kh_rate_make (limits->init_rate, limits->init_burst);

  self->jar = kh_cookie_jar_new (random, now_us);
  self->hellos = kh_prefixes_new (HELLO_SETS, hello, random);
  self->inits = kh_prefixes_new (INIT_SETS, init, random);
  /* A second's worth at once: what a restart of the server brings back. */
  self->init_total = kh_rate_make (limits->init_rate_total, limits->init_rate_total);
  return self;
}

void
kh_admission_free (KhAdmission *self)
{
  if (self == NULL)
    return;
  kh_cookie_jar_free (self->jar);
  kh_prefixes_free (self->hellos);
  kh_prefixes_free (self->inits);
  g_free (self);
}

gboolean
kh_admission_allow (KhAdmission *self, const KhAddr *addr, gint64 now_us)
{
  return kh_prefixes_take (self->hellos, addr, now_us);
}

gboolean
kh_admission_greet (KhAdmission *self,
                    const KhAddr *addr,
                    guint8 ret_cookie[KH_COOKIE_SIZE],
                    gint64 now_us)
{
  if (!kh_admission_allow (self, addr, now_us))
    return FALSE;
  kh_cookie_jar_make (self->jar, addr, ret_cookie, now_us);
  return TRUE;
}

gboolean
kh_admission_check (KhAdmission *self,
                    const KhAddr *addr,
                    const guint8 cookie[KH_COOKIE_SIZE],
                    gint64 now_us)
{
  return kh_cookie_jar_check (self->jar, addr, cookie, now_us);
}

gboolean
kh_admission_take (KhAdmission *self, const KhAddr *addr, gint64 now_us)
{
  /* The source's own bucket first: one that asks too much takes nothing from the others. */
  return kh_prefixes_take (self->inits, addr, now_us) &&
         kh_rate_take (&self->init_total, &self->init_total_full_at_us, now_us);
}
