/* replay.h: windows that refuse packet numbers seen before (RFC 6479)
 *
 * Two sizes for two uses: KhReplay for sessions, whose window must outlast reordering at full rate,
 * and KhReplaySmall, a plain value of 24 bytes, for the server, which has one for each of a million
 * links with little traffic.
 *
 * Check before decrypting, commit after: only a packet that has verified may move the window.
 */
#pragma once

#include <glib.h>

typedef struct _KhReplay KhReplay;

/* Packets, for a session: they take a tenth of a second at 1 Gbit/s. */
#define KH_REPLAY_WINDOW 8192
/* No window is larger: 8 KiB of bits. */
#define KH_REPLAY_WINDOW_MAX 65472

/* (transfer full): accepts numbers less than @window, 1 to KH_REPLAY_WINDOW_MAX, below the highest
 * committed; rounded up to what fills its words. */
KhReplay *kh_replay_new (guint window);
void kh_replay_free (KhReplay *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KhReplay, kh_replay_free)

/* How far below the highest number a packet may be. */
guint kh_replay_get_window (const KhReplay *self);
/* Is @number new, and not too old to tell? */
gboolean kh_replay_check (const KhReplay *self, guint64 number);
/* Marks @number as seen. One that kh_replay_check() refuses changes nothing. */
void kh_replay_commit (KhReplay *self, guint64 number);

/* The window of KhReplaySmall, in packets. */
#define KH_REPLAY_SMALL_WINDOW 128

/**
 * KhReplaySmall:
 * @next: one more than the highest number committed, 0 for none; G_MAXUINT64 cannot be committed
 * @seen: bit n % 64 of word n / 64 is for @next - 1 - n
 *
 * All-zero memory is the empty window.
 */
typedef struct
{
  guint64 next;
  guint64 seen[KH_REPLAY_SMALL_WINDOW / 64];
} KhReplaySmall;

gboolean kh_replay_small_check (const KhReplaySmall *self, guint64 number);
void kh_replay_small_commit (KhReplaySmall *self, guint64 number);
