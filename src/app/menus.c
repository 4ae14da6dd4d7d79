/* menus.c: what the buttons of the main window open. See menus.h. */
#include "app/menus.h"

#include "app/accessible.h"
#include "app/conversation-actions.h"
#include "app/id-card.h"

static void
set_menu (GtkMenuButton *button, GMenuModel *menu)
{
  gtk_menu_button_set_menu_model (button, menu);
  kh_accessible_name_menu (gtk_menu_button_get_popover (button));
}

static void
create_main (GtkMenuButton *button, gpointer menu)
{
  if (gtk_menu_button_get_menu_model (button) == NULL)
    set_menu (button, menu);
}

static void
create_chat (GtkMenuButton *button, gpointer user_data)
{
  g_autoptr (GMenuModel) menu = NULL;

  if (gtk_menu_button_get_menu_model (button) != NULL)
    return;
  menu = kh_conversation_actions_menu_new ();
  set_menu (button, menu);
}

static void
create_id (GtkMenuButton *button, gpointer engine)
{
  KhIdCard *card;

  if (gtk_menu_button_get_popover (button) != NULL)
    return;
  card = g_object_new (KH_TYPE_ID_CARD, NULL);
  kh_id_card_set_engine (card, engine);
  gtk_menu_button_set_popover (button, g_object_new (GTK_TYPE_POPOVER, "child", card, NULL));
}

void
kh_menus_make_main (GtkMenuButton *button, GMenuModel *menu)
{
  gtk_menu_button_set_create_popup_func (button, create_main, g_object_ref (menu), g_object_unref);
}

void
kh_menus_make_chat (GtkMenuButton *button)
{
  gtk_menu_button_set_create_popup_func (button, create_chat, NULL, NULL);
}

void
kh_menus_make_id (GtkMenuButton *button, KhEngine *engine)
{
  gtk_menu_button_set_create_popup_func (button, create_id, g_object_ref (engine), g_object_unref);
}
