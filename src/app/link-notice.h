/* link-notice.h: what is wrong with the connection to the server, and what can be done about it
 *
 * Nothing is shown while all is well, or while it merely takes a moment.
 */
#pragma once

#include <gtk/gtk.h>

#include "engine/engine.h"

#define KH_TYPE_LINK_NOTICE (kh_link_notice_get_type ())
G_DECLARE_FINAL_TYPE (KhLinkNotice, kh_link_notice, KH, LINK_NOTICE, GtkWidget)

void kh_link_notice_set_engine (KhLinkNotice *self, KhEngine *engine);
