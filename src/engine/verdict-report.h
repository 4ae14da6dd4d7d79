/* verdict-report.h: how one is connected to a contact, why, and what was tried, as plain values
 *
 * A snapshot that the engine makes (kh_engine_dup_verdict()); nothing in it changes afterwards. All
 * text is in the user's language and made of whole sentences; the words for scripts are those that
 * say so. Addresses of the other side are those that it offered, or that its packets came from.
 */
#pragma once

#include <glib-object.h>

/**
 * KhReason: why the connection is as it is; those after TRYING say why there is no direct path
 * @KH_REASON_PRIVACY: who is named keeps their addresses to themselves
 * @KH_REASON_UDP_BLOCKED: the network of who is named lets no UDP through
 * @KH_REASON_NO_FAMILY: the network of who is named has IPv6 only, the other IPv4 only
 * @KH_REASON_RANDOM_RANDOM: both networks give every connection a random port
 * @KH_REASON_RANDOM_STRICT: that of who is named does so, and the other's lets only answers in
 * @KH_REASON_DEPENDENT: both give every connection another port, that of who is named a random one
 * @KH_REASON_UNPREDICTED: the next ports of that of who is named were not those that were expected
 * @KH_REASON_FIREWALL: both are ordinary, and yet nothing came through
 * @KH_REASON_NO_HAIRPIN: both are behind one router, which does not lead back in
 */
typedef enum
{
  KH_REASON_NOT_CONNECTED,
  KH_REASON_DIRECT,        /* over the internet */
  KH_REASON_DIRECT_LOCAL,  /* within one local network */
  KH_REASON_DIRECT_SEARCH, /* over the internet, by a port that had to be searched for */
  KH_REASON_TRYING,        /* relayed so far */
  KH_REASON_PRIVACY,
  KH_REASON_UDP_BLOCKED,
  KH_REASON_NO_FAMILY,
  KH_REASON_RANDOM_RANDOM,
  KH_REASON_RANDOM_STRICT,
  KH_REASON_DEPENDENT,
  KH_REASON_UNPREDICTED,
  KH_REASON_FIREWALL,
  KH_REASON_NO_HAIRPIN,
} KhReason;

/* Whom a reason names. */
typedef enum
{
  KH_BLAME_NOBODY,
  KH_BLAME_US,
  KH_BLAME_THEM,
  KH_BLAME_BOTH,
} KhBlame;

/**
 * KhNetworkKind: of what kind the network of one side is, for a drawing
 * @KH_NETWORK_OPEN: no router translates its addresses
 * @KH_NETWORK_STEADY: its router keeps one port outside for each port inside
 * @KH_NETWORK_SEQUENTIAL: its router gives every connection the next port
 * @KH_NETWORK_RANDOM: its router gives every connection another port, which nobody can foresee
 * @KH_NETWORK_TCP_ONLY: it lets no UDP through
 * @KH_NETWORK_HIDDEN: its addresses are kept from the other side
 */
typedef enum
{
  KH_NETWORK_UNKNOWN,
  KH_NETWORK_OPEN,
  KH_NETWORK_STEADY,
  KH_NETWORK_SEQUENTIAL,
  KH_NETWORK_RANDOM,
  KH_NETWORK_TCP_ONLY,
  KH_NETWORK_HIDDEN,
} KhNetworkKind;

/**
 * KhNetworkNature: what is known of the network of one side
 * @mapping, @ports, @filtering, @hairpin: RFC 4787's words, "unknown" where it is not known
 * @step: between the ports of two connections; 0 unless they are sequential
 * @is_mapped: its router forwards a port to the program (UPnP, NAT-PMP or PCP)
 * @text: sentences
 */
typedef struct
{
  KhNetworkKind kind;
  const char *mapping;
  const char *ports;
  const char *filtering;
  const char *hairpin;
  int step;
  gboolean is_mapped;
  char *text;
} KhNetworkNature;

typedef enum
{
  KH_ATTEMPT_WAITING, /* nothing came from there so far */
  KH_ATTEMPT_HEARD,   /* their packets come in by it; not known yet whether ours arrive */
  KH_ATTEMPT_WORKS,   /* carries packets both ways */
  KH_ATTEMPT_FAILED,  /* nothing came back */
} KhAttemptState;

/**
 * KhAttempt: one path that is or was tried
 * @kind: "host", "server-reflexive", "peer-reflexive", "mapped" or "relay"
 * @local: (nullable): our address as they see it on this path
 * @remote: (nullable): theirs; NULL for the relay
 * @rtt_us: 0 where it is not known
 * @text: a sentence
 */
typedef struct
{
  const char *kind;
  KhAttemptState state;
  gboolean in_use;
  char *local;
  char *remote;
  gint64 rtt_us;
  char *text;
} KhAttempt;

/**
 * KhVerdictStep: something that happened
 * @at_us: since the session began
 * @what: "begun", "behaviours", "path-valid", …, "ended"
 * @technique: (nullable): "punching", "prediction", "birthday", "impossible", of what is chosen or
 *   done by one
 * @local, @remote: (nullable): as in #KhAttempt
 * @outcome: (nullable): "works", "failed", "used", of what has one
 * @text: a sentence
 */
typedef struct
{
  gint64 at_us;
  const char *what;
  const char *technique;
  char *local;
  char *remote;
  const char *outcome;
  char *text;
} KhVerdictStep;

/**
 * KhVerdictReport:
 * @is_over: the session has ended; all else is as it was at its end
 * @is_proven: a direct path is impossible until one of the networks changes
 * @headline: a sentence: how, and whose network is the reason
 * @advice: (nullable): what would change it; NULL where nothing needs to
 * @attempts: (element-type KhAttempt)
 * @steps: (element-type KhVerdictStep): in the order of time
 * @n_dropped: steps that are left out, after the first few
 */
typedef struct
{
  char *peer_id;
  char *name;
  KhReason reason;
  KhBlame blame;
  gboolean is_over;
  gboolean is_proven;
  char *headline;
  char *advice;
  KhNetworkNature ours, theirs;
  GPtrArray *attempts;
  GPtrArray *steps;
  guint n_dropped;
} KhVerdictReport;

void kh_verdict_report_free (KhVerdictReport *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KhVerdictReport, kh_verdict_report_free)

/* (transfer full): all of it as lines, for a terminal or to be copied. The names in it are those
 * that people gave themselves: a terminal must escape what it prints. */
char *kh_verdict_report_to_text (const KhVerdictReport *self);

/* For scripts: "direct-local", "random-strict", …; "us", …; "steady", …; "works", … */
const char *kh_reason_to_string (KhReason reason);
const char *kh_blame_to_string (KhBlame blame);
const char *kh_network_kind_to_string (KhNetworkKind kind);
const char *kh_attempt_state_to_string (KhAttemptState state);
