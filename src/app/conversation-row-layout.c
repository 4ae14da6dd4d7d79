/* conversation-row-layout.c: where the parts of a row in the list of chats are
 *
 * See conversation-row-layout.h. No part's height follows from its width, for labels of one line
 * are cut where there is no room.
 */
#include "app/conversation-row-layout.h"

/* Pixels */
#define PICTURE_SPACING 10
#define PART_SPACING 6
#define LINE_SPACING 2

struct _KhConversationRowLayout
{
  GtkLayoutManager parent_instance;

  GtkWidget *parts[KH_ROW_N_PARTS]; /* (nullable), children of the row */
};

G_DEFINE_FINAL_TYPE (KhConversationRowLayout, kh_conversation_row_layout, GTK_TYPE_LAYOUT_MANAGER)

typedef struct
{
  int minimum;
  int natural;
} Size;

/* Parts from @first to @last are of one line. */
typedef struct
{
  KhRowPart first;
  KhRowPart last;
} Line;

static const Line lines[] = { { KH_ROW_NAME, KH_ROW_TIME }, { KH_ROW_LAST, KH_ROW_UNREAD } };

static gboolean
is_there (KhConversationRowLayout *self, KhRowPart part)
{
  return self->parts[part] != NULL && gtk_widget_should_layout (self->parts[part]);
}

static Size
measure_part (KhConversationRowLayout *self, KhRowPart part, GtkOrientation orientation)
{
  Size size = { 0, 0 };

  if (is_there (self, part))
    gtk_widget_measure (self->parts[part], orientation, -1, &size.minimum, &size.natural, NULL,
                        NULL);
  return size;
}

static Size
measure_line (KhConversationRowLayout *self, const Line *line, GtkOrientation orientation)
{
  Size all = { 0, 0 };

  for (KhRowPart part = line->first; part <= line->last; part++)
    {
      Size size = measure_part (self, part, orientation);
      int spacing = part != line->first && is_there (self, part) ? PART_SPACING : 0;

      if (orientation == GTK_ORIENTATION_HORIZONTAL)
        {
          all.minimum += size.minimum + spacing;
          all.natural += size.natural + spacing;
        }
      else
        {
          all.minimum = MAX (all.minimum, size.minimum);
          all.natural = MAX (all.natural, size.natural);
        }
    }
  return all;
}

static void
kh_conversation_row_layout_measure (GtkLayoutManager *layout,
                                    GtkWidget *widget,
                                    GtkOrientation orientation,
                                    int for_size,
                                    int *ret_minimum,
                                    int *ret_natural,
                                    int *ret_minimum_baseline,
                                    int *ret_natural_baseline)
{
  KhConversationRowLayout *self = KH_CONVERSATION_ROW_LAYOUT (layout);
  Size picture = measure_part (self, KH_ROW_PICTURE, orientation);
  Size upper = measure_line (self, &lines[0], orientation);
  Size lower = measure_line (self, &lines[1], orientation);

  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    {
      *ret_minimum = picture.minimum + PICTURE_SPACING + MAX (upper.minimum, lower.minimum);
      *ret_natural = picture.natural + PICTURE_SPACING + MAX (upper.natural, lower.natural);
    }
  else
    {
      *ret_minimum = MAX (picture.minimum, upper.minimum + LINE_SPACING + lower.minimum);
      *ret_natural = MAX (picture.natural, upper.natural + LINE_SPACING + lower.natural);
    }
  *ret_minimum_baseline = *ret_natural_baseline = -1;
}

/* @area is as for text that is read from left to right. */
static void
place (KhConversationRowLayout *self, KhRowPart part, int width, GtkAllocation area)
{
  GtkWidget *widget = self->parts[part];

  if (gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL)
    area.x = width - area.x - area.width;
  gtk_widget_size_allocate (widget, &area, -1);
}

/* From the end, for the first part has what the others leave. */
static void
place_line (
    KhConversationRowLayout *self, const Line *line, int width, int x, int y, int line_height)
{
  int end = width;

  for (KhRowPart part = line->last; part > line->first; part--)
    {
      int part_width = measure_part (self, part, GTK_ORIENTATION_HORIZONTAL).natural;

      if (!is_there (self, part))
        continue;
      place (self, part, width, (GtkAllocation){ end - part_width, y, part_width, line_height });
      end -= part_width + PART_SPACING;
    }
  place (self, line->first, width, (GtkAllocation){ x, y, end - x, line_height });
}

static void
kh_conversation_row_layout_allocate (
    GtkLayoutManager *layout, GtkWidget *widget, int width, int height, int baseline)
{
  KhConversationRowLayout *self = KH_CONVERSATION_ROW_LAYOUT (layout);
  Size picture_width = measure_part (self, KH_ROW_PICTURE, GTK_ORIENTATION_HORIZONTAL);
  Size picture_height = measure_part (self, KH_ROW_PICTURE, GTK_ORIENTATION_VERTICAL);
  int upper = measure_line (self, &lines[0], GTK_ORIENTATION_VERTICAL).natural;
  int lower = measure_line (self, &lines[1], GTK_ORIENTATION_VERTICAL).natural;
  int x = picture_width.natural + PICTURE_SPACING;
  int y = (height - upper - LINE_SPACING - lower) / 2;
  GtkAllocation picture = { 0, (height - picture_height.natural) / 2, picture_width.natural,
                            picture_height.natural };

  place (self, KH_ROW_PICTURE, width, picture);
  if (is_there (self, KH_ROW_DOT))
    {
      int dot_width = measure_part (self, KH_ROW_DOT, GTK_ORIENTATION_HORIZONTAL).natural;
      int dot_height = measure_part (self, KH_ROW_DOT, GTK_ORIENTATION_VERTICAL).natural;

      place (self, KH_ROW_DOT, width,
             (GtkAllocation){ picture.x + picture.width - dot_width,
                              picture.y + picture.height - dot_height, dot_width, dot_height });
    }
  place_line (self, &lines[0], width, x, y, upper);
  place_line (self, &lines[1], width, x, y + upper + LINE_SPACING, lower);
}

static GtkSizeRequestMode
kh_conversation_row_layout_get_request_mode (GtkLayoutManager *layout, GtkWidget *widget)
{
  return GTK_SIZE_REQUEST_CONSTANT_SIZE;
}

static void
kh_conversation_row_layout_class_init (KhConversationRowLayoutClass *klass)
{
  GtkLayoutManagerClass *layout_class = GTK_LAYOUT_MANAGER_CLASS (klass);

  layout_class->measure = kh_conversation_row_layout_measure;
  layout_class->allocate = kh_conversation_row_layout_allocate;
  layout_class->get_request_mode = kh_conversation_row_layout_get_request_mode;
}

static void
kh_conversation_row_layout_init (KhConversationRowLayout *self)
{
}

void
kh_conversation_row_layout_set_part (KhConversationRowLayout *self,
                                     KhRowPart part,
                                     GtkWidget *widget)
{
  self->parts[part] = widget;
  gtk_layout_manager_layout_changed (GTK_LAYOUT_MANAGER (self));
}
