/* server-window.c: all about one server
 *
 * See server-window.h. A test meets the server as somebody who exists for that long only
 * (network-check.h), so it disturbs nothing, and works for servers that are not in use.
 */
#include "app/server-window.h"

#include <glib/gi18n.h>

#include "app/accessible.h"
#include "app/question.h"
#include "app/server-words.h"
#include "app/trust-dialog.h"
#include "app/when.h"
#include "app/words.h"

struct _KhServerWindow
{
  AdwWindow parent_instance;

  /* template */
  AdwToastOverlay *toasts;
  GtkLabel *name;
  GtkLabel *state;
  AdwActionRow *contacts;
  AdwActionRow *since;
  AdwActionRow *address;
  GtkWidget *key_group;
  GtkLabel *key;
  GtkWidget *offered_row;
  GtkLabel *offered;
  GtkWidget *trust;
  GtkWidget *use;
  GtkWidget *forget;
  GtkSpinner *spinner;
  AdwPreferencesGroup *results_group;
  GtkListBox *results;

  /* owned */
  KhEngine *engine;
  char *server;
  KhKnownServer *known;      /* (nullable) */
  GCancellable *cancellable; /* of the test; (nullable): while there is none */
};

G_DEFINE_FINAL_TYPE (KhServerWindow, kh_server_window, ADW_TYPE_WINDOW)

static void
set_subtitle (AdwActionRow *row, const char *text)
{
  gtk_widget_set_visible (GTK_WIDGET (row), text != NULL);
  adw_action_row_set_subtitle (row, text != NULL ? text : "");
}

static void
update_known (KhServerWindow *self)
{
  guint n = kh_known_server_get_n_contacts (self->known);
  g_autofree char *since = kh_when_exact (kh_known_server_get_first_seen (self->known));
  g_autofree char *key = kh_server_words_key (kh_known_server_get_key (self->known));
  g_autofree char *contacts = g_strdup_printf (ngettext ("%u contact", "%u contacts", n), n);

  set_subtitle (self->contacts, contacts);
  set_subtitle (self->since, since);
  gtk_label_set_text (self->key, key);
}

static void
update (KhServerWindow *self)
{
  g_autoptr (KhServerLink) link = kh_server_words_find (self->engine, self->server);
  g_autofree char *state = kh_server_words_state (link);
  g_autofree char *offered = link != NULL ? kh_server_link_dup_offered_key (link) : NULL;
  g_autofree char *shown = offered != NULL ? kh_server_words_key (offered) : NULL;

  gtk_label_set_text (self->state, state);
  set_subtitle (self->address, link != NULL ? kh_server_link_get_address (link) : NULL);
  gtk_label_set_text (self->offered, shown != NULL ? shown : "");
  gtk_widget_set_visible (self->offered_row, shown != NULL);
  gtk_widget_set_visible (self->trust, shown != NULL);
  gtk_widget_set_visible (self->use, link == NULL || !kh_server_link_is_default (link));
  gtk_widget_set_visible (self->forget, link == NULL && self->known != NULL);
}

/* the test */

static GtkWidget *
result_row_new (const KhServerFinding *finding)
{
  g_autofree char *name = g_strdup_printf ("%s: %s", finding->what, finding->words);
  GtkWidget *row =
      g_object_new (ADW_TYPE_ACTION_ROW, "use-markup", FALSE, "title", finding->what, "subtitle",
                    finding->words, "title-lines", 0, "subtitle-lines", 0, NULL);
  GtkWidget *image = g_object_new (GTK_TYPE_IMAGE, "icon-name",
                                   finding->good ? "emblem-ok-symbolic" : "dialog-warning-symbolic",
                                   "accessible-role", GTK_ACCESSIBLE_ROLE_PRESENTATION, NULL);

  adw_action_row_add_prefix (ADW_ACTION_ROW (row), image);
  gtk_accessible_reset_relation (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_RELATION_LABELLED_BY);
  gtk_accessible_update_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  return row;
}

static void
show_results (KhServerWindow *self, GPtrArray *findings, const char *summary)
{
  GtkListBoxRow *row;

  while ((row = gtk_list_box_get_row_at_index (self->results, 0)) != NULL)
    gtk_list_box_remove (self->results, GTK_WIDGET (row));
  for (guint i = 0; i < findings->len; i++)
    gtk_list_box_append (self->results, result_row_new (g_ptr_array_index (findings, i)));
  adw_preferences_group_set_description (self->results_group, summary);
  gtk_widget_set_visible (GTK_WIDGET (self->results_group), TRUE);
}

static void
on_tested (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (KhServerWindow) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *offered = NULL;
  g_autoptr (KhNetworkReport) report = kh_network_check_finish (result, &offered, &error);
  g_autoptr (GPtrArray) findings = NULL;
  g_autofree char *summary = NULL;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  g_clear_object (&self->cancellable);
  gtk_spinner_stop (self->spinner);
  if (report != NULL)
    {
      findings = kh_server_words_of_report (report, self->known != NULL
                                                        ? kh_known_server_get_key (self->known)
                                                        : NULL);
      summary = kh_server_words_summary (report);
    }
  else
    findings = kh_server_words_of_error (error, self->server, offered);
  show_results (self, findings, summary);
}

static void
on_test (KhServerWindow *self)
{
  const char *key = self->known != NULL ? kh_known_server_get_key (self->known) : NULL;

  if (self->cancellable != NULL)
    return;
  self->cancellable = g_cancellable_new ();
  gtk_spinner_start (self->spinner);
  kh_network_check_async (self->server, key, KH_NETWORK_CHECK_NONE, self->cancellable, on_tested,
                          g_object_ref (self));
}

/* what else can be done */

static void
on_trust (KhServerWindow *self)
{
  g_autoptr (KhServerLink) link = kh_server_words_find (self->engine, self->server);

  if (link != NULL)
    kh_trust_dialog_ask (self->engine, link, GTK_WIDGET (self));
}

static void
on_use (KhServerWindow *self)
{
  kh_engine_set_server_async (self->engine, self->server, NULL, NULL, NULL);
}

static void
on_forgotten (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (KhServerWindow) self = user_data;
  g_autoptr (GError) error = NULL;
  g_auto (KhWords) words = { NULL, NULL };

  if (self->engine == NULL)
    return;
  if (kh_engine_finish (KH_ENGINE (source), result, &error))
    {
      gtk_window_close (GTK_WINDOW (self));
      return;
    }
  words = kh_words_for_error (error, NULL);
  adw_toast_overlay_add_toast (self->toasts, adw_toast_new (words.title));
}

static void
on_forget_response (KhServerWindow *self, const char *response)
{
  if (g_str_equal (response, "forget") && self->engine != NULL)
    kh_engine_forget_server_async (self->engine, kh_known_server_get_server (self->known), NULL,
                                   on_forgotten, g_object_ref (self));
}

static void
on_forget (KhServerWindow *self)
{
  GtkWidget *dialog = kh_question_new (
      GTK_WINDOW (self), _ ("Forget this server?"),
      _ ("Its key is forgotten: whatever key it shows when you next use it is taken for its own."));

  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "cancel", _ ("_Cancel"), "forget",
                                    _ ("_Forget"), NULL);
  adw_message_dialog_set_response_appearance (ADW_MESSAGE_DIALOG (dialog), "forget",
                                              ADW_RESPONSE_DESTRUCTIVE);
  adw_message_dialog_set_close_response (ADW_MESSAGE_DIALOG (dialog), "cancel");
  kh_accessible_prepare_buttons (dialog);
  g_signal_connect_object (dialog, "response", G_CALLBACK (on_forget_response), self,
                           G_CONNECT_SWAPPED);
  gtk_window_present (GTK_WINDOW (dialog));
}

static void
kh_server_window_dispose (GObject *object)
{
  KhServerWindow *self = KH_SERVER_WINDOW (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->known);
  g_clear_object (&self->engine);
  g_clear_pointer (&self->server, g_free);
  G_OBJECT_CLASS (kh_server_window_parent_class)->dispose (object);
}

static void
kh_server_window_class_init (KhServerWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = kh_server_window_dispose;

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/knothole/Knothole/server-window.ui");
  gtk_widget_class_bind_template_child (widget_class, KhServerWindow, toasts);
  gtk_widget_class_bind_template_child (widget_class, KhServerWindow, name);
  gtk_widget_class_bind_template_child (widget_class, KhServerWindow, state);
  gtk_widget_class_bind_template_child (widget_class, KhServerWindow, contacts);
  gtk_widget_class_bind_template_child (widget_class, KhServerWindow, since);
  gtk_widget_class_bind_template_child (widget_class, KhServerWindow, address);
  gtk_widget_class_bind_template_child (widget_class, KhServerWindow, key_group);
  gtk_widget_class_bind_template_child (widget_class, KhServerWindow, key);
  gtk_widget_class_bind_template_child (widget_class, KhServerWindow, offered_row);
  gtk_widget_class_bind_template_child (widget_class, KhServerWindow, offered);
  gtk_widget_class_bind_template_child (widget_class, KhServerWindow, trust);
  gtk_widget_class_bind_template_child (widget_class, KhServerWindow, use);
  gtk_widget_class_bind_template_child (widget_class, KhServerWindow, forget);
  gtk_widget_class_bind_template_child (widget_class, KhServerWindow, spinner);
  gtk_widget_class_bind_template_child (widget_class, KhServerWindow, results_group);
  gtk_widget_class_bind_template_child (widget_class, KhServerWindow, results);
  gtk_widget_class_bind_template_callback (widget_class, on_trust);
  gtk_widget_class_bind_template_callback (widget_class, on_use);
  gtk_widget_class_bind_template_callback (widget_class, on_forget);
  gtk_widget_class_bind_template_callback (widget_class, on_test);
}

static void
kh_server_window_init (KhServerWindow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  kh_accessible_prepare_buttons (GTK_WIDGET (self));
  kh_accessible_name_groups (GTK_WIDGET (self), _ ("Server"));
}

void
kh_server_window_present (KhEngine *engine,
                          const char *server,
                          KhKnownServer *known,
                          GtkWidget *widget)
{
  KhServerWindow *self =
      g_object_new (KH_TYPE_SERVER_WINDOW, "transient-for", gtk_widget_get_root (widget), NULL);

  self->engine = g_object_ref (engine);
  self->server = g_strdup (server);
  g_set_object (&self->known, known);
  gtk_label_set_text (self->name, server);
  gtk_widget_set_visible (self->key_group, known != NULL);
  gtk_widget_set_visible (GTK_WIDGET (self->contacts), known != NULL);
  gtk_widget_set_visible (GTK_WIDGET (self->since), known != NULL);
  if (known != NULL)
    update_known (self);
  g_signal_connect_object (engine, "server-changed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (kh_engine_get_servers (engine), "items-changed", G_CALLBACK (update),
                           self, G_CONNECT_SWAPPED);
  update (self);
  gtk_window_present (GTK_WINDOW (self));
}
