/* noise-vectors.c: runs files of Noise test vectors in the JSON format of cacophony and snow
 *
 * noise-vectors FILE… prints "ran N, skipped M (other protocols), failed K". Exit status: 0 when
 * all that ran passed, 1 when one failed, none ran, or a file could not be read.
 */
#include <stdio.h>
#include <string.h>

#include <json-glib/json-glib.h>

#include "crypto/primitives.h"
#include "interop/noise-vector.h"

typedef struct
{
  guint ran;
  guint skipped;
  guint failed;
} Counts;

/* (nullable): NULL also where the member is there but is no string. */
static const char *
get_string (JsonObject *object, const char *member)
{
  JsonNode *node = json_object_get_member (object, member);

  if (node == NULL || json_node_get_value_type (node) != G_TYPE_STRING)
    return NULL;
  return json_node_get_string (node);
}

/* FALSE where the member is there and is not hexadecimal. */
static gboolean
get_bytes (JsonObject *object, const char *member, GBytes **ret_bytes)
{
  const char *text;

  if (!json_object_has_member (object, member) || json_object_get_null_member (object, member))
    return TRUE;
  text = get_string (object, member);
  *ret_bytes = text == NULL ? NULL : noise_vector_bytes (text);
  return *ret_bytes != NULL;
}

/* (transfer full) (nullable): from the whole name, or, in older files, from its parts. */
static char *
get_protocol (JsonObject *object)
{
  const char *name = get_string (object, "protocol_name");
  const char *pattern = get_string (object, "pattern"), *dh = get_string (object, "dh");
  const char *cipher = get_string (object, "cipher"), *hash = get_string (object, "hash");

  if (name == NULL)
    name = get_string (object, "name");
  if (name != NULL)
    return g_strdup (name);
  if (pattern == NULL || dh == NULL || cipher == NULL || hash == NULL)
    return NULL;
  return g_strdup_printf ("Noise_%s_%s_%s_%s", pattern, dh, cipher, hash);
}

static gboolean
read_messages (JsonObject *object, NoiseVector *vector)
{
  JsonNode *node = json_object_get_member (object, "messages");
  JsonArray *messages;

  if (node == NULL || !JSON_NODE_HOLDS_ARRAY (node))
    return FALSE;
  messages = json_node_get_array (node);
  for (guint i = 0; i < json_array_get_length (messages); i++)
    {
      JsonNode *message = json_array_get_element (messages, i);
      GBytes *payload = NULL, *ciphertext = NULL;

      if (!JSON_NODE_HOLDS_OBJECT (message))
        return FALSE;
      if (!get_bytes (json_node_get_object (message), "payload", &payload))
        return FALSE;
      g_ptr_array_add (vector->payloads, payload != NULL ? payload : g_bytes_new (NULL, 0));
      if (!get_bytes (json_node_get_object (message), "ciphertext", &ciphertext) ||
          ciphertext == NULL)
        return FALSE;
      g_ptr_array_add (vector->ciphertexts, ciphertext);
    }
  return TRUE;
}

/* (transfer full) (nullable) */
static NoiseVector *
read_vector (JsonObject *object)
{
  g_autoptr (NoiseVector) vector = noise_vector_new ();

  if (!get_bytes (object, "init_prologue", &vector->prologues[0]) ||
      !get_bytes (object, "resp_prologue", &vector->prologues[1]) ||
      !get_bytes (object, "init_static", &vector->secrets[0]) ||
      !get_bytes (object, "resp_static", &vector->secrets[1]) ||
      !get_bytes (object, "init_ephemeral", &vector->ephemerals[0]) ||
      !get_bytes (object, "resp_ephemeral", &vector->ephemerals[1]) ||
      !get_bytes (object, "init_remote_static", &vector->remote_static) ||
      !get_bytes (object, "handshake_hash", &vector->hash) || !read_messages (object, vector))
    return NULL;
  return g_steal_pointer (&vector);
}

static void
run_one (const char *file, guint index, JsonObject *object, Counts *counts)
{
  g_autofree char *why = NULL;
  g_autoptr (NoiseVector) vector = read_vector (object);

  counts->ran++;
  if (vector == NULL)
    why = g_strdup ("a field is missing or is not hexadecimal");
  else if (noise_vector_run (vector, &why))
    return;
  counts->failed++;
  printf ("%s: vector %u: %s\n", file, index, why);
}

static gboolean
run_vectors (const char *file, JsonArray *vectors, Counts *counts)
{
  for (guint i = 0; i < json_array_get_length (vectors); i++)
    {
      JsonNode *node = json_array_get_element (vectors, i);
      g_autofree char *protocol = NULL;

      if (JSON_NODE_HOLDS_OBJECT (node))
        protocol = get_protocol (json_node_get_object (node));
      if (protocol == NULL)
        {
          fprintf (stderr, "noise-vectors: %s: vector %u names no protocol\n", file, i);
          return FALSE;
        }
      if (strcmp (protocol, NOISE_VECTOR_PROTOCOL) == 0)
        run_one (file, i, json_node_get_object (node), counts);
      else
        counts->skipped++;
    }
  return TRUE;
}

static gboolean
run_file (const char *file, Counts *counts)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (GError) error = NULL;
  JsonNode *root, *vectors = NULL;

  if (!json_parser_load_from_file (parser, file, &error))
    {
      fprintf (stderr, "noise-vectors: cannot read %s: %s\n", file, error->message);
      return FALSE;
    }
  root = json_parser_get_root (parser);
  if (root != NULL && JSON_NODE_HOLDS_OBJECT (root))
    vectors = json_object_get_member (json_node_get_object (root), "vectors");
  if (vectors == NULL || !JSON_NODE_HOLDS_ARRAY (vectors))
    {
      fprintf (stderr, "noise-vectors: %s is no file of test vectors: it has no \"vectors\"\n",
               file);
      return FALSE;
    }
  return run_vectors (file, json_node_get_array (vectors), counts);
}

int
main (int argc, char **argv)
{
  Counts counts = { 0 };
  gboolean read_all = TRUE;

  if (argc < 2)
    {
      fprintf (stderr, "usage: noise-vectors FILE…\n");
      return 1;
    }
  kh_crypto_init ();
  for (int i = 1; i < argc; i++)
    read_all = run_file (argv[i], &counts) && read_all;
  printf ("ran %u, skipped %u (other protocols), failed %u\n", counts.ran, counts.skipped,
          counts.failed);
  return read_all && counts.ran > 0 && counts.failed == 0 ? 0 : 1;
}
