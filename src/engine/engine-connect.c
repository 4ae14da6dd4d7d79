/* engine-connect.c: a peer ID or an invite link becomes a contact */
#include "engine/engine-contacts-private.h"
#include <glib/gi18n-lib.h>

#include "crypto/invite.h"

static gboolean
parse_target (const char *text, KhInvite *ret_invite, gboolean *ret_is_invite, GError **error)
{
  g_autofree char *reason = NULL;
  KhInviteError invite_error;
  KhPeerIdError id_error;

  if (kh_invite_is_link (text))
    {
      *ret_is_invite = TRUE;
      if (kh_invite_parse (text, ret_invite, &invite_error))
        return TRUE;
      reason = kh_invite_error_to_string (&invite_error);
    }
  else
    {
      *ret_is_invite = FALSE;
      if (kh_peer_id_parse (text, &ret_invite->peer_id, &id_error))
        return TRUE;
      reason = kh_peer_id_error_to_string (&id_error);
    }
  g_set_error_literal (error, KH_ENGINE_ERROR, KH_ENGINE_ERROR_BAD_PEER_ID, reason);
  return FALSE;
}

static gboolean
check_target (
    KhEngine *self, const char *text, KhInvite *ret_invite, gboolean *ret_is_invite, GError **error)
{
  if (!parse_target (text, ret_invite, ret_is_invite, error))
    return FALSE;
  if (self->id_text == NULL || !kh_peer_id_equal (&ret_invite->peer_id, &self->id))
    return TRUE;
  g_set_error_literal (
      error, KH_ENGINE_ERROR, KH_ENGINE_ERROR_OWN_ID,
      _ ("This is your own ID. Give it to the other person, and type theirs here."));
  return FALSE;
}

gboolean
kh_engine_check_target (KhEngine *self, const char *text, char **ret_server, GError **error)
{
  KhInvite invite = { 0 };
  gboolean is_invite;
  char server[KH_SERVER_NAME_STRING_MAX];

  g_return_val_if_fail (KH_IS_ENGINE (self), FALSE);
  g_return_val_if_fail (text != NULL, FALSE);
  if (!check_target (self, text, &invite, &is_invite, error))
    return FALSE;
  if (ret_server != NULL)
    *ret_server = is_invite ? g_strdup (kh_server_name_format (&invite.server, server)) : NULL;
  return TRUE;
}

KhConversation *
kh_engine_find_conversation (KhEngine *self, const char *peer_id)
{
  KhPeerId peer;

  g_return_val_if_fail (KH_IS_ENGINE (self), NULL);
  return peer_id != NULL && kh_peer_id_parse (peer_id, &peer, NULL) ? kh_engine_lookup (self, &peer)
                                                                    : NULL;
}

/* Which server the task asks for; NO_SERVER where there would be none. */
static gboolean
choose_server (
    KhEngine *self, KhMake *make, const KhInvite *invite, const char *server, GError **error)
{
  KhServerName name;

  if (server != NULL)
    {
      if (!kh_engine_check_server (server, error))
        return FALSE;
      kh_server_name_parse (server, &name, NULL);
    }
  else if (invite != NULL)
    name = invite->server;
  else if (self->home->is_set)
    return TRUE;
  else
    {
      g_set_error_literal (error, KH_ENGINE_ERROR, KH_ENGINE_ERROR_NO_SERVER,
                           _ ("Name the server at which you two meet."));
      return FALSE;
    }
  make->server = name;
  make->has_server = TRUE;
  /* The key is that of the link's server, not of another that was typed. */
  if (invite != NULL && invite->has_server_key && strcmp (invite->server.host, name.host) == 0 &&
      invite->server.port == name.port)
    {
      make->has_server_key = TRUE;
      make->server_key = invite->server_key;
    }
  return TRUE;
}

static void
save_server (KhEngine *self, KhMake *make, gboolean is_pinned)
{
  char text[KH_SERVER_NAME_STRING_MAX];

  kh_server_name_format (&make->server, text);
  if (make->has_server_key && !is_pinned)
    {
      KhStorePin pin = { .server = text,
                         .key = make->server_key,
                         .first_seen_us = g_get_real_time () };

      kh_store_set_pin_async (self->store, &pin, NULL, NULL, NULL);
    }
  /* The first one that is named is the user's own. */
  if (self->home->is_set)
    return;
  kh_store_set_setting_async (self->store, KH_SETTING_LOCAL_SERVER, NULL, NULL, NULL, NULL);
  kh_store_set_setting_async (self->store, KH_SETTING_SERVER, text, NULL, NULL, NULL);
}

static void
on_pin (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  KhEngine *self = g_task_get_source_object (task);
  KhMake *make = g_task_get_task_data (task);
  g_autoptr (KhStorePin) pin = NULL;
  GError *error = NULL;

  if (!kh_store_get_pin_finish (KH_STORE (source), result, &pin, &error))
    kh_make_fail (task, error);
  else if (pin != NULL && make->has_server_key && !kh_key_equal (&pin->key, &make->server_key))
    g_task_return_new_error (task, KH_ENGINE_ERROR, KH_ENGINE_ERROR_SERVER_KEY_CHANGED,
                             _ ("The link names another key for the server “%s” than the one it "
                                "has shown so far. Ask who gave you the link, or connect with the "
                                "peer ID alone."),
                             make->server.host);
  else if (kh_engine_check_open (self, task))
    {
      /* The history does these in order: if the contact is saved, they were tried. */
      save_server (self, make, pin != NULL);
      kh_make_run (task);
    }
}

void
kh_engine_connect_async (KhEngine *self,
                         const char *target,
                         const char *server,
                         GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer user_data)
{
  g_autoptr (GTask) task = NULL;
  KhInvite invite = { 0 };
  gboolean is_invite = FALSE;
  char text[KH_SERVER_NAME_STRING_MAX];
  GError *error = NULL;
  KhMake *make;

  g_return_if_fail (target != NULL);
  task = kh_make_task_new (self, &invite.peer_id, KH_CONTACT_ACCEPTED, cancellable, callback,
                           user_data);
  g_task_set_source_tag (task, kh_engine_connect_async);
  make = g_task_get_task_data (task);
  if (!kh_engine_check_open (self, task))
    return;
  if (!check_target (self, target, &invite, &is_invite, &error) ||
      !choose_server (self, make, is_invite ? &invite : NULL, server, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  make->contact->peer_id = invite.peer_id;
  make->has_token = is_invite && invite.has_token;
  memcpy (make->token, invite.token, sizeof make->token);
  if (!make->has_server)
    {
      kh_make_run (task);
      return;
    }
  kh_server_name_format (&make->server, text);
  /* Who is looked for at the server in this computer is at whatever address that has. */
  if (self->home->local == NULL || strcmp (self->home->text, text) != 0)
    make->contact->server = g_strdup (text);
  kh_store_get_pin_async (self->store, text, NULL, on_pin, g_steal_pointer (&task));
}

KhConversation *
kh_engine_connect_finish (KhEngine *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}
