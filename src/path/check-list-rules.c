/* check-list-rules.c: which paths may be in the list at all
 *
 * Owns nothing: the list does. The user may want the relay alone, or nothing within the local
 * network; what is not allowed is neither checked nor answered.
 */
#include "path/check-list-private.h"

gboolean
kh_check_list_allows (KhCheckList *self, const KhAddr *remote)
{
  if (kh_addr_is_relay (remote))
    return TRUE;
  return !self->relay_only && !(self->shuns_local && kh_addr_is_private (remote));
}

static int
find_path (KhCheckList *self, const KhAddr *remote)
{
  for (guint i = 0; i < self->probes->len; i++)
    if (kh_addr_equal (&kh_check_list_probe_at (self, i)->path.remote, remote))
      return (int) i;
  return -1;
}

/* Forgets what is not allowed any more. */
static void
enforce (KhCheckList *self, gint64 now_us)
{
  gboolean has_path = self->selected >= 0;
  KhAddr used = { 0 };

  if (has_path)
    used = kh_check_list_probe_at (self, self->selected)->path.remote;
  for (guint i = self->probes->len; i > 0; i--)
    if (!kh_check_list_allows (self, &kh_check_list_probe_at (self, i - 1)->path.remote))
      g_array_remove_index (self->probes, i - 1);
  kh_check_list_drop_responses (self);
  if (!has_path)
    return;
  self->selected = find_path (self, &used);
  if (self->selected < 0)
    kh_check_list_withdraw (self, now_us);
}

void
kh_check_list_set_relay_only (KhCheckList *self, gboolean relay_only, gint64 now_us)
{
  self->relay_only = relay_only;
  enforce (self, now_us);
}

gboolean
kh_check_list_is_relay_only (KhCheckList *self)
{
  return self->relay_only;
}

void
kh_check_list_set_shuns_local (KhCheckList *self, gboolean shuns_local, gint64 now_us)
{
  self->shuns_local = shuns_local;
  enforce (self, now_us);
}
