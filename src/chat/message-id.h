/* message-id.h: the random 128-bit name of a message, as a plain value */
#pragma once

#include "wire/random.h"

#define KH_MESSAGE_ID_SIZE 16
/* 32 hexadecimal digits and the end */
#define KH_MESSAGE_ID_STRING_MAX 33

typedef struct
{
  guint8 bytes[KH_MESSAGE_ID_SIZE];
} KhMessageId;

KhMessageId kh_message_id_new (const KhRandom *random);

/* Writes 32 lower-case hexadecimal digits and returns @buf. */
const char *kh_message_id_format (const KhMessageId *self, char buf[KH_MESSAGE_ID_STRING_MAX]);
/* Exactly 32 hexadecimal digits in either case; else FALSE. */
gboolean kh_message_id_parse (const char *text, KhMessageId *ret_id);

gboolean kh_message_id_equal (const KhMessageId *a, const KhMessageId *b);

/* For GHashTable. The peer chooses the ids of its messages, so the tables that these fill must be
 * bounded: KhInbox caps how many of a peer's messages are held. */
guint kh_message_id_hash_func (gconstpointer id);
gboolean kh_message_id_equal_func (gconstpointer a, gconstpointer b);
