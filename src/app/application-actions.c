/* application-actions.c: what menus, notifications and the desktop's search ask of the program */
#include "app/application-private.h"

#include <glib/gi18n.h>

#include "app/preferences.h"

static void
action_open (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  KhApplication *self = user_data;

  self->arguments.background = FALSE;
  g_free (self->wanted);
  self->wanted = g_variant_dup_string (parameter, NULL);
  self->wanted_seq = 0;
  kh_application_begin (self);
}

/* Of what the desktop's search found. */

static void
action_open_message (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  KhApplication *self = user_data;

  g_free (self->wanted);
  g_variant_get (parameter, "(sx)", &self->wanted, &self->wanted_seq);
  kh_application_begin (self);
}

static void
action_search (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  KhApplication *self = user_data;

  g_free (self->wanted_words);
  self->wanted_words = g_variant_dup_string (parameter, NULL);
  kh_application_begin (self);
}

/* The buttons of notifications. */

static void
action_mark_read (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  KhApplication *self = user_data;
  KhConversation *conversation =
      self->engine != NULL
          ? kh_engine_find_conversation (self->engine, g_variant_get_string (parameter, NULL))
          : NULL;

  if (conversation != NULL)
    kh_engine_mark_read (self->engine, conversation);
}

static void
answer (KhApplication *self, const char *peer_id, KhKnockAnswer how)
{
  GListModel *requests = self->engine != NULL ? kh_engine_get_requests (self->engine) : NULL;

  g_application_withdraw_notification (G_APPLICATION (self), peer_id);
  for (guint i = 0; requests != NULL && i < g_list_model_get_n_items (requests); i++)
    {
      g_autoptr (KhKnock) knock = g_list_model_get_item (requests, i);

      if (!g_str_equal (kh_knock_get_peer_id (knock), peer_id))
        continue;
      kh_engine_answer_async (self->engine, knock, how, NULL, NULL, NULL);
      return;
    }
}

static void
action_accept (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  answer (KH_APPLICATION (user_data), g_variant_get_string (parameter, NULL), KH_KNOCK_ACCEPT);
}

static void
action_decline (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  answer (KH_APPLICATION (user_data), g_variant_get_string (parameter, NULL), KH_KNOCK_DECLINE);
}

static void
action_preferences (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  KhApplication *self = user_data;

  if (self->window != NULL)
    kh_preferences_present (self->settings, self->engine, GTK_WINDOW (self->window));
}

static void
action_new_chat (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  KhApplication *self = user_data;

  self->arguments.background = FALSE;
  self->arguments.new_chat = TRUE;
  kh_application_begin (self);
}

static void
action_quit (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  kh_application_leave (KH_APPLICATION (user_data));
}

static void
action_about (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  KhApplication *self = user_data;

  if (self->window == NULL)
    return;
  adw_show_about_window (
      GTK_WINDOW (self->window), "application-name", "Knothole", "application-icon",
      "io.github.knothole.Knothole", "version", KH_VERSION, "developer-name",
      _ ("The Knothole developers"), "license-type", GTK_LICENSE_GPL_3_0, "comments",
      _ ("Talk straight from your computer to theirs, encrypted end to end. A knothole is the "
         "hole in a fence that neighbours talk through."),
      NULL);
}

void
kh_application_add_actions (KhApplication *self)
{
  static const GActionEntry actions[] = {
    { .name = "open", .activate = action_open, .parameter_type = "s" },
    { .name = "open-message", .activate = action_open_message, .parameter_type = "(sx)" },
    { .name = "search", .activate = action_search, .parameter_type = "s" },
    { .name = "new-chat", .activate = action_new_chat },
    { .name = "mark-read", .activate = action_mark_read, .parameter_type = "s" },
    { .name = "accept", .activate = action_accept, .parameter_type = "s" },
    { .name = "decline", .activate = action_decline, .parameter_type = "s" },
    { .name = "preferences", .activate = action_preferences },
    { .name = "quit", .activate = action_quit },
    { .name = "about", .activate = action_about },
  };
  static const struct
  {
    const char *action, *key;
  } accels[] = {
    { "app.quit", "<Control>q" },     { "window.close", "<Control>w" },
    { "win.new-chat", "<Control>n" }, { "win.search", "<Control>f" },
    { "win.back", "<Alt>Left" },      { "app.preferences", "<Control>comma" },
  };

  g_action_map_add_action_entries (G_ACTION_MAP (self), actions, G_N_ELEMENTS (actions), self);
  for (guint i = 0; i < G_N_ELEMENTS (accels); i++)
    gtk_application_set_accels_for_action (GTK_APPLICATION (self), accels[i].action,
                                           (const char *[]){ accels[i].key, NULL });
}
