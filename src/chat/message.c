/* message.c: reading of what is said on stream 0, as message.h lays it down
 *
 * A decoder looks at the size first, then whether the body is in normal form, then at the fields;
 * a message is taken or refused as a whole. GVariant's normal form guarantees strings of valid
 * UTF-8 without NUL, and offsets within the body; ranges are ours to check. No body holds a
 * variant, so its type, and with it the depth, is ours and not the peer's.
 */
#include "chat/message-private.h"

#include <string.h>

#include "wire/name.h"

/* (nullable) (transfer full): the body in this machine's byte order, or NULL. */
static GVariant *
body_open (const char *type, const guint8 *data, gsize len)
{
  /* The copy is aligned as GVariant wants it, which data after a type byte is not. */
  g_autoptr (GBytes) bytes = g_bytes_new (data, len);
  g_autoptr (GVariant) body = NULL;

  body = g_variant_ref_sink (g_variant_new_from_bytes (G_VARIANT_TYPE (type), bytes, FALSE));
  if (!g_variant_is_normal_form (body))
    return NULL;
  return G_BYTE_ORDER == G_BIG_ENDIAN ? g_variant_byteswap (body) : g_steal_pointer (&body);
}

/* (transfer none): the bytes of child @index, an "ay". */
static const guint8 *
child_bytes (GVariant *body, gsize index, gsize *ret_len)
{
  g_autoptr (GVariant) child = g_variant_get_child_value (body, index);

  /* A child of serialised data is a view of its container's memory. */
  return g_variant_get_fixed_array (child, ret_len, 1);
}

/* The value of @key among the options, which are child @index; FALSE where it is absent. The bytes
 * are a view of the body's memory. */
static gboolean
find_option (GVariant *body, gsize index, guint8 key, const guint8 **ret_value, gsize *ret_len)
{
  g_autoptr (GVariant) options = g_variant_get_child_value (body, index);
  gsize n = g_variant_n_children (options);

  for (gsize i = 0; i < n; i++)
    {
      g_autoptr (GVariant) option = g_variant_get_child_value (options, i);
      guint8 option_key;

      g_variant_get_child (option, 0, "y", &option_key);
      if (option_key != key)
        continue;
      *ret_value = child_bytes (option, 1, ret_len);
      return TRUE;
    }
  return FALSE;
}

/* FALSE where there is an id of another size. */
static gboolean
get_id (const guint8 *bytes, gsize len, KhMessageId *ret_id)
{
  if (len != KH_MESSAGE_ID_SIZE)
    return FALSE;
  memcpy (ret_id->bytes, bytes, KH_MESSAGE_ID_SIZE);
  return TRUE;
}

static gboolean
time_is_valid (gint64 sent_us)
{
  return sent_us >= 0 && sent_us <= KH_MESSAGE_TIME_MAX;
}

static KhDecode
decode_text (GVariant *body, KhMessage *ret_message)
{
  KhMessage message = { .type = KH_MESSAGE_TEXT };
  const guint8 *id, *reply_to;
  const char *text;
  gsize len;

  id = child_bytes (body, 0, &len);
  g_variant_get_child (body, 1, "x", &message.text.sent_us);
  g_variant_get_child (body, 2, "&s", &text);
  if (!get_id (id, len, &message.text.id) || !time_is_valid (message.text.sent_us) ||
      text[0] == '\0')
    return KH_DECODE_MALFORMED;
  if (strlen (text) > KH_MESSAGE_TEXT_MAX)
    return KH_DECODE_TOO_LARGE;
  message.text.has_reply_to = find_option (body, 3, KH_OPTION_REPLY_TO, &reply_to, &len);
  if (message.text.has_reply_to && !get_id (reply_to, len, &message.text.reply_to))
    return KH_DECODE_MALFORMED;

  message.text.text = g_strdup (text);
  *ret_message = message;
  return KH_DECODE_OK;
}

/* What all changes begin with. */
static gboolean
decode_change (GVariant *body, KhMessage *message)
{
  const guint8 *id, *target;
  gsize id_len, target_len;

  id = child_bytes (body, 0, &id_len);
  g_variant_get_child (body, 1, "x", &message->change.sent_us);
  target = child_bytes (body, 2, &target_len);
  return get_id (id, id_len, &message->change.id) && time_is_valid (message->change.sent_us) &&
         get_id (target, target_len, &message->change.target);
}

static KhDecode
decode_edit (GVariant *body, KhMessage *ret_message)
{
  KhMessage message = { .type = KH_MESSAGE_EDIT };
  const char *text;

  g_variant_get_child (body, 3, "&s", &text);
  if (!decode_change (body, &message) || text[0] == '\0')
    return KH_DECODE_MALFORMED;
  if (strlen (text) > KH_MESSAGE_TEXT_MAX)
    return KH_DECODE_TOO_LARGE;
  message.change.text = g_strdup (text);
  *ret_message = message;
  return KH_DECODE_OK;
}

static KhDecode
decode_delete (GVariant *body, KhMessage *ret_message)
{
  KhMessage message = { .type = KH_MESSAGE_DELETE };

  if (!decode_change (body, &message))
    return KH_DECODE_MALFORMED;
  message.change.text = g_strdup ("");
  *ret_message = message;
  return KH_DECODE_OK;
}

static KhDecode
decode_reaction (GVariant *body, KhMessage *ret_message)
{
  KhMessage message = { .type = KH_MESSAGE_REACTION };
  g_autoptr (GVariant) emoji = g_variant_get_child_value (body, 3);
  g_autofree const char **strings = NULL;
  gsize n;

  if (g_variant_n_children (emoji) > KH_MESSAGE_REACTIONS_MAX)
    return KH_DECODE_TOO_LARGE;
  strings = g_variant_get_strv (emoji, &n);
  for (gsize i = 0; i < n; i++)
    if (!kh_message_emoji_is_valid (strings[i]))
      return KH_DECODE_MALFORMED;
  if (!decode_change (body, &message))
    return KH_DECODE_MALFORMED;
  message.change.text = g_strjoinv ("\n", (char **) strings);
  *ret_message = message;
  return KH_DECODE_OK;
}

static KhDecode
decode_typing (GVariant *body, KhMessage *ret_message)
{
  *ret_message = (KhMessage){ .type = KH_MESSAGE_TYPING };
  g_variant_get_child (body, 0, "b", &ret_message->typing.active);
  return KH_DECODE_OK;
}

static KhDecode
decode_picture (GVariant *body, KhMessage *ret_message)
{
  const guint8 *hash;
  gsize len;

  hash = child_bytes (body, 0, &len);
  if (len != KH_MESSAGE_HASH_SIZE)
    return KH_DECODE_MALFORMED;
  *ret_message = (KhMessage){ .type = KH_MESSAGE_PICTURE };
  memcpy (ret_message->picture.hash, hash, KH_MESSAGE_HASH_SIZE);
  return KH_DECODE_OK;
}

static KhDecode
decode_receipt (GVariant *body, KhMessage *ret_message)
{
  const guint8 *ids;
  guint8 state;
  gsize len;

  g_variant_get_child (body, 0, "y", &state);
  ids = child_bytes (body, 1, &len);
  if ((state != KH_RECEIPT_DELIVERED && state != KH_RECEIPT_READ) || len == 0 ||
      len % KH_MESSAGE_ID_SIZE != 0)
    return KH_DECODE_MALFORMED;
  if (len > KH_MESSAGE_RECEIPT_IDS_MAX * KH_MESSAGE_ID_SIZE)
    return KH_DECODE_TOO_LARGE;

  *ret_message = (KhMessage){ .type = KH_MESSAGE_RECEIPT };
  ret_message->receipt.state = state;
  ret_message->receipt.ids = g_memdup2 (ids, len);
  ret_message->receipt.n_ids = (guint) (len / KH_MESSAGE_ID_SIZE);
  return KH_DECODE_OK;
}

static KhDecode
decode_profile (GVariant *body, KhMessage *ret_message)
{
  KhMessage message = { .type = KH_MESSAGE_PROFILE };
  const guint8 *hash, *picture;
  gsize len;
  const char *name;

  g_variant_get_child (body, 0, "&s", &name);
  if (g_utf8_strlen (name, -1) > KH_NAME_CHARS_MAX)
    return KH_DECODE_TOO_LARGE;
  message.profile.has_hash = find_option (body, 1, KH_OPTION_HASH, &hash, &len);
  if (message.profile.has_hash)
    {
      if (len != KH_MESSAGE_HASH_SIZE)
        return KH_DECODE_MALFORMED;
      memcpy (message.profile.hash, hash, KH_MESSAGE_HASH_SIZE);
    }
  if (find_option (body, 1, KH_OPTION_PICTURE, &picture, &len))
    {
      if (len == 0 || len > KH_MESSAGE_PICTURE_MAX)
        return KH_DECODE_TOO_LARGE;
      message.profile.picture = g_bytes_new (picture, len);
    }
  message.profile.name = kh_name_clean (name);
  *ret_message = message;
  return KH_DECODE_OK;
}

static const struct
{
  KhMessageType type;
  const char *body;
  KhDecode (*decode) (GVariant *body, KhMessage *ret_message);
} codecs[] = {
  { KH_MESSAGE_TEXT, "(ayxsa{yay})", decode_text },
  { KH_MESSAGE_RECEIPT, "(yaya{yay})", decode_receipt },
  { KH_MESSAGE_PROFILE, "(sa{yay})", decode_profile },
  { KH_MESSAGE_EDIT, "(ayxaysa{yay})", decode_edit },
  { KH_MESSAGE_DELETE, "(ayxaya{yay})", decode_delete },
  { KH_MESSAGE_REACTION, "(ayxayasa{yay})", decode_reaction },
  { KH_MESSAGE_TYPING, "(ba{yay})", decode_typing },
  { KH_MESSAGE_PICTURE, "(aya{yay})", decode_picture },
};

KhDecode
kh_message_decode (const guint8 *data, gsize len, KhMessage *ret_message)
{
  if (len == 0)
    return KH_DECODE_MALFORMED;
  if (len > KH_MESSAGE_SIZE_MAX)
    return KH_DECODE_TOO_LARGE;

  for (guint i = 0; i < G_N_ELEMENTS (codecs); i++)
    if (data[0] == (guint8) codecs[i].type)
      {
        g_autoptr (GVariant) body = body_open (codecs[i].body, data + 1, len - 1);

        return body != NULL ? codecs[i].decode (body, ret_message) : KH_DECODE_MALFORMED;
      }
  return KH_DECODE_UNKNOWN;
}

void
kh_message_clear (KhMessage *self)
{
  switch (self->type)
    {
    case KH_MESSAGE_NONE:
      break;
    case KH_MESSAGE_TEXT:
      g_free (self->text.text);
      break;
    case KH_MESSAGE_RECEIPT:
      g_free (self->receipt.ids);
      break;
    case KH_MESSAGE_PROFILE:
      g_free (self->profile.name);
      g_clear_pointer (&self->profile.picture, g_bytes_unref);
      break;
    case KH_MESSAGE_EDIT:
    case KH_MESSAGE_DELETE:
    case KH_MESSAGE_REACTION:
      g_free (self->change.text);
      break;
    case KH_MESSAGE_TYPING:
    case KH_MESSAGE_PICTURE:
      break;
    default:
      g_assert_not_reached ();
    }
  *self = (KhMessage){ 0 };
}

gboolean
kh_message_text_is_valid (const char *text)
{
  gsize len;

  if (text == NULL)
    return FALSE;
  len = strlen (text);
  return len > 0 && len <= KH_MESSAGE_TEXT_MAX && g_utf8_validate_len (text, len, NULL);
}

static gboolean
is_part_of_emoji (gunichar c)
{
  switch (g_unichar_type (c))
    {
    case G_UNICODE_FORMAT:
      /* The joiner, and the letters of flags of regions. */
      return c == 0x200d || (c >= 0xe0020 && c <= 0xe007f);
    case G_UNICODE_CONTROL:
    case G_UNICODE_SURROGATE:
    case G_UNICODE_LINE_SEPARATOR:
    case G_UNICODE_PARAGRAPH_SEPARATOR:
    case G_UNICODE_SPACE_SEPARATOR:
      return FALSE;
    /* New emoji may be unassigned to this library. */
    case G_UNICODE_UNASSIGNED:
    case G_UNICODE_PRIVATE_USE:
    case G_UNICODE_LOWERCASE_LETTER:
    case G_UNICODE_MODIFIER_LETTER:
    case G_UNICODE_OTHER_LETTER:
    case G_UNICODE_TITLECASE_LETTER:
    case G_UNICODE_UPPERCASE_LETTER:
    case G_UNICODE_SPACING_MARK:
    case G_UNICODE_ENCLOSING_MARK:
    case G_UNICODE_NON_SPACING_MARK:
    case G_UNICODE_DECIMAL_NUMBER:
    case G_UNICODE_LETTER_NUMBER:
    case G_UNICODE_OTHER_NUMBER:
    case G_UNICODE_CONNECT_PUNCTUATION:
    case G_UNICODE_DASH_PUNCTUATION:
    case G_UNICODE_CLOSE_PUNCTUATION:
    case G_UNICODE_FINAL_PUNCTUATION:
    case G_UNICODE_INITIAL_PUNCTUATION:
    case G_UNICODE_OTHER_PUNCTUATION:
    case G_UNICODE_OPEN_PUNCTUATION:
    case G_UNICODE_CURRENCY_SYMBOL:
    case G_UNICODE_MODIFIER_SYMBOL:
    case G_UNICODE_MATH_SYMBOL:
    case G_UNICODE_OTHER_SYMBOL:
    default:
      return TRUE;
    }
}

gboolean
kh_message_emoji_is_valid (const char *emoji)
{
  gsize len = emoji != NULL ? strlen (emoji) : 0;

  if (len == 0 || len > KH_MESSAGE_EMOJI_MAX || !g_utf8_validate_len (emoji, len, NULL))
    return FALSE;
  for (const char *at = emoji; *at != '\0'; at = g_utf8_next_char (at))
    if (!is_part_of_emoji (g_utf8_get_char (at)))
      return FALSE;
  return TRUE;
}

gboolean
kh_message_reactions_are_valid (const char *joined)
{
  g_auto (GStrv) emoji = NULL;

  if (joined == NULL || strlen (joined) > KH_MESSAGE_REACTIONS_MAX * (KH_MESSAGE_EMOJI_MAX + 1))
    return FALSE;
  emoji = g_strsplit (joined, "\n", -1);
  for (guint i = 0; emoji[i] != NULL; i++)
    if (i == KH_MESSAGE_REACTIONS_MAX || !kh_message_emoji_is_valid (emoji[i]))
      return FALSE;
  return TRUE;
}

gboolean
kh_message_is_kept (const KhMessage *self)
{
  return self->type == KH_MESSAGE_TEXT || self->type == KH_MESSAGE_EDIT ||
         self->type == KH_MESSAGE_DELETE || self->type == KH_MESSAGE_REACTION;
}

const char *
kh_message_type_to_string (KhMessageType type)
{
  switch (type)
    {
    case KH_MESSAGE_NONE:
      return "none";
    case KH_MESSAGE_TEXT:
      return "text";
    case KH_MESSAGE_RECEIPT:
      return "receipt";
    case KH_MESSAGE_PROFILE:
      return "profile";
    case KH_MESSAGE_EDIT:
      return "edit";
    case KH_MESSAGE_DELETE:
      return "delete";
    case KH_MESSAGE_REACTION:
      return "reaction";
    case KH_MESSAGE_TYPING:
      return "typing";
    case KH_MESSAGE_PICTURE:
      return "picture";
    default:
      return "unknown";
    }
}

const char *
kh_receipt_state_to_string (KhReceiptState state)
{
  switch (state)
    {
    case KH_RECEIPT_DELIVERED:
      return "delivered";
    case KH_RECEIPT_READ:
      return "read";
    default:
      return "unknown";
    }
}

const char *
kh_decode_to_string (KhDecode decode)
{
  switch (decode)
    {
    case KH_DECODE_OK:
      return "ok";
    case KH_DECODE_UNKNOWN:
      return "unknown type";
    case KH_DECODE_MALFORMED:
      return "malformed";
    case KH_DECODE_TOO_LARGE:
      return "too large";
    default:
      return "unknown";
    }
}
