/* check-list-fixture.h: a list of two addresses, on a clock of its own */
#pragma once

#include <string.h>

#include "path/check-list.h"

#define MS 1000

static inline void
count_up (guint8 *buf, gsize len, gpointer user_data)
{
  guint64 *n = user_data;

  (*n)++;
  memset (buf, 0, len);
  memcpy (buf, n, MIN (len, sizeof *n));
}

typedef struct
{
  guint64 random;
  KhCheckList *list;
  KhAddr near;
  KhAddr far;
  gint64 now_us;
} Fixture;

static inline KhCandidate
candidate (const KhAddr *addr)
{
  return kh_candidate_make (KH_CANDIDATE_SRFLX, addr, 1);
}

static inline void
set_up (Fixture *f, gconstpointer data)
{
  KhCandidate c;

  f->list = kh_check_list_new ((KhRandom){ count_up, &f->random });
  f->near = kh_addr_ipv4 (192, 168, 1, 9, 5000);
  f->far = kh_addr_ipv4 (198, 51, 100, 9, 5000);
  f->now_us = 1000 * MS;
  c = candidate (&f->far);
  kh_check_list_add (f->list, &c, f->now_us);
}

static inline void
tear_down (Fixture *f, gconstpointer data)
{
  kh_check_list_free (f->list);
}

/* Sends all that is due and answers the challenges to @answering after @rtt_us. */
static inline guint
turn (Fixture *f, const KhAddr *answering, gint64 rtt_us)
{
  KhAddr us = kh_addr_ipv4 (203, 0, 113, 1, 4000);
  KhCheck checks[64];
  guint n = 0;

  while (n < G_N_ELEMENTS (checks) && kh_check_list_poll_send (f->list, &checks[n], f->now_us))
    n++;
  f->now_us += rtt_us;
  for (guint i = 0; i < n; i++)
    if (!checks[i].is_response && answering != NULL && kh_addr_equal (&checks[i].remote, answering))
      kh_check_list_on_response (f->list, answering, checks[i].data, &us, f->now_us);
  return n;
}

static inline void
jump (Fixture *f)
{
  f->now_us = MAX (f->now_us, kh_check_list_next_timeout (f->list));
  kh_check_list_handle_timeout (f->list, f->now_us);
}

static inline gboolean
drain (Fixture *f, KhCheckEvent wanted)
{
  KhCheckEvent event;
  gboolean found = FALSE;

  while (kh_check_list_poll_event (f->list, &event))
    found |= event == wanted;
  return found;
}
