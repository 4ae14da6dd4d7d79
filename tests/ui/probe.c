/* probe.c: preloaded into the app by test-languages.py, to see what accessibility does not tell
 *
 * Catalogues are taken from $KH_PROBE_LOCALE, because those of a build are not where the program
 * looks. What the FIFO $KH_PROBE says is done from the app's own main loop, a line each:
 *
 * "activate NAME": the first widget of any window that has the action does it.
 *
 * "labels FILE": what every visible label shows goes to FILE, a line each, with tabs between:
 * "whole", "cut", or "told" where it is cut but something it is in has it in a tooltip or popover;
 * the window's title, and the text.
 *
 * "widths FILE N": so does the minimum width of each visible widget that needs more than N.
 *
 * "large FILE N": text is twice as large for a moment, and what each visible window needs then goes
 * to FILE, once all is as before, a line each, with tabs between: the width, the height at a width
 * of N, and the title. An empty line and the widths follow, as above.
 *
 * "menu N": the Nth menu of the windows opens, from 0, and every other closes.
 *
 * "press ID": the widget of that name in the top window, or the first of that type, is pressed,
 * activated, or switched on; "release ID" switches it off.
 *
 * "fill ID TEXT": so does TEXT become what is in it.
 *
 * "close": the top window is closed.
 *
 * A file is there once it is whole.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <gtk/gtk.h>
#include <glib-unix.h>
#include <libintl.h>
#include <string.h>

#undef bindtextdomain

typedef char *(*BindTextDomain) (const char *, const char *);

/* In the place of libc's. */
char *bindtextdomain (const char *domain, const char *dir);

char *
bindtextdomain (const char *domain, const char *dir)
{
  BindTextDomain real = (BindTextDomain) dlsym (RTLD_NEXT, "bindtextdomain");
  const char *ours = g_getenv ("KH_PROBE_LOCALE");

  return real (domain, ours != NULL && g_strcmp0 (domain, "knothole") == 0 ? ours : dir);
}

static gboolean
is_seen (GtkWidget *widget)
{
  graphene_rect_t bounds;
  GtkWidget *root = GTK_WIDGET (gtk_widget_get_root (widget));

  return gtk_widget_get_mapped (widget) && gtk_widget_get_child_visible (widget) &&
         gtk_widget_compute_bounds (widget, root, &bounds) && bounds.size.width > 0 &&
         bounds.size.height > 0;
}

/* What is cut off: by an ellipsis, or because it got less than it said that it needs. */
static gboolean
is_cut (GtkLabel *label)
{
  int minimum = 0, width;

  gtk_widget_measure (GTK_WIDGET (label), GTK_ORIENTATION_HORIZONTAL, -1, &minimum, NULL, NULL,
                      NULL);
  minimum -= gtk_widget_get_margin_start (GTK_WIDGET (label)) +
             gtk_widget_get_margin_end (GTK_WIDGET (label));
  /* What takes its place does not count the padding, as the minimum does. */
  G_GNUC_BEGIN_IGNORE_DEPRECATIONS
  width = gtk_widget_get_allocated_width (GTK_WIDGET (label));
  G_GNUC_END_IGNORE_DEPRECATIONS
  return pango_layout_is_ellipsized (gtk_label_get_layout (label)) || width < minimum;
}

static gboolean
is_told (GtkWidget *widget)
{
  for (; widget != NULL; widget = gtk_widget_get_parent (widget))
    if (gtk_widget_get_has_tooltip (widget) || GTK_IS_MENU_BUTTON (widget))
      return TRUE;
  return FALSE;
}

static void
tell_label (GtkLabel *label, const char *title, GString *out)
{
  g_autofree char *text = g_strdup (gtk_label_get_text (label));

  if (*text == '\0' || !is_seen (GTK_WIDGET (label)))
    return;
  g_strdelimit (text, "\n\t", ' ');
  g_string_append_printf (out, "%s\t%s\t%s\n",
                          !is_cut (label)                ? "whole"
                          : is_told (GTK_WIDGET (label)) ? "told"
                                                         : "cut",
                          title, text);
}

static void
tell_labels (GtkWidget *widget, const char *title, GString *out)
{
  /* The names of keys are the toolkit's. */
  if (g_str_equal (G_OBJECT_TYPE_NAME (widget), "GtkShortcutLabel"))
    return;
  if (GTK_IS_LABEL (widget))
    tell_label (GTK_LABEL (widget), title, out);
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    tell_labels (child, title, out);
}

static void
tell_widths (GtkWidget *widget, int more_than, int depth, GString *out)
{
  int minimum = 0;

  if (!gtk_widget_get_mapped (widget))
    return;
  gtk_widget_measure (widget, GTK_ORIENTATION_HORIZONTAL, -1, &minimum, NULL, NULL, NULL);
  if (minimum <= more_than)
    return;
  g_string_append_printf (out, "%*s%s %s %d\n", depth, "", G_OBJECT_TYPE_NAME (widget),
                          gtk_buildable_get_buildable_id (GTK_BUILDABLE (widget)), minimum);
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    tell_widths (child, more_than, depth + 1, out);
}

typedef struct
{
  char *path;
  int width, usual_dpi, frames;
  GString *out;
} Large;

static void
large_free (gpointer data)
{
  Large *large = data;

  g_free (large->path);
  g_string_free (large->out, TRUE);
  g_free (large);
}

static void
tell_sizes (int width_there_is, GString *out)
{
  g_autoptr (GList) windows = gtk_window_list_toplevels ();

  for (GList *at = windows; at != NULL; at = at->next)
    {
      const char *title = gtk_window_get_title (at->data);
      /* Without the frame. */
      GtkWidget *content = gtk_widget_get_first_child (at->data);
      int width, height;

      if (!gtk_widget_get_mapped (at->data) || content == NULL)
        continue;
      gtk_widget_measure (content, GTK_ORIENTATION_HORIZONTAL, -1, &width, NULL, NULL, NULL);
      gtk_widget_measure (content, GTK_ORIENTATION_VERTICAL, MAX (width, width_there_is), &height,
                          NULL, NULL, NULL);
      g_string_append_printf (out, "%d\t%d\t%s\n", width, height, title != NULL ? title : "");
    }
  g_string_append_c (out, '\n');
  for (GList *at = windows; at != NULL; at = at->next)
    tell_widths (at->data, width_there_is, 0, out);
}

/* The first frame after a change still has the old styles, and the second the new. */
static gboolean
on_large_frame (GtkWidget *widget, GdkFrameClock *clock, gpointer user_data)
{
  Large *large = user_data;

  large->frames++;
  if (large->frames == 3)
    {
      tell_sizes (large->width, large->out);
      g_object_set (gtk_widget_get_settings (widget), "gtk-xft-dpi", large->usual_dpi, NULL);
    }
  if (large->frames < 6)
    return G_SOURCE_CONTINUE;
  g_file_set_contents (large->path, large->out->str, -1, NULL);
  return G_SOURCE_REMOVE;
}

static void
measure_large (GtkWidget *window, const char *path, int width)
{
  GtkSettings *settings = gtk_widget_get_settings (window);
  Large *large = g_new0 (Large, 1);

  large->path = g_strdup (path);
  large->width = width;
  large->out = g_string_new (NULL);
  g_object_get (settings, "gtk-xft-dpi", &large->usual_dpi, NULL);
  g_object_set (settings, "gtk-xft-dpi",
                2 * (large->usual_dpi > 0 ? large->usual_dpi : 96 * PANGO_SCALE), NULL);
  gtk_widget_add_tick_callback (window, on_large_frame, large, large_free);
}

static gboolean
activate (GtkWidget *widget, const char *action)
{
  if (gtk_widget_activate_action (widget, action, NULL))
    return TRUE;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    if (activate (child, action))
      return TRUE;
  return FALSE;
}

/* Whatever is open, is closed. */
static void
collect_menus (GtkWidget *widget, GPtrArray *menus)
{
  if (GTK_IS_MENU_BUTTON (widget) && is_seen (widget))
    g_ptr_array_add (menus, widget);
  if (GTK_IS_POPOVER (widget))
    gtk_popover_popdown (GTK_POPOVER (widget));
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    collect_menus (child, menus);
}

static void
open_menu (GList *windows, guint64 which)
{
  g_autoptr (GPtrArray) menus = g_ptr_array_new ();

  for (GList *at = windows; at != NULL; at = at->next)
    if (gtk_widget_get_mapped (at->data))
      collect_menus (at->data, menus);
  if (which < menus->len)
    gtk_menu_button_popup (menus->pdata[which]);
}

/* The newest window that no other is above of. */
static GtkWindow *
top_window (GList *windows)
{
  GtkWindow *top = NULL;

  for (GList *at = windows; at != NULL; at = at->next)
    {
      gboolean below = !gtk_widget_get_mapped (at->data);

      for (GList *other = windows; other != NULL; other = other->next)
        below = below || (gtk_widget_get_mapped (other->data) &&
                          gtk_window_get_transient_for (other->data) == at->data);
      if (!below && (top == NULL || gtk_window_get_transient_for (at->data) != NULL))
        top = at->data;
    }
  return top;
}

/* Can it be pressed, or filled in? */
static gboolean
can (GtkWidget *widget, const char *verb)
{
  if (g_str_equal (verb, "fill"))
    return GTK_IS_EDITABLE (widget);
  return g_object_class_find_property (G_OBJECT_GET_CLASS (widget), "active") != NULL ||
         g_signal_lookup ("clicked", G_OBJECT_TYPE (widget)) != 0 ||
         g_signal_lookup ("activated", G_OBJECT_TYPE (widget)) != 0;
}

/* (nullable): what is called @id in its template, or is of that type; the one that shows, if any.
 */
static GtkWidget *
find_widget (GtkWidget *widget, const char *id, const char *verb)
{
  const char *name = gtk_buildable_get_buildable_id (GTK_BUILDABLE (widget));
  gboolean is_named = g_strcmp0 (name, id) == 0 || g_str_equal (G_OBJECT_TYPE_NAME (widget), id);
  GtkWidget *found = is_named && can (widget, verb) ? widget : NULL;

  for (GtkWidget *child = gtk_widget_get_first_child (widget);
       child != NULL && (found == NULL || !is_seen (found));
       child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget *inside = find_widget (child, id, verb);

      if (inside != NULL)
        found = inside;
    }
  return found;
}

static void
press (GtkWidget *widget, gboolean on)
{
  if (g_object_class_find_property (G_OBJECT_GET_CLASS (widget), "active") != NULL)
    g_object_set (widget, "active", on, NULL);
  else if (g_signal_lookup ("clicked", G_OBJECT_TYPE (widget)) != 0)
    g_signal_emit_by_name (widget, "clicked");
  else
    g_signal_emit_by_name (widget, "activated");
}

static void
act (const char *verb, const char *id, const char *text, GList *windows)
{
  GtkWindow *top = top_window (windows);
  GtkWidget *widget = top != NULL ? find_widget (GTK_WIDGET (top), id, verb) : NULL;

  if (widget == NULL)
    g_warning ("probe: there is no %s to %s", id, verb);
  else if (g_str_equal (verb, "press") || g_str_equal (verb, "release"))
    press (widget, g_str_equal (verb, "press"));
  else
    gtk_editable_set_text (GTK_EDITABLE (widget), text);
}

static void
obey (const char *line)
{
  g_autoptr (GList) windows = gtk_window_list_toplevels ();
  g_autoptr (GString) out = g_string_new (NULL);

  for (GList *at = windows; at != NULL; at = at->next)
    {
      const char *title =
          gtk_window_get_title (at->data) != NULL ? gtk_window_get_title (at->data) : "";

      if (g_str_has_prefix (line, "activate ") && activate (at->data, line + strlen ("activate ")))
        return;
      if (g_str_has_prefix (line, "labels ") && gtk_widget_get_mapped (at->data))
        tell_labels (at->data, title, out);
      if (g_str_has_prefix (line, "widths ") && gtk_widget_get_mapped (at->data))
        tell_widths (at->data, atoi (strrchr (line, ' ')), 0, out);
    }
  if (g_str_equal (line, "close"))
    gtk_window_close (top_window (windows));
  if (g_str_has_prefix (line, "press ") || g_str_has_prefix (line, "release ") ||
      g_str_has_prefix (line, "fill "))
    {
      g_auto (GStrv) words = g_strsplit (line, " ", 3);

      act (words[0], words[1], words[2], windows);
    }
  if (g_str_has_prefix (line, "menu "))
    open_menu (windows, g_ascii_strtoull (line + strlen ("menu "), NULL, 10));
  if (g_str_has_prefix (line, "large "))
    {
      g_auto (GStrv) words = g_strsplit (line, " ", 3);

      measure_large (GTK_WIDGET (top_window (windows)), words[1], atoi (words[2]));
    }
  if (g_str_has_prefix (line, "labels ") || g_str_has_prefix (line, "widths "))
    {
      g_auto (GStrv) words = g_strsplit (line, " ", 3);

      g_file_set_contents (words[1], out->str, -1, NULL);
    }
}

static gboolean
on_commands (int fd, GIOCondition condition, gpointer user_data)
{
  char buffer[4096];
  ssize_t n = read (fd, buffer, sizeof buffer - 1);
  g_auto (GStrv) lines = NULL;

  if (n <= 0)
    return G_SOURCE_CONTINUE;
  buffer[n] = '\0';
  lines = g_strsplit (g_strchomp (buffer), "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    obey (lines[i]);
  return G_SOURCE_CONTINUE;
}

__attribute__ ((constructor)) static void
begin (void)
{
  const char *path = g_getenv ("KH_PROBE");
  int fd = path != NULL ? open (path, O_RDWR | O_NONBLOCK | O_CLOEXEC) : -1;

  /* What the toolkit has to say of measures in other languages is not what is asked here. */
  g_log_set_always_fatal (G_LOG_FATAL_MASK);
  if (fd >= 0)
    g_unix_fd_add (fd, G_IO_IN, on_commands, NULL);
  g_unsetenv ("LD_PRELOAD");
}
