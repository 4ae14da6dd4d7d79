/* path-mtu.c: DPLPMTUD as a state machine (RFC 8899, section 5; PROTOCOL.md, "Path MTU")
 *
 * Owns nothing. The search is a bisection that prefers the sizes found in practice, so that on
 * most paths two probes that pass and three that do not are all there is.
 */
#include "transport/path-mtu.h"

#define NEVER G_MAXINT64
/* A search ends when what passes and what does not are so close: a sixty-fourth is 1.6%. */
#define GRANULARITY_MIN 16
#define GRANULARITY_SHARE 64
/* Not even the base passes: how often to look again. */
#define ERROR_RETRY_US (G_GINT64_CONSTANT (5) * G_USEC_PER_SEC)

/* The payloads of: Ethernet over IPv6 and IPv4, the two that are most likely; a jumbo frame; then
 * tunnels and PPPoE. MTUs of 9000, 4352, 2304, 1492, 1480, 1420, 1400, 1380, 1280. */
static const guint usual_sizes[] = {
  1232, 1252, 1332, 1352, 1372, 1392, 1432, 1444, 1452, 1464, 1472, 2256, 4304, 8952,
};
#define FIRST_SIZE 1452
#define SECOND_SIZE 1472
/* Nothing in use lies between Ethernet and this: no search there. */
#define NEXT_SIZE 2256

const char *
kh_path_mtu_state_to_string (KhPathMtuState state)
{
  switch (state)
    {
    case KH_PATH_MTU_STATE_BASE:
      return "base";
    case KH_PATH_MTU_STATE_SEARCHING:
      return "searching";
    case KH_PATH_MTU_STATE_COMPLETE:
      return "complete";
    case KH_PATH_MTU_STATE_ERROR:
      return "error";
    default:
      return "unknown";
    }
}

static void
move (KhPathMtu *self, KhPathMtuState to, gint64 next_us)
{
  static const gboolean allowed[4][4] = {
    [KH_PATH_MTU_STATE_BASE] = { [KH_PATH_MTU_STATE_BASE] = TRUE,
                                 [KH_PATH_MTU_STATE_SEARCHING] = TRUE,
                                 [KH_PATH_MTU_STATE_ERROR] = TRUE },
    [KH_PATH_MTU_STATE_SEARCHING] = { [KH_PATH_MTU_STATE_BASE] = TRUE,
                                      [KH_PATH_MTU_STATE_COMPLETE] = TRUE },
    [KH_PATH_MTU_STATE_COMPLETE] = { [KH_PATH_MTU_STATE_BASE] = TRUE,
                                     [KH_PATH_MTU_STATE_SEARCHING] = TRUE },
    [KH_PATH_MTU_STATE_ERROR] = { [KH_PATH_MTU_STATE_BASE] = TRUE },
  };

  g_assert (allowed[self->state][to]);
  g_debug ("path MTU: %s -> %s, %u bytes", kh_path_mtu_state_to_string (self->state),
           kh_path_mtu_state_to_string (to), self->size);
  self->state = to;
  self->probe = 0;
  self->tries = 0;
  self->waiting = FALSE;
  self->next_us = next_us;
}

void
kh_path_mtu_init (KhPathMtu *self, guint cap, gint64 now_us)
{
  *self = (KhPathMtu){
    .state = KH_PATH_MTU_STATE_BASE,
    .size = KH_PATH_MTU_BASE,
    .known = KH_PATH_MTU_BASE,
    .cap = MAX (cap, KH_PATH_MTU_BASE),
    .next_us = now_us,
    .retry_us = KH_PATH_MTU_RETRY_US,
  };
}

/* --- the search -------------------------------------------------------------------------- */

static guint
distance (guint a, guint b)
{
  return a > b ? a - b : b - a;
}

static gboolean
is_open (const KhPathMtu *self, guint size)
{
  return size > self->known && size < self->too_long;
}

/* The middle, or a usual size near it. */
static guint
bisect (const KhPathMtu *self)
{
  guint middle = self->known + (self->too_long - self->known) / 2;
  guint best = 0;

  for (guint i = 0; i < G_N_ELEMENTS (usual_sizes); i++)
    if (is_open (self, usual_sizes[i]) &&
        (best == 0 || distance (usual_sizes[i], middle) < distance (best, middle)))
      best = usual_sizes[i];
  return best > 0 && distance (best, middle) <= (self->too_long - self->known) / 4 ? best : middle;
}

/* The next size to try; 0 where the search is over. */
static guint
choose (const KhPathMtu *self)
{
  guint granularity = MAX (GRANULARITY_MIN, self->known / GRANULARITY_SHARE);

  if (self->known < FIRST_SIZE && self->too_long > self->cap)
    return MIN (FIRST_SIZE, self->cap) > self->known ? MIN (FIRST_SIZE, self->cap) : 0;
  if (self->known == FIRST_SIZE && is_open (self, SECOND_SIZE))
    return SECOND_SIZE;
  /* Nothing failed yet: the most, at once. */
  if (self->too_long > self->cap)
    return self->cap > self->known ? self->cap : 0;
  if (self->known == SECOND_SIZE && self->too_long <= NEXT_SIZE)
    return 0;
  return self->too_long - self->known > granularity ? bisect (self) : 0;
}

static void
begin_search (KhPathMtu *self, gint64 now_us)
{
  move (self, KH_PATH_MTU_STATE_SEARCHING, now_us);
  self->known = self->size;
  self->too_long = self->cap + 1;
}

/* A size was tried too often without an answer. */
static void
give_up_size (KhPathMtu *self, gint64 now_us)
{
  if (self->state == KH_PATH_MTU_STATE_BASE)
    {
      self->size = KH_PATH_MTU_LEAST;
      move (self, KH_PATH_MTU_STATE_ERROR, now_us + ERROR_RETRY_US);
    }
  else if (self->state == KH_PATH_MTU_STATE_ERROR)
    {
      self->tries = 0;
      self->next_us = now_us + ERROR_RETRY_US;
    }
  else
    {
      self->too_long = self->probe;
      self->probe = 0;
      self->tries = 0;
    }
}

/* A try that vanished while nothing at all came says nothing. */
static void
expire (KhPathMtu *self, gint64 heard_us, gint64 now_us)
{
  self->waiting = FALSE;
  if (heard_us <= self->sent_us)
    return;
  self->tries++;
  if (self->tries >= KH_PATH_MTU_TRIES)
    give_up_size (self, now_us);
}

/* What the state wants to try now; 0 for nothing, with the time of the next look. */
static guint
want (KhPathMtu *self, gint64 now_us)
{
  guint size;

  switch (self->state)
    {
    case KH_PATH_MTU_STATE_BASE:
      if (self->known == 0)
        return KH_PATH_MTU_BASE;
      begin_search (self, now_us);
      break;
    case KH_PATH_MTU_STATE_COMPLETE:
      /* All this time without a black hole. */
      self->retry_us = KH_PATH_MTU_RETRY_US;
      begin_search (self, now_us);
      break;
    case KH_PATH_MTU_STATE_ERROR:
      return self->next_us <= now_us ? KH_PATH_MTU_BASE : 0;
    case KH_PATH_MTU_STATE_SEARCHING:
      break;
    default:
      g_assert_not_reached ();
    }

  size = self->probe > 0 ? self->probe : choose (self);
  if (size == 0)
    move (self, KH_PATH_MTU_STATE_COMPLETE, now_us + KH_PATH_MTU_RAISE_US);
  return size;
}

guint
kh_path_mtu_poll (KhPathMtu *self, gint64 heard_us, gboolean *ret_fresh, gint64 now_us)
{
  guint size;

  if (self->next_us > now_us)
    return 0;
  if (self->waiting)
    expire (self, heard_us, now_us);
  size = want (self, now_us);
  if (size == 0)
    return 0;
  *ret_fresh = size != self->probe;
  self->probe = size;
  return size;
}

void
kh_path_mtu_sent (KhPathMtu *self, gint64 timeout_us, gint64 now_us)
{
  self->waiting = TRUE;
  self->sent_us = now_us;
  self->next_us = now_us + timeout_us;
}

void
kh_path_mtu_answered (KhPathMtu *self, gint64 now_us)
{
  if (self->probe == 0)
    return;

  self->known = self->probe;
  self->size = self->probe;
  self->probe = 0;
  self->tries = 0;
  self->waiting = FALSE;
  self->next_us = now_us;
  if (self->state == KH_PATH_MTU_STATE_BASE || self->state == KH_PATH_MTU_STATE_ERROR)
    {
      /* The base passes, which is all that is known. */
      move (self, KH_PATH_MTU_STATE_BASE, now_us + self->retry_us);
      self->retry_us = MIN (2 * self->retry_us, KH_PATH_MTU_RAISE_US);
    }
}

void
kh_path_mtu_black_hole (KhPathMtu *self, gint64 now_us)
{
  if (self->state == KH_PATH_MTU_STATE_ERROR ||
      (self->state == KH_PATH_MTU_STATE_BASE && self->known == 0))
    return;

  self->size = KH_PATH_MTU_BASE;
  self->known = 0;
  move (self, KH_PATH_MTU_STATE_BASE, now_us);
}

void
kh_path_mtu_set_cap (KhPathMtu *self, guint cap, gint64 now_us)
{
  self->cap = MIN (self->cap, MAX (cap, KH_PATH_MTU_BASE));
  if (self->size > self->cap)
    {
      self->size = self->cap;
      self->known = self->cap;
    }
  if (self->state == KH_PATH_MTU_STATE_SEARCHING)
    {
      self->too_long = MIN (self->too_long, self->cap + 1);
      if (self->probe > self->cap)
        {
          self->probe = 0;
          self->tries = 0;
          self->waiting = FALSE;
          self->next_us = now_us;
        }
    }
}
