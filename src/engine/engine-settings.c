/* engine-settings.c: reads, saves and applies the user's settings; and forgets what is too old
 *
 * The history prunes itself by the setting that it holds: here it is only asked to, when it is
 * opened, when the setting changes, and four times a day.
 */
#include "engine/engine-private.h"
#include "engine/exchange-private.h"

#define PRUNE_S (6 * 3600)

const char *const kh_engine_settings_names[KH_ENGINE_N_SETTINGS] = {
  "read-receipts",
  "typing-notices",
  "invited-only",
  KH_STORE_RETENTION,
};

/* of KhRetention */
static const char *const days[] = { NULL, "365", "30", "1" };

static void
apply_read_receipts (KhEngine *self)
{
  gboolean told = kh_user_settings_get_read_receipts (self->settings);
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->by_id);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    kh_exchange_set_tells_read (((KhConversation *) value)->exchange, told);
}

static void
on_summaries (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (KhEngine) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) summaries =
      kh_store_load_summaries_finish (KH_STORE (source), result, &error);

  if (self->stage != KH_ENGINE_OPEN || summaries == NULL)
    return;
  for (guint i = 0; i < summaries->len; i++)
    {
      const KhStoreSummary *summary = summaries->pdata[i];
      KhConversation *conversation = kh_engine_find_by_number (self, summary->contact);

      if (conversation != NULL)
        kh_conversation_summarise (conversation, summary);
    }
}

static void
on_pruned (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (KhEngine) self = user_data;
  g_autoptr (GError) error = NULL;
  gboolean ok = kh_store_finish (KH_STORE (source), result, &error);

  if (self->stage != KH_ENGINE_OPEN)
    return;
  if (!ok)
    kh_engine_emit_problem (self, NULL, g_steal_pointer (&error));
  else
    kh_store_load_summaries_async (self->store, NULL, on_summaries, g_object_ref (self));
}

static void
prune (KhEngine *self)
{
  KhRetention retention = kh_user_settings_get_retention (self->settings);
  gint64 now_us = g_get_real_time ();
  GHashTableIter iter;
  gpointer value;

  if (retention == KH_RETENTION_FOREVER)
    return;
  g_hash_table_iter_init (&iter, self->by_id);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    kh_message_list_drop_before (((KhConversation *) value)->messages,
                                 now_us - g_ascii_strtoll (days[retention], NULL, 10) * 24 * 3600 *
                                              G_USEC_PER_SEC);
  kh_store_prune_async (self->store, now_us, NULL, on_pruned, g_object_ref (self));
}

static gboolean
on_prune (gpointer user_data)
{
  prune (user_data);
  return G_SOURCE_CONTINUE;
}

static void
on_saved (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (KhEngine) self = user_data;
  g_autoptr (GError) error = NULL;

  if (!kh_store_finish (KH_STORE (source), result, &error) && self->stage == KH_ENGINE_OPEN)
    kh_engine_emit_problem (self, NULL, g_steal_pointer (&error));
}

static void
on_changed (KhUserSettings *settings, GParamSpec *pspec, KhEngine *self)
{
  KhRetention retention = kh_user_settings_get_retention (settings);
  const char *const values[KH_ENGINE_N_SETTINGS] = {
    kh_user_settings_get_read_receipts (settings) ? NULL : "0",
    kh_user_settings_get_typing_notices (settings) ? NULL : "0",
    kh_user_settings_get_invited_only (settings) ? "1" : NULL,
    days[MIN ((guint) retention, G_N_ELEMENTS (days) - 1)],
  };

  if (self->stage != KH_ENGINE_OPEN)
    return;
  for (guint i = 0; i < KH_ENGINE_N_SETTINGS; i++)
    kh_store_set_setting_async (self->store, kh_engine_settings_names[i], values[i], NULL, on_saved,
                                g_object_ref (self));
  apply_read_receipts (self);
  /* After it is saved, as the history answers in order. */
  if (g_str_equal (pspec->name, "retention"))
    prune (self);
}

void
kh_engine_settings_restore (KhEngine *self, char *const values[KH_ENGINE_N_SETTINGS])
{
  KhRetention retention = KH_RETENTION_FOREVER;

  for (guint i = 1; i < G_N_ELEMENTS (days); i++)
    if (g_strcmp0 (values[3], days[i]) == 0)
      retention = (KhRetention) i;
  g_object_set (self->settings, "read-receipts", g_strcmp0 (values[0], "0") != 0, "typing-notices",
                g_strcmp0 (values[1], "0") != 0, "invited-only", g_strcmp0 (values[2], "1") == 0,
                "retention", retention, NULL);
  g_signal_connect (self->settings, "notify", G_CALLBACK (on_changed), self);
  self->pruning = g_timeout_source_new_seconds (PRUNE_S);
  g_source_set_callback (self->pruning, on_prune, self, NULL);
  g_source_attach (self->pruning, g_main_context_get_thread_default ());
}

void
kh_engine_settings_clear (KhEngine *self)
{
  g_signal_handlers_disconnect_by_func (self->settings, on_changed, self);
  kh_exchange_stop_timer (&self->pruning);
}

KhUserSettings *
kh_engine_get_settings (KhEngine *self)
{
  g_return_val_if_fail (KH_IS_ENGINE (self), NULL);
  return self->settings;
}
