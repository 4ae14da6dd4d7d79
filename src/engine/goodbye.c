/* goodbye.c: what was said last is heard before the sessions end */
#include "engine/goodbye.h"

#include "engine/engine-private.h"

/* kh_engine_close_async() promises a second; the server and the disk want some of it. */
#define WAIT_MS 500

typedef struct
{
  KhEngine *engine; /* borrowed */
  KhGoodbyeDone done;
  gpointer user_data;
  GSource *timeout;
} Goodbye;

static G_DEFINE_QUARK (kh - goodbye, goodbye)

    static void goodbye_free (gpointer data)
{
  Goodbye *self = data;

  g_source_destroy (self->timeout);
  g_source_unref (self->timeout);
  g_free (self);
}

static gboolean
is_heard (KhEngine *engine)
{
  GListModel *conversations = G_LIST_MODEL (engine->conversations);

  for (guint i = 0; i < g_list_model_get_n_items (conversations); i++)
    {
      g_autoptr (KhConversation) conversation = g_list_model_get_item (conversations, i);

      if (kh_node_stream_unacked (kh_conversation_get_node (conversation), &conversation->peer, 0) >
          0)
        return FALSE;
    }
  return TRUE;
}

static void
finish (KhEngine *engine)
{
  Goodbye *self = g_object_get_qdata (G_OBJECT (engine), goodbye_quark ());
  KhGoodbyeDone done = self->done;
  gpointer user_data = self->user_data;

  kh_goodbye_clear (engine);
  done (user_data);
}

static gboolean
on_timeout (gpointer user_data)
{
  Goodbye *self = user_data;

  finish (self->engine);
  return G_SOURCE_REMOVE;
}

void
kh_goodbye_begin (KhEngine *engine, KhGoodbyeDone done, gpointer user_data)
{
  Goodbye *self = g_new (Goodbye, 1);

  *self = (Goodbye){ engine, done, user_data, g_timeout_source_new (WAIT_MS) };
  g_source_set_callback (self->timeout, on_timeout, self, NULL);
  g_source_attach (self->timeout, g_main_context_get_thread_default ());
  g_object_set_qdata_full (G_OBJECT (engine), goodbye_quark (), self, goodbye_free);
  kh_engine_servers_kick (engine);
  kh_goodbye_look (engine);
}

void
kh_goodbye_look (KhEngine *engine)
{
  if (g_object_get_qdata (G_OBJECT (engine), goodbye_quark ()) != NULL && is_heard (engine))
    finish (engine);
}

void
kh_goodbye_clear (KhEngine *engine)
{
  g_object_set_qdata (G_OBJECT (engine), goodbye_quark (), NULL);
}
