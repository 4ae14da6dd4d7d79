/* notify.h: telling the service manager how it goes (sd_notify(3)), without its library */
#pragma once

#include <glib.h>

/* Sends @state, such as "READY=1", to $NOTIFY_SOCKET; nothing where that is not set. Failures are
 * logged: the service manager will notice by itself. */
void kh_notify_send (const char *state);
