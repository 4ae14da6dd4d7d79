/* qr-code.c: a text as a QR code (ISO/IEC 18004)
 *
 * See qr-code.h. libqrencode makes the modules, with error correction level M, as a code on a
 * screen is read: tilted, but whole. A module is a whole number of the screen's own pixels.
 */
#include "app/qr-code.h"

#include <glib/gi18n.h>
#include <qrencode.h>

/* Modules of white around the code (section 6.3.8). */
#define QUIET 4
/* Pixels: the widget is about that wide, whatever the length of the text. */
#define WIDTH 280
#define MODULE_MIN 2
#define MODULE_MAX 6
/* Pixels of a module in a file: an inch or two on paper. */
#define MODULE_SAVED 10
/* The bit of a dark module in libqrencode's bytes. */
#define DARK 1

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QRcode, QRcode_free)

struct _KhQrCode
{
  GtkWidget parent_instance;

  QRcode *code; /* owned (nullable) */
};

G_DEFINE_FINAL_TYPE (KhQrCode, kh_qr_code, GTK_TYPE_WIDGET)

static int
get_modules (KhQrCode *self)
{
  return self->code->width + 2 * QUIET;
}

static gboolean
is_dark (KhQrCode *self, int x, int y)
{
  return (self->code->data[y * self->code->width + x] & DARK) != 0;
}

/* One row: a rectangle for each run of dark modules. */
static void
snapshot_row (KhQrCode *self, GtkSnapshot *snapshot, int y, float module)
{
  const GdkRGBA black = { 0, 0, 0, 1 };
  int width = self->code->width;

  for (int x = 0, end; x < width; x = end + 1)
    {
      for (end = x; end < width && is_dark (self, end, y); end++)
        ;
      if (end > x)
        gtk_snapshot_append_color (snapshot, &black,
                                   &GRAPHENE_RECT_INIT ((float) (x + QUIET) * module,
                                                        (float) (y + QUIET) * module,
                                                        (float) (end - x) * module, module));
    }
}

static void
kh_qr_code_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  const GdkRGBA white = { 1, 1, 1, 1 };
  KhQrCode *self = KH_QR_CODE (widget);
  int width = gtk_widget_get_width (widget), height = gtk_widget_get_height (widget);
  int scale = gtk_widget_get_scale_factor (widget);
  float module, side;

  if (self->code == NULL)
    return;
  module = (float) (MIN (width, height) * scale / get_modules (self)) / (float) scale;
  side = module * (float) get_modules (self);
  gtk_snapshot_translate (snapshot,
                          &GRAPHENE_POINT_INIT ((float) (int) (((float) width - side) / 2),
                                                (float) (int) (((float) height - side) / 2)));
  gtk_snapshot_append_color (snapshot, &white, &GRAPHENE_RECT_INIT (0, 0, side, side));
  for (int y = 0; y < self->code->width; y++)
    snapshot_row (self, snapshot, y, module);
}

static void
kh_qr_code_measure (GtkWidget *widget,
                    GtkOrientation orientation,
                    int for_size,
                    int *minimum,
                    int *natural,
                    int *minimum_baseline,
                    int *natural_baseline)
{
  KhQrCode *self = KH_QR_CODE (widget);
  int modules = self->code != NULL ? get_modules (self) : 0;

  *minimum = *natural =
      modules == 0 ? 0 : modules * CLAMP (WIDTH / modules, MODULE_MIN, MODULE_MAX);
}

static void
kh_qr_code_finalize (GObject *object)
{
  g_clear_pointer (&KH_QR_CODE (object)->code, QRcode_free);
  G_OBJECT_CLASS (kh_qr_code_parent_class)->finalize (object);
}

static void
kh_qr_code_class_init (KhQrCodeClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = kh_qr_code_finalize;
  widget_class->snapshot = kh_qr_code_snapshot;
  widget_class->measure = kh_qr_code_measure;
  gtk_widget_class_set_css_name (widget_class, "kh-qr-code");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
kh_qr_code_init (KhQrCode *self)
{
}

void
kh_qr_code_set_text (KhQrCode *self, const char *text)
{
  g_clear_pointer (&self->code, QRcode_free);
  if (text != NULL && *text != '\0')
    self->code = QRcode_encodeString8bit (text, 0, QR_ECLEVEL_M);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("QR code"), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                  text != NULL ? text : "", -1);
  gtk_widget_queue_resize (GTK_WIDGET (self));
}

GBytes *
kh_qr_code_to_png (KhQrCode *self)
{
  g_autoptr (GdkTexture) texture = NULL;
  g_autoptr (GBytes) pixels = NULL;
  gsize side;
  guint8 *rgb;

  if (self->code == NULL)
    return NULL;
  side = (gsize) get_modules (self) * MODULE_SAVED;
  rgb = g_malloc (side * side * 3);
  for (gsize i = 0; i < side * side; i++)
    {
      int x = (int) (i % side / MODULE_SAVED) - QUIET;
      int y = (int) (i / side / MODULE_SAVED) - QUIET;
      gboolean dark = x >= 0 && y >= 0 && x < self->code->width && y < self->code->width &&
                      is_dark (self, x, y);

      memset (rgb + 3 * i, dark ? 0 : 255, 3);
    }
  pixels = g_bytes_new_take (rgb, side * side * 3);
  texture = gdk_memory_texture_new ((int) side, (int) side, GDK_MEMORY_R8G8B8, pixels, side * 3);
  return gdk_texture_save_to_png_bytes (texture);
}
