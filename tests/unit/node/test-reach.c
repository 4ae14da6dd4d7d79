/* test-reach.c: what is concluded of answers, refusals and silence, and from whom they count */
#include "node/reach.h"

#include <string.h>

#define MS 1000

static void
count_up (guint8 *buf, gsize len, gpointer user_data)
{
  guint8 *n = user_data;

  memset (buf, ++*n, len);
}

typedef struct
{
  guint8 random;
  KhReach *reach;
  KhAddr v4, v6;
  gint64 now_us;
  guint n_sent;
  KhHello hellos[64];
  KhDatagram sent[64];
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  KhAddr addrs[2] = { kh_addr_ipv4 (192, 0, 2, 1, 4430) };

  g_assert_true (kh_addr_parse ("[2001:db8::1]:4430", 0, &addrs[1]));
  f->v4 = addrs[0];
  f->v6 = addrs[1];
  f->now_us = 1000 * MS;
  f->reach = kh_reach_new (addrs, 2, (KhRandom){ count_up, &f->random });
  kh_reach_start (f->reach, f->now_us);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  kh_reach_free (f->reach);
}

static void
drain (Fixture *f)
{
  guint8 buf[KH_DATAGRAM_MAX];
  KhDatagram out = { .data = buf, .size = sizeof buf };

  while (f->n_sent < G_N_ELEMENTS (f->sent) &&
         kh_reach_machine_ops.poll_send (f->reach, &out, f->now_us))
    {
      g_assert_true (kh_hello_read (buf, out.len, &f->hellos[f->n_sent]));
      f->sent[f->n_sent++] = out;
    }
}

static void
answer (Fixture *f, guint i, const KhAddr *from)
{
  guint8 buf[KH_DATAGRAM_MAX];
  KhWriter writer = kh_writer_init (buf, sizeof buf);
  KhHelloAck ack = { .version_min = 1, .version_max = 3, .seen = f->v4 };
  KhDatagram in = { .socket = f->sent[i].socket, .remote = *from, .data = buf };

  memcpy (ack.nonce, f->hellos[i].nonce, sizeof ack.nonce);
  g_assert_true (kh_hello_ack_write (&writer, &ack));
  in.len = writer.len;
  kh_reach_machine_ops.receive (f->reach, &in, f->now_us);
}

static KhReachState
state_of (Fixture *f, const KhAddr *remote, gboolean tcp)
{
  const KhReachTarget *target;

  for (guint i = 0; (target = kh_reach_get_target (f->reach, i)) != NULL; i++)
    if (kh_addr_equal (&target->remote, remote) && (target->socket == KH_SOCKET_TCP) == tcp)
      return target->state;
  g_assert_not_reached ();
}

static void
test_answers (Fixture *f, gconstpointer data)
{
  drain (f);
  g_assert_cmpuint (f->n_sent, ==, 6);
  g_assert_cmpuint (f->sent[2].remote.port, ==, 443);
  f->now_us += 20 * MS;
  for (guint i = 0; i < 6; i++)
    {
      g_assert_false (kh_reach_is_done (f->reach));
      answer (f, i, &f->sent[i].remote);
    }
  g_assert_true (kh_reach_is_done (f->reach));
  g_assert_cmpint (kh_reach_get_target (f->reach, 0)->rtt_us, ==, 20 * MS);
  g_assert_cmpuint (kh_reach_get_target (f->reach, 3)->ack.version_max, ==, 3);
  g_assert_cmpint (kh_reach_machine_ops.next_timeout (f->reach), ==, KH_NEVER);
  g_assert_null (kh_reach_get_target (f->reach, 6));
}

/* Each answer counts for what it answers, from where it was asked, and nowhere else. */
static void
test_strangers (Fixture *f, gconstpointer data)
{
  drain (f);
  answer (f, 0, &f->v6);
  f->hellos[0].nonce[0] ^= 1;
  answer (f, 0, &f->sent[0].remote);
  for (guint i = 0; i < 6; i++)
    g_assert_cmpint (state_of (f, &f->sent[i].remote, f->sent[i].socket == KH_SOCKET_TCP), ==,
                     KH_REACH_WAITING);
}

static void
test_silence (Fixture *f, gconstpointer data)
{
  gint64 start_us = f->now_us;

  while (!kh_reach_is_done (f->reach))
    {
      drain (f);
      f->now_us = kh_reach_machine_ops.next_timeout (f->reach);
      g_assert_cmpint (f->now_us, !=, KH_NEVER);
      kh_reach_machine_ops.handle_timeout (f->reach, f->now_us);
    }
  g_assert_cmpuint (f->n_sent, ==, 2 * (4 + 2));
  g_assert_cmpint (state_of (f, &f->v4, FALSE), ==, KH_REACH_SILENT);
  g_assert_cmpint (state_of (f, &f->v6, TRUE), ==, KH_REACH_SILENT);
  g_assert_cmpint (f->now_us - start_us, <=, 6 * G_USEC_PER_SEC);
}

static void
test_refusal (Fixture *f, gconstpointer data)
{
  drain (f);
  kh_reach_machine_ops.unreachable (f->reach, &f->v4, f->now_us);
  g_assert_cmpint (state_of (f, &f->v4, FALSE), ==, KH_REACH_REFUSED);
  g_assert_cmpint (state_of (f, &f->v4, TRUE), ==, KH_REACH_WAITING);
  kh_reach_machine_ops.closed (f->reach, &f->v6, f->now_us);
  g_assert_cmpint (state_of (f, &f->v6, TRUE), ==, KH_REACH_REFUSED);
  g_assert_cmpint (state_of (f, &f->v6, FALSE), ==, KH_REACH_WAITING);
  /* What says otherwise was forged, or old. */
  answer (f, 0, &f->v4);
  g_assert_cmpint (state_of (f, &f->v4, FALSE), ==, KH_REACH_ANSWERED);
  kh_reach_machine_ops.unreachable (f->reach, &f->v4, f->now_us);
  g_assert_cmpint (state_of (f, &f->v4, FALSE), ==, KH_REACH_ANSWERED);
}

#define ADD(path, function) g_test_add (path, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/reach/answers", test_answers);
  ADD ("/reach/strangers", test_strangers);
  ADD ("/reach/silence", test_silence);
  ADD ("/reach/refusal", test_refusal);
  return g_test_run ();
}
