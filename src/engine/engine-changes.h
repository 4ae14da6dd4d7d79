/* engine-changes.h: editing, deleting, reacting, and that one is writing
 *
 * Part of engine.h. Changes are on our disk, and shown, when they are done; they reach the peer as
 * messages do, now or when they come. All of these end in kh_engine_finish(). INVALID where the
 * message was deleted meanwhile, or is not ours to change.
 */
#pragma once

#include "engine/conversation.h"

typedef struct _KhEngine KhEngine;

typedef enum
{
  KH_DELETE_HERE,     /* any message; the other side keeps it */
  KH_DELETE_FOR_BOTH, /* an own one: "deleted" is left in its place on both sides, or nothing of one
                       * that was pending */
} KhDeleteFor;

/* An own message. @text: as for kh_engine_send_async(), TOO_LONG. */
void kh_engine_edit_async (KhEngine *self,
                           KhChatMessage *message,
                           const char *text,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data);

/* For good: no word of it stays on this disk. Also how to take back a message that is pending, with
 * FOR_BOTH: should the peer have it after all, it is deleted there too. */
void kh_engine_delete_async (KhEngine *self,
                             KhChatMessage *message,
                             KhDeleteFor delete_for,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data);

/**
 * kh_engine_react_async:
 * @emoji: 1 to KH_EMOJI_MAX bytes without spaces; see kh_engine_check_emoji()
 * @set: leave it at the message, or take it back
 *
 * Does nothing where it is so already. INVALID for a text that is no emoji, and for more than
 * KH_REACTIONS_MAX.
 */
void kh_engine_react_async (KhEngine *self,
                            KhChatMessage *message,
                            const char *emoji,
                            gboolean set,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data);
gboolean kh_engine_check_emoji (const char *emoji);

/* The user writes to them, or has stopped: to be called with every key, and FALSE when the text is
 * empty again or the conversation left. Told to who is connected, at most every 3 s. */
void kh_engine_set_typing (KhEngine *self, KhConversation *conversation, gboolean typing);
