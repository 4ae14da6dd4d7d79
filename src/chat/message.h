/* message.h: what two peers say to each other on stream 0 (PROTOCOL.md, "Chat")
 *
 * A message is one type byte and a body. The body is a GVariant in little-endian normal form whose
 * type string the type byte decides:
 *
 *   type  name     body             fields
 *   0x01  text     (ayxsa{yay})     id: 16 bytes · sent: µs since 1970 UTC, 0 … end of year 9999 ·
 *                                   text: 1 … 65536 bytes of UTF-8 · options
 *   0x02  receipt  (yaya{yay})      state: 1 delivered, 2 read · ids: 1 … 256 of 16 bytes, joined ·
 *                                   options
 *   0x03  profile  (sa{yay})        name: UTF-8, at most 64 characters · options
 *   0x04  edit     (ayxaysa{yay})   id · sent · id of the text · the new text, as above · options
 *   0x05  delete   (ayxaya{yay})    id · sent · id of the text · options
 *   0x06  reaction (ayxayasa{yay})  id · sent · id of the text, anybody's · all emoji that the
 *                                   sender leaves at it: 0 … 8 of 1 … 48 bytes · options
 *   0x07  typing   (ba{yay})        is the sender writing? · options
 *   0x08  picture  (aya{yay})       please send the picture with this hash: 32 bytes · options
 *
 * Options are the way in which a type grows: each key is one byte, each value opaque bytes, itself
 * a GVariant of a type that the key decides. A receiver ignores the keys that it does not know. No
 * type string holds a variant ("v"), so hostile input cannot nest. Of a key that comes twice the
 * first counts.
 *
 *   of       key   value
 *   text     0x01  16 bytes: the id of the text that this one answers, anybody's
 *   profile  0x01  32 bytes: SHA-256 of the sender's picture; absent where there is none
 *   profile  0x02  the picture, PNG or JPEG, 1 … 65536 bytes
 *
 * A message of an unknown type is skipped and counted, its body unread: the file offers come as
 * new types.
 *
 * Edit, delete and reaction are changes. They are numbered, kept, repeated and receipted as texts
 * are, in one order with them, so what they change came before them or is gone for good: then they
 * are receipted and do nothing. Only who sent a text edits or deletes it. Edits of a text, and
 * reactions to it, grow in their time of sending: one that does not is a repetition.
 *
 * Delivered means: stored on the disk of whoever sends the receipt. Read covers the ids that it
 * names and every delivered message sent before the last of them, so that one receipt with the
 * newest id brings the other side up to date after any interruption.
 */
#pragma once

#include "chat/message-id.h"
#include "wire/name.h"

#define KH_MESSAGE_TEXT_MAX 65536
#define KH_MESSAGE_RECEIPT_IDS_MAX 256
/* Of one person at one message, and bytes of each: the longest of Unicode 15 takes 35. */
#define KH_MESSAGE_REACTIONS_MAX 8
#define KH_MESSAGE_EMOJI_MAX 48
#define KH_MESSAGE_HASH_SIZE 32
#define KH_MESSAGE_PICTURE_MAX 65536
/* The last microsecond of the year 9999, which GDateTime ends with. */
#define KH_MESSAGE_TIME_MAX G_GINT64_CONSTANT (253402300799999999)
/* Bytes of an encoded message: a full text twice over, so that options have room. */
#define KH_MESSAGE_SIZE_MAX 131072

typedef enum
{
  KH_MESSAGE_NONE = 0,
  KH_MESSAGE_TEXT = 1,
  KH_MESSAGE_RECEIPT = 2,
  KH_MESSAGE_PROFILE = 3,
  KH_MESSAGE_EDIT = 4,
  KH_MESSAGE_DELETE = 5,
  KH_MESSAGE_REACTION = 6,
  KH_MESSAGE_TYPING = 7,
  KH_MESSAGE_PICTURE = 8,
} KhMessageType;

typedef enum
{
  KH_RECEIPT_DELIVERED = 1,
  KH_RECEIPT_READ = 2,
} KhReceiptState;

/**
 * KhMessage:
 * @type: which member is set
 * @text.text: owned, valid UTF-8
 * @change: of EDIT, DELETE and REACTION
 * @change.text: owned: the new text; "" of a DELETE; the emoji, each but the last followed by "\n"
 * @receipt.ids: owned, @receipt.n_ids of them
 * @profile.name: owned, as the peer gave it, cleaned by kh_name_clean(); may be empty
 * @profile.picture: owned (nullable)
 *
 * All-zero memory is the empty message. kh_message_clear() frees what it holds.
 */
typedef struct
{
  KhMessageType type;
  union
  {
    struct
    {
      KhMessageId id;
      gint64 sent_us;
      char *text;
      gboolean has_reply_to;
      KhMessageId reply_to;
    } text;
    struct
    {
      KhMessageId id;
      gint64 sent_us;
      char *text;
      KhMessageId target;
    } change;
    struct
    {
      KhReceiptState state;
      KhMessageId *ids;
      guint n_ids;
    } receipt;
    struct
    {
      char *name;
      gboolean has_hash;
      guint8 hash[KH_MESSAGE_HASH_SIZE];
      GBytes *picture;
    } profile;
    struct
    {
      gboolean active;
    } typing;
    struct
    {
      guint8 hash[KH_MESSAGE_HASH_SIZE];
    } picture;
  };
} KhMessage;

typedef enum
{
  KH_DECODE_OK,
  /* A type of a later version: to be skipped. */
  KH_DECODE_UNKNOWN,
  KH_DECODE_MALFORMED,
  KH_DECODE_TOO_LARGE,
} KhDecode;

/**
 * kh_message_decode:
 * @data: one message, as kh_framing_reader_pop() gives it
 * @ret_message: written only where KH_DECODE_OK is returned; (transfer full), see
 * kh_message_clear()
 */
KhDecode kh_message_decode (const guint8 *data, gsize len, KhMessage *ret_message);

void kh_message_clear (KhMessage *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (KhMessage, kh_message_clear)

/* May @text be sent: 1 to KH_MESSAGE_TEXT_MAX bytes of valid UTF-8. (nullable) */
gboolean kh_message_text_is_valid (const char *text);

/* May @emoji be one of the emoji of a reaction: 1 to KH_MESSAGE_EMOJI_MAX bytes of valid UTF-8
 * without white space, control characters, or any that turn the direction of writing? */
gboolean kh_message_emoji_is_valid (const char *emoji);
/* Are @joined the emoji of a reaction, as @change.text has them? */
gboolean kh_message_reactions_are_valid (const char *joined);

/* Of a text or a change: what is kept, repeated and receipted. */
gboolean kh_message_is_kept (const KhMessage *self);

/* (transfer full). @text must be valid as above, @sent_us in 0 … KH_MESSAGE_TIME_MAX. @reply_to is
 * (nullable). */
GBytes *kh_message_encode_text (const KhMessageId *id,
                                gint64 sent_us,
                                const char *text,
                                const KhMessageId *reply_to);
/* (transfer full). @type is EDIT, DELETE or REACTION, @text as @change.text. */
GBytes *kh_message_encode_change (KhMessageType type,
                                  const KhMessageId *id,
                                  gint64 sent_us,
                                  const KhMessageId *target,
                                  const char *text);
/* (transfer full). @n_ids is 1 … KH_MESSAGE_RECEIPT_IDS_MAX. */
GBytes *kh_message_encode_receipt (KhReceiptState state, const KhMessageId *ids, guint n_ids);
/* (transfer full). @name is cleaned first. @hash, of KH_MESSAGE_HASH_SIZE bytes, and @picture are
 * (nullable). */
GBytes *kh_message_encode_profile (const char *name, const guint8 *hash, GBytes *picture);
GBytes *kh_message_encode_typing (gboolean active);
GBytes *kh_message_encode_picture (const guint8 hash[KH_MESSAGE_HASH_SIZE]);

const char *kh_message_type_to_string (KhMessageType type);
const char *kh_receipt_state_to_string (KhReceiptState state);
const char *kh_decode_to_string (KhDecode decode);
