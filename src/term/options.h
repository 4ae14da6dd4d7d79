/* options.h: the command line */
#pragma once

#include "engine/bench.h"
#include "engine/types.h"

/* The exit statuses: a contract, see knothole-term(1). */
typedef enum
{
  KH_EXIT_OK = 0,
  KH_EXIT_FAILED = 1,     /* something is not acknowledged, or could not be done */
  KH_EXIT_USAGE = 2,      /* the command line was wrong */
  KH_EXIT_SERVER_KEY = 3, /* the server's key changed */
} KhExit;

/* @timeout_us: -1 for none; @target: with @bench, the peer to measure to */
typedef struct
{
  char *server;
  char *name;
  char *data_dir; /* never NULL */
  char *server_key;
  char *target;
  KhAcceptMode accept;
  KhRelayUse relay;
  gint64 timeout_us;
  KhBenchPlan plan; /* with @bench */
  gboolean bench;
  gboolean bench_serve;
  gboolean check_network;
  gboolean is_long;      /* with @check_network */
  gboolean port_mapping; /* unless it is not wanted */
  gboolean json;
  gboolean id;
  gboolean version;
  gboolean self_test;
} KhOptions;

/* Errors are G_OPTION_ERROR, in the user's language. "--help" prints and exits. @args: with the
 * program's name first. */
KhOptions *kh_options_parse (const char *const *args, GError **error);
void kh_options_free (KhOptions *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KhOptions, kh_options_free)
