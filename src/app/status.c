/* status.c: words that come later, for those who see them and those who hear them
 *
 * See status.h. The labels are plain ones: in newer GTK what has the role of a status has no name,
 * as ARIA 1.2 has it, so that a screen reader finds nothing there; and it does not say by itself
 * what has changed.
 */
#include "app/status.h"

void
kh_status_say (GtkWidget *widget, const char *text)
{
#if GTK_CHECK_VERSION(4, 14, 0)
  gtk_accessible_announce (GTK_ACCESSIBLE (widget), text,
                           GTK_ACCESSIBLE_ANNOUNCEMENT_PRIORITY_MEDIUM);
#endif
}

void
kh_status_show (GtkLabel *label, const char *text)
{
  GtkWidget *widget = GTK_WIDGET (label);
  gboolean is_new = text != NULL && !g_str_equal (text, gtk_label_get_text (label));

  gtk_label_set_text (label, text != NULL ? text : "");
  gtk_widget_set_visible (widget, text != NULL);
  /* What a window shows from the start is read with the window. */
  if (is_new && gtk_widget_get_mapped (widget))
    kh_status_say (widget, text);
}
