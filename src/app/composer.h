/* composer.h: where a message is written
 *
 * Grows with the text to eight lines, then scrolls. Enter sends, Shift+Enter (or Ctrl+Enter) makes
 * a line. Signals: "send" (string text): 1 to KH_TEXT_MAX bytes; the composer is empty by then.
 * "edited" (): the user changed the text, or it was sent. "cancelled" (): the user does not want to
 * do what the line above the text says. "edit-last" (): Up was pressed where nothing is written.
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
/* What the text is for, above it: @title NULL for an ordinary message. @line is shown as it is. */
void kh_composer_set_context (KhComposer *self, const char *title, const char *line);
void kh_composer_focus (KhComposer *self);
