/* What a drawing of a connection shows, and how it is said (src/app/path-model.h). */
#include "app/path-model.h"

static void
add (KhVerdictReport *report, const char *remote, KhAttemptState state, gboolean in_use)
{
  KhAttempt *attempt = g_new0 (KhAttempt, 1);

  attempt->kind = remote != NULL ? "host" : "relay";
  attempt->remote = (char *) remote;
  attempt->state = state;
  attempt->in_use = in_use;
  g_ptr_array_add (report->attempts, attempt);
}

static void
assert_line (const KhPathModel *model, guint index, KhPathWay way, KhPathLineState state)
{
  g_assert_cmpuint (index, <, model->n_lines);
  g_assert_cmpint (model->lines[index].way, ==, way);
  g_assert_cmpint (model->lines[index].state, ==, state);
}

static void
test_nothing (void)
{
  g_autoptr (KhPathModel) model = kh_path_model_new (NULL, "Ada");
  g_autofree char *words = kh_path_model_dup_description (model);

  g_assert_cmpuint (model->n_lines, ==, 0);
  g_assert_false (model->is_trying);
  g_assert_cmpstr (words, ==,
                   "You: not known yet. \u2068Ada\u2069: not known yet. The server is between you. "
                   "No path is in use.");
}

static void
test_order (void)
{
  g_autoptr (GPtrArray) attempts = g_ptr_array_new_with_free_func (g_free);
  KhVerdictReport report = { .reason = KH_REASON_TRYING, .attempts = attempts };
  g_autoptr (KhPathModel) model = NULL;
  g_autofree char *words = NULL;

  report.ours.kind = KH_NETWORK_STEADY;
  report.theirs.kind = KH_NETWORK_RANDOM;
  add (&report, "192.0.2.1:4430", KH_ATTEMPT_FAILED, FALSE);
  add (&report, "10.1.2.3:4430", KH_ATTEMPT_WAITING, FALSE);
  add (&report, "[fd00::1]:4430", KH_ATTEMPT_HEARD, FALSE);
  add (&report, "[2001:db8::1]:4430", KH_ATTEMPT_WORKS, FALSE);
  add (&report, NULL, KH_ATTEMPT_WORKS, TRUE);
  model = kh_path_model_new (&report, "Ada");
  g_assert_cmpuint (model->n_lines, ==, 5);
  assert_line (model, 0, KH_PATH_WAY_RELAY, KH_PATH_LINE_USED);
  assert_line (model, 1, KH_PATH_WAY_DIRECT, KH_PATH_LINE_WORKS);
  assert_line (model, 2, KH_PATH_WAY_LOCAL, KH_PATH_LINE_ANSWERED);
  assert_line (model, 3, KH_PATH_WAY_LOCAL, KH_PATH_LINE_TRYING);
  assert_line (model, 4, KH_PATH_WAY_DIRECT, KH_PATH_LINE_FAILED);
  g_assert_true (model->is_trying);
  words = kh_path_model_dup_description (model);
  g_assert_cmpstr (words, ==,
                   "You: ordinary router. \u2068Ada\u2069: strict router. The server is between "
                   "you. The path over the server is in use. 1 other path works. 1 path was heard. "
                   "1 path is being tried. 1 path did not answer.");
}

static void
test_many (void)
{
  g_autoptr (GPtrArray) attempts = g_ptr_array_new_with_free_func (g_free);
  KhVerdictReport report = { .reason = KH_REASON_FIREWALL, .attempts = attempts };
  g_autoptr (KhPathModel) model = NULL;

  for (int i = 0; i < 100; i++)
    add (&report, "192.0.2.1:4430", KH_ATTEMPT_FAILED, FALSE);
  add (&report, NULL, KH_ATTEMPT_FAILED, FALSE);
  add (&report, NULL, KH_ATTEMPT_FAILED, FALSE);
  model = kh_path_model_new (&report, "Ada");
  g_assert_cmpuint (model->n_lines, ==, KH_PATH_LINES_MAX + 1);
  assert_line (model, KH_PATH_LINES_MAX, KH_PATH_WAY_RELAY, KH_PATH_LINE_FAILED);
  g_assert_cmpuint (model->counts[KH_PATH_LINE_FAILED], ==, 102);
  g_assert_false (model->is_trying);
}

/* At its end nothing is in use, and nothing moves. */
static void
test_over (void)
{
  g_autoptr (GPtrArray) attempts = g_ptr_array_new_with_free_func (g_free);
  KhVerdictReport report = { .reason = KH_REASON_TRYING, .is_over = TRUE, .attempts = attempts };
  g_autoptr (KhPathModel) model = NULL;

  add (&report, "192.0.2.1:4430", KH_ATTEMPT_WORKS, TRUE);
  add (&report, "not an address", KH_ATTEMPT_WAITING, FALSE);
  model = kh_path_model_new (&report, "Ada");
  assert_line (model, 0, KH_PATH_WAY_DIRECT, KH_PATH_LINE_WORKS);
  assert_line (model, 1, KH_PATH_WAY_DIRECT, KH_PATH_LINE_TRYING);
  g_assert_false (model->is_trying);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/app/path-model/nothing", test_nothing);
  g_test_add_func ("/app/path-model/order", test_order);
  g_test_add_func ("/app/path-model/many", test_many);
  g_test_add_func ("/app/path-model/over", test_over);
  return g_test_run ();
}
