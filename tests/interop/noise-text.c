/* noise-text.c: runs test vectors in the text format of Go's flynn/noise
 *
 * noise-text FILE. One "name=value" a line, vectors separated by empty lines. Exit status 77, a
 * skipped test, where the file is not there.
 */
#include <stdio.h>
#include <string.h>

#include "crypto/primitives.h"
#include "noise-vector.h"

#define EXIT_SKIPPED 77

static GBytes **
find_field (NoiseVector *vector, const char *name)
{
  if (strcmp (name, "init_static") == 0)
    return &vector->secrets[0];
  if (strcmp (name, "resp_static") == 0)
    return &vector->secrets[1];
  if (strcmp (name, "gen_init_ephemeral") == 0)
    return &vector->ephemerals[0];
  if (strcmp (name, "gen_resp_ephemeral") == 0)
    return &vector->ephemerals[1];
  return NULL;
}

static gboolean
take_line (NoiseVector *vector, const char *name, const char *value)
{
  GBytes **field = find_field (vector, name);
  GBytes *bytes = noise_vector_bytes (value);

  if (bytes == NULL)
    return FALSE;
  if (g_str_has_prefix (name, "msg_") && g_str_has_suffix (name, "_payload"))
    g_ptr_array_add (vector->payloads, bytes);
  else if (g_str_has_prefix (name, "msg_") && g_str_has_suffix (name, "_ciphertext"))
    g_ptr_array_add (vector->ciphertexts, bytes);
  else if (strcmp (name, "prologue") == 0)
    {
      vector->prologues[0] = bytes;
      vector->prologues[1] = g_bytes_ref (bytes);
    }
  else if (field != NULL && *field == NULL)
    *field = bytes;
  else
    {
      g_bytes_unref (bytes);
      return FALSE;
    }
  return TRUE;
}

/* TRUE where @block passes; sets @ret_ran where it is of our protocol. */
static gboolean
run_block (const char *block, gboolean *ret_ran)
{
  g_auto (GStrv) lines = g_strsplit (g_strstrip ((char *) block), "\n", -1);
  g_autoptr (NoiseVector) vector = noise_vector_new ();
  g_autofree char *why = NULL;

  if (g_strcmp0 (lines[0], "handshake=" NOISE_VECTOR_PROTOCOL) != 0)
    return TRUE;
  *ret_ran = TRUE;
  for (guint i = 1; lines[i] != NULL; i++)
    {
      char *value = strchr (lines[i], '=');

      if (value != NULL)
        *value++ = '\0';
      if (value == NULL || !take_line (vector, lines[i], value))
        {
          printf ("cannot read the line that begins with \"%s\"\n", lines[i]);
          return FALSE;
        }
    }
  if (noise_vector_run (vector, &why))
    return TRUE;
  printf ("%s\n", why);
  return FALSE;
}

int
main (int argc, char **argv)
{
  g_autofree char *text = NULL;
  g_auto (GStrv) blocks = NULL;
  guint ran = 0, failed = 0;

  if (argc != 2 || !g_file_get_contents (argv[1], &text, NULL, NULL))
    {
      printf ("skipped: no file %s (Debian: golang-github-flynn-noise-dev)\n",
              argc == 2 ? argv[1] : "given");
      return EXIT_SKIPPED;
    }
  kh_crypto_init ();
  blocks = g_strsplit (text, "\n\n", -1);
  for (guint i = 0; blocks[i] != NULL; i++)
    {
      gboolean is_ours = FALSE;

      if (!run_block (blocks[i], &is_ours))
        failed++;
      if (is_ours)
        ran++;
    }
  printf ("ran %u, failed %u\n", ran, failed);
  return ran > 0 && failed == 0 ? 0 : 1;
}
