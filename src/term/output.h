/* output.h: prints reports: as plain lines, or as JSON
 *
 * How a report looks is behind a const vtable of pure functions; where it goes is here. Each report
 * is written at once and whole. Writing waits for a slow reader, which holds back the rest of the
 * program: nothing is dropped and nothing piles up.
 */
#pragma once

#include "term/report.h"

/**
 * KhOutputStyle:
 * @to_stdout, @to_stderr: (transfer full) (nullable): the lines for @report, each with its end;
 * NULL for none. @t_us: µs since the start of the program
 */
typedef struct
{
  char *(*to_stdout) (const KhReport *report, gint64 t_us);
  char *(*to_stderr) (const KhReport *report, gint64 t_us);
} KhOutputStyle;

extern const KhOutputStyle kh_output_plain;
extern const KhOutputStyle kh_output_json;

typedef struct _KhOutput KhOutput;

/* @out_fd, @err_fd: borrowed. @start_us: the moment that is t_ms = 0, monotonic */
KhOutput *kh_output_new (const KhOutputStyle *style, int out_fd, int err_fd, gint64 start_us);
void kh_output_free (KhOutput *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KhOutput, kh_output_free)

/* Returns FALSE where nobody reads standard output any more, from then on always. */
gboolean kh_output_print (KhOutput *self, const KhReport *report, gint64 now_us);
gboolean kh_output_is_broken (KhOutput *self);
