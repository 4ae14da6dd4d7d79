/* choice-row.h: a row of choices that says what is chosen */
#pragma once

#include <adwaita.h>

/* @row: of a GtkStringList; what is chosen is shown whole, however long the words beside it are.
 * The list that opens stays as it is, and the mnemonic of a row out of sight scrolls to it first.
 */
void kh_choice_row_show_whole (AdwComboRow *row);
