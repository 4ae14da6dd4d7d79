/* passphrase.h: asks for a passphrase on the terminal, as long as it lives
 *
 * What is typed is not shown. The terminal itself is asked, so that what comes by the standard
 * input stays there.
 */
#pragma once

#include <glib.h>

typedef struct _KhPassphrase KhPassphrase;

/* @passphrase: (nullable): NULL for an empty line, or the end of the terminal; wiped afterwards.
 * The asker may be freed meanwhile. */
typedef void (*KhPassphraseFunc) (const char *passphrase, gpointer user_data);

/* (nullable): NULL where there is no terminal. @prompt: without a colon */
KhPassphrase *kh_passphrase_ask (const char *prompt, KhPassphraseFunc func, gpointer user_data);
/* The terminal is as it was. */
void kh_passphrase_free (KhPassphrase *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KhPassphrase, kh_passphrase_free)
