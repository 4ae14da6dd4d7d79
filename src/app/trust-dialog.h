/* trust-dialog.h: whether the server's new key is to be trusted */
#pragma once

#include <gtk/gtk.h>

#include "engine/engine.h"

/**
 * kh_trust_dialog_ask:
 * @link: (nullable): NULL for the user's own server
 *
 * Over the window of @widget: gives both explanations, and accepts the key if the user says so.
 */
void kh_trust_dialog_ask (KhEngine *engine, KhServerLink *link, GtkWidget *widget);
