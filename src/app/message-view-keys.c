/* message-view-keys.c: Page Up and Page Down through messages that are higher than the view
 *
 * See message-view.h. A list goes from row to row, and a page away from such a message there is the
 * same message: the keys would do nothing for ever. So it is scrolled through first, and left for
 * the next one then.
 */
#include "app/message-view-private.h"

/* Of a page, so that the line one was at is still there. */
#define STEP 0.9

static gboolean
turn_page (GtkWidget *list, GVariant *arguments, gpointer user_data)
{
  GtkDirectionType direction = GPOINTER_TO_INT (user_data);
  GtkWidget *scroller = gtk_widget_get_ancestor (list, GTK_TYPE_SCROLLED_WINDOW);
  GtkAdjustment *adjustment = gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (scroller));
  double page = gtk_adjustment_get_page_size (adjustment), hidden;
  GtkWidget *row = gtk_widget_get_focus_child (list);
  graphene_rect_t at;

  if (row == NULL || !gtk_widget_compute_bounds (row, list, &at) || at.size.height <= page)
    return GDK_EVENT_PROPAGATE;
  hidden = direction == GTK_DIR_UP ? -at.origin.y : at.origin.y + at.size.height - page;
  if (hidden < 1)
    {
      GtkWidget *next = direction == GTK_DIR_UP ? gtk_widget_get_prev_sibling (row)
                                                : gtk_widget_get_next_sibling (row);

      if (next != NULL)
        gtk_widget_grab_focus (next);
      return GDK_EVENT_STOP;
    }
  hidden = MIN (hidden, STEP * page);
  gtk_adjustment_set_value (adjustment, gtk_adjustment_get_value (adjustment) +
                                            (direction == GTK_DIR_UP ? -hidden : hidden));
  return GDK_EVENT_STOP;
}

static void
add_key (GtkEventController *keys, const char *trigger, GtkDirectionType direction)
{
  gtk_shortcut_controller_add_shortcut (
      GTK_SHORTCUT_CONTROLLER (keys),
      gtk_shortcut_new (gtk_shortcut_trigger_parse_string (trigger),
                        gtk_callback_action_new (turn_page, GINT_TO_POINTER (direction), NULL)));
}

void
kh_message_view_add_keys (KhMessageView *self)
{
  GtkEventController *keys = gtk_shortcut_controller_new ();

  gtk_event_controller_set_propagation_phase (keys, GTK_PHASE_CAPTURE);
  add_key (keys, "Page_Up|KP_Page_Up", GTK_DIR_UP);
  add_key (keys, "Page_Down|KP_Page_Down", GTK_DIR_DOWN);
  gtk_widget_add_controller (GTK_WIDGET (self->list), keys);
}
