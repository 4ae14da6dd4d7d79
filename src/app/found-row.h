/* found-row.h: a message that a search found: whose chat, when, and the words around the match */
#pragma once

#include <gtk/gtk.h>

#include "engine/search-hit.h"

#define KH_TYPE_FOUND_ROW (kh_found_row_get_type ())
G_DECLARE_FINAL_TYPE (KhFoundRow, kh_found_row, KH, FOUND_ROW, GtkListBoxRow)

/* @hit: of a message */
KhFoundRow *kh_found_row_new (KhSearchHit *hit);
/* (transfer none) */
KhSearchHit *kh_found_row_get_hit (KhFoundRow *self);
