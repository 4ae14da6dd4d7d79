/* cubic.h: the state of CUBIC (RFC 9438), which is part of KhCongestion */
#pragma once

#include "transport/hystart.h"

/* The curve since the last congestion event. Windows are in bytes. */
typedef struct
{
  gboolean has_epoch;
  gint64 epoch_us; /* when the curve began; moved on while the window is not used */
  double w_max;    /* the window at the last event, less if it had been smaller than before */
  double w_prior;  /* the window at the last event */
  double w_est;    /* what Reno would have */
  double k_s;      /* seconds from the epoch until the curve is back at w_max */
} KhCubicCurve;

typedef struct
{
  KhHystart hystart;
  KhCubicCurve curve;
  KhCubicCurve undo; /* before the last event */
  gint64 unused_us;  /* since when the window is not used; G_MININT64 if it is */
  double rest;       /* of growth, below one byte */
} KhCubic;
