/* input.h: standard input as lines, read only as fast as they are taken
 *
 * Pull: kh_input_next() until FALSE. That asks for more, and kh_input_new()'s callback says once
 * that there is some, or that the end is reached. Who does not pull is not sent anything: the
 * writer at the other end of the pipe waits.
 */
#pragma once

#include "term/lines.h"

typedef struct _KhInput KhInput;
typedef void (*KhInputReady) (gpointer user_data);

/* @fd: borrowed; a pipe, a terminal, a file or a device. @line_max: bytes of a line */
KhInput *kh_input_new (int fd, gsize line_max, KhInputReady ready, gpointer user_data);
void kh_input_free (KhInput *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KhInput, kh_input_free)

gboolean kh_input_next (KhInput *self, KhLine *ret_line);
/* Nothing is left, and nothing will come. */
gboolean kh_input_is_at_end (KhInput *self);
