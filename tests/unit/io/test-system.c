/* test-system.c: random bytes, interfaces and names, as far as every machine has them */
#include "io/interfaces.h"
#include "io/resolver.h"
#include "io/system-random.h"

static void
test_random (void)
{
  KhRandom random = kh_system_random ();
  guint8 a[32] = { 0 }, b[32] = { 0 };

  kh_random_fill (&random, a, sizeof a);
  kh_random_fill (&random, b, sizeof b);
  g_assert_cmpint (memcmp (a, b, sizeof a), !=, 0);
}

static void
test_interfaces (void)
{
  KhAddr addrs[KH_INTERFACES_MAX];
  gsize n = kh_interfaces_list (4430, 4431, TRUE, addrs);
  gboolean has_loopback = FALSE;

  g_assert_cmpuint (n, >, 0);
  for (gsize i = 0; i < n; i++)
    {
      g_assert_cmpuint (addrs[i].port, ==, addrs[i].family == KH_FAMILY_IPV6 ? 4431 : 4430);
      g_assert_false (kh_addr_is_link_local (&addrs[i]));
      has_loopback |= kh_addr_is_loopback (&addrs[i]);
    }
  g_assert_true (has_loopback);
}

static void
test_interfaces_without_loopback (void)
{
  KhAddr addrs[KH_INTERFACES_MAX];
  gsize n = kh_interfaces_list (4430, 4430, FALSE, addrs);

  /* Either none of them is loopback, or there was nothing else. */
  g_assert_cmpuint (n, >, 0);
  for (gsize i = 1; i < n; i++)
    g_assert_cmpint (kh_addr_is_loopback (&addrs[i]), ==, kh_addr_is_loopback (&addrs[0]));
}

static void
test_interfaces_one_family (void)
{
  KhAddr addrs[KH_INTERFACES_MAX];
  gsize n = kh_interfaces_list (1, 0, TRUE, addrs);

  for (gsize i = 0; i < n; i++)
    g_assert_cmpuint (addrs[i].family, ==, KH_FAMILY_IPV4);
}

static void
on_resolved (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static GArray *
resolve (const char *host, GCancellable *cancellable, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  kh_resolver_resolve_async (host, 4430, cancellable, on_resolved, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  return kh_resolver_resolve_finish (result, error);
}

static void
assert_resolves (const char *host, const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) addrs = resolve (host, NULL, &error);
  g_autofree char *text = NULL;

  g_assert_no_error (error);
  g_assert_cmpuint (addrs->len, ==, 1);
  text = kh_addr_to_string (&g_array_index (addrs, KhAddr, 0));
  g_assert_cmpstr (text, ==, expected);
}

static void
test_resolve_numeric (void)
{
  assert_resolves ("192.0.2.7", "192.0.2.7:4430");
  assert_resolves ("2001:db8::7", "[2001:db8::7]:4430");
  assert_resolves ("::ffff:192.0.2.7", "192.0.2.7:4430");
}

static void
test_resolve_localhost (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) addrs = resolve ("localhost", NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (addrs->len, >, 0);
  for (guint i = 0; i < addrs->len; i++)
    g_assert_true (kh_addr_is_loopback (&g_array_index (addrs, KhAddr, i)));
}

static void
test_resolve_unusable (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) addrs = resolve ("0.0.0.0", NULL, &error);

  g_assert_null (addrs);
  g_assert_error (error, G_RESOLVER_ERROR, G_RESOLVER_ERROR_NOT_FOUND);
  g_assert_nonnull (strstr (error->message, "0.0.0.0"));
}

static void
test_resolve_cancelled (void)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) addrs = NULL;

  g_cancellable_cancel (cancellable);
  addrs = resolve ("192.0.2.7", cancellable, &error);
  g_assert_null (addrs);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/system/random", test_random);
  g_test_add_func ("/system/interfaces", test_interfaces);
  g_test_add_func ("/system/interfaces/without-loopback", test_interfaces_without_loopback);
  g_test_add_func ("/system/interfaces/one-family", test_interfaces_one_family);
  g_test_add_func ("/system/resolve/numeric", test_resolve_numeric);
  g_test_add_func ("/system/resolve/localhost", test_resolve_localhost);
  g_test_add_func ("/system/resolve/unusable", test_resolve_unusable);
  g_test_add_func ("/system/resolve/cancelled", test_resolve_cancelled);
  return g_test_run ();
}
