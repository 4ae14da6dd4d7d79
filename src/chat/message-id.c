/* message-id.c: the 128-bit name of a message as a value and as text
 *
 * Random ids need no agreement between the peers, and 128 bits no thought of collisions.
 */
#include "chat/message-id.h"

#include <string.h>

KhMessageId
kh_message_id_new (const KhRandom *random)
{
  KhMessageId id;

  kh_random_fill (random, id.bytes, sizeof id.bytes);
  return id;
}

const char *
kh_message_id_format (const KhMessageId *self, char buf[KH_MESSAGE_ID_STRING_MAX])
{
  static const char digits[] = "0123456789abcdef";

  for (guint i = 0; i < KH_MESSAGE_ID_SIZE; i++)
    {
      buf[2 * i] = digits[self->bytes[i] >> 4];
      buf[2 * i + 1] = digits[self->bytes[i] & 15];
    }
  buf[2 * KH_MESSAGE_ID_SIZE] = '\0';
  return buf;
}

gboolean
kh_message_id_parse (const char *text, KhMessageId *ret_id)
{
  KhMessageId id;

  if (strlen (text) != 2 * KH_MESSAGE_ID_SIZE)
    return FALSE;
  for (guint i = 0; i < KH_MESSAGE_ID_SIZE; i++)
    {
      int high = g_ascii_xdigit_value (text[2 * i]);
      int low = g_ascii_xdigit_value (text[2 * i + 1]);

      if (high < 0 || low < 0)
        return FALSE;
      id.bytes[i] = (guint8) (high << 4 | low);
    }
  *ret_id = id;
  return TRUE;
}

gboolean
kh_message_id_equal (const KhMessageId *a, const KhMessageId *b)
{
  return memcmp (a->bytes, b->bytes, KH_MESSAGE_ID_SIZE) == 0;
}

guint
kh_message_id_hash_func (gconstpointer id)
{
  const KhMessageId *self = id;
  guint words[KH_MESSAGE_ID_SIZE / sizeof (guint)];

  memcpy (words, self->bytes, sizeof words);
  return words[0] ^ words[1] ^ words[2] ^ words[3];
}

gboolean
kh_message_id_equal_func (gconstpointer a, gconstpointer b)
{
  return kh_message_id_equal (a, b);
}
