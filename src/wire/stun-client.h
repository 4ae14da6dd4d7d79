/* stun-client.h: STUN Binding, as a client asks it (RFC 8489 and 5780)
 *
 * No more than discovery needs: does an answer come from where it was asked to come from.
 */
#pragma once

#include "wire/stun.h"

/* Header 20, CHANGE-REQUEST 8 and padding: not shorter than its answer, as HELLO. */
#define KH_STUN_REQUEST_SIZE 96

/* @id: the first 4 bytes are overwritten by the magic cookie. @change: of #KhStunChange */
gboolean kh_stun_request_write (KhWriter *writer, guint8 id[KH_STUN_ID_SIZE], KhStunChange change);
/* Wants the answer at @port of the address it is sent from, not 0 (RFC 5780, 7.5). */
gboolean kh_stun_request_write_to_port (KhWriter *writer, guint8 id[KH_STUN_ID_SIZE], guint16 port);
/* Is it an answer to @id? @ret_success: and not a refusal */
gboolean kh_stun_answer_read (const guint8 *data,
                              gsize len,
                              const guint8 id[KH_STUN_ID_SIZE],
                              gboolean *ret_success);
