/* peer.c: see peer.h
 *
 * A message on stream 0 is: 'm', its number (4 bytes), its length (2), and bytes that follow from
 * the number. An acknowledgement is: 'a', the number of messages read so far (4).
 */
#include "peer.h"

#include <string.h>

#define MESSAGE_HEAD 7
#define ACK_SIZE 5
/* What the application keeps unsent in its own buffer. */
#define OUT_MAX 8192
#define PORT 4000

static void
talk_free (gpointer data)
{
  KhSimTalk *talk = data;

  g_byte_array_unref (talk->out);
  g_byte_array_unref (talk->in);
  g_free (talk);
}

static void
peer_free (gpointer data)
{
  KhSimPeer *self = data;

  kh_node_free (self->node);
  kh_identity_free (self->identity);
  g_ptr_array_unref (self->talks);
  g_array_unref (self->link_states);
  g_free (self);
}

KhSimPeer *
kh_sim_peer_new (KhSimWorld *world, KhSimOracle *oracle, const char *name)
{
  KhSimPeer *self = g_new0 (KhSimPeer, 1);
  KhRandom random;

  self->world = world;
  kh_sim_rng_init (&self->rng, kh_sim_world_get_seed (world), kh_sim_world_next_stream (world));
  random = kh_sim_rng_as_random (&self->rng);
  self->identity = kh_identity_new (&random);
  self->id = kh_peer_id_from_key (kh_identity_get_public (self->identity));
  self->talks = g_ptr_array_new_with_free_func (talk_free);
  self->link_states = g_array_new (FALSE, FALSE, sizeof (KhLinkState));
  kh_sim_world_own (world, self, peer_free);
  self->host = kh_sim_host_new (world, oracle, name);
  /* Each peer its own port, so that two behind one NAT do not ask for the same. */
  kh_sim_host_bind (self->host, (guint16) (PORT + kh_sim_world_next_stream (world)), 0);
  return self;
}

const KhKey *
kh_sim_peer_get_key (KhSimPeer *self)
{
  return kh_identity_get_public (self->identity);
}

static KhSimTalk *
find_talk (KhSimPeer *self, const KhPeerId *other)
{
  KhSimTalk *talk;

  for (guint i = 0; i < self->talks->len; i++)
    {
      talk = g_ptr_array_index (self->talks, i);
      if (kh_peer_id_equal (&talk->other, other))
        return talk;
    }
  talk = g_new0 (KhSimTalk, 1);
  talk->other = *other;
  talk->out = g_byte_array_new ();
  talk->in = g_byte_array_new ();
  g_ptr_array_add (self->talks, talk);
  return talk;
}

KhSimTalk *
kh_sim_peer_get_talk (KhSimPeer *self, KhSimPeer *other)
{
  return find_talk (self, &other->id);
}

static guint8
pattern (guint32 number, gsize at)
{
  return (guint8) (number * 31 + at * 7 + (at >> 8));
}

static void
append_message (KhSimTalk *talk, guint32 number)
{
  gsize len = talk->message_size > 0 ? talk->message_size : 1 + number * 7919u % 300;
  guint8 head[MESSAGE_HEAD];
  KhWriter writer = kh_writer_init (head, sizeof head);

  kh_writer_u8 (&writer, 'm');
  kh_writer_u32 (&writer, number);
  kh_writer_u16 (&writer, (guint16) len);
  g_byte_array_append (talk->out, head, sizeof head);
  for (gsize i = 0; i < len; i++)
    {
      guint8 byte = pattern (number, i);

      g_byte_array_append (talk->out, &byte, 1);
    }
}

static void
append_ack (KhSimTalk *talk)
{
  guint8 ack[ACK_SIZE];
  KhWriter writer = kh_writer_init (ack, sizeof ack);

  kh_writer_u8 (&writer, 'a');
  kh_writer_u32 (&writer, talk->received);
  g_byte_array_append (talk->out, ack, sizeof ack);
}

static void
write_out (KhSimPeer *self, KhSimTalk *talk)
{
  gsize taken;

  if (!talk->up && !talk->opening)
    return;
  do
    {
      while (talk->written < talk->queued && talk->out->len < OUT_MAX)
        append_message (talk, talk->written++);
      taken = kh_node_stream_write (self->node, &talk->other, 0, talk->out->data, talk->out->len,
                                    kh_sim_world_now (self->world));
      g_assert_cmpuint (taken, <=, talk->out->len);
      if (taken > 0)
        g_byte_array_remove_range (talk->out, 0, (guint) taken);
    }
  while (taken > 0 && talk->written < talk->queued);
}

static void
take_message (KhSimPeer *self, KhSimTalk *talk, guint32 number, const guint8 *data, gsize len)
{
  for (gsize i = 0; i < len; i++)
    g_assert_cmpuint (data[i], ==, pattern (number, i));
  /* A session begins with something that was not acknowledged, and goes on by one. */
  if (talk->in_session_started)
    g_assert_cmpuint (number, ==, talk->in_session_next);
  else
    g_assert_cmpuint (number, <=, talk->received);
  talk->in_session_started = TRUE;
  talk->in_session_next = number + 1;
  if (number == talk->received)
    talk->received++;
  if (talk->first_message_us == 0)
    talk->first_message_us = kh_sim_world_now (self->world);
}

/* Takes one thing off the front of @cursor; FALSE if it is not all there yet. */
static gboolean
take_one (KhSimPeer *self, KhSimTalk *talk, KhCursor *cursor, gboolean *ret_message)
{
  const guint8 *data;
  guint8 type;
  guint32 number;
  guint16 len;

  if (!kh_cursor_u8 (cursor, &type) || !kh_cursor_u32 (cursor, &number))
    return FALSE;
  if (type == 'a')
    {
      g_assert_cmpuint (number, >=, talk->acked);
      g_assert_cmpuint (number, <=, talk->queued);
      talk->acked = number;
      return TRUE;
    }
  g_assert_cmpuint (type, ==, 'm');
  if (!kh_cursor_u16 (cursor, &len) || !kh_cursor_view (cursor, len, &data))
    return FALSE;
  take_message (self, talk, number, data, len);
  *ret_message = TRUE;
  return TRUE;
}

static void
read_in (KhSimPeer *self, KhSimTalk *talk)
{
  guint8 buf[2000];
  gboolean got_message = FALSE;
  gsize n;

  while ((n = kh_node_stream_read (self->node, &talk->other, 0, buf, sizeof buf,
                                   kh_sim_world_now (self->world))) > 0)
    {
      KhCursor cursor;
      gsize done = 0;

      g_byte_array_append (talk->in, buf, (guint) n);
      cursor = kh_cursor_init (talk->in->data, talk->in->len);
      while (take_one (self, talk, &cursor, &got_message))
        done = cursor.at;
      if (done > 0)
        g_byte_array_remove_range (talk->in, 0, (guint) done);
    }
  if (got_message)
    append_ack (talk);
}

/* What the chat begins with: what was not acknowledged in sessions before. */
static void
begin_chat (KhSimPeer *self, KhSimTalk *talk)
{
  g_byte_array_set_size (talk->out, 0);
  g_byte_array_set_size (talk->in, 0);
  talk->in_session_started = FALSE;
  talk->written = talk->acked;
  if (talk->received > 0)
    append_ack (talk);
  write_out (self, talk);
}

static void
take_opening (KhSimPeer *self, KhSimTalk *talk, const KhEvent *event)
{
  g_assert_false (talk->up);
  g_assert_true (talk->opening || !event->opening.failed);
  talk->opening = !event->opening.failed;
  if (event->opening.failed)
    talk->n_failed_openings++;
  else
    {
      talk->n_openings++;
      begin_chat (self, talk);
    }
}

static void
begin_session (KhSimPeer *self, KhSimTalk *talk, const KhEvent *event)
{
  g_assert_true (talk->opening == event->session.opened);
  talk->n_sessions++;
  talk->opening = FALSE;
  talk->up = TRUE;
  talk->has_path = FALSE;
  talk->session = *event;
  if (talk->first_session_us == 0)
    talk->first_session_us = event->at_us;
  if (!event->session.opened)
    begin_chat (self, talk);
  else
    write_out (self, talk);
}

static void
note_path (KhSimTalk *talk, const KhEvent *event)
{
  talk->path = *event;
  talk->has_path = TRUE;
  if (talk->first_path_us == 0 && event->path.kind == KH_PATH_DIRECT)
    talk->first_path_us = event->at_us;
}

static void
note_verdict (KhSimPeer *self, KhSimTalk *talk)
{
  KhNodeVerdict verdict;

  if (!kh_node_get_verdict (self->node, &talk->other, &verdict))
    return;
  talk->verdicts |= 1u << verdict.verdict.kind;
  kh_sim_world_trace (self->world, "%s verdict %s, %s", kh_sim_host_get_name (self->host),
                      kh_verdict_kind_to_string (verdict.verdict.kind),
                      kh_verdict_who_to_string (verdict.verdict.who));
}

static void
take_event (KhSimPeer *self, const KhEvent *event)
{
  KhSimTalk *talk = event->type == KH_EVENT_LINK ? NULL : find_talk (self, &event->peer);

  self->n_events++;
  if (self->on_event)
    self->on_event (self, event, self->on_event_data);
  g_assert_cmpint (event->at_us, <=, kh_sim_world_now (self->world));
  switch (event->type)
    {
    case KH_EVENT_LINK:
      kh_sim_world_trace (self->world, "%s link %s, %s", kh_sim_host_get_name (self->host),
                          kh_link_state_to_string (event->link.state),
                          kh_link_trouble_to_string (event->link.trouble));
      self->link = *event;
      g_array_append_val (self->link_states, event->link.state);
      break;
    case KH_EVENT_KNOCK:
      kh_sim_world_trace (self->world, "%s knock", kh_sim_host_get_name (self->host));
      talk->knock = *event;
      talk->n_knocks++;
      break;
    case KH_EVENT_PEER:
      kh_sim_world_trace (self->world, "%s peer %s", kh_sim_host_get_name (self->host),
                          kh_peer_state_to_string (event->peer_state.state));
      talk->n_states++;
      break;
    case KH_EVENT_OPENING:
      kh_sim_world_trace (self->world, "%s opening%s", kh_sim_host_get_name (self->host),
                          event->opening.failed ? " failed" : "");
      take_opening (self, talk, event);
      break;
    case KH_EVENT_SESSION:
      kh_sim_world_trace (self->world, "%s session", kh_sim_host_get_name (self->host));
      begin_session (self, talk, event);
      break;
    case KH_EVENT_VERDICT:
      note_verdict (self, talk);
      break;
    case KH_EVENT_PATH:
      kh_sim_world_trace (self->world, "%s path %s", kh_sim_host_get_name (self->host),
                          kh_path_kind_to_string (event->path.kind));
      note_path (talk, event);
      break;
    case KH_EVENT_STREAM:
      if (event->stream.id != 0)
        break;
      read_in (self, talk);
      write_out (self, talk);
      break;
    case KH_EVENT_CLOSED:
      kh_sim_world_trace (self->world, "%s closed %s", kh_sim_host_get_name (self->host),
                          kh_close_code_to_string (event->closed.code));
      talk->n_closed++;
      talk->up = talk->has_path = FALSE;
      talk->closed = *event;
      break;
    }
}

static gboolean
drain (gpointer user_data)
{
  KhSimPeer *self = user_data;
  gboolean any = FALSE;
  KhEvent event;

  while (kh_node_poll_event (self->node, &event))
    {
      take_event (self, &event);
      any = TRUE;
    }
  return any;
}

void
kh_sim_peer_start (KhSimPeer *self)
{
  gint64 now_us = kh_sim_world_now (self->world);

  g_assert_null (self->node);
  self->node =
      kh_node_new (self->identity, kh_sim_host_get_name (self->host),
                   kh_sim_rng_as_random (&self->rng), now_us + KH_SIM_WALL_OFFSET_US, now_us);
  if (self->may_tcp)
    kh_node_allow_tcp (self->node);
  kh_sim_peer_update_addresses (self);
  kh_sim_host_run (self->host, &kh_node_machine_ops, self->node, FALSE, drain, self);
}

void
kh_sim_peer_kill (KhSimPeer *self)
{
  kh_sim_host_run (self->host, NULL, NULL, FALSE, NULL, NULL);
  g_clear_pointer (&self->node, kh_node_free);
  for (guint i = 0; i < self->talks->len; i++)
    {
      KhSimTalk *talk = g_ptr_array_index (self->talks, i);

      talk->up = talk->has_path = talk->opening = FALSE;
    }
}

void
kh_sim_peer_freeze (KhSimPeer *self)
{
  kh_sim_host_run (self->host, NULL, NULL, FALSE, NULL, NULL);
}

void
kh_sim_peer_thaw (KhSimPeer *self)
{
  kh_node_resumed (self->node, kh_sim_world_now (self->world));
  kh_sim_host_run (self->host, &kh_node_machine_ops, self->node, FALSE, drain, self);
}

void
kh_sim_peer_update_addresses (KhSimPeer *self)
{
  KhAddr addrs[2];
  gsize n = 0;

  for (guint i = 0; i < 2; i++)
    {
      addrs[n] = kh_sim_host_get_addr (self->host, i == 0 ? KH_FAMILY_IPV4 : KH_FAMILY_IPV6);
      if (kh_addr_is_set (&addrs[n]))
        n++;
    }
  kh_node_set_local_addresses (self->node, addrs, n, kh_sim_world_now (self->world));
  kh_sim_host_pump (self->host);
}

void
kh_sim_peer_set_server (KhSimPeer *self, const KhAddr *addr, const KhKey *pinned)
{
  kh_node_set_server (self->node, addr, addr ? 1 : 0, pinned, kh_sim_world_now (self->world));
  kh_sim_host_pump (self->host);
}

void
kh_sim_peer_connect (KhSimPeer *self, KhSimPeer *other, gboolean know_key)
{
  kh_node_connect (self->node, &other->id, know_key ? kh_sim_peer_get_key (other) : NULL, NULL,
                   kh_sim_world_now (self->world));
  kh_sim_host_pump (self->host);
}

void
kh_sim_peer_disconnect (KhSimPeer *self, KhSimPeer *other)
{
  kh_node_disconnect (self->node, &other->id, kh_sim_world_now (self->world));
  kh_sim_host_pump (self->host);
}

void
kh_sim_peer_set_policy (KhSimPeer *self, KhSimPeer *other, KhPolicy policy)
{
  kh_node_set_policy (self->node, &other->id, policy, kh_sim_world_now (self->world));
  kh_sim_host_pump (self->host);
}

void
kh_sim_peer_answer (KhSimPeer *self, KhSimPeer *other, gboolean accept)
{
  kh_node_answer (self->node, &other->id, accept, kh_sim_world_now (self->world));
  kh_sim_host_pump (self->host);
}

KhPeerState
kh_sim_peer_get_state (KhSimPeer *self, KhSimPeer *other)
{
  return kh_node_get_peer_state (self->node, &other->id);
}

void
kh_sim_peer_say (KhSimPeer *self, KhSimPeer *other, guint32 n)
{
  KhSimTalk *talk = kh_sim_peer_get_talk (self, other);

  talk->queued += n;
  write_out (self, talk);
  kh_sim_host_pump (self->host);
}

gboolean
kh_sim_peer_is_heard (KhSimPeer *self, KhSimPeer *other)
{
  KhSimTalk *talk = kh_sim_peer_get_talk (self, other);

  return talk->acked == talk->queued;
}

gboolean
kh_sim_peer_is_direct (KhSimPeer *self, KhSimPeer *other)
{
  KhSimTalk *talk = kh_sim_peer_get_talk (self, other);

  return talk->up && talk->has_path && talk->path.path.kind == KH_PATH_DIRECT;
}
