/* button-box.c: buttons side by side, or one above the other where they are too long for that
 *
 * See button-box.h. Which of both depends on the width there is, the language and the size of the
 * text, so it is decided as the buttons are placed. (AdwWrapBox would need libadwaita 1.7.)
 */
#include "app/button-box.h"

/* Pixels between two buttons. */
#define SPACING 6

struct _KhButtonBox
{
  GtkWidget parent_instance;
};

G_DEFINE_FINAL_TYPE (KhButtonBox, kh_button_box, GTK_TYPE_WIDGET)

static GtkWidget *
next_shown (GtkWidget *child)
{
  while (child != NULL && !gtk_widget_should_layout (child))
    child = gtk_widget_get_next_sibling (child);
  return child;
}

static GtkWidget *
first (GtkWidget *widget)
{
  return next_shown (gtk_widget_get_first_child (widget));
}

static GtkWidget *
next (GtkWidget *child)
{
  return next_shown (gtk_widget_get_next_sibling (child));
}

/* The widths that it needs as a column at least, and would like to have as a row. */
static void
measure_width (GtkWidget *widget, int *ret_minimum, int *ret_natural, int *ret_n)
{
  int n = 0;

  *ret_minimum = *ret_natural = 0;
  for (GtkWidget *child = first (widget); child != NULL; child = next (child), n++)
    {
      int minimum, natural;

      gtk_widget_measure (child, GTK_ORIENTATION_HORIZONTAL, -1, &minimum, &natural, NULL, NULL);
      *ret_minimum = MAX (*ret_minimum, minimum);
      *ret_natural += natural + (n > 0 ? SPACING : 0);
    }
  if (ret_n != NULL)
    *ret_n = n;
}

/* That of the highest as a row, of all as a column. */
static int
measure_height (GtkWidget *widget, int width)
{
  int minimum, natural, height = 0;
  gboolean is_row;

  measure_width (widget, &minimum, &natural, NULL);
  is_row = width < 0 || width >= natural;
  for (GtkWidget *child = first (widget); child != NULL; child = next (child))
    {
      int of_child;

      gtk_widget_measure (child, GTK_ORIENTATION_VERTICAL, is_row ? -1 : width, &of_child, NULL,
                          NULL, NULL);
      height = is_row ? MAX (height, of_child) : height + of_child + (height > 0 ? SPACING : 0);
    }
  return height;
}

static void
kh_button_box_measure (GtkWidget *widget,
                       GtkOrientation orientation,
                       int for_size,
                       int *ret_minimum,
                       int *ret_natural,
                       int *ret_minimum_baseline,
                       int *ret_natural_baseline)
{
  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    measure_width (widget, ret_minimum, ret_natural, NULL);
  else
    *ret_minimum = *ret_natural = measure_height (widget, for_size);
  *ret_minimum_baseline = *ret_natural_baseline = -1;
}

static GtkSizeRequestMode
kh_button_box_get_request_mode (GtkWidget *widget)
{
  return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

static void
place_row (GtkWidget *widget, int width, int height, int spare, int n)
{
  gboolean is_mirrored = gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL;
  int x = 0;

  for (GtkWidget *child = first (widget); child != NULL; child = next (child), n--)
    {
      int of_child, more = spare / n;

      gtk_widget_measure (child, GTK_ORIENTATION_HORIZONTAL, -1, NULL, &of_child, NULL, NULL);
      of_child += more;
      spare -= more;
      gtk_widget_size_allocate (child,
                                &(GtkAllocation){ is_mirrored ? width - x - of_child : x, 0,
                                                  of_child, height },
                                -1);
      x += of_child + SPACING;
    }
}

static void
place_column (GtkWidget *widget, int width)
{
  int y = 0;

  for (GtkWidget *child = first (widget); child != NULL; child = next (child))
    {
      int height;

      gtk_widget_measure (child, GTK_ORIENTATION_VERTICAL, width, &height, NULL, NULL, NULL);
      gtk_widget_size_allocate (child, &(GtkAllocation){ 0, y, width, height }, -1);
      y += height + SPACING;
    }
}

static void
kh_button_box_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  int minimum, natural, n;

  measure_width (widget, &minimum, &natural, &n);
  if (width >= natural)
    place_row (widget, width, height, width - natural, n);
  else
    place_column (widget, width);
}

static void
kh_button_box_dispose (GObject *object)
{
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (object))) != NULL)
    gtk_widget_unparent (child);
  G_OBJECT_CLASS (kh_button_box_parent_class)->dispose (object);
}

static void
kh_button_box_class_init (KhButtonBoxClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = kh_button_box_dispose;
  widget_class->measure = kh_button_box_measure;
  widget_class->get_request_mode = kh_button_box_get_request_mode;
  widget_class->size_allocate = kh_button_box_size_allocate;
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
}

static void
kh_button_box_init (KhButtonBox *self)
{
}
