/* composer.h: where a message is written
 *
 * Grows with the text to eight lines, then scrolls. Enter sends, Shift+Enter (or Ctrl+Enter) makes
 * a line. Signals: "send" (string text): 1 to KH_TEXT_MAX bytes; the composer is empty by then.
 * "edited" (): the user changed the text, or it was sent.
 */
#pragma once

#include <gtk/gtk.h>

#define KH_TYPE_COMPOSER (kh_composer_get_type ())
G_DECLARE_FINAL_TYPE (KhComposer, kh_composer, KH, COMPOSER, GtkWidget)

/* (transfer full) */
char *kh_composer_dup_text (KhComposer *self);
/* Replaces all text, without "edited". */
void kh_composer_set_text (KhComposer *self, const char *text);
/* Puts @text back, before what was typed since: it could not be saved. */
void kh_composer_restore (KhComposer *self, const char *text);
void kh_composer_focus (KhComposer *self);
