/* application-private.h: KhApplication across its files
 *
 *   application.c            its life: opening, the window, leaving
 *   application-questions.c  what is asked before there is a window
 *   application-window.c     the window, and what is told while the user looks elsewhere
 *   application-actions.c    what menus, notifications and the desktop's search ask of it
 */
#pragma once

#include "app/application.h"
#include "app/command-line.h"
#include "app/restore-window.h"
#include "app/search-provider.h"
#include "app/setup.h"
#include "app/startup-error.h"
#include "app/unlock-window.h"
#include "app/window.h"
#include "engine/engine.h"

struct _KhApplication
{
  AdwApplication parent_instance;

  /* owned */
  GSettings *settings;
  KhEngine *engine;                  /* of a service, NULL until it is asked for something */
  GCancellable *leaving_cancellable; /* of what would be waited for */
  KhCommandLine arguments;
  char *data_dir;
  char *wanted;       /* the peer ID whose conversation is to be shown once there is a window */
  gint64 wanted_seq;  /* at this message; 0 for the end */
  char *wanted_words; /* what is to be searched for then */
  KhSearchProvider *search_provider; /* (nullable): while on the session bus */

  /* borrowed, of the application's windows */
  KhStartupError *startup_error;
  KhUnlockWindow *unlock;
  KhRestoreWindow *restore;
  KhSetup *setup;
  KhWindow *window;

  guint signal_sources[2];
  gboolean leaving;
  gboolean restored;     /* just now, from a backup */
  GError *restore_error; /* (nullable): until the engine is open again */
};

/* --- application.c --- */
/* Does what @arguments and @wanted say: at once, or when the engine is open and the window there.
 */
void kh_application_begin (KhApplication *self);
/* Closes the engine, and ends once it has said goodbye. */
void kh_application_leave (KhApplication *self);

/* Ends in the window, or in a question. */
void kh_application_open_engine (KhApplication *self, KhOpenFlags flags);

/* --- application-questions.c --- */
void kh_application_show_setup (KhApplication *self);
/* Again: after a passphrase that was not the one. */
void kh_application_show_unlock (KhApplication *self);
void kh_application_show_startup_error (KhApplication *self, const GError *error);
/* Each time that the engine has been opened, or has failed to be: after a restore that is told, and
 * where the key of a backup is to be kept is asked for. */
void kh_application_end_restore (KhApplication *self);

/* --- application-window.c --- */
/* Notifications from then on. */
void kh_application_watch_engine (KhApplication *self);
void kh_application_show_window (KhApplication *self);
/* What @arguments and @wanted say. */
void kh_application_go_to_target (KhApplication *self);
void kh_application_show_problem (KhApplication *self, const GError *error);

/* --- application-actions.c --- */
void kh_application_add_actions (KhApplication *self);
