/* test-streams.c: which session a stream belongs to, seen from a front end that polls late
 *
 * Two nodes and a server in one room without delay; the simulator has the rest.
 */
#include <string.h>

#include "node/node.h"
#include "server/server.h"

enum
{
  ADA,
  GRACE,
  SERVER,
  N_MACHINES,
};

typedef struct
{
  guint64 seed;
  KhIdentity *identities[N_MACHINES];
  KhNode *nodes[SERVER];
  KhServer *server;
  KhAddr addrs[N_MACHINES];
  gint64 now_us;
} Room;

static void
fill (guint8 *buf, gsize len, gpointer user_data)
{
  guint64 *state = user_data;

  for (gsize i = 0; i < len; i++)
    {
      *state = *state * 6364136223846793005u + 1442695040888963407u;
      buf[i] = (guint8) (*state >> 56);
    }
}

static gpointer
machine (Room *room, int i)
{
  return i == SERVER ? (gpointer) room->server : (gpointer) room->nodes[i];
}

static const KhMachineOps *
ops_of (int i)
{
  return i == SERVER ? &kh_server_machine_ops : &kh_node_machine_ops;
}

/* The same a second time in one run with it, which a driver might bring: the server takes none, and
 * a node finds the second one out wherever it was sent. */
static void
deliver_twice (Room *room, int to, const KhDatagram *datagram)
{
  g_autofree guint8 *data = g_malloc (2 * datagram->len);
  KhDatagram run = *datagram;

  memcpy (data, datagram->data, datagram->len);
  memcpy (data + datagram->len, datagram->data, datagram->len);
  run.data = data;
  run.len = 2 * datagram->len;
  run.segment = datagram->len;
  ops_of (to)->receive_run (machine (room, to), &run, room->now_us);
}

static void
deliver (Room *room, int from, KhDatagram *datagram)
{
  for (int to = 0; to < N_MACHINES; to++)
    if (kh_addr_equal (&datagram->remote, &room->addrs[to]))
      {
        datagram->remote = room->addrs[from];
        if (to == SERVER)
          ops_of (to)->receive (machine (room, to), datagram, room->now_us);
        else
          deliver_twice (room, to, datagram);
        return;
      }
}

/* Lets @ms milliseconds pass, with everything that is sent in them. */
static void
run (Room *room, guint ms)
{
  guint8 buf[KH_DATAGRAM_BUFFER];

  for (guint t = 0; t < ms; t++)
    {
      room->now_us += 1000;
      for (int i = 0; i < N_MACHINES; i++)
        {
          KhDatagram out = { .data = buf, .size = sizeof buf };

          if (ops_of (i)->next_timeout (machine (room, i)) <= room->now_us)
            ops_of (i)->handle_timeout (machine (room, i), room->now_us);
          while (ops_of (i)->poll_send (machine (room, i), &out, room->now_us))
            deliver (room, i, &out);
        }
    }
}

static gboolean
drain (KhNode *node, KhEventType wanted)
{
  KhEvent event = { 0 };
  gboolean found = FALSE;

  while (kh_node_poll_event (node, &event))
    found |= event.type == wanted;
  return found;
}

static void
set_up (Room *room, gconstpointer data)
{
  KhRandom random = { fill, &room->seed };

  room->now_us = G_USEC_PER_SEC;
  for (int i = 0; i < N_MACHINES; i++)
    {
      room->identities[i] = kh_identity_new (&random);
      room->addrs[i] = kh_addr_ipv4 (10, 0, 0, (guint8) (i + 1), KH_DEFAULT_PORT);
    }
  room->server = kh_server_new (room->identities[SERVER], NULL, random, room->now_us);
  for (int i = 0; i < SERVER; i++)
    {
      room->nodes[i] =
          kh_node_new (room->identities[i], "somebody", random, room->now_us, room->now_us);
      kh_node_set_default_policy (room->nodes[i], KH_POLICY_ACCEPT);
      kh_node_set_local_addresses (room->nodes[i], &room->addrs[i], 1, room->now_us);
      kh_node_set_server (room->nodes[i], &room->addrs[SERVER], 1, NULL, room->now_us);
    }
  run (room, 20);
  kh_node_connect (room->nodes[ADA], kh_node_get_peer_id (room->nodes[GRACE]), NULL, NULL,
                   room->now_us);
  run (room, 500);
  for (int i = 0; i < SERVER; i++)
    g_assert_true (drain (room->nodes[i], KH_EVENT_SESSION));
}

static void
tear_down (Room *room, gconstpointer data)
{
  for (int i = 0; i < SERVER; i++)
    kh_node_free (room->nodes[i]);
  kh_server_free (room->server);
  for (int i = 0; i < N_MACHINES; i++)
    kh_identity_free (room->identities[i]);
}

static const char last_words[] = "last words";

static void
say (Room *room)
{
  g_assert_cmpuint (kh_node_stream_write (room->nodes[ADA],
                                          kh_node_get_peer_id (room->nodes[GRACE]), 0, last_words,
                                          sizeof last_words, room->now_us),
                    ==, sizeof last_words);
}

static gsize
hear (Room *room, char *buf, gsize size)
{
  return kh_node_stream_read (room->nodes[GRACE], kh_node_get_peer_id (room->nodes[ADA]), 0, buf,
                              size, room->now_us);
}

/* What came before the goodbye is read by a front end that polls after both. */
static void
test_last_words (Room *room, gconstpointer data)
{
  char buf[64];

  say (room);
  run (room, 5);
  kh_node_disconnect (room->nodes[ADA], kh_node_get_peer_id (room->nodes[GRACE]), room->now_us);
  run (room, 5);

  g_assert_cmpuint (hear (room, buf, sizeof buf), ==, sizeof last_words);
  g_assert_cmpstr (buf, ==, last_words);
  g_assert_true (drain (room->nodes[GRACE], KH_EVENT_CLOSED));
  g_assert_cmpuint (hear (room, buf, sizeof buf), ==, 0);
}

/* A new session's first bytes wait until the front end knows of the session. */
static void
test_new_session (Room *room, gconstpointer data)
{
  char buf[64];

  kh_node_disconnect (room->nodes[ADA], kh_node_get_peer_id (room->nodes[GRACE]), room->now_us);
  run (room, 5);
  kh_node_connect (room->nodes[ADA], kh_node_get_peer_id (room->nodes[GRACE]), NULL, NULL,
                   room->now_us);
  run (room, 500);
  g_assert_true (drain (room->nodes[ADA], KH_EVENT_SESSION));
  say (room);
  run (room, 5);

  g_assert_cmpuint (hear (room, buf, sizeof buf), ==, 0);
  g_assert_true (drain (room->nodes[GRACE], KH_EVENT_SESSION));
  g_assert_cmpuint (hear (room, buf, sizeof buf), ==, sizeof last_words);
}

/* --- other streams ----------------------------------------------------------------------- */

/* Takes all events, and returns how many are of @id's stream; the last of them in @ret_event. */
static guint
take_stream_events (KhNode *node, guint64 id, KhEvent *ret_event)
{
  KhEvent event = { 0 };
  guint n = 0;

  while (kh_node_poll_event (node, &event))
    if (event.type == KH_EVENT_STREAM && event.stream.id == id)
      {
        *ret_event = event;
        n++;
      }
  return n;
}

static guint64
open_stream (Room *room)
{
  guint64 id;

  g_assert_true (kh_node_open_stream (room->nodes[ADA], kh_node_get_peer_id (room->nodes[GRACE]),
                                      &id, room->now_us));
  g_assert_cmpuint (id, >, 0);
  return id;
}

/* However many packets it came in, the news of a stream is one event. */
static void
test_one_event (Room *room, gconstpointer data)
{
  static const guint8 bytes[4000];
  const KhPeerId *ada = kh_node_get_peer_id (room->nodes[ADA]);
  const KhPeerId *grace = kh_node_get_peer_id (room->nodes[GRACE]);
  guint64 id = open_stream (room), other = open_stream (room);
  guint8 buf[8000];
  KhEvent event = { 0 };

  for (guint i = 0; i < 2; i++)
    {
      g_assert_cmpuint (kh_node_stream_write (room->nodes[ADA], grace, id, bytes, sizeof bytes,
                                              room->now_us),
                        ==, sizeof bytes);
      kh_node_stream_write (room->nodes[ADA], grace, other, bytes, 1, room->now_us);
      run (room, 5);
    }
  kh_node_finish_stream (room->nodes[ADA], grace, id, room->now_us);
  run (room, 5);

  g_assert_cmpuint (take_stream_events (room->nodes[GRACE], id, &event), ==, 1);
  g_assert_true (event.stream.readable && !event.stream.finished);
  g_assert_cmpuint (kh_node_stream_read (room->nodes[GRACE], ada, id, buf, sizeof buf,
                                         room->now_us),
                    ==, sizeof buf);
  g_assert_cmpuint (take_stream_events (room->nodes[GRACE], id, &event), ==, 1);
  g_assert_true (event.stream.finished);
  g_assert_cmpuint (take_stream_events (room->nodes[GRACE], other, &event), ==, 0);
}

/* Reading in place gives the same bytes, and the same news of the end. */
static void
test_peek (Room *room, gconstpointer data)
{
  const KhPeerId *ada = kh_node_get_peer_id (room->nodes[ADA]);
  const KhPeerId *grace = kh_node_get_peer_id (room->nodes[GRACE]);
  guint64 id = open_stream (room);
  const guint8 *piece;
  GString *got = g_string_new (NULL);
  KhEvent event = { 0 };
  gsize len;

  g_assert_false (kh_node_stream_peek (room->nodes[GRACE], ada, id, &piece, &len));
  kh_node_stream_write (room->nodes[ADA], grace, id, last_words, sizeof last_words, room->now_us);
  kh_node_finish_stream (room->nodes[ADA], grace, id, room->now_us);
  run (room, 5);
  while (kh_node_stream_peek (room->nodes[GRACE], ada, id, &piece, &len))
    {
      gsize n = MIN (len, 3);

      g_string_append_len (got, (const char *) piece, (gssize) n);
      kh_node_stream_consume (room->nodes[GRACE], ada, id, n, room->now_us);
    }
  g_assert_cmpmem (got->str, got->len, last_words, sizeof last_words);
  g_assert_cmpuint (take_stream_events (room->nodes[GRACE], id, &event), ==, 1);
  g_assert_true (event.stream.finished);
  g_string_free (got, TRUE);
}

/* Who does not want a stream says so, and both sides are told why. */
static void
test_refusal (Room *room, gconstpointer data)
{
  const KhPeerId *ada = kh_node_get_peer_id (room->nodes[ADA]);
  const KhPeerId *grace = kh_node_get_peer_id (room->nodes[GRACE]);
  guint64 id = open_stream (room);
  KhEvent event = { 0 };

  kh_node_stream_write (room->nodes[ADA], grace, id, "x", 1, room->now_us);
  run (room, 5);
  g_assert_cmpuint (take_stream_events (room->nodes[GRACE], id, &event), ==, 1);
  kh_node_stop_stream (room->nodes[GRACE], ada, id, 7, room->now_us);
  kh_node_reset_stream (room->nodes[GRACE], ada, id, 8, room->now_us);
  run (room, 5);

  g_assert_cmpuint (take_stream_events (room->nodes[ADA], id, &event), ==, 1);
  g_assert_true (event.stream.stopped && event.stream.reset && !event.stream.finished);
  g_assert_cmpuint (event.stream.stopped_code, ==, 7);
  g_assert_cmpuint (event.stream.reset_code, ==, 8);
  g_assert_cmpuint (kh_node_stream_write (room->nodes[ADA], grace, id, "x", 1, room->now_us), ==,
                    0);
}

static void
test_info (Room *room, gconstpointer data)
{
  const KhPeerId *grace = kh_node_get_peer_id (room->nodes[GRACE]);
  const KhPeerId *ada = kh_node_get_peer_id (room->nodes[ADA]);
  KhSessionInfo before, after;
  guint64 received;

  g_assert_true (kh_node_get_session_info (room->nodes[GRACE], ada, &after));
  received = after.bytes_received;
  g_assert_true (kh_node_get_session_info (room->nodes[ADA], grace, &before));
  say (room);
  run (room, 50);
  g_assert_true (kh_node_get_session_info (room->nodes[GRACE], ada, &after));
  g_assert_cmpuint (after.bytes_received, >=, received + sizeof last_words);
  g_assert_true (kh_node_get_session_info (room->nodes[ADA], grace, &after));
  g_assert_cmpuint (after.packets_sent, >, before.packets_sent);
  g_assert_cmpuint (after.bytes_sent, >=, before.bytes_sent + sizeof last_words);
  /* What overtakes on another path may be taken for lost, and is not. */
  g_assert_cmpuint (after.packets_lost, ==, after.packets_spurious);
  g_assert_cmpint (after.rtt_latest_us, >, 0);
  g_assert_cmpuint (after.mtu, >=, KH_DATAGRAM_MAX);

  kh_node_disconnect (room->nodes[ADA], grace, room->now_us);
  g_assert_true (drain (room->nodes[ADA], KH_EVENT_CLOSED));
  g_assert_false (kh_node_get_session_info (room->nodes[ADA], grace, &after));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/streams/last-words", Room, NULL, set_up, test_last_words, tear_down);
  g_test_add ("/streams/new-session", Room, NULL, set_up, test_new_session, tear_down);
  g_test_add ("/streams/one-event", Room, NULL, set_up, test_one_event, tear_down);
  g_test_add ("/streams/peek", Room, NULL, set_up, test_peek, tear_down);
  g_test_add ("/streams/refusal", Room, NULL, set_up, test_refusal, tear_down);
  g_test_add ("/streams/info", Room, NULL, set_up, test_info, tear_down);
  return g_test_run ();
}
