/* hex.h: bytes written as hexadecimal, for tests of known answers */
#pragma once

#include <string.h>
#include <glib.h>

#include "wire/random.h"

/* Decodes @text, ended by its NUL, into @out; the test fails where it does not fit. */
static inline gsize
hex_decode (const char *text, guint8 *out, gsize size)
{
  gsize len = strlen (text) / 2;

  g_assert_cmpuint (strlen (text) % 2, ==, 0);
  g_assert_cmpuint (len, <=, size);
  for (gsize i = 0; i < len; i++)
    {
      int high = g_ascii_xdigit_value (text[2 * i]);
      int low = g_ascii_xdigit_value (text[2 * i + 1]);

      g_assert_cmpint (high, >=, 0);
      g_assert_cmpint (low, >=, 0);
      out[i] = (guint8) (high << 4 | low);
    }
  return len;
}

static inline void
assert_hex (const guint8 *bytes, gsize len, const char *expected)
{
  g_autofree guint8 *decoded = g_malloc (strlen (expected) / 2 + 1);
  gsize decoded_len = hex_decode (expected, decoded, strlen (expected) / 2);

  g_assert_cmpmem (bytes, len, decoded, decoded_len);
}

/* A KhRandom of GLib's generator; its seed is that of the test run, so that a failure repeats. */
static inline void
hex_random_fill (guint8 *buf, gsize len, gpointer user_data)
{
  for (gsize i = 0; i < len; i++)
    buf[i] = (guint8) g_test_rand_int_range (0, 256);
}

static inline KhRandom
hex_random (void)
{
  return (KhRandom){ hex_random_fill, NULL };
}

/* A KhRandom that gives the 32 bytes at @user_data, as a fixed key. */
static inline void
hex_fixed_fill (guint8 *buf, gsize len, gpointer user_data)
{
  g_assert_cmpuint (len, ==, 32);
  memcpy (buf, user_data, 32);
}
