/* test-path-mtu.c: the sizes that are found on paths of every width, and what is made of losses
 */
#include "transport/path-mtu.h"

#define MS 1000
#define S G_USEC_PER_SEC
#define LARGEST 8952

typedef struct
{
  KhPathMtu mtu;
  guint width; /* what the path carries */
  gboolean silent;
  gint64 now_us;
  gint64 heard_us;
  guint probes;
  guint longest;
} Path;

static void
begin (Path *path, guint width, guint cap)
{
  *path = (Path){ .width = width, .now_us = S };
  kh_path_mtu_init (&path->mtu, cap, path->now_us);
}

/* Lets @us pass, with probes that are answered after 20 ms or not at all. */
static void
run (Path *path, gint64 us)
{
  gint64 end_us = path->now_us + us;

  while (kh_path_mtu_next_us (&path->mtu) <= end_us)
    {
      gboolean fresh;
      guint size;

      path->now_us = MAX (path->now_us, kh_path_mtu_next_us (&path->mtu));
      if (!path->silent)
        path->heard_us = path->now_us;
      size = kh_path_mtu_poll (&path->mtu, path->heard_us, &fresh, path->now_us);
      if (size == 0)
        continue;
      path->probes++;
      path->longest = MAX (path->longest, size);
      kh_path_mtu_sent (&path->mtu, 100 * MS, path->now_us);
      if (size > path->width || path->silent)
        continue;
      path->now_us += 20 * MS;
      kh_path_mtu_answered (&path->mtu, path->now_us);
    }
  path->now_us = end_us;
}

static void
assert_found (guint width, guint at_least, guint probes)
{
  Path path;

  begin (&path, width, LARGEST);
  run (&path, 60 * S);
  g_assert_cmpint (path.mtu.state, ==, KH_PATH_MTU_STATE_COMPLETE);
  g_assert_cmpuint (path.mtu.size, <=, width);
  g_assert_cmpuint (path.mtu.size, >=, at_least);
  g_assert_cmpuint (path.probes, <=, probes);
}

/* What is usual is found exactly, and quickly. */
static void
test_usual (void)
{
  assert_found (8952, 8952, 3);
  assert_found (8972, 8952, 3);
  assert_found (1472, 1472, 2 + 3 * 3);
  assert_found (1452, 1452, 1 + 2 * 3);
  assert_found (1464, 1452, 1 + 2 * 3);
  assert_found (1372, 1372, 12);
  assert_found (1392, 1392, 12);
  assert_found (1252, 1252, 18);
  assert_found (1200, 1200, 18);
}

/* Nothing too long is ever used, and little is given away. */
static void
test_every_width (void)
{
  for (guint width = KH_PATH_MTU_BASE; width <= LARGEST; width += 7)
    {
      Path path;

      begin (&path, width, LARGEST);
      run (&path, 60 * S);
      g_assert_cmpint (path.mtu.state, ==, KH_PATH_MTU_STATE_COMPLETE);
      g_assert_cmpuint (path.mtu.size, <=, width);
      if (width <= 1472 || width > 2256)
        g_assert_cmpuint (path.mtu.size, >=, width - MAX (20, width / 60));
      g_assert_cmpuint (path.probes, <=, 45);
    }
}

static void
test_cap (void)
{
  Path path;

  begin (&path, LARGEST, 1200);
  run (&path, 10 * S);
  g_assert_cmpuint (path.probes, ==, 0);
  g_assert_cmpint (path.mtu.state, ==, KH_PATH_MTU_STATE_COMPLETE);

  begin (&path, LARGEST, 1400);
  run (&path, 10 * S);
  g_assert_cmpuint (path.mtu.size, ==, 1400);

  begin (&path, LARGEST, LARGEST);
  run (&path, 10 * S);
  kh_path_mtu_set_cap (&path.mtu, 1300, path.now_us);
  g_assert_cmpuint (path.mtu.size, ==, 1300);
  run (&path, 2 * KH_PATH_MTU_RAISE_US);
  g_assert_cmpuint (path.mtu.size, ==, 1300);
}

/* A path that has become wider is found out, though not soon. */
static void
test_raise (void)
{
  Path path;

  begin (&path, 1372, LARGEST);
  run (&path, 60 * S);
  path.width = LARGEST;
  path.probes = 0;
  run (&path, KH_PATH_MTU_RAISE_US / 2);
  g_assert_cmpuint (path.probes, ==, 0);
  run (&path, KH_PATH_MTU_RAISE_US);
  g_assert_cmpuint (path.mtu.size, ==, LARGEST);
}

static void
test_black_hole (void)
{
  Path path;

  begin (&path, 1472, LARGEST);
  run (&path, 60 * S);
  path.width = 1272;
  kh_path_mtu_black_hole (&path.mtu, path.now_us);
  g_assert_cmpuint (path.mtu.size, ==, KH_PATH_MTU_BASE);
  path.longest = 0;
  run (&path, KH_PATH_MTU_RETRY_US / 2);
  g_assert_cmpuint (path.longest, ==, KH_PATH_MTU_BASE);
  run (&path, 60 * S);
  g_assert_cmpint (path.mtu.state, ==, KH_PATH_MTU_STATE_COMPLETE);
  g_assert_cmpuint (path.mtu.size, >=, 1252);
  g_assert_cmpuint (path.mtu.size, <=, 1272);
}

/* Two ways of different width that take turns must not be searched for ever. */
static void
test_flapping (void)
{
  Path path;

  begin (&path, 1472, LARGEST);
  run (&path, S);
  path.probes = 0;
  for (guint i = 0; i < 200; i++)
    {
      kh_path_mtu_black_hole (&path.mtu, path.now_us);
      run (&path, 3 * S);
    }
  /* The base each time, and a few searches. */
  g_assert_cmpuint (path.probes, <, 200 + 50);
  g_assert_cmpuint (path.mtu.size, <=, 1472);
}

/* Nothing at all comes: that says nothing of sizes. */
static void
test_outage (void)
{
  Path path;

  begin (&path, 1472, LARGEST);
  run (&path, 60 * S);
  path.silent = TRUE;
  kh_path_mtu_black_hole (&path.mtu, path.now_us);
  kh_path_mtu_black_hole (&path.mtu, path.now_us);
  run (&path, 30 * S);
  g_assert_cmpint (path.mtu.state, ==, KH_PATH_MTU_STATE_BASE);
  g_assert_cmpuint (path.mtu.size, ==, KH_PATH_MTU_BASE);
  path.silent = FALSE;
  run (&path, 10 * S);
  g_assert_cmpuint (path.mtu.size, ==, 1472);
}

/* A path that does not carry what every path should. */
static void
test_error (void)
{
  Path path;

  begin (&path, 1100, LARGEST);
  run (&path, 10 * S);
  g_assert_cmpuint (path.mtu.size, ==, KH_PATH_MTU_BASE);
  kh_path_mtu_black_hole (&path.mtu, path.now_us);
  run (&path, S);
  g_assert_cmpint (path.mtu.state, ==, KH_PATH_MTU_STATE_ERROR);
  g_assert_cmpuint (path.mtu.size, ==, KH_PATH_MTU_LEAST);
  path.probes = 0;
  kh_path_mtu_black_hole (&path.mtu, path.now_us);
  run (&path, 60 * S);
  g_assert_cmpuint (path.probes, <=, 3 * 12);
  g_assert_cmpint (path.mtu.state, ==, KH_PATH_MTU_STATE_ERROR);

  path.width = 1472;
  run (&path, 30 * S);
  g_assert_cmpuint (path.mtu.size, ==, 1472);
}

/* An answer counts for what is being tried and for nothing else. */
static void
test_late_answers (void)
{
  KhPathMtu mtu;
  gboolean fresh = FALSE;
  gint64 now_us = S;

  kh_path_mtu_init (&mtu, LARGEST, now_us);
  kh_path_mtu_answered (&mtu, now_us);
  g_assert_cmpuint (mtu.size, ==, KH_PATH_MTU_BASE);
  g_assert_cmpuint (kh_path_mtu_poll (&mtu, now_us, &fresh, now_us), ==, 1452);
  g_assert_true (fresh);
  kh_path_mtu_sent (&mtu, 100 * MS, now_us);
  g_assert_cmpuint (kh_path_mtu_poll (&mtu, now_us, &fresh, now_us + 99 * MS), ==, 0);
  now_us += 100 * MS;
  g_assert_cmpuint (kh_path_mtu_poll (&mtu, now_us, &fresh, now_us), ==, 1452);
  g_assert_false (fresh);
  kh_path_mtu_sent (&mtu, 100 * MS, now_us);
  /* of the first try or the second */
  kh_path_mtu_answered (&mtu, now_us + 10 * MS);
  g_assert_cmpuint (mtu.size, ==, 1452);
  kh_path_mtu_answered (&mtu, now_us + 20 * MS);
  g_assert_cmpuint (mtu.size, ==, 1452);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/path-mtu/usual", test_usual);
  g_test_add_func ("/path-mtu/every-width", test_every_width);
  g_test_add_func ("/path-mtu/cap", test_cap);
  g_test_add_func ("/path-mtu/raise", test_raise);
  g_test_add_func ("/path-mtu/black-hole", test_black_hole);
  g_test_add_func ("/path-mtu/flapping", test_flapping);
  g_test_add_func ("/path-mtu/outage", test_outage);
  g_test_add_func ("/path-mtu/error", test_error);
  g_test_add_func ("/path-mtu/late-answers", test_late_answers);
  return g_test_run ();
}
