/* tcp.c: see tcp.h
 *
 * Every transmission has a number of its own, which the receiver gives back: what SACK with time
 * stamps tells a real sender. Segments that arrive are only counted; they carry no data.
 */
#include "tcp.h"

#include <math.h>
#include <string.h>

#define CUBIC_C 0.4
#define CUBIC_BETA 0.7
/* RFC 9438, section 4.3 */
#define CUBIC_ALPHA (3 * (1 - CUBIC_BETA) / (1 + CUBIC_BETA))
#define INITIAL_WINDOW 10
#define REORDERING 3
#define RTO_LEAST_US (200 * KH_SIM_MS)
#define DELAYED_ACK_US (40 * KH_SIM_MS)
#define HYSTART_SAMPLES 8
#define HYSTART_LEAST_US (4 * KH_SIM_MS)
#define HYSTART_MOST_US (16 * KH_SIM_MS)
/* An ACK repeats this many numbers of transmissions, so that a few ACKs may be lost. */
#define ECHOES 16

typedef struct
{
  guint64 segment;
  gint64 sent_us;
  gboolean is_outstanding;
} Transmission;

typedef struct
{
  guint64 number, segment;
} Data;

typedef struct
{
  guint64 expected; /* all segments below have come */
  guint n;
  guint64 numbers[ECHOES];
} Ack;

struct _KhSimTcp
{
  KhSimWorld *world;
  KhSimPipe *pipe;
  guint pair;
  /* the sender */
  GArray *sent; /* of Transmission; the first has the number @base */
  guint64 base, largest_acked;
  GArray *lost; /* of guint64: segments to be sent again */
  guint lost_first;
  guint64 next_segment;
  guint in_flight;
  guint64 recovery; /* transmissions below belong to the last reduction */
  gint64 srtt_us, rttvar_us, rto_us;
  guint backoff;
  double window, threshold, w_max, w_est, prior;
  gint64 epoch_us; /* -1: begins with the next ACK */
  double k;
  guint64 round_end;
  guint round_samples;
  gint64 round_min_us, last_round_min_us;
  /* the receiver */
  guint64 expected, received;
  GHashTable *early; /* segments that came before their turn */
  Ack ack;
  guint unacked;
  gint64 ack_us;
};

/* --- congestion control ------------------------------------------------------------------ */

static void
reduce (KhSimTcp *self)
{
  self->prior = self->window;
  self->w_max = self->window < self->w_max ? self->window * (1 + CUBIC_BETA) / 2 : self->window;
  self->window = self->threshold = fmax (self->window * CUBIC_BETA, 2);
  self->epoch_us = -1;
}

static void
begin_epoch (KhSimTcp *self, gint64 now_us)
{
  self->epoch_us = now_us;
  self->w_est = self->window;
  self->w_max = fmax (self->w_max, self->window);
  self->k = cbrt ((self->w_max - self->window) / CUBIC_C);
}

static double
w_cubic (const KhSimTcp *self, gint64 t_us)
{
  double t = (double) t_us / KH_SIM_SECOND - self->k;

  return CUBIC_C * t * t * t + self->w_max;
}

static void
grow (KhSimTcp *self, gint64 now_us)
{
  double target, alpha;

  if (self->window < self->threshold)
    {
      self->window += 1;
      return;
    }
  if (self->epoch_us < 0)
    begin_epoch (self, now_us);
  alpha = self->w_est < self->prior ? CUBIC_ALPHA : 1;
  self->w_est += alpha / self->window;
  target = w_cubic (self, now_us - self->epoch_us + self->srtt_us);
  target = fmin (fmax (target, self->window), self->window * 1.5);
  self->window += (target - self->window) / self->window;
  if (w_cubic (self, now_us - self->epoch_us) < self->w_est)
    self->window = fmax (self->window, self->w_est);
}

static void
end_slow_start_by_delay (KhSimTcp *self, guint64 number, gint64 rtt_us)
{
  gint64 bar_us = CLAMP (self->last_round_min_us / 8, HYSTART_LEAST_US, HYSTART_MOST_US);

  if (number >= self->round_end)
    {
      self->last_round_min_us = self->round_min_us;
      self->round_min_us = KH_NEVER;
      self->round_samples = 0;
      self->round_end = self->base + self->sent->len;
    }
  self->round_min_us = MIN (self->round_min_us, rtt_us);
  if (++self->round_samples >= HYSTART_SAMPLES && self->last_round_min_us != KH_NEVER &&
      self->window < self->threshold && self->window >= 16 &&
      self->round_min_us >= self->last_round_min_us + bar_us)
    self->threshold = self->window;
}

static void
note_rtt (KhSimTcp *self, gint64 rtt_us)
{
  if (self->srtt_us == 0)
    {
      self->srtt_us = rtt_us;
      self->rttvar_us = rtt_us / 2;
      return;
    }
  self->rttvar_us += (ABS (self->srtt_us - rtt_us) - self->rttvar_us) / 4;
  self->srtt_us += (rtt_us - self->srtt_us) / 8;
}

/* --- the sender -------------------------------------------------------------------------- */

static guint64
take_segment (KhSimTcp *self)
{
  guint64 segment;

  if (self->lost_first == self->lost->len)
    return self->next_segment++;
  segment = g_array_index (self->lost, guint64, self->lost_first++);
  if (self->lost_first == self->lost->len)
    {
      g_array_set_size (self->lost, 0);
      self->lost_first = 0;
    }
  return segment;
}

static void
arm (KhSimTcp *self, gint64 now_us)
{
  gint64 rto_us = MAX (self->srtt_us + 4 * self->rttvar_us, self->srtt_us + RTO_LEAST_US);

  if (self->srtt_us == 0)
    rto_us = KH_SIM_SECOND;
  self->rto_us = self->in_flight > 0 ? now_us + (rto_us << MIN (self->backoff, 6)) : KH_NEVER;
}

static void
send_segments (KhSimTcp *self)
{
  gint64 now_us = kh_sim_world_now (self->world);
  guint8 packet[KH_SIM_TCP_PACKET] = { 0 };

  while (self->in_flight < self->window)
    {
      Data data = { self->base + self->sent->len, take_segment (self) };
      Transmission transmission = { data.segment, now_us, TRUE };

      g_array_append_val (self->sent, transmission);
      memcpy (packet, &data, sizeof data);
      if (self->in_flight++ == 0)
        arm (self, now_us);
      kh_sim_pipe_send (self->pipe, self->pair, KH_SIM_NEAR, packet, sizeof packet);
    }
}

static void
lose (KhSimTcp *self, Transmission *transmission, guint64 number)
{
  transmission->is_outstanding = FALSE;
  self->in_flight--;
  g_array_append_val (self->lost, transmission->segment);
  if (number < self->recovery)
    return;
  reduce (self);
  self->recovery = self->base + self->sent->len;
}

static void
forget_settled (KhSimTcp *self)
{
  guint n = 0;

  while (n < self->sent->len && !g_array_index (self->sent, Transmission, n).is_outstanding)
    n++;
  /* Moving the rest down costs: not for a few. */
  if (n == 0 || (n < 1024 && n < self->sent->len))
    return;
  g_array_remove_range (self->sent, 0, n);
  self->base += n;
}

static void
note_delivery (KhSimTcp *self, guint64 number, gboolean is_newest, gint64 now_us)
{
  Transmission *transmission;

  if (number < self->base || number >= self->base + self->sent->len)
    return;
  transmission = &g_array_index (self->sent, Transmission, number - self->base);
  if (!transmission->is_outstanding)
    return;
  transmission->is_outstanding = FALSE;
  self->in_flight--;
  self->backoff = 0;
  self->largest_acked = MAX (self->largest_acked, number);
  if (is_newest)
    {
      note_rtt (self, now_us - transmission->sent_us);
      end_slow_start_by_delay (self, number, now_us - transmission->sent_us);
    }
  if (number >= self->recovery)
    grow (self, now_us);
}

static void
receive_ack (KhSimTcp *self, const Ack *ack)
{
  gint64 now_us = kh_sim_world_now (self->world);

  for (guint i = 0; i < ack->n; i++)
    note_delivery (self, ack->numbers[i], i + 1 == ack->n, now_us);
  for (guint i = 0; i < self->sent->len; i++)
    {
      Transmission *transmission = &g_array_index (self->sent, Transmission, i);

      if (self->base + i + REORDERING > self->largest_acked)
        break;
      if (!transmission->is_outstanding)
        continue;
      if (transmission->segment < ack->expected)
        note_delivery (self, self->base + i, FALSE, now_us);
      else
        lose (self, transmission, self->base + i);
    }
  forget_settled (self);
  arm (self, now_us);
  send_segments (self);
}

static void
time_out (KhSimTcp *self)
{
  self->recovery = 0;
  for (guint i = 0; i < self->sent->len; i++)
    if (g_array_index (self->sent, Transmission, i).is_outstanding)
      lose (self, &g_array_index (self->sent, Transmission, i), self->base + i);
  forget_settled (self);
  self->window = 1;
  self->backoff++;
  send_segments (self);
}

/* --- the receiver ------------------------------------------------------------------------ */

static void
send_ack (KhSimTcp *self)
{
  self->unacked = 0;
  self->ack_us = KH_NEVER;
  self->ack.expected = self->expected;
  kh_sim_pipe_send (self->pipe, self->pair, KH_SIM_FAR, (const guint8 *) &self->ack,
                    sizeof self->ack);
}

static void
receive_data (KhSimTcp *self, const Data *data)
{
  gpointer segment = GUINT_TO_POINTER (data->segment);
  gboolean in_order = data->segment == self->expected;

  if (self->ack.n == ECHOES)
    memmove (self->ack.numbers, self->ack.numbers + 1, --self->ack.n * sizeof (guint64));
  self->ack.numbers[self->ack.n++] = data->number;
  if (data->segment >= self->expected && g_hash_table_add (self->early, segment))
    self->received++;
  while (g_hash_table_remove (self->early, GUINT_TO_POINTER (self->expected)))
    self->expected++;
  if (++self->unacked >= 2 || !in_order || g_hash_table_size (self->early) > 0)
    send_ack (self);
  else
    self->ack_us = kh_sim_world_now (self->world) + DELAYED_ACK_US;
}

/* --- on the pipe ------------------------------------------------------------------------- */

typedef struct
{
  KhSimTcp *tcp;
  guint place;
} Talker;

static void
receive (KhSimPacket *packet, gpointer user_data)
{
  Talker *talker = user_data;
  Data data;
  Ack ack;

  if (talker->place == KH_SIM_FAR)
    {
      memcpy (&data, packet->data, sizeof data);
      receive_data (talker->tcp, &data);
    }
  else
    {
      memcpy (&ack, packet->data, sizeof ack);
      receive_ack (talker->tcp, &ack);
    }
  g_free (packet);
}

static gint64
next (gpointer user_data)
{
  KhSimTcp *self = user_data;

  return MIN (self->rto_us, self->ack_us);
}

static void
fire (gpointer user_data)
{
  KhSimTcp *self = user_data;

  if (self->ack_us <= kh_sim_world_now (self->world))
    send_ack (self);
  else
    time_out (self);
}

static void
tcp_free (gpointer data)
{
  KhSimTcp *self = data;

  g_array_unref (self->sent);
  g_array_unref (self->lost);
  g_hash_table_unref (self->early);
  g_free (self);
}

static Talker *
talker_new (KhSimTcp *tcp, guint place)
{
  Talker *self = g_new (Talker, 1);

  *self = (Talker){ tcp, place };
  return kh_sim_world_own (tcp->world, self, g_free);
}

KhSimTcp *
kh_sim_tcp_new (KhSimPipe *pipe, KhSimWorld *world)
{
  KhSimTcp *self = g_new0 (KhSimTcp, 1);

  self->world = world;
  self->pipe = pipe;
  self->sent = g_array_new (FALSE, FALSE, sizeof (Transmission));
  self->lost = g_array_new (FALSE, FALSE, sizeof (guint64));
  self->early = g_hash_table_new (NULL, NULL);
  self->rto_us = self->ack_us = KH_NEVER;
  self->round_min_us = self->last_round_min_us = KH_NEVER;
  self->window = INITIAL_WINDOW;
  self->threshold = HUGE_VAL;
  self->epoch_us = -1;
  kh_sim_world_own (world, self, tcp_free);
  self->pair = kh_sim_pipe_join (pipe, receive, talker_new (self, KH_SIM_NEAR),
                                 talker_new (self, KH_SIM_FAR));
  kh_sim_world_add_timer (world, next, fire, self);
  send_segments (self);
  return self;
}

guint64
kh_sim_tcp_get_received (KhSimTcp *self)
{
  return self->received * KH_SIM_TCP_SEGMENT;
}

double
kh_sim_tcp_get_window (KhSimTcp *self)
{
  return self->window;
}
