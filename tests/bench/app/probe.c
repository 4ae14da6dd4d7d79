/* probe.c: looks into a GTK program from inside, preloaded: when it drew, and what that cost
 *
 * The same library is loaded into the app and into what it is compared with, so that both are
 * measured by the same means and nothing in the app knows of it. By KH_PROBE:
 *
 *   start            nothing but the counts below
 *   scroll:STEP:N    scrolls the largest list by STEP pixels a frame, N frames or to its beginning
 *   type:N           types N characters into what has the focus, one every TYPE_EVERY_US
 *
 * KH_PROBE_FILE names a file of counts (struct Counts), which is read without waking the program.
 * Each result is a line of the file KH_PROBE_FILE.txt.
 */
#include <fcntl.h>
#include <gtk/gtk.h>
#include <math.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

/* Of a fast typist at full speed, and no multiple of a frame. */
#define TYPE_EVERY_US 57000
/* After the first frame: a program is not measured while it starts. */
#define SETTLE_MS 2500

/* All in the order and size in which app.py reads them. */
typedef struct
{
  guint64 first_frame_us;     /* CLOCK_MONOTONIC */
  guint64 first_frame_cpu_us; /* of the process until then */
  guint64 frames;
  guint64 done;
} Counts;

typedef struct
{
  char *mode;
  Counts *counts;
  FILE *results;

  GtkWidget *list;
  GtkAdjustment *adjustment;
  double step;
  guint left;
  double last_value;
  gint64 cpu_us;   /* of the main thread, when the frame before was done */
  gint64 began_us; /* of the frame */
  GArray *cpu;     /* guint64 each, µs */
  GArray *wall;

  gint64 due_us; /* of the character that is on its way to the screen, or 0 */
} Probe;

static Probe probe;

static gint64
clock_us (clockid_t clock)
{
  struct timespec time;

  clock_gettime (clock, &time);
  return time.tv_sec * G_USEC_PER_SEC + time.tv_nsec / 1000;
}

static void
append (GArray *array, gint64 value)
{
  guint64 positive = (guint64) MAX (value, 0);

  g_array_append_val (array, positive);
}

static int
compare (gconstpointer a, gconstpointer b)
{
  guint64 left = *(const guint64 *) a, right = *(const guint64 *) b;

  return (left > right) - (left < right);
}

static guint64
percentile (GArray *array, guint share)
{
  g_array_sort (array, compare);
  return array->len > 0 ? g_array_index (array, guint64, (array->len - 1) * share / 100) : 0;
}

static void
finish (guint rows)
{
  fprintf (probe.results,
           "frames %u rows %u cpu50 %" G_GUINT64_FORMAT " cpu99 %" G_GUINT64_FORMAT
           " cpu100 %" G_GUINT64_FORMAT " wall50 %" G_GUINT64_FORMAT " wall95 %" G_GUINT64_FORMAT
           " wall99 %" G_GUINT64_FORMAT "\n",
           probe.wall->len, rows, percentile (probe.cpu, 50), percentile (probe.cpu, 99),
           percentile (probe.cpu, 100), percentile (probe.wall, 50), percentile (probe.wall, 95),
           percentile (probe.wall, 99));
  fflush (probe.results);
  probe.counts->done = 1;
  probe.left = 0;
}

/* scrolling */

static GtkWidget *
find_list (GtkWidget *widget, GtkWidget *best)
{
  GtkWidget *child;

  if (GTK_IS_LIST_VIEW (widget) && gtk_widget_get_mapped (widget) &&
      (best == NULL || gtk_widget_get_width (widget) > gtk_widget_get_width (best)))
    best = widget;
  for (child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    best = find_list (child, best);
  return best;
}

static guint
count_rows (void)
{
  return g_list_model_get_n_items (
      G_LIST_MODEL (gtk_list_view_get_model (GTK_LIST_VIEW (probe.list))));
}

/* A frame counts when the list moved in it: at the end of what is loaded there is nothing to do
 * until more is. */
static gboolean
on_tick (GtkWidget *widget, GdkFrameClock *clock, gpointer user_data)
{
  double value = gtk_adjustment_get_value (probe.adjustment);

  if (probe.left == 0)
    return G_SOURCE_REMOVE;
  probe.last_value = value;
  gtk_adjustment_set_value (probe.adjustment, value - probe.step);
  return G_SOURCE_CONTINUE;
}

static gboolean
begin_scroll (gpointer user_data)
{
  GListModel *windows = gtk_window_get_toplevels ();

  for (guint i = 0; i < g_list_model_get_n_items (windows); i++)
    {
      g_autoptr (GtkWidget) window = g_list_model_get_item (windows, i);

      probe.list = find_list (window, probe.list);
    }
  g_return_val_if_fail (probe.list != NULL, G_SOURCE_REMOVE);
  probe.adjustment = gtk_scrollable_get_vadjustment (GTK_SCROLLABLE (probe.list));
  gtk_adjustment_set_value (probe.adjustment, gtk_adjustment_get_upper (probe.adjustment));
  sscanf (probe.mode, "scroll:%lf:%u", &probe.step, &probe.left);
  probe.cpu_us = clock_us (CLOCK_THREAD_CPUTIME_ID);
  gtk_widget_add_tick_callback (probe.list, on_tick, NULL, NULL);
  return G_SOURCE_REMOVE;
}

static void
on_scrolled_frame (gint64 wall_us, gint64 cpu_us)
{
  if (fabs (gtk_adjustment_get_value (probe.adjustment) - probe.last_value) > 0)
    {
      append (probe.cpu, cpu_us);
      append (probe.wall, wall_us);
      if (--probe.left > 0)
        return;
    }
  else if (--probe.left > 0)
    return;
  finish (count_rows ());
}

/* typing */

/* From when a key would have come: what keeps the main loop busy then counts. */
static gboolean
on_type (gpointer user_data)
{
  GtkWidget *focus;

  if (probe.left == 0)
    return G_SOURCE_REMOVE;
  focus = gtk_root_get_focus (GTK_ROOT (user_data));
  g_return_val_if_fail (focus != NULL, G_SOURCE_REMOVE);
  if (probe.due_us == 0)
    {
      probe.due_us = g_source_get_ready_time (g_main_current_source ());
      g_signal_emit_by_name (focus, "insert-at-cursor", probe.left % 40 == 0 ? " " : "x");
    }
  g_source_set_ready_time (g_main_current_source (),
                           g_source_get_ready_time (g_main_current_source ()) + TYPE_EVERY_US);
  return G_SOURCE_CONTINUE;
}

static gboolean
dispatch_now (GSource *source, GSourceFunc callback, gpointer user_data)
{
  return callback (user_data);
}

static gboolean
begin_typing (gpointer user_data)
{
  static GSourceFuncs funcs = { .dispatch = dispatch_now };
  g_autoptr (GListModel) windows = g_object_ref (gtk_window_get_toplevels ());
  g_autoptr (GtkWindow) window = g_list_model_get_item (windows, 0);
  GSource *source = g_source_new (&funcs, sizeof (GSource));

  sscanf (probe.mode, "type:%u", &probe.left);
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, on_type, window, NULL);
  g_source_set_ready_time (source, g_get_monotonic_time () + TYPE_EVERY_US);
  g_source_attach (source, NULL);
  return G_SOURCE_REMOVE;
}

static void
on_typed_frame (gint64 cpu_us)
{
  if (probe.due_us == 0)
    return;
  append (probe.wall, g_get_monotonic_time () - probe.due_us);
  append (probe.cpu, cpu_us);
  probe.due_us = 0;
  if (--probe.left == 0)
    finish (0);
}

/* frames */

static gboolean
on_before_paint (GSignalInvocationHint *hint, guint n, const GValue *values, gpointer user_data)
{
  probe.began_us = g_get_monotonic_time ();
  return G_SOURCE_CONTINUE;
}

static void
on_first_frame (void)
{
  struct rusage usage;

  getrusage (RUSAGE_SELF, &usage);
  probe.counts->first_frame_us = (guint64) clock_us (CLOCK_MONOTONIC);
  probe.counts->first_frame_cpu_us =
      (guint64) (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * G_USEC_PER_SEC +
      (guint64) (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
  if (g_str_has_prefix (probe.mode, "scroll:"))
    g_timeout_add (SETTLE_MS, begin_scroll, NULL);
  else if (g_str_has_prefix (probe.mode, "type:"))
    g_timeout_add (SETTLE_MS, begin_typing, NULL);
}

static gboolean
on_after_paint (GSignalInvocationHint *hint, guint n, const GValue *values, gpointer user_data)
{
  gint64 cpu_us = clock_us (CLOCK_THREAD_CPUTIME_ID);
  gint64 wall_us = g_get_monotonic_time () - probe.began_us;

  if (probe.counts->frames++ == 0)
    on_first_frame ();
  else if (probe.left > 0 && probe.list != NULL)
    on_scrolled_frame (wall_us, cpu_us - probe.cpu_us);
  else if (probe.left > 0)
    on_typed_frame (cpu_us - probe.cpu_us);
  probe.cpu_us = cpu_us;
  return G_SOURCE_CONTINUE;
}

static void
watch_frames (void)
{
  GTypeClass *klass = g_type_class_ref (GDK_TYPE_FRAME_CLOCK);

  g_signal_add_emission_hook (g_signal_lookup ("before-paint", GDK_TYPE_FRAME_CLOCK), 0,
                              on_before_paint, NULL, NULL);
  g_signal_add_emission_hook (g_signal_lookup ("after-paint", GDK_TYPE_FRAME_CLOCK), 0,
                              on_after_paint, NULL, NULL);
  g_type_class_unref (klass);
}

__attribute__ ((constructor)) static void
start (void)
{
  const char *path = g_getenv ("KH_PROBE_FILE");
  g_autofree char *results = NULL;
  int fd;

  if (path == NULL || g_getenv ("KH_PROBE") == NULL)
    return;
  fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0 || ftruncate (fd, sizeof (Counts)) != 0)
    g_error ("KH_PROBE_FILE: %s cannot be used", path);
  probe.counts = mmap (NULL, sizeof (Counts), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close (fd);
  g_assert (probe.counts != MAP_FAILED);
  results = g_strconcat (path, ".txt", NULL);
  probe.results = fopen (results, "we");
  g_assert (probe.results != NULL);
  probe.mode = g_strdup (g_getenv ("KH_PROBE"));
  probe.cpu = g_array_new (FALSE, FALSE, sizeof (guint64));
  probe.wall = g_array_new (FALSE, FALSE, sizeof (guint64));
  watch_frames ();
}
