/* Runs a fuzz target over its corpus, without a fuzzer.
 *
 * Linked with one fuzz-<name>.c, it is an ordinary test that any compiler builds: every file of the
 * folders and files named on the command line is given to LLVMFuzzerTestOneInput () once, from a
 * buffer of exactly its size, so that a sanitizer sees a read past the end. Speaks TAP, one line a
 * file; a corpus without files is a failure, since it would prove nothing.
 */

#include <glib.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const guint8 *data, size_t size);
int LLVMFuzzerInitialize (int *argc, char ***argv) __attribute__ ((weak));

static int
compare_paths (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

static void
collect (GPtrArray *paths, const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  if (dir == NULL)
    {
      g_ptr_array_add (paths, g_strdup (path));
      return;
    }
  while ((name = g_dir_read_name (dir)) != NULL)
    g_ptr_array_add (paths, g_build_filename (path, name, NULL));
}

static gboolean
replay (const char *path)
{
  g_autofree char *contents = NULL;
  g_autofree guint8 *exact = NULL;
  gsize size = 0;

  if (!g_file_get_contents (path, &contents, &size, NULL))
    return FALSE;
  /* g_file_get_contents () puts a NUL behind the data, which would hide an overrun by one. */
  exact = g_memdup2 (contents, size);
  LLVMFuzzerTestOneInput (exact, size);
  return TRUE;
}

int
main (int argc, char **argv)
{
  g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);
  gboolean all_read = TRUE;

  if (LLVMFuzzerInitialize != NULL)
    LLVMFuzzerInitialize (&argc, &argv);
  for (int i = 1; i < argc; i++)
    collect (paths, argv[i]);
  g_ptr_array_sort (paths, compare_paths);

  g_print ("1..%u\n", paths->len);
  for (guint i = 0; i < paths->len; i++)
    {
      const char *path = g_ptr_array_index (paths, i);
      g_autofree char *name = g_path_get_basename (path);
      gboolean was_read = replay (path);

      g_print ("%s %u %s\n", was_read ? "ok" : "not ok", i + 1, name);
      all_read = all_read && was_read;
    }
  return paths->len > 0 && all_read ? EXIT_SUCCESS : EXIT_FAILURE;
}
