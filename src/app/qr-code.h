/* qr-code.h: a text as a QR code (ISO/IEC 18004), to be read by a camera
 *
 * Black on white in every style, as cameras want it, with its quiet zone. To a screen reader it is
 * one picture, described by its text.
 */
#pragma once

#include <gtk/gtk.h>

#define KH_TYPE_QR_CODE (kh_qr_code_get_type ())
G_DECLARE_FINAL_TYPE (KhQrCode, kh_qr_code, KH, QR_CODE, GtkWidget)

/* @text: (nullable): UTF-8; nothing is drawn of NULL, nor of more than fits into one code (2331
 * bytes). */
void kh_qr_code_set_text (KhQrCode *self, const char *text);
/* (transfer full) (nullable): the code as a PNG file, large enough to be printed; NULL where
 * nothing is drawn. */
GBytes *kh_qr_code_to_png (KhQrCode *self);
