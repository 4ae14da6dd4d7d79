/* passphrase-fields.h: a new passphrase, typed twice, and how strong it is
 *
 * A group of rows. Signal "changed" (): what kh_passphrase_fields_get() says may be another thing.
 * Signal "activate" (): Enter was pressed in the second of them.
 */
#pragma once

#include <adwaita.h>

#define KH_TYPE_PASSPHRASE_FIELDS (kh_passphrase_fields_get_type ())
G_DECLARE_FINAL_TYPE (
    KhPassphraseFields, kh_passphrase_fields, KH, PASSPHRASE_FIELDS, AdwPreferencesGroup)

/* (nullable) (transfer none): NULL where it is empty, or not twice the same. */
const char *kh_passphrase_fields_get (KhPassphraseFields *self);
void kh_passphrase_fields_clear (KhPassphraseFields *self);
