/* test-passphrase-strength.c: what is guessed soon is not called good */
#include "app/passphrase-strength.h"

static void
test_strength (void)
{
  static const struct
  {
    const char *text;
    KhStrength strength;
  } cases[] = {
    { "", KH_STRENGTH_NONE },
    { "a", KH_STRENGTH_WEAK },
    { "password", KH_STRENGTH_WEAK },
    { "Password123!", KH_STRENGTH_WEAK },
    { "aaaaaaaaaaaaaaaaaaaaaaaa", KH_STRENGTH_WEAK },
    { "abcdefghijklmnopqrstuvwxyz", KH_STRENGTH_WEAK },
    { "1234567890", KH_STRENGTH_WEAK },
    { "24121999", KH_STRENGTH_WEAK },
    { "qwertypassword", KH_STRENGTH_WEAK },
    { "Tr0ub4dor&3", KH_STRENGTH_FAIR },
    { "correct horse battery staple", KH_STRENGTH_GOOD },
    { "kJ8#qx!Lp2vZ%w", KH_STRENGTH_GOOD },
    { "сорока ворона кашу варила", KH_STRENGTH_GOOD },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_test_message ("%s", cases[i].text);
      g_assert_cmpint (kh_passphrase_strength (cases[i].text), ==, cases[i].strength);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/passphrase-strength/cases", test_strength);
  return g_test_run ();
}
