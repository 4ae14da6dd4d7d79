/* test-port-mapping.c: what a front end hears of the router's port where there is no router
 *
 * On loopback nobody may be asked; what routers answer is the laboratory's to find out
 * (tests/lab/test-port-map-homes.py).
 */
#include "engine-fixture.h"

static void
test_words (void)
{
  KhPortMapping mapping = { .protocol = "UPnP", .address = (char *) "192.0.2.1:4000" };
  g_autoptr (GHashTable) known = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (KhPortMappingState state = KH_PORT_MAPPING_OFF; state < KH_PORT_MAPPING_NONE; state++)
    {
      mapping.state = state;
      g_assert_true (g_hash_table_add (known, kh_port_mapping_to_words (&mapping)));
      g_assert_cmpstr (kh_port_mapping_state_to_string (state), !=, "unknown");
    }
  mapping.state = KH_PORT_MAPPING_NONE;
  for (KhPortMappingProblem problem = KH_PORT_MAPPING_PROBLEM_NONE;
       problem <= KH_PORT_MAPPING_PROBLEM_MISMATCH; problem++)
    {
      mapping.problem = problem;
      g_assert_true (g_hash_table_add (known, kh_port_mapping_to_words (&mapping)));
      g_assert_cmpstr (kh_port_mapping_problem_to_string (problem), !=, "unknown");
    }
}

static void
count (KhEngine *engine, guint *n)
{
  (*n)++;
}

static void
on_notify (KhEngine *engine, GParamSpec *pspec, guint *n)
{
  (*n)++;
}

static KhPortMappingState
state_of (KhEngine *engine)
{
  g_autoptr (KhPortMapping) mapping = kh_engine_dup_mapping (engine);

  g_assert_null (mapping->address);
  g_assert_null (mapping->pinhole);
  return mapping->state;
}

static void
test_loopback (void)
{
  User *user = user_new ("Ada");
  guint changed = 0, notified = 0;

  g_assert_true (kh_engine_get_port_mapping (user->engine));
  g_assert_cmpint (state_of (user->engine), ==, KH_PORT_MAPPING_WAITING);
  g_signal_connect (user->engine, "mapping-changed", G_CALLBACK (count), &changed);
  g_signal_connect (user->engine, "notify::port-mapping", G_CALLBACK (on_notify), &notified);
  user_serve (user);
  wait_until (changed == 1);
  g_assert_cmpint (state_of (user->engine), ==, KH_PORT_MAPPING_NEEDLESS);

  kh_engine_set_port_mapping (user->engine, FALSE);
  g_assert_cmpint (state_of (user->engine), ==, KH_PORT_MAPPING_OFF);
  kh_engine_set_port_mapping (user->engine, FALSE);
  g_assert_cmpuint (changed, ==, 1);
  g_assert_cmpuint (notified, ==, 1);
  wait_until (changed == 2);
  kh_engine_set_port_mapping (user->engine, TRUE);
  wait_until (changed == 3);
  g_assert_cmpint (state_of (user->engine), ==, KH_PORT_MAPPING_NEEDLESS);
  user_free (user);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/engine/port-mapping/words", test_words);
  g_test_add_func ("/engine/port-mapping/loopback", test_loopback);
  return g_test_run ();
}
