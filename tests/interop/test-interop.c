/* test-interop.c: our handshake and transport against another implementation, Go's flynn/noise
 *
 * test-interop PEER.GO BUILD-DIRECTORY. Builds PEER.GO and plays hundreds of handshakes with it, in
 * both roles, with fresh keys, prologues and payloads, forged messages in between, and transport
 * messages both ways after. Exit status 77, a skipped test, where Go or the package is not there.
 */
#include <stdio.h>
#include <string.h>

#include <gio/gio.h>

#include "crypto/keys.h"
#include "crypto/primitives.h"

#define EXIT_SKIPPED 77
#define GOPATH "/usr/share/gocode"
#define PACKAGE GOPATH "/src/github.com/flynn/noise"
#define N_HANDSHAKES 150 /* in each role */
#define N_TRANSPORT 20
#define PAYLOAD_MAX 1500

typedef struct
{
  GSubprocess *process;
  GDataInputStream *out;
  GOutputStream *in;
} Peer;

static gboolean
build_peer (const char *go, const char *source, const char *dir, char **ret_program)
{
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_NONE);
  g_autoptr (GSubprocess) process = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *cache = g_build_filename (dir, "go-cache", NULL);
  g_autofree char *program = g_build_filename (dir, "noise-peer", NULL);

  g_subprocess_launcher_setenv (launcher, "GOPATH", GOPATH, TRUE);
  g_subprocess_launcher_setenv (launcher, "GO111MODULE", "off", TRUE);
  g_subprocess_launcher_setenv (launcher, "GOFLAGS", "", TRUE);
  g_subprocess_launcher_setenv (launcher, "GOCACHE", cache, TRUE);
  process =
      g_subprocess_launcher_spawn (launcher, &error, go, "build", "-o", program, source, NULL);
  if (process == NULL || !g_subprocess_wait_check (process, NULL, &error))
    {
      printf ("cannot build %s: %s\n", source, error->message);
      return FALSE;
    }
  *ret_program = g_steal_pointer (&program);
  return TRUE;
}

static char *
encode (const guint8 *bytes, gsize len)
{
  GString *text = g_string_new (len == 0 ? "-" : NULL);

  for (gsize i = 0; i < len; i++)
    g_string_append_printf (text, "%02x", bytes[i]);
  return g_string_free (text, FALSE);
}

/* (transfer full): the answer to one line. */
static char *
ask (Peer *peer, const char *line)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *with_end = g_strconcat (line, "\n", NULL);
  char *answer;

  g_output_stream_write_all (peer->in, with_end, strlen (with_end), NULL, NULL, &error);
  g_assert_no_error (error);
  answer = g_data_input_stream_read_line_utf8 (peer->out, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_nonnull (answer);
  return answer;
}

/* Asks @verb of @bytes; returns the answer's length, or -1 for "refused". */
static gssize
ask_bytes (Peer *peer, const char *verb, const guint8 *bytes, gsize len, guint8 *out, gsize size)
{
  g_autofree char *text = encode (bytes, len);
  g_autofree char *line = g_strconcat (verb, " ", text, NULL);
  g_autofree char *answer = ask (peer, line);
  gsize out_len = strlen (answer) / 2;

  if (strcmp (answer, "refused") == 0)
    return -1;
  if (strcmp (answer, "-") == 0)
    return 0;
  g_assert_cmpuint (out_len, <=, size);
  for (gsize i = 0; i < out_len; i++)
    out[i] = (guint8) (g_ascii_xdigit_value (answer[2 * i]) << 4 |
                       g_ascii_xdigit_value (answer[2 * i + 1]));
  return (gssize) out_len;
}

static void
fill_random (guint8 *buf, gsize len, gpointer user_data)
{
  for (gsize i = 0; i < len; i++)
    buf[i] = (guint8) g_random_int ();
}

static const KhRandom source = { fill_random, NULL };

static gsize
make_payload (guint8 *out)
{
  gsize len = (gsize) g_random_int_range (0, PAYLOAD_MAX + 1);

  kh_random_fill (&source, out, len);
  return len;
}

/* One message of ours, as the other side reads it. */
static void
pass_to_peer (Peer *peer, const guint8 *message, gsize len, const guint8 *payload, gsize plain_len)
{
  guint8 plain[PAYLOAD_MAX];
  gssize read = ask_bytes (peer, "read", message, len, plain, sizeof plain);

  g_assert_cmpint (read, >=, 0);
  g_assert_cmpmem (plain, (gsize) read, payload, plain_len);
}

static void
write_handshake (Peer *peer, KhNoise *noise)
{
  guint8 payload[PAYLOAD_MAX], message[PAYLOAD_MAX + KH_NOISE_MSG1_OVERHEAD];
  gsize payload_len = make_payload (payload), len;

  g_assert_true (kh_noise_write (noise, payload, payload_len, message, sizeof message, &len));
  pass_to_peer (peer, message, len, payload, payload_len);
}

static void
read_handshake (Peer *peer, KhNoise *noise)
{
  guint8 payload[PAYLOAD_MAX], message[PAYLOAD_MAX + KH_NOISE_MSG1_OVERHEAD], plain[PAYLOAD_MAX];
  gsize payload_len = make_payload (payload), len, at;
  gssize written = ask_bytes (peer, "write", payload, payload_len, message, sizeof message);

  g_assert_cmpint (written, >, 0);
  at = (gsize) g_random_int_range (0, (gint32) written);
  message[at] ^= 1;
  g_assert_false (kh_noise_read (noise, message, (gsize) written, plain, sizeof plain, &len));
  message[at] ^= 1;
  g_assert_true (kh_noise_read (noise, message, (gsize) written, plain, sizeof plain, &len));
  g_assert_cmpmem (plain, len, payload, payload_len);
}

static void
exchange_transport (Peer *peer, KhKeyPair *pair)
{
  guint8 payload[PAYLOAD_MAX], message[PAYLOAD_MAX + KH_KEY_OVERHEAD];
  guint64 sent = 0, received = 0;

  for (int i = 0; i < N_TRANSPORT; i++)
    {
      gsize len = make_payload (payload);

      if (g_random_boolean ())
        {
          memcpy (message, payload, len);
          g_assert_true (kh_key_pair_seal (pair, sent++, NULL, 0, message, len));
          pass_to_peer (peer, message, len + KH_KEY_OVERHEAD, payload, len);
        }
      else
        {
          gssize written = ask_bytes (peer, "write", payload, len, message, sizeof message);

          g_assert_cmpint (written, ==, (gssize) len + KH_KEY_OVERHEAD);
          g_assert_true (kh_key_pair_open (pair, received++, NULL, 0, message, (gsize) written));
          g_assert_cmpmem (message, len, payload, len);
        }
    }
}

static void
start_peer_side (
    Peer *peer, gboolean initiates, const KhKey *ours, const char *prologue, KhKey *key)
{
  g_autoptr (KhIdentity) identity = kh_identity_new (&source);
  guint8 secret[KH_KEY_SIZE];
  g_autofree char *secret_text = NULL;
  g_autofree char *public_text = NULL;
  g_autofree char *remote_text = NULL;
  g_autofree char *prologue_text = encode ((const guint8 *) prologue, strlen (prologue));
  g_autofree char *line = NULL;
  g_autofree char *answer = NULL;

  *key = *kh_identity_get_public (identity);
  kh_identity_copy_secret (identity, secret);
  secret_text = encode (secret, sizeof secret);
  public_text = encode (key->bytes, KH_KEY_SIZE);
  remote_text = initiates ? encode (ours->bytes, KH_KEY_SIZE) : g_strdup ("-");
  line = g_strdup_printf ("new %s %s %s %s %s", initiates ? "initiator" : "responder", secret_text,
                          public_text, remote_text, prologue_text);
  answer = ask (peer, line);
  g_assert_cmpstr (answer, ==, "ok");
}

static void
run_handshake (Peer *peer, gboolean we_initiate)
{
  g_autoptr (KhIdentity) identity = kh_identity_new (&source);
  g_autoptr (KhNoise) noise = NULL;
  g_autofree char *prologue = g_strnfill ((gsize) g_random_int_range (0, 100), 'p');
  gsize prologue_len = strlen (prologue);
  KhTransportKeys keys;
  KhKeyPair pair;
  KhKey theirs;
  guint8 hash[32];

  start_peer_side (peer, !we_initiate, kh_identity_get_public (identity), prologue, &theirs);
  if (we_initiate)
    {
      noise = kh_noise_new_initiator (identity, &theirs, prologue, prologue_len, &source);
      write_handshake (peer, noise);
      read_handshake (peer, noise);
    }
  else
    {
      noise = kh_noise_new_responder (identity, prologue, prologue_len, &source);
      read_handshake (peer, noise);
      g_assert_true (kh_key_equal (kh_noise_remote_static (noise), &theirs));
      write_handshake (peer, noise);
    }
  g_assert_cmpint (ask_bytes (peer, "hash", NULL, 0, hash, sizeof hash), ==, 32);
  g_assert_cmpmem (hash, 32, kh_noise_hash (noise), 32);
  g_assert_true (kh_noise_split (noise, &keys));
  kh_key_pair_init (&pair, &keys, 0);
  exchange_transport (peer, &pair);
  kh_key_pair_clear (&pair);
}

static gboolean
start_peer (const char *program, Peer *peer)
{
  g_autoptr (GError) error = NULL;

  peer->process = g_subprocess_new (G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE,
                                    &error, program, NULL);
  if (peer->process == NULL)
    {
      printf ("cannot start %s: %s\n", program, error->message);
      return FALSE;
    }
  peer->in = g_subprocess_get_stdin_pipe (peer->process);
  peer->out = g_data_input_stream_new (g_subprocess_get_stdout_pipe (peer->process));
  return TRUE;
}

int
main (int argc, char **argv)
{
  g_autofree char *go = g_find_program_in_path ("go");
  g_autofree char *program = NULL;
  Peer peer;

  if (argc != 3)
    return 2;
  if (go == NULL || !g_file_test (PACKAGE, G_FILE_TEST_IS_DIR))
    {
      printf ("skipped: no %s (Debian: golang-go, golang-github-flynn-noise-dev)\n",
              go == NULL ? "program go" : PACKAGE);
      return EXIT_SKIPPED;
    }
  kh_crypto_init ();
  if (!build_peer (go, argv[1], argv[2], &program) || !start_peer (program, &peer))
    return 1;
  for (int i = 0; i < N_HANDSHAKES; i++)
    {
      run_handshake (&peer, TRUE);
      run_handshake (&peer, FALSE);
    }
  /* The end of its input is the peer's sign to leave. */
  g_output_stream_close (peer.in, NULL, NULL);
  g_assert_true (g_subprocess_wait_check (peer.process, NULL, NULL));
  g_object_unref (peer.out);
  g_object_unref (peer.process);
  printf ("%d handshakes in each role, %d transport messages after each\n", N_HANDSHAKES,
          N_TRANSPORT);
  return 0;
}
