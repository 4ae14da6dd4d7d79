/* fuzz-stun.c: any bytes as a STUN request; whatever can be read can be answered, and the answer is
 * no request, so that two servers cannot talk to each other */
#include <stdint.h>
#include <string.h>

#include "wire/stun.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  guint8 buf[KH_STUN_ANSWER_MAX];
  KhWriter writer = kh_writer_init (buf, sizeof buf);
  KhStunAnswer answer = { .mapped = { .family = KH_FAMILY_IPV6, .ip = { 0x20, 1 }, .port = 4430 } };
  KhStunRequest request;

  if (!kh_stun_request_read (data, size, &request))
    return 0;
  g_assert_true (kh_stun_is (data, size));
  g_assert_cmpuint (request.n_unknown, <=, KH_STUN_UNKNOWN_MAX);
  answer.origin = answer.other = answer.mapped;
  g_assert_true (kh_stun_answer_write (&writer, &request, &answer));
  g_assert_cmpmem (buf + 4, KH_STUN_ID_SIZE, data + 4, KH_STUN_ID_SIZE);
  g_assert_cmpuint (writer.len, ==, 20u + buf[2] * 256u + buf[3]);
  g_assert_false (kh_stun_request_read (buf, writer.len, &request));
  return 0;
}
