/* chat-view.c: one conversation: what was said, and what is being written
 *
 * See chat-view.h. Messages count as read when the newest is on view in a window that the user is
 * working in.
 */
#include "app/chat-view.h"

#include <adwaita.h>
#include <glib/gi18n.h>
#include <string.h>

#include "app/composer.h"
#include "app/message-text.h"
#include "app/message-view.h"
#include "app/notice.h"
#include "app/words.h"

/* Characters of the message that is answered or edited. */
#define CONTEXT_CHARS 120
/* A pause in typing after which the draft is saved, in ms. */
#define DRAFT_PAUSE_MS 2000

struct _KhChatView
{
  GtkWidget parent_instance;

  /* template */
  GtkWidget *box;
  KhNotice *notice;
  KhNotice *send_notice;
  KhMessageView *messages;
  GtkLabel *typing;
  KhComposer *composer;

  /* owned */
  KhEngine *engine;
  KhConversation *conversation;
  GSettings *settings;
  KhChatMessage *answered; /* (nullable): what is written is a reply to it */
  KhChatMessage *edited;   /* (nullable): what is written takes the place of its text */
  guint draft_source;
};

G_DEFINE_FINAL_TYPE (KhChatView, kh_chat_view, GTK_TYPE_WIDGET)

typedef struct
{
  KhChatView *self;
  char *text;
  KhChatMessage *answered; /* (nullable) */
  KhChatMessage *edited;   /* (nullable) */
} SendData;

static void
send_data_free (SendData *data)
{
  g_object_unref (data->self);
  g_clear_object (&data->answered);
  g_clear_object (&data->edited);
  g_free (data->text);
  g_free (data);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SendData, send_data_free)

/* what the user has seen */

static void
mark_read_if_seen (KhChatView *self)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));

  if (gtk_widget_get_mapped (GTK_WIDGET (self)) && GTK_IS_WINDOW (root) &&
      gtk_window_is_active (GTK_WINDOW (root)) && kh_message_view_is_at_end (self->messages) &&
      kh_conversation_get_unread (self->conversation) > 0)
    kh_engine_mark_read (self->engine, self->conversation);
}

static void
update_typing (KhChatView *self)
{
  g_autofree char *who = kh_words_isolate (kh_conversation_get_name (self->conversation));
  g_autofree char *text = g_strdup_printf (_ ("%s is writing…"), who);

  gtk_label_set_text (self->typing, text);
  gtk_widget_set_visible (GTK_WIDGET (self->typing),
                          kh_conversation_get_typing (self->conversation));
}

static void
update_notice (KhChatView *self)
{
  g_auto (KhWords) words = { NULL, NULL };

  if (kh_words_for_conversation (self->conversation,
                                 kh_server_link_get_link (
                                     kh_conversation_get_server_link (self->conversation)),
                                 &words))
    kh_notice_show (self->notice,
                    kh_conversation_get_presence (self->conversation) == KH_PRESENCE_WRONG_KEY
                        ? KH_NOTICE_DANGER
                        : KH_NOTICE_INFO,
                    words.title, words.body,
                    kh_conversation_get_blocked (self->conversation) ? _ ("_Unblock") : NULL, NULL);
  else
    kh_notice_hide (self->notice);
  gtk_widget_set_sensitive (GTK_WIDGET (self->composer),
                            !kh_conversation_get_blocked (self->conversation));
}

static void
on_notice_primary (KhChatView *self)
{
  kh_engine_set_blocked_async (self->engine, self->conversation, FALSE, NULL, NULL, NULL);
}

/* the draft */

static void
save_draft (KhChatView *self)
{
  g_autofree char *text = kh_composer_dup_text (self->composer);
  const char *draft = kh_conversation_get_draft (self->conversation);

  g_clear_handle_id (&self->draft_source, g_source_remove);
  if (self->edited == NULL && g_strcmp0 (draft != NULL ? draft : "", text) != 0 &&
      strlen (text) <= KH_TEXT_MAX)
    kh_engine_set_draft_async (self->engine, self->conversation, text, NULL, NULL, NULL);
}

static gboolean
on_pause (gpointer user_data)
{
  KhChatView *self = user_data;

  self->draft_source = 0;
  save_draft (self);
  return G_SOURCE_REMOVE;
}

static void
tell_typing (KhChatView *self, gboolean typing)
{
  if (g_settings_get_boolean (self->settings, "typing"))
    kh_engine_set_typing (self->engine, self->conversation, typing);
}

static void
on_edited (KhChatView *self)
{
  g_autofree char *text = kh_composer_dup_text (self->composer);

  tell_typing (self, *text != '\0');
  g_clear_handle_id (&self->draft_source, g_source_remove);
  self->draft_source = g_timeout_add (DRAFT_PAUSE_MS, on_pause, self);
}

/* what is written for a message that is there already */

static void
clear_context (KhChatView *self)
{
  g_clear_object (&self->answered);
  g_clear_object (&self->edited);
  kh_composer_set_context (self->composer, NULL, NULL);
}

static void
on_cancelled (KhChatView *self)
{
  const char *draft = kh_conversation_get_draft (self->conversation);

  if (self->edited != NULL)
    kh_composer_set_text (self->composer, draft != NULL ? draft : "");
  clear_context (self);
}

static void
set_context (KhChatView *self, const char *title, KhChatMessage *message)
{
  g_autofree char *line =
      kh_message_text_dup_line (kh_chat_message_get_text (message), CONTEXT_CHARS);

  kh_composer_set_context (self->composer, title, line);
  kh_composer_focus (self->composer);
}

static void
on_reply (KhChatView *self, KhChatMessage *message)
{
  g_autofree char *who = kh_words_isolate (kh_conversation_get_name (self->conversation));
  g_autofree char *title = g_strdup_printf (_ ("Reply to %s"), who);

  on_cancelled (self);
  g_set_object (&self->answered, message);
  set_context (self, kh_chat_message_get_outgoing (message) ? _ ("Reply to yourself") : title,
               message);
}

static void
on_edit (KhChatView *self, KhChatMessage *message)
{
  save_draft (self);
  on_cancelled (self);
  g_set_object (&self->edited, message);
  kh_composer_set_text (self->composer, kh_chat_message_get_text (message));
  set_context (self, _ ("Edit your message"), message);
}

static void
on_edit_last (KhChatView *self)
{
  GListModel *messages = kh_conversation_get_messages (self->conversation);

  for (guint i = g_list_model_get_n_items (messages); i > 0; i--)
    {
      g_autoptr (KhChatMessage) message = g_list_model_get_item (messages, i - 1);

      if (!kh_chat_message_get_outgoing (message) || kh_chat_message_get_deleted (message))
        continue;
      on_edit (self, message);
      return;
    }
}

/* sending */

/* What was not saved goes back to where it was written, and for what. */
static void
on_not_sent (SendData *data, const GError *error)
{
  KhChatView *self = data->self;
  g_auto (KhWords) words = kh_words_for_error (error, NULL);

  kh_composer_restore (self->composer, data->text);
  if (data->edited != NULL)
    {
      g_set_object (&self->edited, data->edited);
      set_context (self, _ ("Edit your message"), data->edited);
    }
  else if (data->answered != NULL)
    {
      g_set_object (&self->answered, data->answered);
      set_context (self, _ ("Reply"), data->answered);
    }
  kh_notice_show (self->send_notice, KH_NOTICE_WARNING, words.title, words.body, _ ("C_lose"),
                  NULL);
}

static void
on_sent (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (SendData) data = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (KhChatMessage) message = NULL;

  if (data->edited != NULL)
    kh_engine_finish (KH_ENGINE (source), result, &error);
  else
    message = kh_engine_send_finish (KH_ENGINE (source), result, &error);
  if (error != NULL && data->self->box != NULL)
    on_not_sent (data, error);
}

static void
on_send (KhChatView *self, const char *text)
{
  SendData *data = g_new0 (SendData, 1);
  KhConversation *conversation = self->conversation;

  data->self = g_object_ref (self);
  data->text = g_strdup (text);
  data->answered = g_steal_pointer (&self->answered);
  data->edited = g_steal_pointer (&self->edited);
  clear_context (self);
  kh_notice_hide (self->send_notice);
  if (data->edited != NULL)
    {
      kh_engine_edit_async (self->engine, data->edited, text, NULL, on_sent, data);
      return;
    }
  kh_message_view_clear_unread_line (self->messages);
  kh_message_view_go_to_end (self->messages);
  save_draft (self);
  if (data->answered != NULL)
    kh_engine_reply_async (self->engine, conversation, data->answered, text, NULL, on_sent, data);
  else
    kh_engine_send_async (self->engine, conversation, text, NULL, on_sent, data);
}

static void
kh_chat_view_map (GtkWidget *widget)
{
  KhChatView *self = KH_CHAT_VIEW (widget);

  GTK_WIDGET_CLASS (kh_chat_view_parent_class)->map (widget);
  mark_read_if_seen (self);
}

/* What was new is known when one comes back. */
static void
kh_chat_view_unmap (GtkWidget *widget)
{
  KhChatView *self = KH_CHAT_VIEW (widget);

  GTK_WIDGET_CLASS (kh_chat_view_parent_class)->unmap (widget);
  kh_message_view_clear_unread_line (self->messages);
  if (self->draft_source != 0)
    save_draft (self);
  if (self->engine != NULL)
    tell_typing (self, FALSE);
}

/* Not by GSignalGroup: it cannot let go of a window that is being disposed, as this one is when
 * its children are taken from it. */
static void
kh_chat_view_root (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (kh_chat_view_parent_class)->root (widget);
  g_signal_connect_swapped (gtk_widget_get_root (widget), "notify::is-active",
                            G_CALLBACK (mark_read_if_seen), widget);
}

static void
kh_chat_view_unroot (GtkWidget *widget)
{
  g_signal_handlers_disconnect_by_func (gtk_widget_get_root (widget), mark_read_if_seen, widget);
  GTK_WIDGET_CLASS (kh_chat_view_parent_class)->unroot (widget);
}

static void
kh_chat_view_dispose (GObject *object)
{
  KhChatView *self = KH_CHAT_VIEW (object);

  g_clear_handle_id (&self->draft_source, g_source_remove);
  g_clear_pointer (&self->box, gtk_widget_unparent);
  g_clear_object (&self->answered);
  g_clear_object (&self->edited);
  g_clear_object (&self->settings);
  g_clear_object (&self->conversation);
  g_clear_object (&self->engine);
  G_OBJECT_CLASS (kh_chat_view_parent_class)->dispose (object);
}

static void
kh_chat_view_class_init (KhChatViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = kh_chat_view_dispose;
  widget_class->map = kh_chat_view_map;
  widget_class->unmap = kh_chat_view_unmap;
  widget_class->root = kh_chat_view_root;
  widget_class->unroot = kh_chat_view_unroot;

  g_type_ensure (KH_TYPE_NOTICE);
  g_type_ensure (KH_TYPE_COMPOSER);
  g_type_ensure (KH_TYPE_MESSAGE_VIEW);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/knothole/Knothole/chat-view.ui");
  gtk_widget_class_bind_template_child (widget_class, KhChatView, box);
  gtk_widget_class_bind_template_child (widget_class, KhChatView, notice);
  gtk_widget_class_bind_template_child (widget_class, KhChatView, send_notice);
  gtk_widget_class_bind_template_child (widget_class, KhChatView, messages);
  gtk_widget_class_bind_template_child (widget_class, KhChatView, typing);
  gtk_widget_class_bind_template_child (widget_class, KhChatView, composer);
  gtk_widget_class_bind_template_callback (widget_class, mark_read_if_seen);
  gtk_widget_class_bind_template_callback (widget_class, on_send);
  gtk_widget_class_bind_template_callback (widget_class, on_edited);
  gtk_widget_class_bind_template_callback (widget_class, on_reply);
  gtk_widget_class_bind_template_callback (widget_class, on_edit);
  gtk_widget_class_bind_template_callback (widget_class, on_edit_last);
  gtk_widget_class_bind_template_callback (widget_class, on_cancelled);
  gtk_widget_class_bind_template_callback (widget_class, kh_notice_hide);
}

static void
kh_chat_view_init (KhChatView *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect_object (self->notice, "primary", G_CALLBACK (on_notice_primary), self,
                           G_CONNECT_SWAPPED);
}

KhChatView *
kh_chat_view_new (KhEngine *engine, KhConversation *conversation, GSettings *settings)
{
  KhChatView *self = g_object_new (KH_TYPE_CHAT_VIEW, NULL);

  self->engine = g_object_ref (engine);
  self->conversation = g_object_ref (conversation);
  self->settings = g_object_ref (settings);
  kh_message_view_set_conversation (self->messages, engine, conversation);
  g_signal_connect_object (conversation, "notify::unread", G_CALLBACK (mark_read_if_seen), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (conversation, "notify::presence", G_CALLBACK (update_notice), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (conversation, "notify::blocked", G_CALLBACK (update_notice), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (conversation, "notify::name", G_CALLBACK (update_notice), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (engine, "server-changed", G_CALLBACK (update_notice), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (conversation, "notify::typing", G_CALLBACK (update_typing), self,
                           G_CONNECT_SWAPPED);
  update_typing (self);
  if (kh_conversation_get_draft (conversation) != NULL)
    kh_composer_set_text (self->composer, kh_conversation_get_draft (conversation));
  update_notice (self);
  return self;
}

KhConversation *
kh_chat_view_get_conversation (KhChatView *self)
{
  return self->conversation;
}

void
kh_chat_view_focus (KhChatView *self)
{
  kh_composer_focus (self->composer);
}

void
kh_chat_view_show_message (KhChatView *self, gint64 seq)
{
  kh_message_view_show (self->messages, seq);
}
