/* send-stream.h: our direction of one stream (RFC 9000, section 3.1)
 *
 * Keeps what was written until it is acknowledged, and knows which of it is to be sent: lost bytes
 * first, then new ones as far as flow control allows, then the end.
 */
#pragma once

#include "wire/bytes.h"

typedef enum
{
  KH_SEND_STREAM_OPEN,
  /* no more will be written */
  KH_SEND_STREAM_FINISHING,
  /* given up; RESET_STREAM is owed or on its way */
  KH_SEND_STREAM_RESETTING,
  /* the peer has acknowledged everything, or the reset */
  KH_SEND_STREAM_DONE,
} KhSendStreamState;

typedef struct _KhSendStream KhSendStream;

/* What to put into one STREAM frame. */
typedef struct
{
  guint64 offset;
  gsize len;
  gboolean fin;
} KhSendChunk;

/* What is to be sent, other than a reset. */
typedef enum
{
  KH_SEND_OWES_NOTHING,
  /* bytes that were never sent: they need the connection's credit as well */
  KH_SEND_OWES_NEW,
  /* lost bytes, or a bare end: they need no credit */
  KH_SEND_OWES_AGAIN,
} KhSendOwes;

/* @max: the peer's first limit, an offset */
KhSendStream *kh_send_stream_new (guint64 max);
void kh_send_stream_free (KhSendStream *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KhSendStream, kh_send_stream_free)

const char *kh_send_stream_state_to_string (KhSendStreamState state);
KhSendStreamState kh_send_stream_state (const KhSendStream *self);

/* Bytes that can be written now if @buffer bytes may be unacknowledged; 0 unless open. */
gsize kh_send_stream_room (const KhSendStream *self, gsize buffer);
/* Takes up to the room and returns how much. */
gsize kh_send_stream_write (KhSendStream *self, const guint8 *data, gsize len, gsize buffer);
/* (nullable): the same without the content, as kh_byte_window_extend(); NULL if there is no room.
 */
guint8 *kh_send_stream_extend (KhSendStream *self, gsize len, gsize buffer, gsize *ret_len);
void kh_send_stream_finish (KhSendStream *self);
/* Without effect once done or resetting. */
void kh_send_stream_reset (KhSendStream *self, guint64 code);
gsize kh_send_stream_unacked (const KhSendStream *self);

/* MAX_STREAM_DATA; a lower limit than before is old news. */
void kh_send_stream_set_max (KhSendStream *self, guint64 max);

KhSendOwes kh_send_stream_owes (const KhSendStream *self);
/* What to send next, at most @room bytes of data and @credit bytes never sent before. FALSE if
 * there is nothing. Changes nothing. */
gboolean
kh_send_stream_next (const KhSendStream *self, gsize room, guint64 credit, KhSendChunk *ret_chunk);
/* Where the next chunk begins. */
guint64 kh_send_stream_offset (const KhSendStream *self);
/* Copies the chunk's bytes, unless @ret_data is NULL, and takes it as sent. Returns how many were
 * never sent before. */
gsize kh_send_stream_take (KhSendStream *self, const KhSendChunk *chunk, guint8 *ret_data);
/* Copies the first @n of @len bytes from @offset on to @ret_data, and tells where the others lie:
 * @ret_parts has room for two, whose number is returned, for they are less than a block of the
 * window. Valid until the stream changes. */
guint kh_send_stream_leave (const KhSendStream *self,
                            guint64 offset,
                            gsize len,
                            guint8 *ret_data,
                            gsize n,
                            KhBytes *ret_parts);
/* Bytes never sent that may be sent now, where that is next: 0 while something is owed again. */
guint64 kh_send_stream_fresh (const KhSendStream *self, guint64 credit);
/* Takes @len of them as sent; not all, where they are the last of the stream. */
void kh_send_stream_take_fresh (KhSendStream *self, gsize len);
void kh_send_stream_on_acked (KhSendStream *self, const KhSendChunk *chunk);
void kh_send_stream_on_lost (KhSendStream *self, const KhSendChunk *chunk);

/* Is a RESET_STREAM to be sent? */
gboolean
kh_send_stream_owes_reset (const KhSendStream *self, guint64 *ret_code, guint64 *ret_final_size);
void kh_send_stream_on_reset_sent (KhSendStream *self);
void kh_send_stream_on_reset_acked (KhSendStream *self);
void kh_send_stream_on_reset_lost (KhSendStream *self);
