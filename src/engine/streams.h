/* streams.h: the streams of one contact's session beside the chat's, and whose each is
 *
 * Stream 0 is the exchange's (exchange.h). The first byte of any other says what it carries; who
 * opens one writes it. What nobody here takes is refused at once, in both directions, so that a
 * peer's streams hold no memory that nobody will read.
 *
 * Code and bytes: src/wire/PROTOCOL.md, "Streams".
 */
#pragma once

#include "node/node.h"

typedef struct _KhConversation KhConversation;
typedef struct _KhEngine KhEngine;
typedef struct _KhStreams KhStreams;

/* The first byte of a stream. */
typedef enum
{
  KH_STREAM_TYPE_BENCH = 1,
  KH_STREAM_TYPE_FILE = 2, /* reserved: refused */
} KhStreamType;

/* Why a direction was given up: the codes of RESET_STREAM and STOP_SENDING. */
typedef enum
{
  KH_STREAM_CODE_CANCELLED = 0x100, /* by its owner */
  KH_STREAM_CODE_REFUSED = 0x101,   /* of a type that is not taken here, or not now */
  KH_STREAM_CODE_DAMAGED = 0x102,   /* not what the type's rules say */
} KhStreamCode;

/**
 * KhStreamOps:
 * @news: of a stream; it may remove itself and others
 * @lost: the session ended, and the table has forgotten the stream already
 *
 * Of who owns a stream, @owner as it was given.
 */
typedef struct
{
  void (*news) (gpointer owner, const KhEvent *event);
  void (*lost) (gpointer owner);
} KhStreamOps;

KhStreams *kh_streams_new (KhConversation *conversation);
/* Whoever owns a stream is told that it is lost. */
void kh_streams_free (KhStreams *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KhStreams, kh_streams_free)

/* @id is @owner's from now on; borrowed, until it is removed or lost. */
void kh_streams_add (KhStreams *self, guint64 id, const KhStreamOps *ops, gpointer owner);
void kh_streams_remove (KhStreams *self, guint64 id);
/* Removes it, and gives up both directions. */
void kh_streams_abort (KhStreams *self, KhEngine *engine, guint64 id, KhStreamCode code);

/* @event is STREAM, and not of stream 0. */
void kh_streams_handle (KhStreams *self, KhEngine *engine, const KhEvent *event);
/* The session is over: all of its streams are lost. */
void kh_streams_session_down (KhStreams *self);
