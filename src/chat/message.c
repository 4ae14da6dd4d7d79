/* message.c: the codec of what is said on stream 0, as message.h lays it down (DESIGN sections 5
 * and 10)
 *
 * A decoder looks at the size first, then whether the body is in normal form, then at the fields;
 * a message is taken or refused as a whole. GVariant's normal form guarantees strings of valid
 * UTF-8 without NUL, and offsets within the body; ranges are ours to check. No body holds a
 * variant, so its type, and with it the depth, is ours and not the peer's.
 */
#include "chat/message.h"

#include <string.h>

#include "wire/name.h"

#define TEXT_TYPE "(ayxsa{yay})"
#define RECEIPT_TYPE "(yaya{yay})"
#define PROFILE_TYPE "(sa{yay})"

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

static GBytes *
body_close (KhMessageType type, GVariant *floating)
{
  g_autoptr (GVariant) native = g_variant_ref_sink (floating);
  g_autoptr (GVariant) body = NULL;
  gsize size;
  guint8 *message;

  body = G_BYTE_ORDER == G_BIG_ENDIAN ? g_variant_byteswap (native) : g_variant_ref (native);
  size = g_variant_get_size (body);
  message = g_malloc (1 + size);
  message[0] = (guint8) type;
  memcpy (message + 1, g_variant_get_data (body), size);
  return g_bytes_new_take (message, 1 + size);
}

static GVariant *
no_options (void)
{
  return g_variant_new_array (G_VARIANT_TYPE ("{yay}"), NULL, 0);
}

/* (transfer none): the bytes of child @index, an "ay". */
static const guint8 *
child_bytes (GVariant *body, gsize index, gsize *ret_len)
{
  g_autoptr (GVariant) child = g_variant_get_child_value (body, index);

  /* A child of serialised data is a view of its container's memory. */
  return g_variant_get_fixed_array (child, ret_len, 1);
}

static KhDecode
decode_text (GVariant *body, KhMessage *ret_message)
{
  const guint8 *id;
  const char *text;
  gint64 sent_us;
  gsize id_len;

  id = child_bytes (body, 0, &id_len);
  g_variant_get_child (body, 1, "x", &sent_us);
  g_variant_get_child (body, 2, "&s", &text);
  if (id_len != KH_MESSAGE_ID_SIZE || sent_us < 0 || sent_us > KH_MESSAGE_TIME_MAX ||
      text[0] == '\0')
    return KH_DECODE_MALFORMED;
  if (strlen (text) > KH_MESSAGE_TEXT_MAX)
    return KH_DECODE_TOO_LARGE;

  *ret_message = (KhMessage){ .type = KH_MESSAGE_TEXT };
  memcpy (ret_message->text.id.bytes, id, KH_MESSAGE_ID_SIZE);
  ret_message->text.sent_us = sent_us;
  ret_message->text.text = g_strdup (text);
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
  const char *name;

  g_variant_get_child (body, 0, "&s", &name);
  if (g_utf8_strlen (name, -1) > KH_NAME_CHARS_MAX)
    return KH_DECODE_TOO_LARGE;

  *ret_message = (KhMessage){ .type = KH_MESSAGE_PROFILE };
  ret_message->profile.name = kh_name_clean (name);
  return KH_DECODE_OK;
}

static const struct
{
  KhMessageType type;
  const char *body;
  KhDecode (*decode) (GVariant *body, KhMessage *ret_message);
} codecs[] = {
  { KH_MESSAGE_TEXT, TEXT_TYPE, decode_text },
  { KH_MESSAGE_RECEIPT, RECEIPT_TYPE, decode_receipt },
  { KH_MESSAGE_PROFILE, PROFILE_TYPE, decode_profile },
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

GBytes *
kh_message_encode_text (const KhMessageId *id, gint64 sent_us, const char *text)
{
  g_return_val_if_fail (kh_message_text_is_valid (text), NULL);
  g_return_val_if_fail (sent_us >= 0 && sent_us <= KH_MESSAGE_TIME_MAX, NULL);

  return body_close (KH_MESSAGE_TEXT,
                     g_variant_new ("(@ayxs@a{yay})",
                                    g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, id->bytes,
                                                               sizeof id->bytes, 1),
                                    sent_us, text, no_options ()));
}

GBytes *
kh_message_encode_receipt (KhReceiptState state, const KhMessageId *ids, guint n_ids)
{
  g_return_val_if_fail (n_ids > 0 && n_ids <= KH_MESSAGE_RECEIPT_IDS_MAX, NULL);

  G_STATIC_ASSERT (sizeof (KhMessageId) == KH_MESSAGE_ID_SIZE);
  return body_close (KH_MESSAGE_RECEIPT,
                     g_variant_new ("(y@ay@a{yay})", (guint8) state,
                                    g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, ids,
                                                               n_ids * sizeof (KhMessageId), 1),
                                    no_options ()));
}

GBytes *
kh_message_encode_profile (const char *name)
{
  g_autofree char *clean = kh_name_clean (name);

  return body_close (KH_MESSAGE_PROFILE, g_variant_new ("(s@a{yay})", clean, no_options ()));
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
