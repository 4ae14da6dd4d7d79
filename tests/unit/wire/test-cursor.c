/* test-cursor.c: the bounded reader and writer; varints against RFC 9000, appendix A.1 */
#include "wire/cursor.h"

#include <string.h>

static void
test_integers (void)
{
  guint8 buf[15];
  KhWriter writer = kh_writer_init (buf, sizeof buf);
  static const guint8 expected[] = { 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08,
                                     0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f };
  KhCursor cursor;
  guint8 u8;
  guint16 u16;
  guint32 u32;
  guint64 u64 = 0;

  g_assert_true (kh_writer_u8 (&writer, 0x01));
  g_assert_true (kh_writer_u16 (&writer, 0x0203));
  g_assert_true (kh_writer_u32 (&writer, 0x04050607));
  g_assert_true (kh_writer_u64 (&writer, G_GUINT64_CONSTANT (0x08090a0b0c0d0e0f)));
  g_assert_cmpmem (buf, writer.len, expected, sizeof expected);
  g_assert_cmpuint (kh_writer_left (&writer), ==, 0);

  cursor = kh_cursor_init (buf, sizeof buf);
  g_assert_true (kh_cursor_u8 (&cursor, &u8));
  g_assert_true (kh_cursor_u16 (&cursor, &u16));
  g_assert_true (kh_cursor_u32 (&cursor, &u32));
  g_assert_false (kh_cursor_is_done (&cursor));
  g_assert_true (kh_cursor_u64 (&cursor, &u64));
  g_assert_true (kh_cursor_is_done (&cursor));
  g_assert_cmphex (u8, ==, 0x01);
  g_assert_cmphex (u16, ==, 0x0203);
  g_assert_cmphex (u32, ==, 0x04050607);
  g_assert_cmphex (u64, ==, G_GUINT64_CONSTANT (0x08090a0b0c0d0e0f));
}

typedef struct
{
  guint64 value;
  guint8 bytes[8];
  gsize len;
} Varint;

static const Varint varints[] = {
  /* RFC 9000, appendix A.1 */
  { G_GUINT64_CONSTANT (151288809941952652),
    { 0xc2, 0x19, 0x7c, 0x5e, 0xff, 0x14, 0xe8, 0x8c },
    8 },
  { 494878333, { 0x9d, 0x7f, 0x3e, 0x7d }, 4 },
  { 15293, { 0x7b, 0xbd }, 2 },
  { 37, { 0x25 }, 1 },
  /* the edges of each size */
  { 0, { 0x00 }, 1 },
  { 63, { 0x3f }, 1 },
  { 64, { 0x40, 0x40 }, 2 },
  { 16383, { 0x7f, 0xff }, 2 },
  { 16384, { 0x80, 0x00, 0x40, 0x00 }, 4 },
  { 1073741823, { 0xbf, 0xff, 0xff, 0xff }, 4 },
  { 1073741824, { 0xc0, 0x00, 0x00, 0x00, 0x40, 0x00, 0x00, 0x00 }, 8 },
  { KH_VARINT_MAX, { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff }, 8 },
};

static void
test_varints (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (varints); i++)
    {
      const Varint *v = &varints[i];
      guint8 buf[8];
      KhWriter writer = kh_writer_init (buf, sizeof buf);
      KhCursor cursor = kh_cursor_init (v->bytes, v->len);
      guint64 value = 0;

      g_assert_true (kh_writer_varint (&writer, v->value));
      g_assert_cmpmem (buf, writer.len, v->bytes, v->len);
      g_assert_cmpuint (kh_varint_size (v->value), ==, v->len);
      g_assert_true (kh_cursor_varint (&cursor, &value));
      g_assert_true (kh_cursor_is_done (&cursor));
      g_assert_cmpuint (value, ==, v->value);

      /* One byte less never reads, moves nothing and writes nothing. */
      cursor = kh_cursor_init (v->bytes, v->len - 1);
      value = 99;
      g_assert_false (kh_cursor_varint (&cursor, &value));
      g_assert_cmpuint (value, ==, 99);
      g_assert_cmpuint (cursor.at, ==, 0);
      g_assert_false (kh_cursor_is_done (&cursor));
    }
}

static void
test_varint_longer_than_needed (void)
{
  /* RFC 9000 allows it: "the two-byte sequence 0x4025 also decodes to 37". */
  static const guint8 bytes[] = { 0x40, 0x25 };
  KhCursor cursor = kh_cursor_init (bytes, sizeof bytes);
  guint64 value;

  g_assert_true (kh_cursor_varint (&cursor, &value));
  g_assert_cmpuint (value, ==, 37);
}

static void
test_varint_too_large (void)
{
  guint8 buf[16];
  KhWriter writer = kh_writer_init (buf, sizeof buf);

  g_assert_false (kh_writer_varint (&writer, KH_VARINT_MAX + 1));
  g_assert_true (writer.failed);
  g_assert_cmpuint (writer.len, ==, 0);
}

static void
test_failure_sticks (void)
{
  static const guint8 bytes[] = { 1, 2, 3 };
  KhCursor cursor = kh_cursor_init (bytes, sizeof bytes);
  guint32 u32 = 7;
  guint8 u8 = 7;

  g_assert_false (kh_cursor_u32 (&cursor, &u32));
  g_assert_cmpuint (u32, ==, 7);
  g_assert_cmpuint (cursor.at, ==, 0);
  g_assert_cmpuint (kh_cursor_left (&cursor), ==, 0);
  g_assert_false (kh_cursor_u8 (&cursor, &u8));
  g_assert_cmpuint (u8, ==, 7);
  g_assert_false (kh_cursor_skip (&cursor, 0));
  g_assert_false (kh_cursor_is_done (&cursor));
}

static void
test_views (void)
{
  static const guint8 bytes[] = { 1, 2, 3, 4, 5 };
  KhCursor cursor = kh_cursor_init (bytes, sizeof bytes);
  const guint8 *view = NULL;
  guint8 copy[2];

  g_assert_true (kh_cursor_skip (&cursor, 1));
  g_assert_true (kh_cursor_view (&cursor, 2, &view));
  g_assert_true (view == bytes + 1);
  g_assert_true (kh_cursor_copy (&cursor, copy, 2));
  g_assert_cmpmem (copy, 2, bytes + 3, 2);
  g_assert_true (kh_cursor_view (&cursor, 0, &view));
  g_assert_true (kh_cursor_is_done (&cursor));
  /* A length that would overflow an offset. */
  g_assert_false (kh_cursor_view (&cursor, G_MAXSIZE, &view));
  g_assert_false (kh_cursor_is_done (&cursor));
}

static void
test_empty (void)
{
  KhCursor cursor = kh_cursor_init (NULL, 0);
  guint8 u8 = 0;
  KhWriter writer = kh_writer_init (&u8, 0);

  g_assert_true (kh_cursor_is_done (&cursor));
  g_assert_true (kh_cursor_copy (&cursor, NULL, 0));
  g_assert_false (kh_cursor_u8 (&cursor, &u8));
  g_assert_true (kh_writer_bytes (&writer, NULL, 0));
  g_assert_false (kh_writer_u8 (&writer, 0));
}

static void
test_writer_bounds (void)
{
  guint8 buf[8];
  KhWriter writer = kh_writer_init (buf, 4);

  memset (buf, 0xee, sizeof buf);
  g_assert_true (kh_writer_u16 (&writer, 0xabcd));
  g_assert_false (kh_writer_u32 (&writer, 0));
  g_assert_true (writer.failed);
  /* What would have fitted fails too, and nothing behind the failure is touched. */
  g_assert_false (kh_writer_u8 (&writer, 0));
  g_assert_null (kh_writer_reserve (&writer, 0));
  g_assert_cmpuint (writer.len, ==, 2);
  g_assert_cmpuint (kh_writer_left (&writer), ==, 0);
  for (gsize i = 2; i < sizeof buf; i++)
    g_assert_cmphex (buf[i], ==, 0xee);
}

static void
test_writer_zeros_and_reserve (void)
{
  guint8 buf[4] = { 9, 9, 9, 9 };
  KhWriter writer = kh_writer_init (buf, sizeof buf);
  guint8 *place;

  g_assert_true (kh_writer_zeros (&writer, 2));
  place = kh_writer_reserve (&writer, 2);
  g_assert_true (place == buf + 2);
  g_assert_cmpmem (buf, 4, ((guint8[]){ 0, 0, 9, 9 }), 4);
  g_assert_null (kh_writer_reserve (&writer, 1));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/wire/cursor/integers", test_integers);
  g_test_add_func ("/wire/cursor/varints", test_varints);
  g_test_add_func ("/wire/cursor/varint-longer-than-needed", test_varint_longer_than_needed);
  g_test_add_func ("/wire/cursor/varint-too-large", test_varint_too_large);
  g_test_add_func ("/wire/cursor/failure-sticks", test_failure_sticks);
  g_test_add_func ("/wire/cursor/views", test_views);
  g_test_add_func ("/wire/cursor/empty", test_empty);
  g_test_add_func ("/wire/cursor/writer-bounds", test_writer_bounds);
  g_test_add_func ("/wire/cursor/zeros-and-reserve", test_writer_zeros_and_reserve);
  return g_test_run ();
}
