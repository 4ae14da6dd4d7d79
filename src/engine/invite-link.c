/* invite-link.c: the token of an invite link, with what the user calls it */
#include "engine/invite-link-private.h"

enum
{
  PROP_0,
  PROP_LABEL,
  PROP_CREATED,
  N_PROPS,
};

static GParamSpec *props[N_PROPS];

struct _KhInviteLink
{
  GObject parent_instance;

  KhStoreInvite record;
};

G_DEFINE_FINAL_TYPE (KhInviteLink, kh_invite_link, G_TYPE_OBJECT)

static void
kh_invite_link_finalize (GObject *object)
{
  g_free (KH_INVITE_LINK (object)->record.label);
  G_OBJECT_CLASS (kh_invite_link_parent_class)->finalize (object);
}

static void
kh_invite_link_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  KhInviteLink *self = KH_INVITE_LINK (object);

  switch (id)
    {
    case PROP_LABEL:
      g_value_set_string (value, self->record.label);
      break;
    case PROP_CREATED:
      g_value_set_int64 (value, self->record.created_us);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
kh_invite_link_class_init (KhInviteLinkClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->finalize = kh_invite_link_finalize;
  object_class->get_property = kh_invite_link_get_property;
  props[PROP_LABEL] = g_param_spec_string ("label", NULL, NULL, NULL, flags);
  props[PROP_CREATED] = g_param_spec_int64 ("created", NULL, NULL, 0, G_MAXINT64, 0, flags);
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
kh_invite_link_init (KhInviteLink *self)
{
}

KhInviteLink *
kh_invite_link_new (const KhStoreInvite *record)
{
  KhInviteLink *self = g_object_new (KH_TYPE_INVITE_LINK, NULL);

  self->record = *record;
  self->record.label = g_strdup (record->label);
  return self;
}

const guint8 *
kh_invite_link_get_token (KhInviteLink *self)
{
  return self->record.token;
}

const char *
kh_invite_link_get_label (KhInviteLink *self)
{
  g_return_val_if_fail (KH_IS_INVITE_LINK (self), NULL);
  return self->record.label;
}

gint64
kh_invite_link_get_created (KhInviteLink *self)
{
  g_return_val_if_fail (KH_IS_INVITE_LINK (self), 0);
  return self->record.created_us;
}
