/* link-notice.c: what is wrong with the connection to the server
 *
 * See link-notice.h. A changed server key is the one failure that waits for the user: both
 * explanations are given, and trusting it takes a second look.
 */
#include "app/link-notice.h"

#include <adwaita.h>
#include <glib/gi18n.h>

#include "app/notice.h"
#include "app/trust-dialog.h"
#include "app/words.h"

struct _KhLinkNotice
{
  GtkWidget parent_instance;

  KhNotice *notice; /* child */

  /* owned */
  KhEngine *engine;
  gboolean dismissed; /* "Stay Disconnected", until the link changes */
};

G_DEFINE_FINAL_TYPE (KhLinkNotice, kh_link_notice, GTK_TYPE_WIDGET)

static void
update (KhLinkNotice *self)
{
  KhEngineLink link = kh_engine_get_link (self->engine);
  const GError *problem = kh_engine_get_link_problem (self->engine);
  g_auto (KhWords) words = { NULL, NULL };

  if (link != KH_ENGINE_LINK_KEY_CHANGED)
    self->dismissed = FALSE;
  if (problem == NULL || link == KH_ENGINE_LINK_ONLINE || self->dismissed)
    {
      kh_notice_hide (self->notice);
      return;
    }

  words = kh_words_for_link_problem (problem, kh_engine_get_server (self->engine));
  switch (link)
    {
    case KH_ENGINE_LINK_KEY_CHANGED:
      kh_notice_show (self->notice, KH_NOTICE_DANGER, words.title, words.body,
                      _ ("Trust New _Key…"), _ ("Stay _Disconnected"));
      return;
    case KH_ENGINE_LINK_REPLACED:
      kh_notice_show (self->notice, KH_NOTICE_WARNING, words.title, words.body,
                      _ ("_Be Online Here"), NULL);
      return;
    case KH_ENGINE_LINK_OFF:
    case KH_ENGINE_LINK_RESOLVING:
    case KH_ENGINE_LINK_REACHING:
    case KH_ENGINE_LINK_ONLINE:
    default:
      kh_notice_show (self->notice, KH_NOTICE_WARNING, words.title, words.body,
                      _ ("Change Ser_ver…"), NULL);
    }
}

static void
on_primary (KhLinkNotice *self)
{
  switch (kh_engine_get_link (self->engine))
    {
    case KH_ENGINE_LINK_KEY_CHANGED:
      kh_trust_dialog_ask (self->engine, NULL, GTK_WIDGET (self));
      return;
    case KH_ENGINE_LINK_REPLACED:
      kh_engine_resume_link (self->engine);
      return;
    case KH_ENGINE_LINK_OFF:
    case KH_ENGINE_LINK_RESOLVING:
    case KH_ENGINE_LINK_REACHING:
    case KH_ENGINE_LINK_ONLINE:
    default:
      gtk_widget_activate_action (GTK_WIDGET (self), "win.setup", NULL);
    }
}

static void
on_secondary (KhLinkNotice *self)
{
  self->dismissed = TRUE;
  update (self);
}

static void
kh_link_notice_dispose (GObject *object)
{
  KhLinkNotice *self = KH_LINK_NOTICE (object);

  g_clear_object (&self->engine);
  if (self->notice != NULL)
    gtk_widget_unparent (GTK_WIDGET (self->notice));
  self->notice = NULL;
  G_OBJECT_CLASS (kh_link_notice_parent_class)->dispose (object);
}

static void
kh_link_notice_class_init (KhLinkNoticeClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = kh_link_notice_dispose;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
}

static void
kh_link_notice_init (KhLinkNotice *self)
{
  self->notice = g_object_new (KH_TYPE_NOTICE, NULL);
  gtk_widget_set_parent (GTK_WIDGET (self->notice), GTK_WIDGET (self));
  g_signal_connect_swapped (self->notice, "primary", G_CALLBACK (on_primary), self);
  g_signal_connect_swapped (self->notice, "secondary", G_CALLBACK (on_secondary), self);
}

void
kh_link_notice_set_engine (KhLinkNotice *self, KhEngine *engine)
{
  g_assert (self->engine == NULL);

  self->engine = g_object_ref (engine);
  g_signal_connect_object (engine, "link-changed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (engine, "notify::server", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  update (self);
}
