/* request-row.h: somebody who is no contact asks to talk: accept, decline or block
 *
 * Signal "answered" (KhKnock knock, int answer): a KhKnockAnswer. It never takes the focus.
 */
#pragma once

#include <gtk/gtk.h>

#include "engine/knock.h"

#define KH_TYPE_REQUEST_ROW (kh_request_row_get_type ())
G_DECLARE_FINAL_TYPE (KhRequestRow, kh_request_row, KH, REQUEST_ROW, GtkListBoxRow)

KhRequestRow *kh_request_row_new (KhKnock *knock);
