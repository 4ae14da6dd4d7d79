/* sleep-watch.h: tells when this machine has slept and woken up
 *
 * logind says so where there is a system bus with one. Everywhere else the clocks do: the one that
 * counts time asleep has gone on more than the one that does not.
 */
#pragma once

#include <gio/gio.h>

typedef struct _KhSleepWatch KhSleepWatch;

/* The machine is awake again: what was known of the network is old. Once for each sleep. */
typedef void (*KhSleepWatchResumed) (gpointer user_data);

/* (transfer full). Calls back on the thread-default main context of this call. */
KhSleepWatch *kh_sleep_watch_new (KhSleepWatchResumed resumed, gpointer user_data);
void kh_sleep_watch_free (KhSleepWatch *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KhSleepWatch, kh_sleep_watch_free)

/* For tests: another bus than the system's, and another clock: µs asleep since some moment. */
void kh_sleep_watch_use_bus (KhSleepWatch *self, GDBusConnection *bus);
void kh_sleep_watch_use_clock (KhSleepWatch *self, gint64 (*get_asleep_us) (void));
/* Looks at the clocks, as when the kernel says that one has jumped. */
void kh_sleep_watch_check (KhSleepWatch *self);
