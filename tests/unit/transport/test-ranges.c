/* test-ranges.c: the set of ranges against a plain array of flags */
#include "transport/ranges.h"

#include <string.h>

#define SPACE 96

static void
assert_same (const KhRanges *ranges, const guint8 flags[SPACE])
{
  guint64 behind = 0;

  for (guint i = 0; i < kh_ranges_count (ranges); i++)
    {
      KhRange range = kh_ranges_get (ranges, i);

      /* Sorted, not empty, never touching. */
      g_assert_cmpuint (range.start, <, range.end);
      if (i > 0)
        g_assert_cmpuint (range.start, >, behind);
      behind = range.end;
    }
  for (guint i = 0; i < SPACE; i++)
    g_assert_cmpint (kh_ranges_contains (ranges, i), ==, flags[i]);
}

static void
test_random (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (1);

  for (int round = 0; round < 200; round++)
    {
      KhRanges ranges, other;
      guint8 flags[SPACE] = { 0 }, other_flags[SPACE] = { 0 };

      kh_ranges_init (&ranges);
      kh_ranges_init (&other);
      for (int i = 0; i < 100; i++)
        {
          guint start = (guint) g_rand_int_range (rand, 0, SPACE);
          guint end = (guint) g_rand_int_range (rand, (int) start, SPACE + 1);
          int what = g_rand_int_range (rand, 0, 4);

          end = MIN (end, start + 12);
          if (what == 0)
            {
              kh_ranges_add (&ranges, start, end);
              memset (flags + start, 1, end - start);
            }
          else if (what == 1)
            {
              kh_ranges_remove (&ranges, start, end);
              memset (flags + start, 0, end - start);
            }
          else if (what == 2)
            {
              kh_ranges_add (&other, start, end);
              memset (other_flags + start, 1, end - start);
            }
          else
            {
              kh_ranges_add_except (&ranges, start, end, &other);
              for (guint j = start; j < end; j++)
                flags[j] |= !other_flags[j];
            }
          assert_same (&ranges, flags);
        }
      kh_ranges_remove_all (&ranges);
      g_assert_cmpuint (kh_ranges_count (&ranges), ==, 0);
      kh_ranges_clear (&ranges);
      kh_ranges_clear (&other);
    }
}

static void
test_touching (void)
{
  KhRanges ranges;

  kh_ranges_init (&ranges);
  kh_ranges_add (&ranges, 5, 6);
  kh_ranges_add (&ranges, 7, 8);
  kh_ranges_add (&ranges, 3, 3);
  g_assert_cmpuint (kh_ranges_count (&ranges), ==, 2);
  kh_ranges_add (&ranges, 6, 7);
  g_assert_cmpuint (kh_ranges_count (&ranges), ==, 1);
  g_assert_cmpuint (kh_ranges_get (&ranges, 0).start, ==, 5);
  g_assert_cmpuint (kh_ranges_get (&ranges, 0).end, ==, 8);
  kh_ranges_remove (&ranges, 6, 7);
  g_assert_cmpuint (kh_ranges_count (&ranges), ==, 2);
  kh_ranges_clear (&ranges);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ranges/random", test_random);
  g_test_add_func ("/ranges/touching", test_touching);
  return g_test_run ();
}
