/* fuzz-link.c: any bytes as a message between client and server; what can be read can be written,
 * and is then read as the same */
#include <stdint.h>

#include "wire/link.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void
check_same (const KhLinkMessage *a, const KhLinkMessage *b)
{
  g_assert_cmpuint (a->type, ==, b->type);
  g_assert_cmpuint (a->id, ==, b->id);
  g_assert_cmpuint (a->status, ==, b->status);
  g_assert_cmpuint (a->reason, ==, b->reason);
  g_assert_cmpuint (a->channel, ==, b->channel);
  g_assert_cmpint (a->has_key, ==, b->has_key);
  g_assert_cmpint (a->has_seen, ==, b->has_seen);
  g_assert_true (kh_key_equal (&a->key, &b->key));
  g_assert_true (kh_addr_equal (&a->seen, &b->seen));
  g_assert_cmpmem (a->peer, KH_PEER_ID_SIZE, b->peer, KH_PEER_ID_SIZE);
  g_assert_cmpmem (a->blob, a->blob_len, b->blob, b->blob_len);
  g_assert_cmpmem (a->ids, a->n_ids * KH_PEER_ID_SIZE, b->ids, b->n_ids * KH_PEER_ID_SIZE);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree guint8 *buf = g_malloc (size + 1);
  KhWriter writer = kh_writer_init (buf, size);
  KhLinkMessage message;
  KhLinkMessage again;

  if (!kh_link_message_read (data, size, &message))
    return 0;
  g_assert_cmpstr (kh_link_type_to_string (message.type), !=, "unknown");
  g_assert_cmpuint (message.n_ids, <=, KH_WAIT_MAX);
  g_assert_true (kh_link_message_write (&writer, &message));
  g_assert_true (kh_link_message_read (buf, writer.len, &again));
  check_same (&message, &again);
  return 0;
}
