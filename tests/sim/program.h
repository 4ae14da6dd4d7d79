/* program.h: two ends that use their connection at random, and what must hold whatever they do
 *
 * From a seed both ends open streams, write, finish, reset, stop, read late, ping and perhaps
 * close, at random moments, while the line is cut, changes and loses. Each byte that is read is
 * held against what was written; each event against what the other end did. Then the lines are
 * healed, every stream is ended, and all of it must settle into silence. Any breach ends the
 * program.
 */
#pragma once

#include "end.h"

typedef struct _KhSimProgram KhSimProgram;

/* Draws the program and its lines from @seed. */
KhSimProgram *kh_sim_program_new (guint64 seed);
void kh_sim_program_free (KhSimProgram *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KhSimProgram, kh_sim_program_free)

/* Runs it to its end and checks that. */
void kh_sim_program_run (KhSimProgram *self);
/* Bytes that were read, for a test that all of this is no idle talk. */
guint64 kh_sim_program_get_read (KhSimProgram *self);
