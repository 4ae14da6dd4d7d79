/* test-message.c: ids, the codec of stream 0's messages, names */
#include "forge.h"
#include "wire/name.h"

static void
count_up (guint8 *buf, gsize len, gpointer user_data)
{
  for (gsize i = 0; i < len; i++)
    buf[i] = (guint8) i;
}

static void
test_id (void)
{
  char text[KH_MESSAGE_ID_STRING_MAX];
  KhMessageId id = kh_message_id_new (&(KhRandom){ .fill = count_up });
  KhMessageId parsed = { { 0 } };

  g_assert_true (kh_message_id_equal (&id, &id_a));
  g_assert_cmpstr (kh_message_id_format (&id, text), ==, "000102030405060708090a0b0c0d0e0f");
  g_assert_true (kh_message_id_parse ("000102030405060708090A0B0C0D0E0F", &parsed));
  g_assert_true (kh_message_id_equal_func (&parsed, &id));
  g_assert_cmpuint (kh_message_id_hash_func (&parsed), ==, kh_message_id_hash_func (&id));

  parsed.bytes[0] = 77;
  g_assert_false (kh_message_id_parse ("", &parsed));
  g_assert_false (kh_message_id_parse ("000102030405060708090a0b0c0d0e0", &parsed));
  g_assert_false (kh_message_id_parse ("000102030405060708090a0b0c0d0e0f0", &parsed));
  g_assert_false (kh_message_id_parse ("000102030405060708090a0b0c0d0e0g", &parsed));
  g_assert_cmpint (parsed.bytes[0], ==, 77);
}

static void
test_text (void)
{
  /* Written by hand after PROTOCOL.md, "Chat": these bytes must not change. */
  static const guint8 wire[] = { 1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
                                 /* x is aligned to 8 from the body's start, at 16 */
                                 0x08, 0x07, 0x06, 0x05, 0x04, 0x03, 0x02, 0x00, 'h', 'i', 0,
                                 /* where text and id end, from the last field back */
                                 27, 16 };
  g_autoptr (GBytes) bytes = kh_message_encode_text (&id_a, 0x0002030405060708, "hi", NULL);
  g_auto (KhMessage) message = { 0 };

  g_assert_cmpmem (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), wire, sizeof wire);
  g_assert_cmpint (decode (bytes, &message), ==, KH_DECODE_OK);
  g_assert_cmpint (message.type, ==, KH_MESSAGE_TEXT);
  g_assert_true (kh_message_id_equal (&message.text.id, &id_a));
  g_assert_cmpint (message.text.sent_us, ==, 0x0002030405060708);
  g_assert_cmpstr (message.text.text, ==, "hi");
}

static void
test_text_limits (void)
{
  g_autofree char *full = g_strnfill (KH_MESSAGE_TEXT_MAX, 'x');
  g_autofree char *more = g_strnfill (KH_MESSAGE_TEXT_MAX + 1, 'x');
  g_autoptr (GBytes) bytes = kh_message_encode_text (&id_a, KH_MESSAGE_TIME_MAX, full, NULL);
  g_autoptr (GBytes) large = NULL;
  g_auto (KhMessage) message = { 0 };

  g_assert_cmpint (decode (bytes, &message), ==, KH_DECODE_OK);
  g_assert_cmpstr (message.text.text, ==, full);
  g_assert_cmpuint (g_bytes_get_size (bytes), <, KH_MESSAGE_SIZE_MAX);

  large =
      forge (1, g_variant_new ("(@ayxs@a{yay})", byte_string (16), (gint64) 0, more, options ()));
  g_assert_cmpint (decode (large, &message), ==, KH_DECODE_TOO_LARGE);

  g_assert_true (kh_message_text_is_valid (full));
  g_assert_false (kh_message_text_is_valid (more));
  g_assert_false (kh_message_text_is_valid (""));
  g_assert_false (kh_message_text_is_valid (NULL));
  g_assert_false (kh_message_text_is_valid ("\xc3"));
}

static void
test_receipt (void)
{
  KhMessageId ids[KH_MESSAGE_RECEIPT_IDS_MAX] = { 0 };
  g_autoptr (GBytes) bytes = NULL;
  g_auto (KhMessage) message = { 0 };

  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    ids[i].bytes[0] = (guint8) i;
  bytes = kh_message_encode_receipt (KH_RECEIPT_READ, ids, G_N_ELEMENTS (ids));
  g_assert_cmpint (decode (bytes, &message), ==, KH_DECODE_OK);
  g_assert_cmpint (message.type, ==, KH_MESSAGE_RECEIPT);
  g_assert_cmpint (message.receipt.state, ==, KH_RECEIPT_READ);
  g_assert_cmpmem (message.receipt.ids, message.receipt.n_ids * sizeof *ids, ids, sizeof ids);
}

static void
test_profile (void)
{
  g_autoptr (GBytes) bytes = kh_message_encode_profile ("Ada\n\xe2\x80\xae Lovelace", NULL, NULL);
  g_autoptr (GBytes) forged = forge (3, g_variant_new ("(s@a{yay})", "\x1b[31mEve", options ()));
  g_autofree char *long_name = g_strnfill (KH_NAME_CHARS_MAX + 1, 'n');
  g_autoptr (GBytes) large = forge (3, g_variant_new ("(s@a{yay})", long_name, options ()));
  g_auto (KhMessage) ada = { 0 };
  g_auto (KhMessage) eve = { 0 };

  g_assert_cmpint (decode (bytes, &ada), ==, KH_DECODE_OK);
  g_assert_cmpstr (ada.profile.name, ==, "Ada Lovelace");
  g_assert_cmpint (decode (forged, &eve), ==, KH_DECODE_OK);
  g_assert_cmpstr (eve.profile.name, ==, "[31mEve");
  g_assert_cmpint (decode (large, &eve), ==, KH_DECODE_TOO_LARGE);
}

static void
test_options_are_skipped (void)
{
  GVariantBuilder builder;
  g_autoptr (GBytes) bytes = NULL;
  g_auto (KhMessage) message = { 0 };

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{yay}"));
  g_variant_builder_add (&builder, "{y@ay}", 200, byte_string (1000));
  g_variant_builder_add (&builder, "{y@ay}", 201, byte_string (0));
  bytes = forge (1, g_variant_new ("(@ayxsa{yay})", byte_string (16), (gint64) 5, "hi", &builder));
  g_assert_cmpint (decode (bytes, &message), ==, KH_DECODE_OK);
  g_assert_cmpstr (message.text.text, ==, "hi");
}

static void
test_unknown (void)
{
  g_auto (KhMessage) message = { 0 };
  g_autofree guint8 *large = g_malloc0 (KH_MESSAGE_SIZE_MAX + 1);

  for (guint type = 0; type < 256; type++)
    {
      guint8 bytes[] = { (guint8) type, 0xff, 0xff };
      KhDecode expected = type >= 1 && type <= 8 ? KH_DECODE_MALFORMED : KH_DECODE_UNKNOWN;

      g_assert_cmpint (kh_message_decode (bytes, sizeof bytes, &message), ==, expected);
    }
  g_assert_cmpint (kh_message_decode (large, KH_MESSAGE_SIZE_MAX, &message), ==, KH_DECODE_UNKNOWN);
  g_assert_cmpint (kh_message_decode (large, KH_MESSAGE_SIZE_MAX + 1, &message), ==,
                   KH_DECODE_TOO_LARGE);
  g_assert_cmpint (kh_message_decode (large, 0, &message), ==, KH_DECODE_MALFORMED);
  g_assert_cmpint (message.type, ==, KH_MESSAGE_NONE);
}

static void
test_out_of_range (void)
{
  GVariant *bodies[] = {
    g_variant_new ("(@ayxs@a{yay})", byte_string (15), (gint64) 0, "hi", options ()),
    g_variant_new ("(@ayxs@a{yay})", byte_string (17), (gint64) 0, "hi", options ()),
    g_variant_new ("(@ayxs@a{yay})", byte_string (16), (gint64) -1, "hi", options ()),
    g_variant_new ("(@ayxs@a{yay})", byte_string (16), KH_MESSAGE_TIME_MAX + 1, "hi", options ()),
    g_variant_new ("(@ayxs@a{yay})", byte_string (16), (gint64) 0, "", options ()),
    g_variant_new ("(y@ay@a{yay})", 0, byte_string (16), options ()),
    g_variant_new ("(y@ay@a{yay})", 3, byte_string (16), options ()),
    g_variant_new ("(y@ay@a{yay})", 1, byte_string (0), options ()),
    g_variant_new ("(y@ay@a{yay})", 1, byte_string (17), options ()),
  };

  for (guint i = 0; i < G_N_ELEMENTS (bodies); i++)
    {
      g_autoptr (GBytes) bytes = forge (i < 5 ? 1 : 2, bodies[i]);
      g_auto (KhMessage) message = { 0 };

      g_assert_cmpint (decode (bytes, &message), ==, KH_DECODE_MALFORMED);
      g_assert_cmpint (message.type, ==, KH_MESSAGE_NONE);
    }
}

/* Every beginning of a message is refused, but for those that leave whole fields out at the end
 * and happen to be in normal form, of which there are none here. */
static void
test_truncated (void)
{
  g_autoptr (GBytes) picture = g_bytes_new_static ("PNG", 3);
  GBytes *all[] = {
    kh_message_encode_text (&id_a, 1234567, "häßlich, aber wahr", &id_b),
    kh_message_encode_receipt (KH_RECEIPT_DELIVERED, &id_a, 1),
    kh_message_encode_profile ("Ada", (const guint8 *) "0123456789abcdef0123456789abcdef", picture),
    kh_message_encode_change (KH_MESSAGE_EDIT, &id_a, 1234567, &id_b, "besser"),
    kh_message_encode_change (KH_MESSAGE_DELETE, &id_a, 1234567, &id_b, ""),
    kh_message_encode_change (KH_MESSAGE_REACTION, &id_a, 1234567, &id_b, "👍\n🌳"),
    kh_message_encode_picture ((const guint8 *) "0123456789abcdef0123456789abcdef")
  };

  for (guint i = 0; i < G_N_ELEMENTS (all); i++)
    {
      gsize len;
      const guint8 *data = g_bytes_get_data (all[i], &len);

      for (gsize cut = 0; cut < len; cut++)
        {
          /* Its own allocation, so that reading past its end is seen. */
          g_autofree guint8 *copy = g_memdup2 (data, cut);
          g_auto (KhMessage) message = { 0 };

          g_assert_cmpint (kh_message_decode (copy, cut, &message), ==, KH_DECODE_MALFORMED);
        }
      g_bytes_unref (all[i]);
    }
}

/* Any byte may become any other: what is then accepted must still be within every limit. */
static void
test_flipped (void)
{
  g_autoptr (GBytes) bytes = kh_message_encode_text (&id_a, 1234567, "wahr", NULL);
  gsize len = g_bytes_get_size (bytes);
  guint n_ok = 0, n_bad = 0;

  for (gsize at = 0; at < len; at++)
    for (guint value = 0; value < 256; value++)
      {
        g_autofree guint8 *copy = g_memdup2 (g_bytes_get_data (bytes, NULL), len);
        g_auto (KhMessage) message = { 0 };

        copy[at] = (guint8) value;
        if (kh_message_decode (copy, len, &message) != KH_DECODE_OK)
          {
            n_bad++;
            continue;
          }
        n_ok++;
        g_assert_cmpint (message.type, ==, KH_MESSAGE_TEXT);
        g_assert_true (kh_message_text_is_valid (message.text.text));
        g_assert_cmpint (message.text.sent_us, >=, 0);
        g_assert_cmpint (message.text.sent_us, <=, KH_MESSAGE_TIME_MAX);
      }
  /* Of id and time nearly all are fine, of the rest nearly none. */
  g_assert_cmpuint (n_ok, >, 16 * 256);
  g_assert_cmpuint (n_bad, >, 6 * 128);
}

static void
test_text_not_utf8 (void)
{
  static const char *const bad[] = { "\xff", "\xc0\x80", "\xed\xa0\x80", "a\0b" };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GBytes) bytes = kh_message_encode_text (&id_a, 1, "xyz", NULL);
      g_autofree guint8 *copy =
          g_memdup2 (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
      g_auto (KhMessage) message = { 0 };

      memcpy (copy + 25, bad[i], i == 3 ? 3 : strlen (bad[i]));
      g_assert_cmpint (kh_message_decode (copy, g_bytes_get_size (bytes), &message), ==,
                       KH_DECODE_MALFORMED);
    }
}

static void
test_names (void)
{
  static const char *const cases[][2] = {
    { NULL, "" },
    { "", "" },
    { "Ada", "Ada" },
    { "  Ada \t\n Lovelace  ", "Ada Lovelace" },
    { "a\xe2\x80\xaetxt.exe", "atxt.exe" }, /* U+202E override */
    { "a\xe2\x81\xa6\xe2\x81\xa9z", "az" }, /* U+2066, U+2069 isolates */
    { "a\xe2\x80\xa8z", "a z" },            /* U+2028 line separator */
    { "\xe2\x80\x8b\xe2\x80\x8d", "" },     /* nothing that is seen */
    { "\xe3\x85\xa4", "" },                 /* U+3164 Hangul filler */
    { "A\x7f\x01\xc2\x85"
      "B",
      "AB" }, /* DEL, SOH, next line */
    { "\xff"
      "A",
      "\xef\xbf\xbd"
      "A" }, /* no UTF-8 */
    { "\xd9\x85\xdb\x8c\xe2\x80\x8c\xd8\xae", "\xd9\x85\xdb\x8c\xe2\x80\x8c\xd8\xae" },
    { "e\u0301\u0302\u0303\u0304\u0305\u0306\u0307x\u0301",
      "e\u0301\u0302\u0303\u0304x\u0301" }, /* marks on marks */
    { "e\u0301\u0301\u200d\u0301\u0301\u200d\u0301", "e\u0301\u0301\u200d\u0301\u0301\u200d" },
  };
  g_autofree char *long_name = g_strnfill (1000, 'n');
  g_autofree char *cut = kh_name_clean (long_name);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *clean = kh_name_clean (cases[i][0]);

      g_assert_cmpstr (clean, ==, cases[i][1]);
    }
  g_assert_cmpuint (strlen (cut), ==, KH_NAME_CHARS_MAX);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/message/id", test_id);
  g_test_add_func ("/message/text", test_text);
  g_test_add_func ("/message/text-limits", test_text_limits);
  g_test_add_func ("/message/text-not-utf8", test_text_not_utf8);
  g_test_add_func ("/message/receipt", test_receipt);
  g_test_add_func ("/message/profile", test_profile);
  g_test_add_func ("/message/options-are-skipped", test_options_are_skipped);
  g_test_add_func ("/message/unknown", test_unknown);
  g_test_add_func ("/message/out-of-range", test_out_of_range);
  g_test_add_func ("/message/truncated", test_truncated);
  g_test_add_func ("/message/flipped", test_flipped);
  g_test_add_func ("/message/names", test_names);
  return g_test_run ();
}
