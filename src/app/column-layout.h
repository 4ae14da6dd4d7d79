/* column-layout.h: one child, with a natural width that owes nothing to what is in it
 *
 * A layout manager for templates: the list of chats keeps its width when a notice or a request
 * with long words comes. Its minimum is the child's.
 */
#pragma once

#include <gtk/gtk.h>

#define KH_TYPE_COLUMN_LAYOUT (kh_column_layout_get_type ())
G_DECLARE_FINAL_TYPE (KhColumnLayout, kh_column_layout, KH, COLUMN_LAYOUT, GtkLayoutManager)
