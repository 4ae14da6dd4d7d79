/* admission.h: who gets how much of the server before it knows them (PROTOCOL.md, "Handshakes")
 *
 * HELLO costs a MAC, INIT four X25519. Nothing is kept for an address; buckets stand in tables of
 * fixed size, and those for INIT can be reached only with a cookie, so that a flood of forged
 * addresses cannot touch them.
 */
#pragma once

#include "crypto/cookie.h"
#include "server/server.h"

typedef struct _KhAdmission KhAdmission;

/* (transfer full): copies @random. */
KhAdmission *kh_admission_new (const KhServerLimits *limits, const KhRandom *random, gint64 now_us);
void kh_admission_free (KhAdmission *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KhAdmission, kh_admission_free)

/* May @addr have one more answer to what costs next to nothing? Counts like a HELLO. */
gboolean kh_admission_allow (KhAdmission *self, const KhAddr *addr, gint64 now_us);
/* May a HELLO from @addr be answered? If so, with this cookie. */
gboolean kh_admission_greet (KhAdmission *self,
                             const KhAddr *addr,
                             guint8 ret_cookie[KH_COOKIE_SIZE],
                             gint64 now_us);
/* Is @cookie the one for @addr? */
gboolean kh_admission_check (KhAdmission *self,
                             const KhAddr *addr,
                             const guint8 cookie[KH_COOKIE_SIZE],
                             gint64 now_us);
/* May @addr, whose cookie was checked, have a handshake? Takes tokens for it. */
gboolean kh_admission_take (KhAdmission *self, const KhAddr *addr, gint64 now_us);
