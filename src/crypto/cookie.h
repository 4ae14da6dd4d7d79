/* cookie.h: proof that a client receives at the address it sends from (PROTOCOL.md, "Datagrams")
 *
 * The server hands out a cookie and forgets about it: the cookie is a MAC over the address under a
 * secret that rolls, so a client that returns it has read a datagram sent to that address. It
 * keeps no state for each client and costs one HMAC.
 */
#pragma once

#include "wire/addr.h"
#include "wire/random.h"

typedef struct _KhCookieJar KhCookieJar;

/* Generation of the secret, 8 bytes; MAC, 16 bytes. */
#define KH_COOKIE_SIZE 24
/* A cookie is good for this period and the next: 2 to 4 minutes, as WireGuard's. */
#define KH_COOKIE_PERIOD_US (G_GINT64_CONSTANT (120) * G_USEC_PER_SEC)

/* (transfer full): copies @random. */
KhCookieJar *kh_cookie_jar_new (const KhRandom *random, gint64 now_us);
void kh_cookie_jar_free (KhCookieJar *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KhCookieJar, kh_cookie_jar_free)

void kh_cookie_jar_make (KhCookieJar *self,
                         const KhAddr *addr,
                         guint8 ret_cookie[KH_COOKIE_SIZE],
                         gint64 now_us);

/* Was @cookie made here, for this address and port, with a secret that is still good? */
gboolean kh_cookie_jar_check (KhCookieJar *self,
                              const KhAddr *addr,
                              const guint8 cookie[KH_COOKIE_SIZE],
                              gint64 now_us) G_GNUC_WARN_UNUSED_RESULT;
