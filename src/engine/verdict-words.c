/* verdict-words.c: see verdict-words.h
 *
 * Owns nothing but sentences: each is one translatable string, with {peer} for the other's name,
 * because languages differ in where a name goes and what it does to the words around it.
 */
#include "engine/verdict-words.h"

#include <glib/gi18n-lib.h>

/* By what the verdict names; where it cannot name that, NOBODY stands in. */
typedef const char *Sentences[KH_VERDICT_BOTH + 1];

static const Sentences headlines[] = {
  [KH_VERDICT_NOT_CONNECTED] = { N_ ("You are not connected to {peer}.") },
  [KH_VERDICT_DIRECT] = { N_ ("You are connected directly to {peer}.") },
  [KH_VERDICT_DIRECT_LOCAL] =
      { N_ ("You are connected directly to {peer}, within one local network.") },
  [KH_VERDICT_DIRECT_SEARCH] = {
      N_ ("You are connected directly to {peer}, through a port that had to be searched for.") },
  [KH_VERDICT_TRYING] = {
      N_ ("The server relays between you and {peer} while a direct path is being looked for.") },
  [KH_VERDICT_PRIVACY] = {
      [KH_VERDICT_NOBODY] = N_ ("The server relays between you and {peer}, because one of you "
                                "keeps their addresses to themselves."),
      [KH_VERDICT_US] = N_ ("The server relays between you and {peer}, because you keep your "
                            "addresses to yourself."),
      [KH_VERDICT_THEM] = N_ ("The server relays between you and {peer}, because {peer} keeps "
                              "their addresses to themselves."),
      [KH_VERDICT_BOTH] = N_ ("The server relays between you and {peer}, because both of you keep "
                              "your addresses to yourselves."),
  },
  [KH_VERDICT_UDP_BLOCKED] = {
      [KH_VERDICT_NOBODY] = N_ ("One of the two networks lets no UDP through, without which there "
                                "is no direct path between you and {peer}."),
      [KH_VERDICT_US] = N_ ("Your network lets no UDP through, without which there is no direct "
                            "path to {peer}."),
      [KH_VERDICT_THEM] =
          N_ ("{peer}’s network lets no UDP through, without which there is no direct path."),
      [KH_VERDICT_BOTH] = N_ ("Neither your network nor {peer}’s lets UDP through, without which "
                              "there is no direct path."),
  },
  [KH_VERDICT_NO_FAMILY] = {
      [KH_VERDICT_NOBODY] =
          N_ ("Of your network and {peer}’s, one has only IPv4 and the other only "
              "IPv6, and no packet goes directly from one to the other."),
      [KH_VERDICT_US] = N_ ("Your network has only IPv6 and {peer}’s only IPv4, and no packet goes "
                            "directly from one to the other."),
      [KH_VERDICT_THEM] = N_ ("{peer}’s network has only IPv6 and yours only IPv4, and no packet "
                              "goes directly from one to the other."),
  },
  [KH_VERDICT_RANDOM_RANDOM] =
      { N_ ("Your network and {peer}’s both give every connection a random port, so "
                        "neither side can know where to reach the other.") },
  [KH_VERDICT_RANDOM_STRICT] = {
      [KH_VERDICT_NOBODY] = N_ ("Of your network and {peer}’s, one gives every connection a random "
                                "port and the other lets only answers in; the right port was "
                                "searched for and not found."),
      [KH_VERDICT_US] = N_ ("Your network gives every connection a random port, and {peer}’s lets "
                            "only answers in; the right port was searched for and not found."),
      [KH_VERDICT_THEM] = N_ ("{peer}’s network gives every connection a random port, and yours "
                              "lets only answers in; the right port was searched for and not "
                              "found."),
  },
  [KH_VERDICT_DEPENDENT] = {
      [KH_VERDICT_NOBODY] =
          N_ ("Your network and {peer}’s both give every connection another port, "
              "one of them a random one, so the two cannot be foreseen together."),
      [KH_VERDICT_US] =
          N_ ("Your network gives every connection a random port, and {peer}’s gives "
              "every connection another one, so the two cannot be foreseen together."),
      [KH_VERDICT_THEM] = N_ ("{peer}’s network gives every connection a random port, and yours "
                              "gives every connection another one, so the two cannot be foreseen "
                              "together."),
  },
  [KH_VERDICT_UNPREDICTED] = {
      [KH_VERDICT_NOBODY] =
          N_ ("Your network or {peer}’s gives every connection the next port, and "
              "the ones that were expected were taken by others."),
      [KH_VERDICT_US] = N_ ("Your network gives every connection the next port, and the ones that "
                            "were expected for {peer} were taken by others."),
      [KH_VERDICT_THEM] = N_ ("{peer}’s network gives every connection the next port, and the ones "
                              "that were expected were taken by others."),
      [KH_VERDICT_BOTH] = N_ ("Your network and {peer}’s both give every connection the next port, "
                              "and the ones that were expected were taken by others."),
  },
  [KH_VERDICT_FIREWALL] = {
      [KH_VERDICT_NOBODY] = N_ ("Nothing that was sent directly between you and {peer} arrived, "
                                "although both networks look as if it should: there is a firewall "
                                "on one of the two sides."),
      [KH_VERDICT_US] = N_ ("Nothing that was sent directly between you and {peer} arrived: there "
                            "is a firewall in your network."),
      [KH_VERDICT_THEM] =
          N_ ("Nothing that was sent directly between you and {peer} arrived: there "
              "is a firewall in {peer}’s network."),
      [KH_VERDICT_BOTH] =
          N_ ("Nothing that was sent directly between you and {peer} arrived: there "
              "are firewalls in both networks."),
  },
  [KH_VERDICT_NO_HAIRPIN] = {
      N_ ("You and {peer} are behind the same router, as a provider may have one for many homes, "
          "and it does not lead back in what is sent to its own address.") },
};

/* Where there is none, nothing needs to be changed, or nobody can. */
static const Sentences advices[] = {
  [KH_VERDICT_DIRECT_SEARCH] =
      { N_ ("Port mapping (UPnP) on either router would make it faster to connect.") },
  [KH_VERDICT_PRIVACY] = {
      [KH_VERDICT_NOBODY] = N_ ("For a direct path, both of you must allow direct connections in "
                                "the settings."),
      [KH_VERDICT_US] = N_ ("For a direct path, allow direct connections in your settings; {peer} "
                            "then learns your addresses."),
      [KH_VERDICT_THEM] = N_ ("Only {peer} can allow direct connections, in their settings."),
      [KH_VERDICT_BOTH] = N_ ("For a direct path, both of you must allow direct connections in "
                              "your settings."),
  },
  [KH_VERDICT_UDP_BLOCKED] = {
      [KH_VERDICT_NOBODY] = N_ ("A direct path needs a network that lets UDP through on both "
                                "sides."),
      [KH_VERDICT_US] = N_ ("A direct path needs another network on your side, or a firewall there "
                            "that lets UDP through."),
      [KH_VERDICT_THEM] = N_ ("A direct path needs another network on {peer}’s side, or a firewall "
                              "there that lets UDP through."),
      [KH_VERDICT_BOTH] = N_ ("A direct path needs networks or firewalls that let UDP through, on "
                              "both sides."),
  },
  [KH_VERDICT_NO_FAMILY] = {
      [KH_VERDICT_NOBODY] = N_ ("A direct path needs one kind of address that both networks have."),
      [KH_VERDICT_US] = N_ ("A direct path needs IPv6 in {peer}’s network, or IPv4 in yours."),
      [KH_VERDICT_THEM] = N_ ("A direct path needs IPv6 in your network, or IPv4 in {peer}’s."),
  },
  [KH_VERDICT_RANDOM_RANDOM] = {
      N_ ("A direct path needs port mapping (UPnP) on either router, or IPv6 on both sides.") },
  [KH_VERDICT_RANDOM_STRICT] = {
      N_ ("It is searched for again from time to time; a sure path needs port mapping (UPnP) on "
          "either router, or IPv6 on both sides.") },
  [KH_VERDICT_DEPENDENT] = {
      N_ ("A direct path needs port mapping (UPnP) on either router, or IPv6 on both sides.") },
  [KH_VERDICT_UNPREDICTED] = {
      N_ ("It is tried again from time to time; a sure path needs port mapping (UPnP) on either "
          "router, or IPv6 on both sides.") },
  [KH_VERDICT_NO_HAIRPIN] = {
      N_ ("A direct path needs IPv6 on both sides, or a router that does (“NAT loopback”).") },
  [KH_VERDICT_FIREWALL] = {
      [KH_VERDICT_NOBODY] = N_ ("It is tried again from time to time; a direct path needs a "
                                "firewall that lets UDP packets out, and their answers in, on both "
                                "sides."),
      [KH_VERDICT_US] = N_ ("A direct path needs another network on your side, or a firewall there "
                            "that lets UDP packets out, and their answers in."),
      [KH_VERDICT_THEM] = N_ ("A direct path needs another network on {peer}’s side, or a firewall "
                              "there that lets UDP packets out, and their answers in."),
  },
};

/* What is filled in is not looked into: a name may have braces in it. */
static char *
fill (const char *text, const char *placeholder, const char *value)
{
  GString *out = g_string_new (text);

  g_string_replace (out, placeholder, value, 0);
  return g_string_free (out, FALSE);
}

char *
kh_verdict_words_isolate (const char *text)
{
  return g_strconcat ("\u2068", text, "\u2069", NULL);
}

/* Names and addresses are written in one direction or the other, whatever the sentence is in. */
static char *
fill_isolated (const char *text, const char *placeholder, const char *value)
{
  g_autofree char *isolated = kh_verdict_words_isolate (value);

  return fill (text, placeholder, isolated);
}

/* (nullable) */
static char *
choose (const Sentences *sentences, gsize n, const KhVerdict *verdict, const char *peer)
{
  const char *text;

  if ((gsize) verdict->kind >= n || (guint) verdict->who > KH_VERDICT_BOTH)
    return NULL;
  text = sentences[verdict->kind][verdict->who];
  if (text == NULL)
    text = sentences[verdict->kind][KH_VERDICT_NOBODY];
  return text != NULL ? fill_isolated (_ (text), "{peer}", peer) : NULL;
}

char *
kh_verdict_words_headline (const KhVerdict *verdict, const char *peer)
{
  return choose (headlines, G_N_ELEMENTS (headlines), verdict, peer);
}

char *
kh_verdict_words_advice (const KhVerdict *verdict, const char *peer)
{
  return choose (advices, G_N_ELEMENTS (advices), verdict, peer);
}

/* --- networks ---------------------------------------------------------------------------- */

KhNetworkKind
kh_verdict_words_network_kind (const KhNatBehaviour *nat)
{
  if (nat->is_relay_only)
    return KH_NETWORK_HIDDEN;
  if (nat->udp_blocked)
    return KH_NETWORK_TCP_ONLY;
  switch (nat->mapping)
    {
    case KH_NAT_MAPPING_NONE:
      return KH_NETWORK_OPEN;
    case KH_NAT_MAPPING_INDEPENDENT:
      return KH_NETWORK_STEADY;
    case KH_NAT_MAPPING_DEPENDENT:
      return nat->ports == KH_NAT_PORTS_SEQUENTIAL ? KH_NETWORK_SEQUENTIAL : KH_NETWORK_RANDOM;
    case KH_NAT_MAPPING_UNKNOWN:
    default:
      return KH_NETWORK_UNKNOWN;
    }
}

/* Ours, and theirs */
static const char *const networks[][2] = {
  [KH_NETWORK_UNKNOWN] = { N_ ("It is not known yet how your network treats connections."),
                           N_ ("It is not known how {peer}’s network treats connections.") },
  [KH_NETWORK_OPEN] = { N_ ("Your network passes your address on as it is."),
                        N_ ("{peer}’s network passes their address on as it is.") },
  [KH_NETWORK_STEADY] = { N_ ("Your network has a router that shows this program at one and the "
                              "same port to everybody."),
                          N_ ("{peer}’s network has a router that shows their program at one and "
                              "the same port to everybody.") },
  [KH_NETWORK_SEQUENTIAL] = { N_ ("Your network has a router that gives every connection another "
                                  "port, the next one in a row."),
                              N_ ("{peer}’s network has a router that gives every connection "
                                  "another port, the next one in a row.") },
  [KH_NETWORK_RANDOM] = { N_ ("Your network has a router that gives every connection another port, "
                              "a random one."),
                          N_ ("{peer}’s network has a router that gives every connection another "
                              "port, a random one.") },
  [KH_NETWORK_TCP_ONLY] = { N_ ("Your network lets no UDP through."),
                            N_ ("{peer}’s network lets no UDP through.") },
  [KH_NETWORK_HIDDEN] = { N_ ("You keep your network’s addresses to yourself."),
                          N_ ("{peer} keeps their network’s addresses to themselves.") },
};

static void
append_sentence (GString *out, const char *sentence)
{
  if (out->len > 0)
    g_string_append_c (out, ' ');
  g_string_append (out, sentence);
}

char *
kh_verdict_words_network (const KhNatBehaviour *nat, const char *peer)
{
  KhNetworkKind kind = kh_verdict_words_network_kind (nat);
  const char *text = _ (networks[kind][peer != NULL]);
  g_autofree char *first = peer != NULL ? fill_isolated (text, "{peer}", peer) : g_strdup (text);
  GString *out = g_string_new (first);

  if (kind == KH_NETWORK_HIDDEN || kind == KH_NETWORK_TCP_ONLY)
    return g_string_free (out, FALSE);
  if (nat->filtering == KH_NAT_FILTERING_BY_PORT)
    append_sentence (out, _ ("From outside, only answers are let in."));
  else if (nat->filtering == KH_NAT_FILTERING_IGNORES_PORTS)
    append_sentence (out, _ ("From outside, packets from any port of who was written to are let "
                             "in."));
  if (nat->hairpin == KH_NAT_HAIRPIN_YES)
    append_sentence (out, _ ("Computers behind it reach each other by its outside address."));
  if (nat->is_mapped)
    append_sentence (out, _ ("The router forwards a port to the program (port mapping)."));
  return g_string_free (out, FALSE);
}

/* --- the timeline ------------------------------------------------------------------------ */

/* The relay has no address that means anything to people. */
static gboolean
is_relay (const KhPath *path)
{
  return !kh_addr_is_set (&path->remote) || kh_addr_is_relay (&path->remote);
}

/* @of_relay, or @of_address with {place} filled in */
static char *
say_of (const KhPath *path, const char *of_relay, const char *of_address)
{
  g_autofree char *place = is_relay (path) ? NULL : kh_addr_to_string (&path->remote);

  return place != NULL ? fill_isolated (of_address, "{place}", place) : g_strdup (of_relay);
}

/* The same with the round-trip time, in the second pair, where it is known. */
static char *
say_with_rtt (const KhPath *path, const char *const texts[4])
{
  g_autofree char *text = NULL;
  g_autofree char *rtt = g_strdup_printf ("%.1f", (double) path->rtt_us / 1000.0);

  if (path->rtt_us <= 0)
    return say_of (path, _ (texts[0]), _ (texts[1]));
  text = say_of (path, _ (texts[2]), _ (texts[3]));
  return fill (text, "{ms}", rtt);
}

static char *
technique_words (const KhTimelineEntry *entry, const KhTimelineEntry *previous)
{
  if (previous != NULL && previous->technique == entry->technique)
    return g_strdup (_ ("More is known of how the networks behave, and what is done stays the "
                        "same."));
  switch (entry->technique)
    {
    case KH_TECHNIQUE_PREDICTION:
      return g_strdup (_ ("How both networks behave is known: the next ports of a router are to be "
                          "foreseen."));
    case KH_TECHNIQUE_BIRTHDAY:
      return g_strdup (
          _ ("How both networks behave is known: one port among many is to be searched "
             "for."));
    case KH_TECHNIQUE_IMPOSSIBLE:
      return g_strdup (_ ("How both networks behave is known: no search for ports can succeed."));
    case KH_TECHNIQUE_PUNCHING:
    default:
      return g_strdup (
          _ ("How both networks behave is known: sending to the addresses of the other "
             "side, from both sides at once, should do."));
    }
}

/* Why it was chosen follows from what was in use before. */
static char *
chosen_words (const KhTimelineEntry *entry, const KhTimelineEntry *previous)
{
  const char *of_address;

  if (previous == NULL)
    of_address = _ ("{place} is used from now on, because it is the first path that works.");
  else if (is_relay (&previous->path))
    of_address = _ ("{place} is used from now on, because a direct path goes before the relay.");
  else
    of_address = _ ("{place} is used from now on, because it is faster, or the path before went "
                    "silent.");
  return say_of (&entry->path,
                 previous == NULL
                     ? _ ("The relay is used at first, because it needs no search.")
                     : _ ("The relay is used from now on, because the path before went "
                          "silent."),
                 of_address);
}

static char *
search_words (const KhTimelineEntry *entry)
{
  if (entry->technique == KH_TECHNIQUE_PREDICTION)
    return g_strdup (_ ("Packets go out to the ports that a router is expected to give next."));
  if (entry->role == KH_SEARCH_OPENER)
    return g_strdup (_ ("Many ports are opened here, for the other side to find one of them."));
  return g_strdup (_ ("Packets go out to many ports of the other side, to find an open one."));
}

static const char *const valid_texts[] = {
  N_ ("The relay answers, so it works."),
  N_ ("{place} answers, so this path works."),
  N_ ("The relay answers after {ms} ms, so it works."),
  N_ ("{place} answers after {ms} ms, so this path works."),
};

char *
kh_verdict_words_step (const KhTimelineEntry *entry,
                       const KhTimelineEntry *previous,
                       const char *peer)
{
  switch (entry->type)
    {
    case KH_TIMELINE_BEGUN:
      return fill_isolated (
          _ ("You and {peer} know each other’s addresses, and begin to send to them."), "{peer}",
          peer);
    case KH_TIMELINE_BEHAVIOURS:
      return technique_words (entry, previous);
    case KH_TIMELINE_CANDIDATE:
      return say_of (&entry->path, _ ("The relay can be used."), _ ("{place} is to be tried."));
    case KH_TIMELINE_CHECKED:
      return say_of (&entry->path, _ ("The relay is tried."), _ ("{place} is tried."));
    case KH_TIMELINE_PATH_VALID:
      return say_with_rtt (&entry->path, valid_texts);
    case KH_TIMELINE_PATH_FAILED:
      return say_of (&entry->path, _ ("Nothing came back from the relay."),
                     _ ("Nothing came back from {place}."));
    case KH_TIMELINE_CHOSEN:
      return chosen_words (entry, previous);
    case KH_TIMELINE_SEARCH_BEGUN:
      return search_words (entry);
    case KH_TIMELINE_SEARCH_FAILED:
      return g_strdup (_ ("The search ended without a path."));
    case KH_TIMELINE_NETWORK_CHANGED:
      return g_strdup (_ ("The network changed, so everything is tried anew."));
    case KH_TIMELINE_LOST:
      return g_strdup (_ ("The direct path went silent."));
    default:
      return g_strdup (kh_timeline_type_to_string (entry->type));
    }
}

static const char *const used_texts[] = {
  N_ ("The relay is in use."),
  N_ ("{place} is in use."),
  N_ ("The relay is in use, with a round trip of {ms} ms."),
  N_ ("{place} is in use, with a round trip of {ms} ms."),
};

static const char *const working_texts[] = {
  N_ ("The relay works."),
  N_ ("{place} works."),
  N_ ("The relay works, with a round trip of {ms} ms."),
  N_ ("{place} works, with a round trip of {ms} ms."),
};

char *
kh_verdict_words_attempt (const KhPath *path, gboolean in_use)
{
  if (in_use)
    return say_with_rtt (path, used_texts);
  switch (path->state)
    {
    case KH_PATH_VALID:
      return say_with_rtt (path, working_texts);
    case KH_PATH_HEARD:
      return say_of (path, _ ("The relay is heard; whether it hears us is not known yet."),
                     _ ("{place} is heard; whether it hears us is not known yet."));
    case KH_PATH_FAILED:
      return say_of (path, _ ("The relay did not answer."), _ ("{place} did not answer."));
    case KH_PATH_NEW:
    default:
      return say_of (path, _ ("The relay has not answered so far."),
                     _ ("{place} has not answered so far."));
    }
}
