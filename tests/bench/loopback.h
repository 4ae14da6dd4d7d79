/* loopback.h: what the benchmarks on real sockets share: a bound socket, a clock, percentiles */
#pragma once

#include <glib.h>

#include "wire/addr.h"

/* A UDP socket on 127.0.0.1 at a port of the system's choice, which goes to @ret_addr. Ends the
 * program where there is none to be had. */
int bench_socket_new (KhAddr *ret_addr);
void bench_socket_send (int fd, const KhAddr *to, const void *data, gsize len);
/* Waits up to @timeout_us (KH_NEVER: for ever). Returns the length, or -1 after the time. */
gssize bench_socket_receive (int fd, KhAddr *ret_from, void *buf, gsize size, gint64 timeout_us);
/* As fork(); the child dies with this process. */
int bench_fork (void);
/* Nanoseconds, monotonic. */
gint64 bench_now_ns (void);
/* Sorts @ns. */
void bench_print_percentiles (
    const char *program, gint64 *ns, guint n, double *ret_p50, double *ret_p99);
