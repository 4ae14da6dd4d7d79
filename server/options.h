/* options.h: knotholed's command line */
#pragma once

#include "wire/addr.h"

/* Two of each family, the second for STUN alone (RFC 5780). */
#define KH_OPTIONS_ADDRS 4
/* A second port that was not chosen: the one after the first. */
#define KH_OPTIONS_NEXT_PORT (-1)

/* Of what the limits of the relay are given in. */
#define KH_OPTIONS_BYTES_PER_MBIT 125e3
#define KH_OPTIONS_BYTES_PER_GB 1e9

typedef enum
{
  KH_OPTIONS_RUN,
  KH_OPTIONS_SELF_TEST,
  KH_OPTIONS_PRINT_KEY,
  KH_OPTIONS_DONE,  /* --version was printed: exit 0; --help exits by itself */
  KH_OPTIONS_WRONG, /* the reason was printed to standard error: exit 2 */
} KhOptionsAction;

/**
 * KhOptions:
 * @port: of all addresses of the machine, where @n_addrs is 0; 0 picks a free one
 * @addrs: what --listen named, with their ports
 * @second_port: 0 for none, or KH_OPTIONS_NEXT_PORT
 * @tcp: take TCP connections on the same port
 * @tcp_port: one more port for TCP, 0 for none
 * @relay: relay packets
 * @relay_rate: bytes a second of one client, 0 without limit
 * @relay_volume: bytes a day of one client, 0 without limit
 * @config: (owned) (nullable): the file of server/settings.h, not read yet
 * @state_dir: (owned)
 */
typedef struct
{
  guint16 port;
  KhAddr addrs[KH_OPTIONS_ADDRS];
  guint n_addrs;
  int second_port;
  gboolean tcp;
  guint16 tcp_port;
  gboolean relay;
  double relay_rate;
  double relay_volume;
  char *config;
  char *state_dir;
} KhOptions;

/* Can it be a limit, in any unit? */
gboolean kh_options_is_quota (double value);

/* @ret_options is filled, and to be cleared, whatever is returned. */
KhOptionsAction kh_options_parse (int *argc, char ***argv, KhOptions *ret_options);
void kh_options_clear (KhOptions *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (KhOptions, kh_options_clear)
