/* new-chat.c: the dialog that asks whom to talk to
 *
 * See new-chat.h. The server is the present one, until an invite link names another or the user
 * types one; what the user typed is never overwritten.
 */
#include "app/new-chat.h"

#include <glib/gi18n.h>

#include "app/accessible.h"
#include "app/status.h"
#include "app/words.h"

enum
{
  SIGNAL_CONNECTED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

struct _KhNewChat
{
  AdwWindow parent_instance;

  /* template */
  GtkWidget *connect;
  GtkWidget *target;
  GtkWidget *server;
  GtkLabel *error;
  GtkLabel *hint;

  /* owned */
  KhEngine *engine;
  GCancellable *cancellable;
  gboolean server_typed;   /* by the user */
  gboolean filling_server; /* by the program */
  gboolean busy;
};

G_DEFINE_FINAL_TYPE (KhNewChat, kh_new_chat, ADW_TYPE_WINDOW)

/* (transfer full) */
static char *
dup_stripped (GtkWidget *row)
{
  return g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (row))));
}

static void
set_row_error (GtkWidget *row, gboolean wrong)
{
  if (wrong)
    gtk_widget_add_css_class (row, "error");
  else
    gtk_widget_remove_css_class (row, "error");
}

static void
show_error (KhNewChat *self, const char *message)
{
  g_autofree char *sentence = message != NULL ? kh_words_sentence (message) : NULL;

  kh_status_show (self->error, sentence);
}

static void
update_hint (KhNewChat *self, const char *server)
{
  const char *present = kh_engine_get_server (self->engine);
  gboolean moves = present != NULL && *server != '\0' && !g_str_equal (present, server);

  gtk_widget_set_visible (GTK_WIDGET (self->hint), moves);
  if (moves)
    {
      g_autofree char *isolated = kh_words_isolate (present);
      g_autofree char *text =
          g_strdup_printf (_ ("You stay at %s, and will be at this server too for this chat."),
                           isolated);

      gtk_label_set_text (self->hint, text);
    }
}

/* Returns FALSE while one of the two is empty or wrong, and says what. */
static gboolean
check (KhNewChat *self)
{
  g_autofree char *target = dup_stripped (self->target);
  g_autofree char *server = dup_stripped (self->server);
  g_autoptr (GError) target_error = NULL;
  g_autoptr (GError) server_error = NULL;

  if (*target != '\0')
    kh_engine_check_target (self->engine, target, NULL, &target_error);
  if (*server != '\0')
    kh_engine_check_server (server, &server_error);
  set_row_error (self->target, target_error != NULL);
  set_row_error (self->server, server_error != NULL);
  show_error (self, target_error != NULL   ? target_error->message
                    : server_error != NULL ? server_error->message
                                           : NULL);
  update_hint (self, server_error == NULL ? server : "");
  return *target != '\0' && *server != '\0' && target_error == NULL && server_error == NULL;
}

static void
update (KhNewChat *self)
{
  gtk_widget_set_sensitive (self->connect, check (self) && !self->busy);
}

static void
fill_server (KhNewChat *self, const char *server)
{
  if (self->server_typed || server == NULL)
    return;
  self->filling_server = TRUE;
  gtk_editable_set_text (GTK_EDITABLE (self->server), server);
  self->filling_server = FALSE;
}

static void
on_target_changed (KhNewChat *self)
{
  g_autofree char *target = dup_stripped (self->target);
  g_autofree char *server = NULL;

  if (kh_engine_check_target (self->engine, target, &server, NULL))
    fill_server (self, server != NULL ? server : kh_engine_get_server (self->engine));
  update (self);
}

static void
on_server_changed (KhNewChat *self)
{
  if (!self->filling_server)
    self->server_typed = TRUE;
  update (self);
}

static void
on_connect_done (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (KhNewChat) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (KhConversation) conversation =
      kh_engine_connect_finish (KH_ENGINE (source), result, &error);

  self->busy = FALSE;
  if (conversation != NULL)
    {
      g_signal_emit (self, signals[SIGNAL_CONNECTED], 0, conversation);
      gtk_window_destroy (GTK_WINDOW (self));
    }
  else if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      g_auto (KhWords) words = kh_words_for_error (error, NULL);

      update (self);
      show_error (self, words.body);
    }
}

static void
on_connect (KhNewChat *self)
{
  g_autofree char *target = dup_stripped (self->target);
  g_autofree char *server = dup_stripped (self->server);

  if (!check (self) || self->busy)
    return;
  self->busy = TRUE;
  update (self);
  /* Otherwise it is the link's, whose key goes with it, or the present one. */
  kh_engine_connect_async (self->engine, target, self->server_typed ? server : NULL,
                           self->cancellable, on_connect_done, g_object_ref (self));
}

static void
kh_new_chat_dispose (GObject *object)
{
  KhNewChat *self = KH_NEW_CHAT (object);

  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->engine);
  G_OBJECT_CLASS (kh_new_chat_parent_class)->dispose (object);
}

static void
kh_new_chat_class_init (KhNewChatClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = kh_new_chat_dispose;

  signals[SIGNAL_CONNECTED] = g_signal_new ("connected", KH_TYPE_NEW_CHAT, G_SIGNAL_RUN_LAST, 0,
                                            NULL, NULL, NULL, G_TYPE_NONE, 1, KH_TYPE_CONVERSATION);

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/knothole/Knothole/new-chat.ui");
  gtk_widget_class_bind_template_child (widget_class, KhNewChat, connect);
  gtk_widget_class_bind_template_child (widget_class, KhNewChat, target);
  gtk_widget_class_bind_template_child (widget_class, KhNewChat, server);
  gtk_widget_class_bind_template_child (widget_class, KhNewChat, error);
  gtk_widget_class_bind_template_child (widget_class, KhNewChat, hint);
  gtk_widget_class_bind_template_callback (widget_class, on_target_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_server_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_connect);
}

static void
kh_new_chat_init (KhNewChat *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  kh_accessible_prepare_buttons (GTK_WIDGET (self));
  kh_accessible_tell_titles (GTK_WIDGET (self));
  self->cancellable = g_cancellable_new ();
}

KhNewChat *
kh_new_chat_new (KhEngine *engine, const char *target)
{
  KhNewChat *self = g_object_new (KH_TYPE_NEW_CHAT, NULL);

  self->engine = g_object_ref (engine);
  fill_server (self, kh_engine_get_server (engine));
  if (target != NULL)
    gtk_editable_set_text (GTK_EDITABLE (self->target), target);
  gtk_widget_grab_focus (self->target);
  return self;
}
