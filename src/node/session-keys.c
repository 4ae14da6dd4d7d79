/* session-keys.c: the epochs of a session's keys (PROTOCOL.md, "Keys")
 *
 * Owns the present pair of keys, the one before it for stragglers, the one after it while a
 * handshake is under way, and that handshake. A handshake is verified as a whole before anything
 * of the session changes.
 */
#include "node/session-keys.h"

#include "crypto/primitives.h"
#include "wire/datagram.h"

/* Old keys open for three round trips, but packets may be held up for longer than a short
 * round trip. */
#define STRAGGLERS_MIN_US 250000
/* A question is sent again after three round trips, then after twice as long each time. */
#define REPEAT_MIN_US 200000
#define REPEAT_MAX_US (10 * G_USEC_PER_SEC)

/* What both messages say: the lowest packet number that their sender will use with the new keys. */
#define PAYLOAD_SIZE 8

static const char prologue_name[] = "knothole 1 rekey";

#define PROLOGUE_SIZE (sizeof prologue_name - 1 + KH_NOISE_HASH_SIZE + 1)

const char *
kh_rekey_state_to_string (KhRekeyState state)
{
  switch (state)
    {
    case KH_REKEY_QUIET:
      return "quiet";
    case KH_REKEY_ASKING:
      return "asking";
    case KH_REKEY_ANSWERED:
      return "answered";
    default:
      return "unknown";
    }
}

static void
move (KhSessionKeys *self, KhRekeyState to)
{
  /* From ASKING to ANSWERED: both asked, and the other side's question counts. */
  static const gboolean allowed[3][3] = {
    [KH_REKEY_QUIET] = { [KH_REKEY_ASKING] = TRUE, [KH_REKEY_ANSWERED] = TRUE },
    [KH_REKEY_ASKING] = { [KH_REKEY_QUIET] = TRUE, [KH_REKEY_ANSWERED] = TRUE },
    [KH_REKEY_ANSWERED] = { [KH_REKEY_QUIET] = TRUE },
  };

  g_assert (allowed[self->state][to]);
  g_debug ("rekey to epoch %u: %s -> %s", (guint8) (self->present.epoch + 1),
           kh_rekey_state_to_string (self->state), kh_rekey_state_to_string (to));
  self->state = to;
  g_clear_pointer (&self->noise, kh_noise_free);
}

void
kh_session_keys_init (KhSessionKeys *self,
                      gboolean initiator,
                      const KhIdentity *identity,
                      const KhKey *remote,
                      const guint8 hash[KH_NOISE_HASH_SIZE],
                      const KhTransportKeys *keys,
                      KhRandom random,
                      gint64 now_us)
{
  *self = (KhSessionKeys){
    .initiator = initiator,
    .identity = identity,
    .remote = *remote,
    .random = random,
    .renewed_us = now_us,
    .forget_us = KH_NEVER,
    .next_us = KH_NEVER,
  };
  memcpy (self->hash, hash, sizeof self->hash);
  kh_key_pair_init (&self->present, keys, 0);
}

void
kh_session_keys_clear (KhSessionKeys *self)
{
  kh_noise_free (self->noise);
  kh_wipe (self, sizeof *self);
  kh_aead_forget ();
}

/* --- which pair -------------------------------------------------------------------------- */

static void
forget_previous (KhSessionKeys *self)
{
  kh_key_pair_clear (&self->previous);
  self->has_previous = FALSE;
  self->forget_us = KH_NEVER;
}

/* The present pair only opens from now on, and @pair takes its place. */
static void
put_in_use (KhSessionKeys *self, const KhKeyPair *pair, const guint8 *hash, gint64 now_us)
{
  forget_previous (self);
  self->previous = self->present;
  kh_wipe (self->previous.send_key, sizeof self->previous.send_key);
  self->has_previous = TRUE;
  self->present = *pair;
  memcpy (self->hash, hash, sizeof self->hash);
  self->renewed_us = now_us;
  self->active = FALSE;
  self->owed = FALSE;
  self->next_us = KH_NEVER;
  move (self, KH_REKEY_QUIET);
  kh_wipe (&self->next, sizeof self->next);
}

/* The peer uses the present keys: no more than stragglers come under the old ones. */
static void
expect_end_of_previous (KhSessionKeys *self, gint64 now_us)
{
  if (self->has_previous && self->forget_us == KH_NEVER)
    self->forget_us = now_us + MAX (3 * self->rtt_us, STRAGGLERS_MIN_US);
}

gboolean
kh_session_keys_open (KhSessionKeys *self,
                      guint8 epoch,
                      guint64 number,
                      const void *ad,
                      gsize ad_len,
                      guint8 *buf,
                      gsize len,
                      gint64 now_us)
{
  if (G_LIKELY (epoch == self->present.epoch))
    {
      if (!kh_key_pair_open (&self->present, number, ad, ad_len, buf, len))
        return FALSE;
    }
  else if (self->has_previous && epoch == self->previous.epoch)
    {
      return kh_key_pair_open (&self->previous, number, ad, ad_len, buf, len);
    }
  else
    {
      if (self->state != KH_REKEY_ANSWERED || epoch != self->next.epoch ||
          !kh_key_pair_open (&self->next, number, ad, ad_len, buf, len))
        return FALSE;
      put_in_use (self, &self->next, self->next_hash, now_us);
    }
  expect_end_of_previous (self, now_us);
  return TRUE;
}

/* --- the handshake ----------------------------------------------------------------------- */

static guint8
next_epoch (const KhSessionKeys *self)
{
  return (guint8) (self->present.epoch + 1);
}

/* Ties the handshake to all before it, and to its place among them. */
static void
write_prologue (const KhSessionKeys *self, guint8 ret_prologue[PROLOGUE_SIZE])
{
  KhWriter writer = kh_writer_init (ret_prologue, PROLOGUE_SIZE);

  kh_writer_bytes (&writer, prologue_name, sizeof prologue_name - 1);
  kh_writer_bytes (&writer, self->hash, sizeof self->hash);
  kh_writer_u8 (&writer, next_epoch (self));
}

static gboolean
write_message (KhSessionKeys *self, KhNoise *noise, guint64 from_number)
{
  guint8 payload[PAYLOAD_SIZE];
  KhWriter writer = kh_writer_init (payload, sizeof payload);

  kh_writer_u64 (&writer, from_number);
  return kh_noise_write (noise, payload, sizeof payload, self->message, sizeof self->message,
                         &self->message_len);
}

static gboolean
read_message (KhNoise *noise, const KhFrame *frame, guint64 *ret_from_number)
{
  guint8 payload[PAYLOAD_SIZE];
  KhCursor cursor;
  gsize len;

  if (!kh_noise_read (noise, frame->rekey.message, frame->rekey.len, payload, sizeof payload, &len))
    return FALSE;
  cursor = kh_cursor_init (payload, len);
  return kh_cursor_u64 (&cursor, ret_from_number) && kh_cursor_left (&cursor) == 0;
}

static void
wait_for_peer (KhSessionKeys *self, gint64 interval_us, gint64 rtt_us, gint64 now_us)
{
  self->owed = TRUE;
  self->rtt_us = rtt_us;
  self->interval_us = interval_us;
  self->next_us = now_us + interval_us;
  self->patience_us = KH_REKEY_PATIENCE_US;
}

/* Sends message 1. */
static void
ask (KhSessionKeys *self, guint64 next_number, gint64 rtt_us, gint64 now_us)
{
  guint8 prologue[PROLOGUE_SIZE];
  g_autoptr (KhNoise) noise = NULL;

  write_prologue (self, prologue);
  noise = kh_noise_new_initiator (self->identity, &self->remote, prologue, sizeof prologue,
                                  &self->random);
  /* It fails only for a key with which there would be no session; then the wait runs out. */
  if (!write_message (self, noise, next_number))
    self->message_len = 0;
  move (self, KH_REKEY_ASKING);
  self->noise = g_steal_pointer (&noise);
  self->asked_number = next_number;
  wait_for_peer (self, CLAMP (3 * rtt_us, REPEAT_MIN_US, REPEAT_MAX_US), rtt_us, now_us);
}

/* Verifies message 1, writes message 2 and makes the next pair, all of it or nothing. */
static gboolean
answer (KhSessionKeys *self, const KhFrame *frame, guint64 next_number)
{
  guint8 prologue[PROLOGUE_SIZE];
  g_autoptr (KhNoise) noise = NULL;
  KhTransportKeys keys;
  guint64 from_number;
  gboolean made;

  write_prologue (self, prologue);
  noise = kh_noise_new_responder (self->identity, prologue, sizeof prologue, &self->random);
  if (!read_message (noise, frame, &from_number) ||
      !kh_key_equal (kh_noise_remote_static (noise), &self->remote) ||
      !write_message (self, noise, next_number) || !kh_noise_split (noise, &keys))
    return FALSE;

  made = kh_key_pair_init_at (&self->next, &keys, next_epoch (self), next_number, from_number);
  memcpy (self->next_hash, kh_noise_hash (noise), sizeof self->next_hash);
  kh_wipe (&keys, sizeof keys);
  return made;
}

static KhRekeyResult
receive_question (
    KhSessionKeys *self, const KhFrame *frame, guint64 next_number, gint64 rtt_us, gint64 now_us)
{
  if (now_us < self->answer_from_us)
    return KH_REKEY_PASSED_OVER;
  if (!answer (self, frame, next_number))
    return KH_REKEY_BROKEN;

  memcpy (self->question.bytes, frame->rekey.message, sizeof self->question.bytes);
  self->answer_from_us = now_us + KH_REKEY_ANSWER_INTERVAL_US;
  move (self, KH_REKEY_ANSWERED);
  wait_for_peer (self, REPEAT_MAX_US, rtt_us, now_us);
  return KH_REKEY_DUE;
}

/* Message 2: this side has the new keys, and the other one waits for their first packet. */
static KhRekeyResult
receive_answer (KhSessionKeys *self, const KhFrame *frame, guint64 next_number, gint64 now_us)
{
  KhTransportKeys keys;
  KhKeyPair pair;
  guint8 hash[KH_NOISE_HASH_SIZE];
  guint64 from_number;
  gboolean made;

  if (!read_message (self->noise, frame, &from_number) || !kh_noise_split (self->noise, &keys))
    return KH_REKEY_BROKEN;
  made = kh_key_pair_init_at (&pair, &keys, next_epoch (self), self->asked_number, from_number);
  kh_wipe (&keys, sizeof keys);
  if (!made)
    return KH_REKEY_BROKEN;

  memcpy (hash, kh_noise_hash (self->noise), sizeof hash);
  put_in_use (self, &pair, hash, now_us);
  kh_wipe (&pair, sizeof pair);
  return KH_REKEY_RENEWED;
}

/* A question that was lost on the way here, or whose answer was on the way back. */
static KhRekeyResult
receive_repeated (KhSessionKeys *self, const KhFrame *frame)
{
  if (frame->rekey.len < KH_KEY_SIZE ||
      memcmp (frame->rekey.message, self->question.bytes, KH_KEY_SIZE) != 0)
    return KH_REKEY_PASSED_OVER;
  self->owed = TRUE;
  return KH_REKEY_DUE;
}

KhRekeyResult
kh_session_keys_receive (
    KhSessionKeys *self, const KhFrame *frame, guint64 next_number, gint64 rtt_us, gint64 now_us)
{
  gboolean is_question = frame->rekey.step == 1;

  if (frame->rekey.epoch != next_epoch (self))
    return KH_REKEY_PASSED_OVER;
  switch (self->state)
    {
    case KH_REKEY_QUIET:
      if (is_question)
        return receive_question (self, frame, next_number, rtt_us, now_us);
      return KH_REKEY_PASSED_OVER;
    case KH_REKEY_ASKING:
      if (!is_question)
        return receive_answer (self, frame, next_number, now_us);
      /* Both asked: the session's initiator goes on, the other answers. */
      if (!self->initiator)
        return receive_question (self, frame, next_number, rtt_us, now_us);
      return KH_REKEY_PASSED_OVER;
    case KH_REKEY_ANSWERED:
      return is_question ? receive_repeated (self, frame) : KH_REKEY_PASSED_OVER;
    default:
      g_assert_not_reached ();
    }
}

gboolean
kh_session_keys_write (KhSessionKeys *self, KhWriter *writer)
{
  if (!self->owed)
    return FALSE;
  self->owed = FALSE;
  return kh_frame_write_rekey (writer, next_epoch (self), self->state == KH_REKEY_ASKING ? 1 : 2,
                               self->message, self->message_len);
}

/* --- time -------------------------------------------------------------------------------- */

/* When to ask: KH_NEVER where nothing was said since the last time. */
static gint64
ask_us (const KhSessionKeys *self)
{
  if (self->state != KH_REKEY_QUIET || !self->active)
    return KH_NEVER;
  return self->renewed_us + KH_REKEY_INTERVAL_US + (self->initiator ? 0 : KH_REKEY_LATER_US);
}

gint64
kh_session_keys_next_timeout (const KhSessionKeys *self)
{
  if (self->owed)
    return 0;
  return MIN (MIN (self->forget_us, self->next_us), ask_us (self));
}

gboolean
kh_session_keys_handle_timeout (KhSessionKeys *self,
                                guint64 next_number,
                                gint64 rtt_us,
                                gint64 now_us)
{
  if (self->forget_us <= now_us)
    forget_previous (self);
  if (ask_us (self) <= now_us)
    ask (self, next_number, rtt_us, now_us);
  if (self->next_us > now_us)
    return TRUE;

  /* Counted in turns, not by the clock: time in which this machine slept is not the peer's. */
  self->patience_us -= self->interval_us;
  if (self->patience_us <= 0)
    return FALSE;
  self->interval_us = MIN (2 * self->interval_us, REPEAT_MAX_US);
  self->next_us = now_us + self->interval_us;
  self->owed |= self->state == KH_REKEY_ASKING;
  return TRUE;
}
