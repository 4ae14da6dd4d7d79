/* measures.h: the figures of the transport that need delay, on virtual time
 *
 * Each builds a world, lets it run and gives a number; test-transport asserts them, figures prints
 * them. @congestion is NULL for the connection's own choice.
 */
#pragma once

#include "flow.h"
#include "tcp.h"

/* What tells the measures which transport they judge. */
typedef struct
{
  guint64 seed;
  const KhCongestionOps *congestion;
  gsize datagram; /* bytes of UDP payload; 0 is KH_DATAGRAM_MAX */
} KhSimMeasure;

/* Bits a second and bytes of a line's bandwidth-delay product. */
#define KH_SIM_MBIT G_GUINT64_CONSTANT (1000000)
gsize kh_sim_bdp (guint64 rate, gint64 rtt_us);

/* 100 Mbit/s, 100 ms, @loss at random, a queue of one BDP, 30 s: goodput ÷ rate. */
double kh_sim_measure_loss (const KhSimMeasure *how, double loss);
/* 20 Mbit/s, 600 ms, a queue of one BDP: goodput ÷ rate from 10 s to 40 s. */
double kh_sim_measure_satellite (const KhSimMeasure *how);

/**
 * KhSimLongFat:
 * @goodput: ÷ rate, from 5 s to 10 s
 * @memory: bytes of the end that has more, when both together have most, in parts of the BDP
 * @idle: bytes of one end once the file is through
 *
 * Where the allocator does not count, as a sanitizer's, the last two are 0.
 */
typedef struct
{
  double goodput;
  double memory;
  double idle;
} KhSimLongFat;
/* 1 Gbit/s, 100 ms, a queue of one BDP. */
KhSimLongFat kh_sim_measure_long_fat (const KhSimMeasure *how);

/**
 * KhSimBlackhole:
 * @after_us: from the return of the network until new bytes reach the application
 * @allowed_us: one round trip and one PTO as they were before the cut
 * @intact: did all of the file come in the end?
 */
typedef struct
{
  gint64 after_us, allowed_us;
  gboolean intact;
} KhSimBlackhole;
/* 50 Mbit/s, 40 ms, nothing passes for 5 s in the middle of a file. */
KhSimBlackhole kh_sim_measure_blackhole (const KhSimMeasure *how);

typedef struct
{
  gint64 idle_us, busy_us; /* p95 of the messages' one-way delay */
  double goodput;          /* of the file ÷ rate */
} KhSimChatDelay;
/* 100 Mbit/s, 40 ms, 1 s of buffer; a message each 100 ms; 20 s idle, then 30 s during a file. */
KhSimChatDelay kh_sim_measure_chat (const KhSimMeasure *how);

typedef struct
{
  double ours, other; /* ÷ half of the rate that goodput can have */
} KhSimShares;
/* @rate and @rtt_us, a queue of one BDP, 60 s; the other starts @after_us. */
KhSimShares kh_sim_measure_against_cubic (const KhSimMeasure *how,
                                          guint64 rate,
                                          gint64 rtt_us,
                                          gint64 after_us);
KhSimShares
kh_sim_measure_two_of_ours (const KhSimMeasure *how, guint64 rate, gint64 rtt_us, gint64 after_us);
