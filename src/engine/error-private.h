/* error-private.h: from the errors of the layers below to the engine's */
#pragma once

#include <gio/gio.h>

#include "engine/error.h"

/* (transfer full): @error as KH_ENGINE_ERROR, or G_IO_ERROR_CANCELLED; takes @error. Of the
 * history's and the system's errors. */
GError *kh_engine_error_from_store (GError *error);
/* The same for whatever opening a socket says. */
GError *kh_engine_error_from_socket (GError *error);
