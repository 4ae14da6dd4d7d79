/* fuzz-chat.c: a peer's stream 0, from bytes to messages
 *
 * The first byte of the input decides in which pieces the rest arrives. What is accepted must be
 * within the limits that the layers above build on, and survive being encoded again.
 */
#include "chat/framing.h"
#include "chat/message.h"

#include <string.h>

#include "wire/name.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

static GBytes *
encode (const KhMessage *message)
{
  switch (message->type)
    {
    case KH_MESSAGE_TEXT:
      return kh_message_encode_text (&message->text.id, message->text.sent_us, message->text.text,
                                     message->text.has_reply_to ? &message->text.reply_to : NULL);
    case KH_MESSAGE_RECEIPT:
      return kh_message_encode_receipt (message->receipt.state, message->receipt.ids,
                                        message->receipt.n_ids);
    case KH_MESSAGE_PROFILE:
      return kh_message_encode_profile (message->profile.name,
                                        message->profile.has_hash ? message->profile.hash : NULL,
                                        message->profile.picture);
    case KH_MESSAGE_EDIT:
    case KH_MESSAGE_DELETE:
    case KH_MESSAGE_REACTION:
      return kh_message_encode_change (message->type, &message->change.id, message->change.sent_us,
                                       &message->change.target, message->change.text);
    case KH_MESSAGE_TYPING:
      return kh_message_encode_typing (message->typing.active);
    case KH_MESSAGE_PICTURE:
      return kh_message_encode_picture (message->picture.hash);
    case KH_MESSAGE_NONE:
    default:
      g_assert_not_reached ();
    }
}

static void
check (const guint8 *data, gsize len)
{
  g_auto (KhMessage) message = { 0 };
  g_auto (KhMessage) again = { 0 };
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GBytes) bytes_again = NULL;

  if (kh_message_decode (data, len, &message) != KH_DECODE_OK)
    {
      g_assert_true (message.type == KH_MESSAGE_NONE);
      return;
    }
  bytes = encode (&message);
  g_assert_true (g_bytes_get_size (bytes) <= KH_MESSAGE_SIZE_MAX);
  g_assert_true (kh_message_decode (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes),
                                    &again) == KH_DECODE_OK);
  bytes_again = encode (&again);
  g_assert_true (g_bytes_equal (bytes, bytes_again));
}

static void
check_name (const guint8 *data, gsize size)
{
  g_autofree char *raw = g_strndup ((const char *) data, size);
  g_autofree char *clean = kh_name_clean (raw);
  g_autofree char *again = kh_name_clean (clean);

  g_assert_true (g_utf8_validate (clean, -1, NULL));
  g_assert_true (g_utf8_strlen (clean, -1) <= KH_NAME_CHARS_MAX);
  g_assert_cmpstr (clean, ==, again);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (KhFramingReader) reader = kh_framing_reader_new ();
  gsize chunk;

  if (size == 0)
    return 0;
  chunk = (gsize) data[0] + 1;
  /* Without the frame, so that the decoder is reached by inputs of any length. */
  check (data + 1, size - 1);
  check_name (data + 1, size - 1);

  for (gsize at = 1; at < size && !kh_framing_reader_is_failed (reader);)
    {
      g_autoptr (GBytes) message = NULL;

      at += kh_framing_reader_push (reader, data + at, MIN (chunk, size - at));
      message = kh_framing_reader_pop (reader);
      if (message != NULL)
        check (g_bytes_get_data (message, NULL), g_bytes_get_size (message));
    }
  return 0;
}
