/* store-private.h: how an operation travels to the worker and back
 *
 * An operation is a KhStoreCall: what to run, and copies of what it needs.
 */
#pragma once

#include "store/database.h"
#include "store/store.h"

typedef struct _KhStoreCall KhStoreCall;

/* On the worker. Returns the result, or NULL with @error set. */
typedef gpointer (*KhStoreRun) (KhDatabase *database, const KhStoreCall *call, GError **error);

/* A result for operations that have none. */
#define KH_STORE_DONE GINT_TO_POINTER (TRUE)

struct _KhStoreCall
{
  KhStoreRun run;
  /* (nullable): for a result that nobody fetched */
  GDestroyNotify free_result;

  gint64 contact;
  gint64 number;
  gint64 time_us;
  guint limit;
  KhMessageId id;

  /* owned, nullable */
  char *text;
  char *extra;
  KhMessageId *ids;
  GPtrArray *messages;
  KhStoreContact *record;
  KhStorePin *pin;
  KhStoreInvite *invite;
  GBytes *bytes;
  gpointer other;
  GDestroyNotify free_other;
};

KhStoreCall *kh_store_call_new (KhStoreRun run, GDestroyNotify free_result);

/* @call: (transfer full) */
void kh_store_submit (KhStore *self,
                      gpointer source_tag,
                      KhStoreCall *call,
                      GCancellable *cancellable,
                      GAsyncReadyCallback callback,
                      gpointer user_data);
/* (transfer full) (nullable): the result, or NULL with @error set */
gpointer kh_store_take_result (KhStore *self, GAsyncResult *result, GError **error);
