/* test-json.c: objects that every JSON reader understands, whatever is in the strings */
#include "term/json.h"

static void
test_object (void)
{
  g_autoptr (GString) out = g_string_new (NULL);

  kh_json_begin (out);
  kh_json_add_string (out, "event", "message");
  kh_json_add_ms (out, "t_ms", 1234567);
  kh_json_add_string (out, "none", NULL);
  kh_json_end (out);
  g_assert_cmpstr (out->str, ==, "{\"event\":\"message\",\"t_ms\":1234.567,\"none\":null}\n");
}

static void
test_empty (void)
{
  g_autoptr (GString) out = g_string_new (NULL);

  kh_json_begin (out);
  kh_json_end (out);
  g_assert_cmpstr (out->str, ==, "{}\n");
}

static void
check_string (const char *value, const char *expected)
{
  g_autoptr (GString) out = g_string_new (NULL);
  g_autofree char *object = g_strdup_printf ("{\"s\":%s}\n", expected);

  kh_json_begin (out);
  kh_json_add_string (out, "s", value);
  kh_json_end (out);
  g_assert_cmpstr (out->str, ==, object);
}

static void
test_strings (void)
{
  check_string ("", "\"\"");
  check_string ("plain ünï 👍", "\"plain ünï 👍\"");
  check_string ("\"quoted\" back\\slash /", "\"\\\"quoted\\\" back\\\\slash /\"");
  check_string ("a\nb\tc\rd\001", "\"a\\nb\\u0009c\\u000dd\\u0001\"");
  check_string ("\033[2J\177", "\"\\u001b[2J\\u007f\"");
  check_string ("\302\233", "\"\\u009b\"");
  check_string ("\342\200\250\342\200\256", "\"\\u2028\\u202e\"");
  check_string ("cut \303", "\"cut \357\277\275\"");
}

static void
check_ms (gint64 value_us, const char *expected)
{
  g_autoptr (GString) out = g_string_new (NULL);
  g_autofree char *object = g_strdup_printf ("{\"n\":%s}\n", expected);

  kh_json_begin (out);
  kh_json_add_ms (out, "n", value_us);
  kh_json_end (out);
  g_assert_cmpstr (out->str, ==, object);
}

static void
test_ms (void)
{
  check_ms (0, "0.000");
  check_ms (1, "0.001");
  check_ms (999, "0.999");
  check_ms (23400, "23.400");
  check_ms (-1, "-0.001");
  check_ms (G_MAXINT64, "9223372036854775.807");
  check_ms (G_MININT64, "-9223372036854775.808");
}

static void
check_time (gint64 value_us, const char *expected)
{
  g_autoptr (GString) out = g_string_new (NULL);
  g_autofree char *object = g_strdup_printf ("{\"t\":%s}\n", expected);

  kh_json_begin (out);
  kh_json_add_time (out, "t", value_us);
  kh_json_end (out);
  g_assert_cmpstr (out->str, ==, object);
}

/* The sender's clock may say anything. */
static void
test_times (void)
{
  check_time (0, "\"1970-01-01T00:00:00.000Z\"");
  check_time (1772366400123456, "\"2026-03-01T12:00:00.123Z\"");
  check_time (-1, "\"1969-12-31T23:59:59.999Z\"");
  check_time (-G_USEC_PER_SEC, "\"1969-12-31T23:59:59.000Z\"");
  check_time (G_MAXINT64, "null");
  check_time (G_MININT64, "null");
}

static void
test_numbers (void)
{
  g_autoptr (GString) out = g_string_new (NULL);

  kh_json_begin (out);
  kh_json_add_count (out, "n", G_MAXUINT64);
  kh_json_add_count (out, "zero", 0);
  kh_json_add_millionths (out, "share", 123);
  kh_json_add_millionths (out, "s", 12345678);
  kh_json_end (out);
  g_assert_cmpstr (out->str, ==,
                   "{\"n\":18446744073709551615,\"zero\":0,\"share\":0.000123,\"s\":12.345678}\n");
}

static void
test_nested (void)
{
  g_autoptr (GString) out = g_string_new (NULL);

  kh_json_begin (out);
  kh_json_begin_array (out, "none");
  kh_json_end_array (out);
  kh_json_begin_array (out, "two");
  for (int i = -1; i < 1; i++)
    {
      kh_json_begin_object (out, NULL);
      kh_json_add_integer (out, "i", i);
      kh_json_add_boolean (out, "b", i < 0);
      kh_json_end_object (out);
    }
  kh_json_end_array (out);
  kh_json_begin_object (out, "last");
  kh_json_end_object (out);
  kh_json_end (out);
  g_assert_cmpstr (out->str, ==,
                   "{\"none\":[],\"two\":[{\"i\":-1,\"b\":true},{\"i\":0,\"b\":false}],"
                   "\"last\":{}}\n");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/term/json/object", test_object);
  g_test_add_func ("/term/json/empty", test_empty);
  g_test_add_func ("/term/json/strings", test_strings);
  g_test_add_func ("/term/json/ms", test_ms);
  g_test_add_func ("/term/json/times", test_times);
  g_test_add_func ("/term/json/numbers", test_numbers);
  g_test_add_func ("/term/json/nested", test_nested);
  return g_test_run ();
}
