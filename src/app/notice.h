/* notice.h: what happened, why, and what to do, in the place where the user is looking
 *
 * A strip that slides in above what it is about. Signals "primary" () and "secondary" () are its
 * two buttons; it does not go away by itself.
 */
#pragma once

#include <gtk/gtk.h>

#define KH_TYPE_NOTICE (kh_notice_get_type ())
G_DECLARE_FINAL_TYPE (KhNotice, kh_notice, KH, NOTICE, GtkWidget)

typedef enum
{
  KH_NOTICE_INFO,    /* how things are */
  KH_NOTICE_WARNING, /* something does not work */
  KH_NOTICE_DANGER,  /* something may be an attack */
} KhNoticeKind;

/* @primary and @secondary: (nullable): labels of the buttons, with mnemonics; NULL for none. */
void kh_notice_show (KhNotice *self,
                     KhNoticeKind kind,
                     const char *title,
                     const char *body,
                     const char *primary,
                     const char *secondary);
void kh_notice_hide (KhNotice *self);
gboolean kh_notice_is_shown (KhNotice *self);
