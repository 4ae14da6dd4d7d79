/* choice-row.h: a row of choices that says what is chosen, and opens in sight */
#pragma once

#include <adwaita.h>

/* @row: of a GtkStringList; what is chosen is shown whole, however long the words beside it are.
 * The list of choices stays as it is, and where a key opens it in a row out of sight, the row is
 * scrolled to first. */
void kh_choice_row_prepare (AdwComboRow *row);
