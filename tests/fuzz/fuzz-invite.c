/* fuzz-invite.c: any text as an invite link and as a server's name; what is accepted must be
 * written and read back the same
 */
#include "crypto/invite.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void
try_server_name (const char *text)
{
  char formatted[KH_SERVER_NAME_STRING_MAX];
  KhServerName name, again;
  KhServerNameError error;

  if (!kh_server_name_parse (text, &name, &error))
    {
      g_assert_nonnull (kh_server_name_error_to_string (error));
      return;
    }
  g_assert_true (kh_server_name_parse (kh_server_name_format (&name, formatted), &again, NULL));
  g_assert_cmpstr (name.host, ==, again.host);
  g_assert_cmpuint (name.port, ==, again.port);
}

static void
try_invite (const char *text)
{
  g_autofree char *formatted = NULL;
  g_autofree char *words = NULL;
  KhInvite invite, again;
  KhInviteError error;

  if (!kh_invite_parse (text, &invite, &error))
    {
      words = kh_invite_error_to_string (&error);
      g_assert_true (g_utf8_validate (words, -1, NULL));
      return;
    }
  formatted = kh_invite_format (&invite);
  g_assert_true (kh_invite_parse (formatted, &again, NULL));
  g_assert_cmpmem (&invite, sizeof invite, &again, sizeof again);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);

  try_server_name (text);
  try_invite (text);
  return 0;
}
