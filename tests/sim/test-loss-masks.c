/* test-loss-masks.c: every single and every double loss in the whole of a meeting
 *
 * After picoquic's tls_api_test: random loss finds what is likely, a mask finds what is possible.
 * The masks go over the first datagrams of each direction of both homes' lines.
 */
#include "scene.h"
#include "tests/sanitized.h"

#define N_LINES 4
/* Of each line; where fewer pass in a meeting without loss, that many. */
#define DEPTH_MAX 12
#define PATIENCE_US (2 * KH_SIM_MINUTE)
/* Gateways that take early packets for their own make for a first try in vain when the answer is
 * late; then it needs a pause as long as their memory. */
#define OPEN_PATIENCE_US (5 * KH_SIM_MINUTE)
/* Of the double ones, one in so many. */
#define STRIDE (KH_SANITIZED ? 5 : 1)

typedef struct
{
  KhSimScene *scene;
  KhSimLink *lines[N_LINES];
} Run;

static void
run_init (Run *self, const char *nat)
{
  KhSimHome home = { .nat = kh_sim_nat_find_kind (nat) };

  self->scene = kh_sim_scene_new (kh_sim_seed (1), &home, &home);
  self->lines[0] = kh_sim_port_get_up (self->scene->door_a);
  self->lines[1] = kh_sim_port_get_down (self->scene->door_a);
  self->lines[2] = kh_sim_port_get_up (self->scene->door_b);
  self->lines[3] = kh_sim_port_get_down (self->scene->door_b);
}

/* A datagram to lose: which line, which number. */
typedef struct
{
  guint line;
  guint number;
} Loss;

static void
set_masks (Run *self, const Loss *losses, guint n)
{
  for (guint line = 0; line < N_LINES; line++)
    {
      guint numbers[2];
      guint n_numbers = 0;

      for (guint i = 0; i < n; i++)
        if (losses[i].line == line)
          numbers[n_numbers++] = losses[i].number;
      kh_sim_link_set_mask (self->lines[line], numbers, n_numbers);
    }
}

/* Runs a meeting that loses @losses, from the first HELLO (@whole) or from the knock on. */
static void
meet (const char *nat, gboolean whole, const Loss *losses, guint n, guint ret_counts[N_LINES])
{
  gboolean open = kh_sim_nat_find_kind (nat)->input_open;
  Run run;
  KhSimScene *scene;

  run_init (&run, nat);
  scene = run.scene;
  if (whole)
    set_masks (&run, losses, n);
  kh_sim_scene_make_contacts (scene, 3);
  if (!whole)
    set_masks (&run, losses, n);
  kh_sim_peer_connect (scene->a, scene->b, TRUE);
  if (!kh_sim_scene_wait (scene, kh_sim_scene_is_met, open ? OPEN_PATIENCE_US : PATIENCE_US))
    g_error ("%s: losing %u of line %u and %u of line %u ends in %s, %s", nat,
             n > 0 ? losses[0].number : 0, n > 0 ? losses[0].line : 0, n > 1 ? losses[1].number : 0,
             n > 1 ? losses[1].line : 0,
             kh_peer_state_to_string (kh_sim_peer_get_state (scene->a, scene->b)),
             kh_peer_state_to_string (kh_sim_peer_get_state (scene->b, scene->a)));
  g_assert_cmpuint (kh_sim_peer_get_talk (scene->a, scene->b)->received, ==, 3);
  g_assert_cmpuint (kh_sim_peer_get_talk (scene->b, scene->a)->received, ==, 3);
  if (ret_counts)
    for (guint i = 0; i < N_LINES; i++)
      ret_counts[i] = kh_sim_link_get_count (run.lines[i]);
  kh_sim_scene_free (scene);
}

static void
try_all (const char *nat, gboolean whole)
{
  guint counts[N_LINES];
  g_autoptr (GArray) all = g_array_new (FALSE, FALSE, sizeof (Loss));

  meet (nat, whole, NULL, 0, counts);
  for (guint line = 0; line < N_LINES; line++)
    for (guint number = 0; number < MIN (counts[line], DEPTH_MAX); number++)
      {
        Loss loss = { line, number };

        g_array_append_val (all, loss);
      }
  g_assert_cmpuint (all->len, >, 2 * N_LINES);
  for (guint i = 0; i < all->len; i++)
    for (guint j = i; j < all->len; j++)
      {
        Loss losses[] = { g_array_index (all, Loss, i), g_array_index (all, Loss, j) };

        if (i == j || (i + j) % STRIDE == 0)
          meet (nat, whole, losses, i == j ? 1 : 2, NULL);
      }
  g_test_message ("%u datagrams, each pair in %u", all->len, STRIDE);
}

static void
test_whole (void)
{
  try_all ("port-restricted", TRUE);
}

static void
test_introduction (void)
{
  try_all ("masquerade", FALSE);
}

static void
test_input_open (void)
{
  try_all ("masquerade-open", FALSE);
}

int
main (int argc, char **argv)
{
  kh_sim_init (&argc, &argv);
  g_test_add_func ("/sim/loss-masks/whole", test_whole);
  g_test_add_func ("/sim/loss-masks/introduction", test_introduction);
  g_test_add_func ("/sim/loss-masks/input-open", test_input_open);
  return g_test_run ();
}
