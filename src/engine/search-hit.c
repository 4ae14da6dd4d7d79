/* search-hit.c: a message or a name that a search found, with the places of what was looked for */
#include "engine/search-hit-private.h"

#include <string.h>

#include "store/records.h"

enum
{
  PROP_0,
  PROP_CONVERSATION,
  PROP_MESSAGE,
  PROP_SNIPPET,
  N_PROPS,
};

static GParamSpec *props[N_PROPS];

typedef struct
{
  guint start;
  guint end;
} Range;

struct _KhSearchHit
{
  GObject parent_instance;

  KhConversation *conversation;
  KhChatMessage *message;
  char *snippet;
  GArray *found; /* (element-type Range) */
};

G_DEFINE_FINAL_TYPE (KhSearchHit, kh_search_hit, G_TYPE_OBJECT)

static void
kh_search_hit_finalize (GObject *object)
{
  KhSearchHit *self = KH_SEARCH_HIT (object);

  g_clear_object (&self->conversation);
  g_clear_object (&self->message);
  g_free (self->snippet);
  g_array_unref (self->found);
  G_OBJECT_CLASS (kh_search_hit_parent_class)->finalize (object);
}

static void
kh_search_hit_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  KhSearchHit *self = KH_SEARCH_HIT (object);

  switch (id)
    {
    case PROP_CONVERSATION:
      g_value_set_object (value, self->conversation);
      break;
    case PROP_MESSAGE:
      g_value_set_object (value, self->message);
      break;
    case PROP_SNIPPET:
      g_value_set_string (value, self->snippet);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
kh_search_hit_class_init (KhSearchHitClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->finalize = kh_search_hit_finalize;
  object_class->get_property = kh_search_hit_get_property;

  props[PROP_CONVERSATION] =
      g_param_spec_object ("conversation", NULL, NULL, KH_TYPE_CONVERSATION, flags);
  props[PROP_MESSAGE] = g_param_spec_object ("message", NULL, NULL, KH_TYPE_CHAT_MESSAGE, flags);
  props[PROP_SNIPPET] = g_param_spec_string ("snippet", NULL, NULL, NULL, flags);
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
kh_search_hit_init (KhSearchHit *self)
{
  self->found = g_array_new (FALSE, FALSE, sizeof (Range));
}

/* Takes the marks out. The text may have held some of its own: they need not come in pairs, and
 * whatever stands between two of them is then as good as found. */
static char *
unmark (const char *marked, GArray *found)
{
  GString *plain = g_string_new (NULL);
  guint start = 0;
  gboolean inside = FALSE;

  for (const char *at = marked; *at != '\0';)
    if (g_str_has_prefix (at, KH_STORE_FOUND) || g_str_has_prefix (at, KH_STORE_FOUND_END))
      {
        Range range = { start, (guint) plain->len };

        if (inside && range.end > range.start)
          g_array_append_val (found, range);
        inside = g_str_has_prefix (at, KH_STORE_FOUND);
        start = (guint) plain->len;
        at += strlen (KH_STORE_FOUND);
      }
    else
      {
        /* Lines would break a row of results. */
        g_string_append_c (plain, *at == '\n' || *at == '\r' || *at == '\t' ? ' ' : *at);
        at++;
      }
  if (inside && plain->len > start)
    g_array_append_val (found, ((Range){ start, (guint) plain->len }));
  return g_string_free (plain, FALSE);
}

KhSearchHit *
kh_search_hit_new (KhConversation *conversation, KhChatMessage *message, const char *marked)
{
  KhSearchHit *self = g_object_new (KH_TYPE_SEARCH_HIT, NULL);

  self->conversation = g_object_ref (conversation);
  self->message = message != NULL ? g_object_ref (message) : NULL;
  self->snippet = unmark (marked, self->found);
  return self;
}

KhConversation *
kh_search_hit_get_conversation (KhSearchHit *self)
{
  g_return_val_if_fail (KH_IS_SEARCH_HIT (self), NULL);
  return self->conversation;
}

KhChatMessage *
kh_search_hit_get_message (KhSearchHit *self)
{
  g_return_val_if_fail (KH_IS_SEARCH_HIT (self), NULL);
  return self->message;
}

const char *
kh_search_hit_get_snippet (KhSearchHit *self)
{
  g_return_val_if_fail (KH_IS_SEARCH_HIT (self), NULL);
  return self->snippet;
}

guint
kh_search_hit_get_n_found (KhSearchHit *self)
{
  g_return_val_if_fail (KH_IS_SEARCH_HIT (self), 0);
  return self->found->len;
}

void
kh_search_hit_get_found (KhSearchHit *self, guint index, guint *ret_start, guint *ret_end)
{
  g_return_if_fail (KH_IS_SEARCH_HIT (self));
  g_return_if_fail (index < self->found->len);
  *ret_start = g_array_index (self->found, Range, index).start;
  *ret_end = g_array_index (self->found, Range, index).end;
}
