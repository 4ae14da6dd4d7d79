/* engine-keeping.h: what the user keeps about a conversation, and how to get rid of its history
 *
 * Part of engine.h. All of these end in kh_engine_finish().
 */
#pragma once

#include "engine/conversation.h"

typedef struct _KhEngine KhEngine;

void kh_engine_set_pinned_async (KhEngine *self,
                                 KhConversation *conversation,
                                 gboolean pinned,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data);
void kh_engine_set_muted_async (KhEngine *self,
                                KhConversation *conversation,
                                gboolean muted,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data);
void kh_engine_set_archived_async (KhEngine *self,
                                   KhConversation *conversation,
                                   gboolean archived,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data);
void kh_engine_set_marked_unread_async (KhEngine *self,
                                        KhConversation *conversation,
                                        gboolean unread,
                                        GCancellable *cancellable,
                                        GAsyncReadyCallback callback,
                                        gpointer user_data);

/**
 * kh_engine_set_draft_async:
 * @draft: (nullable): at most KH_TEXT_MAX bytes of UTF-8; NULL or empty for none
 *
 * "draft" changes at once, and back only if the disk refuses. For every pause in typing, and for
 * leaving a conversation: each call is a write. TOO_LONG, INVALID.
 */
void kh_engine_set_draft_async (KhEngine *self,
                                KhConversation *conversation,
                                const char *draft,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data);

/* Deletes all that was said, here and for good; what was not delivered is not sent any more. The
 * contact stays, and so does what the other side has. */
void kh_engine_clear_history_async (KhEngine *self,
                                    KhConversation *conversation,
                                    GCancellable *cancellable,
                                    GAsyncReadyCallback callback,
                                    gpointer user_data);
