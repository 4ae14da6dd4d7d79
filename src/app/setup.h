/* setup.h: asks for the user's name and server: at the first start, and when they change
 *
 * Signal "done" (): both are saved; the window closes itself.
 * Signal "restore" (): the user would rather restore a backup.
 */
#pragma once

#include <adwaita.h>

#include "engine/engine.h"

#define KH_TYPE_SETUP (kh_setup_get_type ())
G_DECLARE_FINAL_TYPE (KhSetup, kh_setup, KH, SETUP, AdwWindow)

/* @first_run: with a welcome */
KhSetup *kh_setup_new (KhEngine *engine, gboolean first_run);
/* Whether a backup is to be made once it is done. */
gboolean kh_setup_get_wants_backup (KhSetup *self);
/* Fills in what the command line gave; NULL leaves it. */
void kh_setup_fill (KhSetup *self, const char *name, const char *server);
