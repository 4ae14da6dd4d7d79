/* column-layout.c: one child, with a natural width that owes nothing to what is in it
 *
 * See column-layout.h.
 */
#include "app/column-layout.h"

/* Pixels: three buttons of a request beside each other, in most languages. */
#define WIDTH 300

struct _KhColumnLayout
{
  GtkLayoutManager parent_instance;
};

G_DEFINE_FINAL_TYPE (KhColumnLayout, kh_column_layout, GTK_TYPE_LAYOUT_MANAGER)

static void
kh_column_layout_measure (GtkLayoutManager *layout,
                          GtkWidget *widget,
                          GtkOrientation orientation,
                          int for_size,
                          int *ret_minimum,
                          int *ret_natural,
                          int *ret_minimum_baseline,
                          int *ret_natural_baseline)
{
  GtkWidget *child = gtk_widget_get_first_child (widget);

  gtk_widget_measure (child, orientation, for_size, ret_minimum, ret_natural, NULL, NULL);
  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    *ret_natural = MAX (*ret_minimum, WIDTH);
  *ret_minimum_baseline = *ret_natural_baseline = -1;
}

static GtkSizeRequestMode
kh_column_layout_get_request_mode (GtkLayoutManager *layout, GtkWidget *widget)
{
  return gtk_widget_get_request_mode (gtk_widget_get_first_child (widget));
}

static void
kh_column_layout_allocate (
    GtkLayoutManager *layout, GtkWidget *widget, int width, int height, int baseline)
{
  gtk_widget_size_allocate (gtk_widget_get_first_child (widget),
                            &(GtkAllocation){ 0, 0, width, height }, baseline);
}

static void
kh_column_layout_class_init (KhColumnLayoutClass *klass)
{
  GtkLayoutManagerClass *layout_class = GTK_LAYOUT_MANAGER_CLASS (klass);

  layout_class->measure = kh_column_layout_measure;
  layout_class->get_request_mode = kh_column_layout_get_request_mode;
  layout_class->allocate = kh_column_layout_allocate;
}

static void
kh_column_layout_init (KhColumnLayout *self)
{
}
