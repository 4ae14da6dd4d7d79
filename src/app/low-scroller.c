/* low-scroller.c: as high as its child would like at the width there is, and scrolling below that
 *
 * See low-scroller.h. A GtkScrolledWindow asks its child for a height without telling it a width:
 * words that wrap get the height of one line then.
 */
#include "app/low-scroller.h"

/* Pixels: less is no help to anybody. */
#define LEAST 48

enum
{
  PROP_CHILD = 1,
  PROP_MAX_HEIGHT,
  N_PROPERTIES
};

static GParamSpec *properties[N_PROPERTIES];

struct _KhLowScroller
{
  GtkWidget parent_instance;

  /* owned */
  GtkWidget *scroller;
  GtkWidget *child; /* (nullable) */

  int max_height;
};

G_DEFINE_FINAL_TYPE (KhLowScroller, kh_low_scroller, GTK_TYPE_WIDGET)

static void
set_child (KhLowScroller *self, GtkWidget *child)
{
  g_set_object (&self->child, child);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (self->scroller), child);
}

static void
kh_low_scroller_measure (GtkWidget *widget,
                         GtkOrientation orientation,
                         int for_size,
                         int *minimum,
                         int *natural,
                         int *minimum_baseline,
                         int *natural_baseline)
{
  KhLowScroller *self = KH_LOW_SCROLLER (widget);

  /* It may be lower than its child: a height says nothing about the width. */
  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    for_size = -1;
  gtk_widget_measure (self->scroller, orientation, for_size, minimum, natural, NULL, NULL);
  if (self->child == NULL || !gtk_widget_should_layout (self->child))
    return;
  gtk_widget_measure (self->child, orientation, for_size, minimum, natural, NULL, NULL);
  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    return;
  if (self->max_height >= 0)
    *natural = MIN (*natural, self->max_height);
  *minimum = MIN (*natural, LEAST);
}

static GtkSizeRequestMode
kh_low_scroller_get_request_mode (GtkWidget *widget)
{
  return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

static void
kh_low_scroller_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  gtk_widget_size_allocate (KH_LOW_SCROLLER (widget)->scroller,
                            &(GtkAllocation){ 0, 0, width, height }, baseline);
}

static void
kh_low_scroller_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  KhLowScroller *self = KH_LOW_SCROLLER (object);

  if (id == PROP_CHILD)
    set_child (self, g_value_get_object (value));
  else
    self->max_height = g_value_get_int (value);
}

static void
kh_low_scroller_dispose (GObject *object)
{
  KhLowScroller *self = KH_LOW_SCROLLER (object);

  g_clear_object (&self->child);
  g_clear_pointer (&self->scroller, gtk_widget_unparent);
  G_OBJECT_CLASS (kh_low_scroller_parent_class)->dispose (object);
}

static void
kh_low_scroller_class_init (KhLowScrollerClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->set_property = kh_low_scroller_set_property;
  object_class->dispose = kh_low_scroller_dispose;
  widget_class->measure = kh_low_scroller_measure;
  widget_class->get_request_mode = kh_low_scroller_get_request_mode;
  widget_class->size_allocate = kh_low_scroller_size_allocate;

  properties[PROP_CHILD] = g_param_spec_object ("child", NULL, NULL, GTK_TYPE_WIDGET,
                                                G_PARAM_WRITABLE | G_PARAM_STATIC_STRINGS);
  properties[PROP_MAX_HEIGHT] =
      g_param_spec_int ("max-height", NULL, NULL, -1, G_MAXINT, -1,
                        G_PARAM_WRITABLE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);
}

static void
kh_low_scroller_init (KhLowScroller *self)
{
  self->scroller = gtk_scrolled_window_new ();
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (self->scroller), GTK_POLICY_NEVER,
                                  GTK_POLICY_AUTOMATIC);
  gtk_widget_set_parent (self->scroller, GTK_WIDGET (self));
}

GtkWidget *
kh_low_scroller_new (GtkWidget *child)
{
  return g_object_new (KH_TYPE_LOW_SCROLLER, "child", child, NULL);
}
