/* framing.h: messages on a stream of bytes (PROTOCOL.md, "Chat")
 *
 * On stream 0 every message is preceded by its length, 32 bits, big-endian, 1 to
 * KH_MESSAGE_SIZE_MAX. Any other length is a protocol error, after which nothing on that stream
 * can be understood: the session is to be closed.
 *
 * The reader holds one message and no more:
 *
 *   while (len > 0 && !kh_framing_reader_is_failed (reader))
 *     {
 *       gsize n = kh_framing_reader_push (reader, data, len);
 *       data += n, len -= n;
 *       g_autoptr (GBytes) message = kh_framing_reader_pop (reader);
 *       if (message != NULL) …
 *     }
 */
#pragma once

#include <glib.h>

#define KH_FRAMING_HEADER_SIZE 4

typedef struct _KhFramingReader KhFramingReader;

KhFramingReader *kh_framing_reader_new (void);
void kh_framing_reader_free (KhFramingReader *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KhFramingReader, kh_framing_reader_free)

/**
 * kh_framing_reader_push:
 *
 * Returns: how many bytes it took: all, or those up to the end of a message, which must be popped
 * before more are taken. 0 while a message waits or after a failure.
 */
gsize kh_framing_reader_push (KhFramingReader *self, const guint8 *data, gsize len);

/* (transfer full) (nullable): the message that is complete. */
GBytes *kh_framing_reader_pop (KhFramingReader *self);

/* Was a length out of range? It stays so. */
gboolean kh_framing_reader_is_failed (const KhFramingReader *self);

/* Is a message begun and not complete? At the end of a stream: was it cut short? */
gboolean kh_framing_reader_is_partial (const KhFramingReader *self);

/* (transfer full): length and @message. @message has 1 to KH_MESSAGE_SIZE_MAX bytes. */
GBytes *kh_framing_wrap (GBytes *message);
