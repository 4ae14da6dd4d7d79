/* key-file.h: the server's secret key on disk
 *
 * 32 bytes in a file of mode 0600. Clients pin the key: losing it makes every one of them warn its
 * user, so nothing here ever replaces a key that is there, whatever is wrong with it.
 */
#pragma once

#include <gio/gio.h>

#include "crypto/identity.h"
#include "wire/random.h"

#define KH_KEY_FILE_NAME "server.key"

/**
 * kh_key_file_load:
 * @dir: the state folder; made, with mode 0700, where it is missing
 * @random: makes the key where there is none
 * @ret_created: (optional): is it a new one
 * @error: in G_IO_ERROR; the message says what is wrong and what to do
 *
 * Returns: (transfer full) (nullable)
 */
KhIdentity *
kh_key_file_load (const char *dir, const KhRandom *random, gboolean *ret_created, GError **error);
