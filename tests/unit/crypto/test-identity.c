/* test-identity.c: key pairs, the safety number made of two of them, and the self-test */
#include "crypto/identity.h"

#include "crypto/safety.h"
#include "crypto/self-test.h"
#include "hex.h"

static void
test_secret (void)
{
  KhRandom random = hex_random ();
  g_autoptr (KhIdentity) identity = kh_identity_new (&random);
  g_autoptr (KhIdentity) other = kh_identity_new (&random);
  g_autoptr (KhIdentity) stored = NULL;
  guint8 secret[32];

  kh_identity_copy_secret (identity, secret);
  stored = kh_identity_new_from_secret (secret);
  g_assert_true (kh_key_equal (kh_identity_get_public (identity), kh_identity_get_public (stored)));
  g_assert_false (kh_key_equal (kh_identity_get_public (identity), kh_identity_get_public (other)));
  kh_identity_free (NULL);
}

static void
test_agree (void)
{
  KhRandom random = hex_random ();
  g_autoptr (KhIdentity) a = kh_identity_new (&random);
  g_autoptr (KhIdentity) b = kh_identity_new (&random);
  const KhKey zero = { { 0 } };
  guint8 by_a[32], by_b[32];

  g_assert_true (kh_identity_agree (a, kh_identity_get_public (b), by_a));
  g_assert_true (kh_identity_agree (b, kh_identity_get_public (a), by_b));
  g_assert_cmpmem (by_a, 32, by_b, 32);
  g_assert_false (kh_identity_agree (a, &zero, by_a));
}

static void
test_safety (void)
{
  const KhKey a = { { 1 } }, b = { { 2 } };
  char ab[KH_SAFETY_STRING_MAX], ba[KH_SAFETY_STRING_MAX];
  g_auto (GStrv) groups = NULL;

  g_assert_cmpstr (kh_safety_format (&a, &b, ab), ==, kh_safety_format (&b, &a, ba));
  g_assert_cmpuint (strlen (ab), ==, KH_SAFETY_STRING_MAX - 1);
  groups = g_strsplit (ab, " ", -1);
  g_assert_cmpuint (g_strv_length (groups), ==, 12);
  for (guint i = 0; i < 12; i++)
    {
      g_assert_cmpuint (strlen (groups[i]), ==, 5);
      g_assert_cmpuint (strspn (groups[i], "0123456789"), ==, 5);
    }
  for (guint bit = 0; bit < 256; bit += 17)
    {
      KhKey other = b;

      other.bytes[bit / 8] ^= (guint8) (1 << bit % 8);
      g_assert_cmpstr (kh_safety_format (&a, &other, ba), !=, ab);
    }
  /* Fixed for good: people have compared and noted them. */
  g_assert_cmpstr (ab, ==,
                   "54936 82101 46935 30969 48490 79733"
                   " 67101 75465 11629 65276 78439 73337");
}

static void
count_passed (const char *name, gboolean passed, gpointer user_data)
{
  guint *n_passed = user_data;

  g_test_message ("%s", name);
  g_assert_true (passed);
  (*n_passed)++;
}

static void
test_self_test (void)
{
  guint n_passed = 0;

  g_assert_true (kh_self_test (count_passed, &n_passed));
  g_assert_cmpuint (n_passed, ==, 7);
  g_assert_true (kh_self_test (NULL, NULL));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/identity/secret", test_secret);
  g_test_add_func ("/identity/agree", test_agree);
  g_test_add_func ("/identity/safety", test_safety);
  g_test_add_func ("/identity/self-test", test_self_test);
  return g_test_run ();
}
