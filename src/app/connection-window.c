/* connection-window.c: how one is connected, and why
 *
 * See connection-window.h. All words are the engine's; here they are laid out, and follow what
 * happens for as long as the window is open.
 */
#include "app/connection-window.h"

#include <glib/gi18n.h>

#include "app/accessible.h"
#include "app/line-graph.h"
#include "app/path-drawing.h"
#include "app/words.h"
#include "engine/conversation-traffic.h"
#include "engine/size-words.h"

/* How often the traffic is looked at, while somebody looks: seconds. */
#define TRAFFIC_SECONDS 1

struct _KhConnectionWindow
{
  AdwWindow parent_instance;

  /* template */
  AdwToastOverlay *toasts;
  KhPathDrawing *drawing;
  GtkLabel *headline;
  GtkLabel *advice;
  GtkLabel *state;
  KhLineGraph *rtt;
  KhLineGraph *traffic;
  GtkWidget *networks_group;
  AdwActionRow *ours;
  AdwActionRow *theirs;
  GtkWidget *copy;
  GtkListBox *attempts;
  GtkListBox *steps;
  GtkWidget *attempts_group;
  GtkWidget *steps_group;

  /* owned */
  KhEngine *engine;
  KhConversation *conversation;
  guint traffic_source;

  KhTraffic last; /* at last_us, 0 where there was none */
  gint64 last_us;
};

G_DEFINE_FINAL_TYPE (KhConnectionWindow, kh_connection_window, ADW_TYPE_WINDOW)

static GtkWidget *
row_new (void)
{
  GtkWidget *row = g_object_new (ADW_TYPE_ACTION_ROW, "use-markup", FALSE, "title-lines", 0, NULL);
  GtkWidget *image =
      g_object_new (GTK_TYPE_IMAGE, "accessible-role", GTK_ACCESSIBLE_ROLE_PRESENTATION, NULL);
  GtkWidget *label = g_object_new (GTK_TYPE_LABEL, "css-classes",
                                   (const char *[]){ "dim-label", "numeric", NULL }, NULL);

  adw_action_row_add_prefix (ADW_ACTION_ROW (row), image);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), label);
  g_object_set_data (G_OBJECT (row), "image", image);
  g_object_set_data (G_OBJECT (row), "label", label);
  return row;
}

/* Rows that are there stay, so that neither the focus nor the place is lost.
 * @words: a sentence that may hold what the other side chose: never markup
 * @icon, @time: (nullable) */
static void
set_row (GtkListBox *list, guint index, const char *words, const char *icon, const char *time)
{
  GtkWidget *row = GTK_WIDGET (gtk_list_box_get_row_at_index (list, (int) index));
  GtkWidget *image, *label;

  if (row == NULL)
    {
      row = row_new ();
      gtk_list_box_append (list, row);
    }
  image = g_object_get_data (G_OBJECT (row), "image");
  label = g_object_get_data (G_OBJECT (row), "label");
  gtk_image_set_from_icon_name (GTK_IMAGE (image), icon);
  gtk_widget_set_visible (image, icon != NULL);
  gtk_label_set_text (GTK_LABEL (label), time != NULL ? time : "");
  gtk_widget_set_visible (label, time != NULL);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), words);
  gtk_accessible_update_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_LABEL, words, -1);
}

static void
cut (GtkListBox *list, guint n_rows)
{
  GtkListBoxRow *row;

  while ((row = gtk_list_box_get_row_at_index (list, (int) n_rows)) != NULL)
    gtk_list_box_remove (list, GTK_WIDGET (row));
}

static const char *
icon_for (const KhAttempt *attempt)
{
  switch (attempt->state)
    {
    case KH_ATTEMPT_WORKS:
      return attempt->remote == NULL ? "knothole-relay-symbolic" : "knothole-direct-symbolic";
    case KH_ATTEMPT_FAILED:
      return "action-unavailable-symbolic";
    case KH_ATTEMPT_WAITING:
    case KH_ATTEMPT_HEARD:
    default:
      return "knothole-pending-symbolic";
    }
}

static void
update_lists (KhConnectionWindow *self, const KhVerdictReport *report)
{
  cut (self->attempts, report->attempts->len);
  cut (self->steps, report->steps->len);
  for (guint i = 0; i < report->attempts->len; i++)
    {
      const KhAttempt *attempt = g_ptr_array_index (report->attempts, i);

      set_row (self->attempts, i, attempt->text, icon_for (attempt), NULL);
    }
  for (guint i = 0; i < report->steps->len; i++)
    {
      const KhVerdictStep *step = g_ptr_array_index (report->steps, i);
      /* TRANSLATORS: seconds since the attempt began */
      g_autofree char *time = g_strdup_printf (_ ("%.2f s"), (double) step->at_us / G_USEC_PER_SEC);

      set_row (self->steps, i, step->text, NULL, time);
    }
  gtk_widget_set_visible (self->attempts_group, report->attempts->len > 0);
  gtk_widget_set_visible (self->steps_group, report->steps->len > 0);
}

/* How it stands now: the path in use, or what is being waited for. */
static void
update_state (KhConnectionWindow *self)
{
  KhServerLink *server = kh_conversation_get_server_link (self->conversation);
  g_autofree char *words =
      kh_words_connection (self->conversation, kh_server_link_get_link (server),
                           kh_server_link_get_problem (server));

  gtk_label_set_text (self->state, words);
}

static void
update (KhConnectionWindow *self)
{
  g_autoptr (KhVerdictReport) report = kh_engine_dup_verdict (self->engine, self->conversation);
  const char *advice = report != NULL ? report->advice : NULL;

  gtk_label_set_text (self->headline,
                      report != NULL ? report->headline : _ ("You have not been connected yet."));
  gtk_label_set_text (self->advice, advice != NULL ? advice : "");
  gtk_widget_set_visible (GTK_WIDGET (self->advice), advice != NULL);
  update_state (self);
  gtk_widget_set_visible (GTK_WIDGET (self->rtt), report != NULL);
  gtk_widget_set_visible (GTK_WIDGET (self->traffic), report != NULL);
  gtk_widget_set_visible (self->networks_group, report != NULL);
  gtk_widget_set_visible (self->copy, report != NULL);
  if (report != NULL)
    {
      adw_action_row_set_subtitle (self->ours, report->ours.text);
      adw_action_row_set_subtitle (self->theirs, report->theirs.text);
      update_lists (self, report);
    }
  kh_path_drawing_set_model (self->drawing, kh_path_model_new (report, kh_conversation_get_name (
                                                                           self->conversation)));
}

static void
on_verdict (KhConnectionWindow *self, KhConversation *conversation)
{
  if (conversation == self->conversation)
    update (self);
}

static void
on_rtt (KhConnectionWindow *self)
{
  double rtt_ms = (double) kh_conversation_get_rtt (self->conversation) / 1000;
  g_autofree char *words = NULL;
  double least, most;

  kh_line_graph_add (self->rtt, rtt_ms > 0 ? rtt_ms : -1, -1, g_get_monotonic_time ());
  if (kh_line_graph_get_range (self->rtt, &least, &most))
    words = g_strdup_printf (_ ("Round trip: %.1f ms now, %.1f to %.1f ms"), rtt_ms, least, most);
  else
    words = g_strdup (_ ("There is no path to measure."));
  kh_line_graph_set_words (self->rtt, words);
  update_state (self);
}

/* Bytes a second since the last look. */
static double
rate_of (guint64 now, guint64 last, gint64 elapsed_us)
{
  return (double) (now - last) * G_USEC_PER_SEC / (double) elapsed_us;
}

static gboolean
on_traffic (gpointer user_data)
{
  KhConnectionWindow *self = user_data;
  gint64 now_us = g_get_monotonic_time ();
  KhTraffic now = { 0 };
  gboolean is_on = kh_conversation_get_traffic (self->conversation, &now);
  /* Another session counts from 0 on. */
  gboolean is_same =
      self->last_us != 0 && now.sent >= self->last.sent && now.received >= self->last.received;
  double sent = 0, received = 0;
  g_autofree char *up = NULL, *down = NULL, *words = NULL;

  if (is_on && is_same && now_us > self->last_us)
    {
      sent = rate_of (now.sent, self->last.sent, now_us - self->last_us);
      received = rate_of (now.received, self->last.received, now_us - self->last_us);
    }
  self->last = now;
  self->last_us = is_on ? now_us : 0;
  kh_line_graph_add (self->traffic, sent, received, now_us);
  up = kh_size_words ((guint64) sent);
  down = kh_size_words ((guint64) received);
  /* TRANSLATORS: "1.2 MB", twice; a second. The second line in the graph is dashed */
  words = g_strdup_printf (_ ("Sending %s/s, receiving %s/s (dashed)"), up, down);
  kh_line_graph_set_words (self->traffic, words);
  return G_SOURCE_CONTINUE;
}

static void
on_copy (KhConnectionWindow *self)
{
  g_autofree char *report = kh_engine_dup_connection_report (self->engine, self->conversation);

  if (report == NULL)
    return;
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)), report);
  adw_toast_overlay_add_toast (self->toasts,
                               adw_toast_new (
                                   _ ("Copied. It has the addresses of both of you in it.")));
}

static void
kh_connection_window_dispose (GObject *object)
{
  KhConnectionWindow *self = KH_CONNECTION_WINDOW (object);

  g_clear_handle_id (&self->traffic_source, g_source_remove);
  g_clear_object (&self->conversation);
  g_clear_object (&self->engine);
  G_OBJECT_CLASS (kh_connection_window_parent_class)->dispose (object);
}

static void
kh_connection_window_class_init (KhConnectionWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = kh_connection_window_dispose;

  g_type_ensure (KH_TYPE_PATH_DRAWING);
  g_type_ensure (KH_TYPE_LINE_GRAPH);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/knothole/Knothole/connection-window.ui");
  gtk_widget_class_bind_template_child (widget_class, KhConnectionWindow, toasts);
  gtk_widget_class_bind_template_child (widget_class, KhConnectionWindow, drawing);
  gtk_widget_class_bind_template_child (widget_class, KhConnectionWindow, copy);
  gtk_widget_class_bind_template_child (widget_class, KhConnectionWindow, headline);
  gtk_widget_class_bind_template_child (widget_class, KhConnectionWindow, advice);
  gtk_widget_class_bind_template_child (widget_class, KhConnectionWindow, state);
  gtk_widget_class_bind_template_child (widget_class, KhConnectionWindow, rtt);
  gtk_widget_class_bind_template_child (widget_class, KhConnectionWindow, traffic);
  gtk_widget_class_bind_template_child (widget_class, KhConnectionWindow, networks_group);
  gtk_widget_class_bind_template_child (widget_class, KhConnectionWindow, ours);
  gtk_widget_class_bind_template_child (widget_class, KhConnectionWindow, theirs);
  gtk_widget_class_bind_template_child (widget_class, KhConnectionWindow, attempts);
  gtk_widget_class_bind_template_child (widget_class, KhConnectionWindow, steps);
  gtk_widget_class_bind_template_child (widget_class, KhConnectionWindow, attempts_group);
  gtk_widget_class_bind_template_child (widget_class, KhConnectionWindow, steps_group);
  gtk_widget_class_bind_template_callback (widget_class, on_copy);
}

static void
kh_connection_window_init (KhConnectionWindow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  kh_accessible_prepare_buttons (GTK_WIDGET (self));
  kh_accessible_name_groups (GTK_WIDGET (self), _ ("Connection"));
}

void
kh_connection_window_present (KhEngine *engine, KhConversation *conversation, GtkWidget *widget)
{
  KhConnectionWindow *self =
      g_object_new (KH_TYPE_CONNECTION_WINDOW, "transient-for", gtk_widget_get_root (widget), NULL);

  self->engine = g_object_ref (engine);
  self->conversation = g_object_ref (conversation);
  g_signal_connect_object (engine, "verdict", G_CALLBACK (on_verdict), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (conversation, "notify::presence", G_CALLBACK (update), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (conversation, "notify::rtt", G_CALLBACK (on_rtt), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (conversation, "notify::local-address", G_CALLBACK (update_state), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (conversation, "notify::remote-address", G_CALLBACK (update_state), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (engine, "server-changed", G_CALLBACK (update_state), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (conversation, "notify::server", G_CALLBACK (update_state), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (engine, "path", G_CALLBACK (on_verdict), self, G_CONNECT_SWAPPED);
  update (self);
  on_rtt (self);
  on_traffic (self);
  self->traffic_source = g_timeout_add_seconds (TRAFFIC_SECONDS, on_traffic, self);
  gtk_window_present (GTK_WINDOW (self));
}
