/* chip.h: how we are connected to the other side, in two words; opens to say it in sentences */
#pragma once

#include <gtk/gtk.h>

#include "engine/engine.h"

#define KH_TYPE_CHIP (kh_chip_get_type ())
G_DECLARE_FINAL_TYPE (KhChip, kh_chip, KH, CHIP, GtkWidget)

void kh_chip_set_engine (KhChip *self, KhEngine *engine);
/* @conversation: (nullable): NULL hides the chip */
void kh_chip_set_conversation (KhChip *self, KhConversation *conversation);
