/* setup.h: asks for the user's name and server: at the first start, and when they change
 *
 * Signal "done" (): both are saved; the window closes itself.
 */
#pragma once

#include <adwaita.h>

#include "engine/engine.h"

#define KH_TYPE_SETUP (kh_setup_get_type ())
G_DECLARE_FINAL_TYPE (KhSetup, kh_setup, KH, SETUP, AdwWindow)

/* @first_run: with a welcome */
KhSetup *kh_setup_new (KhEngine *engine, gboolean first_run);
/* Fills in what the command line gave; NULL leaves it. */
void kh_setup_fill (KhSetup *self, const char *name, const char *server);
