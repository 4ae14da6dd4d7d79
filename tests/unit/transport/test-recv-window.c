/* test-recv-window.c: the window follows the reader up, to its bound, and back when nothing is read
 */
#include "transport/recv-window.h"

#define LEAST 1000
#define MOST 100000
#define RTT_US 10000

static void
test_limit (void)
{
  KhRecvWindow window;

  kh_recv_window_init (&window, LEAST, LEAST);
  g_assert_false (kh_recv_window_wants_max (&window));
  kh_recv_window_consume (&window, LEAST / 4 - 1, RTT_US, 1);
  g_assert_false (kh_recv_window_wants_max (&window));
  kh_recv_window_consume (&window, 1, RTT_US, 2);
  g_assert_true (kh_recv_window_wants_max (&window));
  g_assert_cmpuint (kh_recv_window_raise_max (&window), ==, LEAST + LEAST / 4);
  g_assert_false (kh_recv_window_wants_max (&window));
}

/* Slow readers leave it as it is; fast ones get three round trips' worth, and no more than all. */
static void
test_growth (void)
{
  KhRecvWindow window;
  gint64 now_us = 77 * G_USEC_PER_SEC;

  kh_recv_window_init (&window, LEAST, MOST);
  for (int i = 0; i < 100; i++, now_us += RTT_US)
    kh_recv_window_consume (&window, LEAST / 4, RTT_US, now_us);
  g_assert_cmpuint (window.size, ==, LEAST);
  for (int i = 0; i < 100; i++, now_us += RTT_US / 10)
    kh_recv_window_consume (&window, LEAST / 4, RTT_US, now_us);
  g_assert_cmpuint (window.size, ==, 3 * 10 * LEAST / 4);
  for (int i = 0; i < 100; i++, now_us += RTT_US / 10)
    kh_recv_window_consume (&window, MOST, RTT_US, now_us);
  g_assert_cmpuint (window.size, ==, MOST);
}

static void
test_idle (void)
{
  KhRecvWindow window;
  guint64 told;

  kh_recv_window_init (&window, LEAST, MOST);
  kh_recv_window_consume (&window, 10 * LEAST, RTT_US, 1);
  g_assert_cmpuint (window.size, ==, 30 * LEAST);
  told = kh_recv_window_raise_max (&window);
  kh_recv_window_consume (&window, 100, RTT_US, 1 + KH_RECV_WINDOW_IDLE_US);
  g_assert_cmpuint (window.size, ==, LEAST);
  /* What was told stands until it is used up. */
  g_assert_false (kh_recv_window_wants_max (&window));
  g_assert_cmpuint (kh_recv_window_raise_max (&window), ==, told);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/recv-window/limit", test_limit);
  g_test_add_func ("/recv-window/growth", test_growth);
  g_test_add_func ("/recv-window/idle", test_idle);
  return g_test_run ();
}
