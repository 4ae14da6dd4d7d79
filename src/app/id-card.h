/* id-card.h: the user's own peer ID, to be read out or copied
 *
 * Empty until it has its engine. The buttons copy the ID and the invite link,
 * and say for a moment that they did.
 */
#pragma once

#include <gtk/gtk.h>

#include "engine/engine.h"

#define KH_TYPE_ID_CARD (kh_id_card_get_type ())
G_DECLARE_FINAL_TYPE (KhIdCard, kh_id_card, KH, ID_CARD, GtkWidget)

void kh_id_card_set_engine (KhIdCard *self, KhEngine *engine);
