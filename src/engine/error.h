/* error.h: everything that can go wrong for a user, as GError
 *
 * Messages are whole English sentences that say what happened, why, and what to do. A front end
 * that translates goes by the code.
 */
#pragma once

#include <glib.h>

#define KH_ENGINE_ERROR (kh_engine_error_quark ())
GQuark kh_engine_error_quark (void);

/**
 * KhEngineError:
 *
 * The disk:
 * @KH_ENGINE_ERROR_DISK: the system refused, in its own words
 * @KH_ENGINE_ERROR_NO_SPACE: nothing was changed; free some space and try again
 * @KH_ENGINE_ERROR_READ_ONLY: the data folder or a file in it cannot be written
 * @KH_ENGINE_ERROR_LOCKED: another Knothole uses this data folder
 * @KH_ENGINE_ERROR_NEWER_DATABASE: a later Knothole wrote the history
 * @KH_ENGINE_ERROR_CORRUPT_DATABASE: it is damaged, and was left as it is; see KH_OPEN_SET_ASIDE
 * @KH_ENGINE_ERROR_IDENTITY_FILE: the key file is damaged or open to others
 * @KH_ENGINE_ERROR_PASSPHRASE: the secret key is under a passphrase, and none, or another, was
 * given: kh_engine_set_passphrase()
 * @KH_ENGINE_ERROR_KEYRING: the desktop's keyring is not there or locked, does not answer, or does
 * not have the secret key
 *
 * What was typed:
 * @KH_ENGINE_ERROR_BAD_PEER_ID: neither a peer ID nor an invite link; the message says where
 * @KH_ENGINE_ERROR_OWN_ID: it is our own
 * @KH_ENGINE_ERROR_BAD_SERVER: not HOST[:PORT]
 * @KH_ENGINE_ERROR_TOO_LONG: a text over KH_TEXT_MAX bytes
 * @KH_ENGINE_ERROR_INVALID: empty, not UTF-8, or not possible here
 *
 * The network:
 * @KH_ENGINE_ERROR_BIND: no socket, or its port is in use
 * @KH_ENGINE_ERROR_RESOLVE: the server's name has no address, or cannot be looked up
 * @KH_ENGINE_ERROR_NO_SERVER: none was chosen
 *
 * The server: one of these is kh_engine_get_link_problem():
 * @KH_ENGINE_ERROR_SERVER_SILENT: nothing comes back: wrong address, firewall, or server down
 * @KH_ENGINE_ERROR_SERVER_REFUSED: the host is there, and nothing listens at that port
 * @KH_ENGINE_ERROR_SERVER_VERSION: it speaks other versions of the protocol
 * @KH_ENGINE_ERROR_SERVER_LOST: it was there and stopped answering
 * @KH_ENGINE_ERROR_SERVER_GOING_AWAY: it said that it stops
 * @KH_ENGINE_ERROR_SERVER_UNPROVEN: it answers and cannot prove its key
 * @KH_ENGINE_ERROR_SERVER_KEY_CHANGED: its key is not the one that we know
 * @KH_ENGINE_ERROR_REPLACED: our identity went online from somewhere else
 * @KH_ENGINE_ERROR_OTHER_SERVER: one of these of a server that is not the user's own, as a
 *   "problem"; the message names it, the rest is in its KhServerLink
 *
 * A contact: one of these is kh_conversation_get_problem():
 * @KH_ENGINE_ERROR_PEER_OFFLINE, @KH_ENGINE_ERROR_PEER_UNANSWERED,
 * @KH_ENGINE_ERROR_PEER_WRONG_KEY, @KH_ENGINE_ERROR_NO_PATH: see #KhPresence
 * @KH_ENGINE_ERROR_NO_RELAY: the same, where one of the two allows no relay
 * @KH_ENGINE_ERROR_PEER_PROTOCOL: what they send cannot be understood; the session was ended
 * @KH_ENGINE_ERROR_REFUSED: the peer does not do what was asked of it, or not now
 * @KH_ENGINE_ERROR_INTERRUPTED: the session, or the peer, ended it before it was done
 *
 * @KH_ENGINE_ERROR_CLOSED: the engine is not open
 */
typedef enum
{
  KH_ENGINE_ERROR_DISK,
  KH_ENGINE_ERROR_NO_SPACE,
  KH_ENGINE_ERROR_READ_ONLY,
  KH_ENGINE_ERROR_LOCKED,
  KH_ENGINE_ERROR_NEWER_DATABASE,
  KH_ENGINE_ERROR_CORRUPT_DATABASE,
  KH_ENGINE_ERROR_IDENTITY_FILE,
  KH_ENGINE_ERROR_PASSPHRASE,
  KH_ENGINE_ERROR_KEYRING,
  KH_ENGINE_ERROR_BAD_PEER_ID,
  KH_ENGINE_ERROR_OWN_ID,
  KH_ENGINE_ERROR_BAD_SERVER,
  KH_ENGINE_ERROR_TOO_LONG,
  KH_ENGINE_ERROR_INVALID,
  KH_ENGINE_ERROR_BIND,
  KH_ENGINE_ERROR_RESOLVE,
  KH_ENGINE_ERROR_NO_SERVER,
  KH_ENGINE_ERROR_SERVER_SILENT,
  KH_ENGINE_ERROR_SERVER_REFUSED,
  KH_ENGINE_ERROR_SERVER_VERSION,
  KH_ENGINE_ERROR_SERVER_LOST,
  KH_ENGINE_ERROR_SERVER_GOING_AWAY,
  KH_ENGINE_ERROR_SERVER_UNPROVEN,
  KH_ENGINE_ERROR_SERVER_KEY_CHANGED,
  KH_ENGINE_ERROR_REPLACED,
  KH_ENGINE_ERROR_PEER_OFFLINE,
  KH_ENGINE_ERROR_PEER_UNANSWERED,
  KH_ENGINE_ERROR_PEER_WRONG_KEY,
  KH_ENGINE_ERROR_PEER_PROTOCOL,
  KH_ENGINE_ERROR_NO_PATH,
  KH_ENGINE_ERROR_NO_RELAY,
  KH_ENGINE_ERROR_REFUSED,
  KH_ENGINE_ERROR_INTERRUPTED,
  KH_ENGINE_ERROR_OTHER_SERVER,
  KH_ENGINE_ERROR_CLOSED,
} KhEngineError;

/* "no-space", "server-key-changed", …: for scripts. */
const char *kh_engine_error_to_string (KhEngineError code);
