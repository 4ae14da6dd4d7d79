/* engine-open-private.h: an engine that is being opened, across two files
 *
 *   engine-open.c     the disk, and at the end the network
 *   engine-history.c  what the history knows
 */
#pragma once

#include "engine/engine-private.h"

/* Gone when the task of kh_engine_open_async() is. */
typedef struct
{
  char *dir;
  KhOpenFlags flags;
  char *passphrase; /* (nullable) */

  /* from the thread */
  KhStore *store;
  KhIdentity *identity;
  KhKeyPlace key_place;

  /* from the history */
  guint waiting; /* answers that are not in */
  GError *error; /* the first */
  char *name, *server, *local_port, *token;
  char *settings[KH_ENGINE_N_SETTINGS];
  GBytes *avatar;
  GPtrArray *invites;
  GPtrArray *contacts;
  GPtrArray *summaries;
  GPtrArray *pending; /* (element-type KhStoreMessage): all contacts', each oldest first */
  KhLocalServer *local;
  GError *local_error;
} KhOpening;

/* Asks for all that it knows; kh_opening_finish() or kh_opening_fail() follows. */
void kh_opening_ask_history (GTask *task);
/* Takes over what it knew. */
void kh_opening_restore (KhEngine *self, KhOpening *open);

void kh_opening_finish (GTask *task);
/* Gives the data folder back before it says so, for who tries again. @error is taken. */
void kh_opening_fail (GTask *task, GError *error);
