/* fuzz-session.c: a session fed hostile datagrams
 *
 * The input is a script. Each step is one byte of what to do and what that needs: a raw datagram
 * from the network, the payload of a packet that is authentic (a peer that turned hostile after
 * the handshake), time that passes, or a true handshake for new keys. Whatever comes, the session
 * stays bounded, gives no datagram longer than the limit, and ends its schedule.
 */
#include <string.h>

#include "node/session-keys.h"
#include "node/session.h"

#define INDEX 0x01020304

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

enum
{
  STEP_RAW,
  STEP_SEALED,
  STEP_TIME,
  STEP_REKEY,
  STEP_KINDS,
};

typedef struct
{
  KhSession *session;
  KhSessionKeys theirs;
  guint64 number;
  gint64 now_us;
} Fuzz;

static void
fill (guint8 *buf, gsize len, gpointer user_data)
{
  guint64 *state = user_data;

  for (gsize i = 0; i < len; i++)
    {
      *state = *state * 6364136223846793005u + 1442695040888963407u;
      buf[i] = (guint8) (*state >> 56);
    }
}

/* The peer takes part in handshakes, and in nothing else. */
static void
read_rekey (Fuzz *fuzz, KhDatagram *out)
{
  guint8 *payload = out->data + KH_SEALED_HEADER_SIZE;
  KhCursor cursor = kh_cursor_init (payload, out->len - KH_SEALED_OVERHEAD);
  KhSealed header;
  KhFrame frame;

  if (!kh_sealed_read (out->data, out->len, &header) ||
      !kh_session_keys_open (&fuzz->theirs, header.epoch, header.packet_number, out->data,
                             KH_SEALED_HEADER_SIZE, payload, out->len - KH_SEALED_HEADER_SIZE,
                             fuzz->now_us))
    g_error ("sealed what the peer cannot open");
  if (kh_frame_read (&cursor, &frame) && frame.type == KH_FRAME_REKEY)
    kh_session_keys_receive (&fuzz->theirs, &frame, fuzz->number, 0, fuzz->now_us);
}

static void
drain (Fuzz *fuzz)
{
  guint8 buf[KH_DATAGRAM_LARGEST];
  KhDatagram out = { .data = buf, .size = sizeof buf };
  KhSessionEvent event;

  for (guint i = 0; i < 1000 && kh_session_poll_send (fuzz->session, &out, fuzz->now_us); i++)
    {
      g_assert_cmpuint (out.len, <=, KH_DATAGRAM_LARGEST);
      read_rekey (fuzz, &out);
    }
  while (kh_session_poll_event (fuzz->session, &event))
    if (event.type == KH_SESSION_EVENT_STREAM && event.readable)
      while (kh_session_stream_read (fuzz->session, event.stream, buf, sizeof buf) > 0)
        ;
}

static void
deliver (Fuzz *fuzz, guint8 *buf, gsize len, guint8 port)
{
  KhDatagram in = { .data = buf, .len = len };
  guint verdicts[KH_SESSION_N_VERDICTS] = { 0 };
  KhDatagramType type;
  KhSealed header;

  in.remote = kh_addr_ipv4 (198, 51, 100, 1, (guint16) (1000 + port));
  if (kh_datagram_type (buf, len, &type) && type == KH_DATAGRAM_SEALED &&
      kh_sealed_read (buf, len, &header))
    kh_session_receive_run (fuzz->session, &in, verdicts, fuzz->now_us);
}

static void
deliver_sealed (Fuzz *fuzz, const guint8 *payload, gsize len, guint8 port)
{
  guint8 buf[KH_DATAGRAM_MAX];
  KhSealed header = { .epoch = fuzz->theirs.present.epoch,
                      .receiver = INDEX,
                      .packet_number = fuzz->number };
  KhWriter writer = kh_writer_init (buf, sizeof buf - KH_AEAD_TAG_SIZE);

  if (!kh_sealed_write (&writer, &header) || !kh_writer_bytes (&writer, payload, len) ||
      !kh_key_pair_seal (&fuzz->theirs.present, fuzz->number, buf, KH_SEALED_HEADER_SIZE,
                         buf + KH_SEALED_HEADER_SIZE, len))
    return;
  fuzz->number++;
  deliver (fuzz, buf, writer.len + KH_AEAD_TAG_SIZE, port);
}

/* Asks for new keys, or sends what is owed for them. */
static void
deliver_rekey (Fuzz *fuzz, guint8 port)
{
  guint8 payload[KH_FRAME_REKEY_MAX + 16];
  KhWriter writer = kh_writer_init (payload, sizeof payload);

  if (fuzz->theirs.state == KH_REKEY_QUIET)
    {
      fuzz->theirs.active = TRUE;
      fuzz->theirs.renewed_us = fuzz->now_us - KH_REKEY_INTERVAL_US - KH_REKEY_LATER_US;
    }
  if (!kh_session_keys_handle_timeout (&fuzz->theirs, fuzz->number, 0, fuzz->now_us) ||
      !kh_session_keys_write (&fuzz->theirs, &writer))
    return;
  deliver_sealed (fuzz, payload, writer.len, port);
}

static void
step (Fuzz *fuzz, KhCursor *script)
{
  guint8 kind = 0;
  guint8 port = 0;
  guint16 len = 0;
  const guint8 *bytes;

  kh_cursor_u8 (script, &kind);
  kh_cursor_u8 (script, &port);
  kh_cursor_u16 (script, &len);
  switch (kind % STEP_KINDS)
    {
    case STEP_RAW:
      if (kh_cursor_view (script, len, &bytes) && len > 0)
        {
          g_autofree guint8 *copy = g_memdup2 (bytes, len);

          deliver (fuzz, copy, len, port);
        }
      break;
    case STEP_SEALED:
      if (kh_cursor_view (script, len, &bytes))
        deliver_sealed (fuzz, bytes, len, port);
      break;
    case STEP_TIME:
      fuzz->now_us += len * G_GINT64_CONSTANT (1000);
      kh_session_handle_timeout (fuzz->session, fuzz->now_us);
      break;
    case STEP_REKEY:
      deliver_rekey (fuzz, port);
      break;
    default:
      break;
    }
  drain (fuzz);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  guint64 seed = 1;
  KhTransportKeys ours = { .send = { 1 }, .receive = { 2 } };
  KhTransportKeys peers = { .send = { 2 }, .receive = { 1 } };
  KhIntroduction theirs = { .index = 9, .name = "peer" };
  KhAddr addr = kh_addr_ipv4 (198, 51, 100, 1, 1000);
  KhCursor script = kh_cursor_init (data, size);
  Fuzz fuzz = { .now_us = G_USEC_PER_SEC };
  KhRandom random = { fill, &seed };
  static const guint8 hash[KH_NOISE_HASH_SIZE] = { 5 };
  static KhIdentity *identities[2];

  for (guint i = 0; i < G_N_ELEMENTS (identities); i++)
    if (identities[i] == NULL)
      identities[i] = kh_identity_new (&random);
  theirs.candidates[0] = kh_candidate_make (KH_CANDIDATE_HOST, &addr, 1);
  theirs.n_candidates = 1;
  kh_session_keys_init (&fuzz.theirs, FALSE, identities[1], kh_identity_get_public (identities[0]),
                        hash, &peers, random, fuzz.now_us);
  fuzz.session =
      kh_session_new (&(KhSessionConfig){ .initiator = TRUE,
                                          .identity = identities[0],
                                          .remote = kh_identity_get_public (identities[1]),
                                          .hash = hash,
                                          .keys = &ours,
                                          .our_index = INDEX,
                                          .theirs = &theirs,
                                          .random = random,
                                          .asked_us = fuzz.now_us },
                      fuzz.now_us);
  kh_session_start (fuzz.session, fuzz.now_us, fuzz.now_us);
  drain (&fuzz);
  while (kh_cursor_left (&script) > 0)
    step (&fuzz, &script);
  kh_session_free (fuzz.session);
  kh_session_keys_clear (&fuzz.theirs);
  return 0;
}
