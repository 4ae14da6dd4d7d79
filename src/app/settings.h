/* settings.h: what the user prefers: the schema io.github.knothole.Knothole
 *
 * The keys, their ranges and defaults: data/io.github.knothole.Knothole.gschema.xml.
 */
#pragma once

#include <gio/gio.h>

/* (transfer full): also where the schema is not installed: it is built beside the program. Ends the
 * program where it is in no place at all: the installation is broken. */
GSettings *kh_settings_new (void);

/* From now on the whole program looks as @settings say: colours and the size of text. Once. */
void kh_settings_apply_looks (GSettings *settings);
