/* message-encode.c: writing what is said on stream 0, as message.h lays it down */
#include "chat/message-private.h"

#include <string.h>

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

/* @data: (nullable): nothing is added */
static void
add_option (GVariantBuilder *options, guint8 key, const void *data, gsize len)
{
  if (data != NULL)
    g_variant_builder_add (options, "{y@ay}", key,
                           g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, data, len, 1));
}

static GVariant *
no_options (void)
{
  return g_variant_new_array (G_VARIANT_TYPE ("{yay}"), NULL, 0);
}

static GVariant *
id_to_variant (const KhMessageId *id)
{
  return g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, id->bytes, sizeof id->bytes, 1);
}

GBytes *
kh_message_encode_text (const KhMessageId *id,
                        gint64 sent_us,
                        const char *text,
                        const KhMessageId *reply_to)
{
  g_auto (GVariantBuilder) options = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a{yay}"));

  g_return_val_if_fail (kh_message_text_is_valid (text), NULL);
  g_return_val_if_fail (sent_us >= 0 && sent_us <= KH_MESSAGE_TIME_MAX, NULL);

  add_option (&options, KH_OPTION_REPLY_TO, reply_to, sizeof *reply_to);
  return body_close (KH_MESSAGE_TEXT, g_variant_new ("(@ayxs@a{yay})", id_to_variant (id), sent_us,
                                                     text, g_variant_builder_end (&options)));
}

static GVariant *
split_reactions (const char *joined)
{
  g_auto (GStrv) emoji = g_strsplit (joined, "\n", -1);

  return g_variant_new_strv ((const char *const *) emoji, -1);
}

GBytes *
kh_message_encode_change (KhMessageType type,
                          const KhMessageId *id,
                          gint64 sent_us,
                          const KhMessageId *target,
                          const char *text)
{
  GVariant *body;

  g_return_val_if_fail (sent_us >= 0 && sent_us <= KH_MESSAGE_TIME_MAX, NULL);
  g_return_val_if_fail (type == KH_MESSAGE_EDIT || type == KH_MESSAGE_DELETE ||
                            type == KH_MESSAGE_REACTION,
                        NULL);

  if (type == KH_MESSAGE_EDIT)
    body = g_variant_new ("(@ayx@ays@a{yay})", id_to_variant (id), sent_us, id_to_variant (target),
                          text, no_options ());
  else if (type == KH_MESSAGE_REACTION)
    body = g_variant_new ("(@ayx@ay@as@a{yay})", id_to_variant (id), sent_us,
                          id_to_variant (target), split_reactions (text), no_options ());
  else
    body = g_variant_new ("(@ayx@ay@a{yay})", id_to_variant (id), sent_us, id_to_variant (target),
                          no_options ());
  return body_close (type, body);
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
kh_message_encode_profile (const char *name, const guint8 *hash, GBytes *picture)
{
  g_auto (GVariantBuilder) options = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a{yay}"));
  g_autofree char *clean = kh_name_clean (name);
  gsize len = 0;
  const void *data = picture != NULL ? g_bytes_get_data (picture, &len) : NULL;

  g_return_val_if_fail (len <= KH_MESSAGE_PICTURE_MAX, NULL);

  add_option (&options, KH_OPTION_HASH, hash, KH_MESSAGE_HASH_SIZE);
  add_option (&options, KH_OPTION_PICTURE, data, len);
  return body_close (KH_MESSAGE_PROFILE,
                     g_variant_new ("(s@a{yay})", clean, g_variant_builder_end (&options)));
}

GBytes *
kh_message_encode_typing (gboolean active)
{
  return body_close (KH_MESSAGE_TYPING, g_variant_new ("(b@a{yay})", active, no_options ()));
}

GBytes *
kh_message_encode_picture (const guint8 hash[KH_MESSAGE_HASH_SIZE])
{
  return body_close (KH_MESSAGE_PICTURE,
                     g_variant_new ("(@ay@a{yay})",
                                    g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, hash,
                                                               KH_MESSAGE_HASH_SIZE, 1),
                                    no_options ()));
}
