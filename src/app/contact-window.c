/* contact-window.c: all about one contact
 *
 * See contact-window.h. What is changed here is done at once, and shows when the disk has it; what
 * cannot be undone is asked first.
 */
#include "app/contact-window.h"

#include <glib/gi18n.h>

#include "app/accessible.h"
#include "app/choice-row.h"
#include "app/conversation-actions.h"
#include "app/question.h"
#include "app/save-dialog.h"
#include "app/words.h"

struct _KhContactWindow
{
  AdwWindow parent_instance;

  /* template */
  GtkWidget *toasts;
  AdwAvatar *avatar;
  GtkLabel *name;
  GtkLabel *presence;
  AdwEntryRow *alias;
  GtkLabel *peer_id;
  AdwPreferencesGroup *safety_group;
  GtkLabel *safety;
  GtkSwitch *verified;
  AdwActionRow *met_at;
  AdwComboRow *relay;
  GtkSwitch *muted;
  GtkSwitch *blocked;

  /* owned */
  KhEngine *engine;
  KhConversation *conversation;
  gboolean updating;
};

G_DEFINE_FINAL_TYPE (KhContactWindow, kh_contact_window, ADW_TYPE_WINDOW)

static void
update_safety (KhContactWindow *self)
{
  g_autofree char *number = kh_conversation_dup_safety_number (self->conversation);
  g_autofree char *who = kh_words_isolate (kh_conversation_get_name (self->conversation));
  g_autofree char *description = NULL;

  if (number == NULL)
    description =
        g_strdup_printf (_ ("It is known once you have been connected to %s for the first time."),
                         who);
  else
    description = g_strdup_printf (
        _ ("Call %s, or meet, and read these digits to each other. If they are the same on both "
           "sides, nobody is in between."),
        who);
  adw_preferences_group_set_description (self->safety_group, description);
  gtk_label_set_label (self->safety, number != NULL ? number : "");
  gtk_widget_set_visible (gtk_widget_get_ancestor (GTK_WIDGET (self->safety),
                                                   GTK_TYPE_LIST_BOX_ROW),
                          number != NULL);
  gtk_widget_set_sensitive (GTK_WIDGET (self->verified), number != NULL);
}

static void
set_switch (GtkSwitch *widget, gboolean on)
{
  gtk_switch_set_active (widget, on);
  gtk_switch_set_state (widget, on);
}

static void
say (KhContactWindow *self, const char *words)
{
  g_autofree char *markup = g_markup_escape_text (words, -1);

  adw_toast_overlay_add_toast (ADW_TOAST_OVERLAY (self->toasts), adw_toast_new (markup));
}

static void
update_connection (KhContactWindow *self)
{
  const char *server = kh_conversation_get_server (self->conversation);

  gtk_widget_set_visible (GTK_WIDGET (self->met_at), server != NULL);
  adw_action_row_set_subtitle (self->met_at, server != NULL ? server : "");
  /* The list has them in the order of KhRelayUse. */
  adw_combo_row_set_selected (self->relay, kh_conversation_get_relay_policy (self->conversation));
}

static void
update (KhContactWindow *self)
{
  KhConversation *conversation = self->conversation;
  const char *name = kh_conversation_get_name (conversation);
  const char *given = kh_conversation_get_given_name (conversation);
  const char *presence = kh_words_presence (kh_conversation_get_presence (conversation));

  self->updating = TRUE;
  adw_avatar_set_text (self->avatar, name);
  gtk_label_set_text (self->name, name);
  if (*given != '\0' && !g_str_equal (given, name))
    {
      g_autofree char *isolated = kh_words_isolate (given);
      /* TRANSLATORS: "calls themselves Ada · connected" */
      g_autofree char *both = g_strdup_printf (_ ("calls themselves %s · %s"), isolated, presence);

      gtk_label_set_text (self->presence, both);
    }
  else
    gtk_label_set_text (self->presence, presence);
  set_switch (self->verified, kh_conversation_get_verified (conversation));
  set_switch (self->muted, kh_conversation_get_muted (conversation));
  set_switch (self->blocked, kh_conversation_get_blocked (conversation));
  update_safety (self);
  update_connection (self);
  self->updating = FALSE;
}

/* names */

static void
on_alias_apply (KhContactWindow *self)
{
  kh_engine_set_alias_async (self->engine, self->conversation,
                             gtk_editable_get_text (GTK_EDITABLE (self->alias)), NULL, NULL, NULL);
}

static void
on_copy_id (KhContactWindow *self)
{
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)),
                          kh_conversation_get_peer_id (self->conversation));
  say (self, _ ("Peer ID copied"));
}

/* switches: they move when the disk has it */

static gboolean
on_verified_set (KhContactWindow *self, gboolean on)
{
  if (!self->updating)
    kh_engine_set_verified_async (self->engine, self->conversation, on, NULL, NULL, NULL);
  return !self->updating;
}

static gboolean
on_muted_set (KhContactWindow *self, gboolean on)
{
  if (!self->updating)
    kh_engine_set_muted_async (self->engine, self->conversation, on, NULL, NULL, NULL);
  return !self->updating;
}

static gboolean
on_blocked_set (KhContactWindow *self, gboolean on)
{
  if (!self->updating)
    kh_engine_set_blocked_async (self->engine, self->conversation, on, NULL, NULL, NULL);
  return !self->updating;
}

static void
on_relay_selected (KhContactWindow *self)
{
  if (!self->updating)
    kh_engine_set_relay_policy_async (self->engine, self->conversation,
                                      (KhRelayUse) adw_combo_row_get_selected (self->relay), NULL,
                                      NULL, NULL);
}

/* history */

static void
on_exported (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (KhContactWindow) self = user_data;
  g_autoptr (GError) error = NULL;
  g_auto (KhWords) words = { NULL, NULL };

  if (kh_engine_finish (KH_ENGINE (source), result, &error))
    {
      say (self, _ ("Conversation saved"));
      return;
    }
  words = kh_words_for_error (error, NULL);
  say (self, words.title);
}

/* One that was there is to be replaced; the engine writes new files only. */
static void
on_place_free (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (KhContactWindow) self = user_data;
  GFile *file = G_FILE (source);

  g_file_delete_finish (file, result, NULL);
  if (self->engine != NULL)
    kh_engine_export_async (self->engine, self->conversation, file, NULL, on_exported,
                            g_object_ref (self));
}

static void
on_place_chosen (GObject *source, GAsyncResult *result, gpointer user_data)
{
  KhContactWindow *self = KH_CONTACT_WINDOW (source);
  g_autoptr (GFile) file = kh_save_dialog_finish (result);

  if (file != NULL)
    g_file_delete_async (file, G_PRIORITY_DEFAULT, NULL, on_place_free, g_object_ref (self));
}

static void
on_export (KhContactWindow *self)
{
  /* TRANSLATORS: name of a file; %s is a person */
  g_autofree char *name = g_strdup_printf (_ ("Conversation with %s.txt"),
                                           kh_conversation_get_name (self->conversation));

  g_strdelimit (name, "/\\:*?\"<>|", '-');
  kh_save_dialog_async (GTK_WINDOW (self), _ ("Save Conversation"), name, NULL, on_place_chosen,
                        NULL);
}

static void
on_clear_response (AdwMessageDialog *dialog, const char *response, KhContactWindow *self)
{
  if (g_str_equal (response, "clear"))
    kh_engine_clear_history_async (self->engine, self->conversation, NULL, NULL, NULL);
}

static void
on_clear (KhContactWindow *self)
{
  GtkWidget *dialog = kh_question_new (
      GTK_WINDOW (self), _ ("Clear the history?"),
      _ ("All messages of this chat are deleted from this computer for good. Your contact stays, "
         "and so does their copy."));

  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "cancel", _ ("_Cancel"), "clear",
                                    _ ("C_lear"), NULL);
  adw_message_dialog_set_response_appearance (ADW_MESSAGE_DIALOG (dialog), "clear",
                                              ADW_RESPONSE_DESTRUCTIVE);
  adw_message_dialog_set_close_response (ADW_MESSAGE_DIALOG (dialog), "cancel");
  kh_accessible_prepare_buttons (dialog);
  g_signal_connect_object (dialog, "response", G_CALLBACK (on_clear_response), self, 0);
  gtk_window_present (GTK_WINDOW (dialog));
}

static void
on_remove (KhContactWindow *self)
{
  kh_conversation_actions_remove (self->engine, self->conversation, GTK_WIDGET (self));
}

static void
on_conversations_changed (KhContactWindow *self)
{
  if (kh_engine_find_conversation (self->engine,
                                   kh_conversation_get_peer_id (self->conversation)) == NULL)
    gtk_window_destroy (GTK_WINDOW (self));
}

static void
kh_contact_window_dispose (GObject *object)
{
  KhContactWindow *self = KH_CONTACT_WINDOW (object);

  g_clear_object (&self->conversation);
  g_clear_object (&self->engine);
  G_OBJECT_CLASS (kh_contact_window_parent_class)->dispose (object);
}

static void
kh_contact_window_class_init (KhContactWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = kh_contact_window_dispose;

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/knothole/Knothole/contact-window.ui");
  gtk_widget_class_bind_template_child (widget_class, KhContactWindow, toasts);
  gtk_widget_class_bind_template_child (widget_class, KhContactWindow, avatar);
  gtk_widget_class_bind_template_child (widget_class, KhContactWindow, name);
  gtk_widget_class_bind_template_child (widget_class, KhContactWindow, presence);
  gtk_widget_class_bind_template_child (widget_class, KhContactWindow, alias);
  gtk_widget_class_bind_template_child (widget_class, KhContactWindow, peer_id);
  gtk_widget_class_bind_template_child (widget_class, KhContactWindow, safety_group);
  gtk_widget_class_bind_template_child (widget_class, KhContactWindow, safety);
  gtk_widget_class_bind_template_child (widget_class, KhContactWindow, verified);
  gtk_widget_class_bind_template_child (widget_class, KhContactWindow, met_at);
  gtk_widget_class_bind_template_child (widget_class, KhContactWindow, relay);
  gtk_widget_class_bind_template_child (widget_class, KhContactWindow, muted);
  gtk_widget_class_bind_template_child (widget_class, KhContactWindow, blocked);
  gtk_widget_class_bind_template_callback (widget_class, on_alias_apply);
  gtk_widget_class_bind_template_callback (widget_class, on_copy_id);
  gtk_widget_class_bind_template_callback (widget_class, on_verified_set);
  gtk_widget_class_bind_template_callback (widget_class, on_muted_set);
  gtk_widget_class_bind_template_callback (widget_class, on_blocked_set);
  gtk_widget_class_bind_template_callback (widget_class, on_relay_selected);
  gtk_widget_class_bind_template_callback (widget_class, on_export);
  gtk_widget_class_bind_template_callback (widget_class, on_clear);
  gtk_widget_class_bind_template_callback (widget_class, on_remove);
}

static void
kh_contact_window_init (KhContactWindow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  kh_choice_row_prepare (self->relay);
  kh_accessible_prepare_buttons (GTK_WIDGET (self));
  kh_accessible_name_groups (GTK_WIDGET (self), _ ("Details"));
}

void
kh_contact_window_present (KhEngine *engine, KhConversation *conversation, GtkWidget *widget)
{
  static const char *const watched[] = { "notify::name",       "notify::presence",
                                         "notify::given-name", "notify::verified",
                                         "notify::muted",      "notify::blocked",
                                         "notify::server",     "notify::relay-policy" };
  KhContactWindow *self =
      g_object_new (KH_TYPE_CONTACT_WINDOW, "transient-for", gtk_widget_get_root (widget), NULL);
  const char *alias = kh_conversation_get_alias (conversation);

  self->engine = g_object_ref (engine);
  self->conversation = g_object_ref (conversation);
  gtk_label_set_text (self->peer_id, kh_conversation_get_peer_id (conversation));
  gtk_editable_set_text (GTK_EDITABLE (self->alias), alias != NULL ? alias : "");
  for (guint i = 0; i < G_N_ELEMENTS (watched); i++)
    g_signal_connect_object (conversation, watched[i], G_CALLBACK (update), self,
                             G_CONNECT_SWAPPED);
  g_signal_connect_object (kh_engine_get_conversations (engine), "items-changed",
                           G_CALLBACK (on_conversations_changed), self, G_CONNECT_SWAPPED);
  update (self);
  gtk_window_present (GTK_WINDOW (self));
}
