/* test-message-changes.c: replies, edits, deletions and reactions, pictures and typing */
#include "forge.h"

static GVariant *
option (guint8 key, gsize len)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{yay}"));
  g_variant_builder_add (&builder, "{y@ay}", key, byte_string (len));
  return g_variant_builder_end (&builder);
}

static void
test_reply (void)
{
  g_autoptr (GBytes) bytes = kh_message_encode_text (&id_a, 1, "hi", &id_b);
  g_autoptr (GBytes) forged = forge (1, g_variant_new ("(@ayxs@a{yay})", byte_string (16),
                                                       (gint64) 0, "x", option (1, 15)));
  g_auto (KhMessage) message = { 0 };
  g_auto (KhMessage) bad = { 0 };

  g_assert_cmpint (decode (bytes, &message), ==, KH_DECODE_OK);
  g_assert_true (message.text.has_reply_to);
  g_assert_true (kh_message_id_equal (&message.text.reply_to, &id_b));
  g_assert_cmpint (decode (forged, &bad), ==, KH_DECODE_MALFORMED);
}

static void
test_changes (void)
{
  static const struct
  {
    KhMessageType type;
    const char *text;
  } cases[] = {
    { KH_MESSAGE_EDIT, "better" },
    { KH_MESSAGE_DELETE, "" },
    { KH_MESSAGE_REACTION, "👍" },
    { KH_MESSAGE_REACTION, "👍\n🏳️‍🌈\n1️⃣\n👩🏽‍❤️‍💋‍👨🏾" },
    { KH_MESSAGE_REACTION, "" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GBytes) bytes =
          kh_message_encode_change (cases[i].type, &id_a, 77, &id_b, cases[i].text);
      g_auto (KhMessage) message = { 0 };

      g_assert_cmpint (decode (bytes, &message), ==, KH_DECODE_OK);
      g_assert_cmpint (message.type, ==, cases[i].type);
      g_assert_true (kh_message_is_kept (&message));
      g_assert_true (kh_message_id_equal (&message.change.id, &id_a));
      g_assert_true (kh_message_id_equal (&message.change.target, &id_b));
      g_assert_cmpint (message.change.sent_us, ==, 77);
      g_assert_cmpstr (message.change.text, ==, cases[i].text);
    }
}

static GVariant *
reaction (gsize id_len, gint64 sent_us, gsize target_len, const char *emoji, guint n)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("as"));
  for (guint i = 0; i < n; i++)
    g_variant_builder_add (&builder, "s", emoji);
  return g_variant_new ("(@ayx@ayas@a{yay})", byte_string (id_len), sent_us,
                        byte_string (target_len), &builder, options ());
}

static void
test_changes_refused (void)
{
  g_autofree char *large = g_strnfill (KH_MESSAGE_TEXT_MAX + 1, 'x');
  const struct
  {
    guint8 type;
    GVariant *body;
    KhDecode result;
  } cases[] = {
    { 4,
      g_variant_new ("(@ayx@ays@a{yay})", byte_string (16), (gint64) 1, byte_string (16), "",
                     options ()),
      KH_DECODE_MALFORMED },
    { 4,
      g_variant_new ("(@ayx@ays@a{yay})", byte_string (16), (gint64) 1, byte_string (16), large,
                     options ()),
      KH_DECODE_TOO_LARGE },
    { 4,
      g_variant_new ("(@ayx@ays@a{yay})", byte_string (16), (gint64) -1, byte_string (16), "x",
                     options ()),
      KH_DECODE_MALFORMED },
    { 5,
      g_variant_new ("(@ayx@ay@a{yay})", byte_string (16), (gint64) 1, byte_string (17),
                     options ()),
      KH_DECODE_MALFORMED },
    { 6, reaction (15, 1, 16, "👍", 1), KH_DECODE_MALFORMED },
    { 6, reaction (16, KH_MESSAGE_TIME_MAX + 1, 16, "👍", 1), KH_DECODE_MALFORMED },
    { 6, reaction (16, 1, 16, "👍", KH_MESSAGE_REACTIONS_MAX + 1), KH_DECODE_TOO_LARGE },
    { 6, reaction (16, 1, 16, "", 1), KH_DECODE_MALFORMED },
    { 6, reaction (16, 1, 16, "a\nb", 1), KH_DECODE_MALFORMED },
    { 6, reaction (16, 1, 16, "a b", 1), KH_DECODE_MALFORMED },
    { 6, reaction (16, 1, 16, "\xe2\x80\xae", 1), KH_DECODE_MALFORMED },
    { 6, reaction (16, 1, 16, "0123456789012345678901234567890123456789012345678", 1),
      KH_DECODE_MALFORMED },
    { 8, g_variant_new ("(@ay@a{yay})", byte_string (31), options ()), KH_DECODE_MALFORMED },
    { 3, g_variant_new ("(s@a{yay})", "Ada", option (1, 31)), KH_DECODE_MALFORMED },
    { 3, g_variant_new ("(s@a{yay})", "Ada", option (2, 0)), KH_DECODE_TOO_LARGE },
    { 3, g_variant_new ("(s@a{yay})", "Ada", option (2, KH_MESSAGE_PICTURE_MAX + 1)),
      KH_DECODE_TOO_LARGE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GBytes) bytes = forge (cases[i].type, cases[i].body);
      g_auto (KhMessage) message = { 0 };

      g_assert_cmpint (decode (bytes, &message), ==, cases[i].result);
      g_assert_cmpint (message.type, ==, KH_MESSAGE_NONE);
    }
}

static void
test_picture (void)
{
  static const guint8 hash[KH_MESSAGE_HASH_SIZE] = { 7, 7, 7 };
  g_autofree char *data = g_strnfill (KH_MESSAGE_PICTURE_MAX, 'p');
  g_autoptr (GBytes) picture = g_bytes_new (data, KH_MESSAGE_PICTURE_MAX);
  g_autoptr (GBytes) whole = kh_message_encode_profile ("Ada", hash, picture);
  g_autoptr (GBytes) none = kh_message_encode_profile ("Ada", NULL, NULL);
  g_autoptr (GBytes) request = kh_message_encode_picture (hash);
  g_autoptr (GBytes) typing = kh_message_encode_typing (TRUE);
  KhMessage m[4] = { 0 };

  g_assert_cmpuint (g_bytes_get_size (whole), <, KH_MESSAGE_SIZE_MAX);
  g_assert_cmpint (decode (whole, &m[0]), ==, KH_DECODE_OK);
  g_assert_cmpmem (m[0].profile.hash, sizeof hash, hash, sizeof hash);
  g_assert_true (g_bytes_equal (m[0].profile.picture, picture));
  g_assert_cmpint (decode (none, &m[1]), ==, KH_DECODE_OK);
  g_assert_false (m[1].profile.has_hash);
  g_assert_null (m[1].profile.picture);
  g_assert_cmpint (decode (request, &m[2]), ==, KH_DECODE_OK);
  g_assert_cmpmem (m[2].picture.hash, sizeof hash, hash, sizeof hash);
  g_assert_cmpint (decode (typing, &m[3]), ==, KH_DECODE_OK);
  g_assert_true (m[3].typing.active);
  g_assert_false (kh_message_is_kept (&m[3]));
  kh_message_clear (&m[0]);
  kh_message_clear (&m[1]);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/message-changes/reply", test_reply);
  g_test_add_func ("/message-changes/changes", test_changes);
  g_test_add_func ("/message-changes/changes-refused", test_changes_refused);
  g_test_add_func ("/message-changes/picture-and-typing", test_picture);
  return g_test_run ();
}
