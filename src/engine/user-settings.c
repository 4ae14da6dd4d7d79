/* user-settings.c: four values with names; engine-settings.c reads, saves and applies them */
#include "engine/user-settings.h"

enum
{
  PROP_0,
  PROP_READ_RECEIPTS,
  PROP_TYPING_NOTICES,
  PROP_INVITED_ONLY,
  PROP_RETENTION,
  N_PROPS,
};

static GParamSpec *props[N_PROPS];

struct _KhUserSettings
{
  GObject parent_instance;

  gboolean read_receipts;
  gboolean typing_notices;
  gboolean invited_only;
  KhRetention retention;
};

G_DEFINE_FINAL_TYPE (KhUserSettings, kh_user_settings, G_TYPE_OBJECT)

static void
kh_user_settings_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  KhUserSettings *self = KH_USER_SETTINGS (object);

  switch (id)
    {
    case PROP_READ_RECEIPTS:
      g_value_set_boolean (value, self->read_receipts);
      break;
    case PROP_TYPING_NOTICES:
      g_value_set_boolean (value, self->typing_notices);
      break;
    case PROP_INVITED_ONLY:
      g_value_set_boolean (value, self->invited_only);
      break;
    case PROP_RETENTION:
      g_value_set_enum (value, self->retention);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static gboolean
take_boolean (gboolean *field, const GValue *value)
{
  gboolean changed = *field != g_value_get_boolean (value);

  *field = g_value_get_boolean (value);
  return changed;
}

static void
kh_user_settings_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  KhUserSettings *self = KH_USER_SETTINGS (object);
  gboolean changed = FALSE;

  switch (id)
    {
    case PROP_READ_RECEIPTS:
      changed = take_boolean (&self->read_receipts, value);
      break;
    case PROP_TYPING_NOTICES:
      changed = take_boolean (&self->typing_notices, value);
      break;
    case PROP_INVITED_ONLY:
      changed = take_boolean (&self->invited_only, value);
      break;
    case PROP_RETENTION:
      changed = self->retention != (KhRetention) g_value_get_enum (value);
      self->retention = g_value_get_enum (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
  if (changed)
    g_object_notify_by_pspec (object, pspec);
}

static void
kh_user_settings_class_init (KhUserSettingsClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->get_property = kh_user_settings_get_property;
  object_class->set_property = kh_user_settings_set_property;

  props[PROP_READ_RECEIPTS] = g_param_spec_boolean ("read-receipts", NULL, NULL, TRUE, flags);
  props[PROP_TYPING_NOTICES] = g_param_spec_boolean ("typing-notices", NULL, NULL, TRUE, flags);
  props[PROP_INVITED_ONLY] = g_param_spec_boolean ("invited-only", NULL, NULL, FALSE, flags);
  props[PROP_RETENTION] =
      g_param_spec_enum ("retention", NULL, NULL, KH_TYPE_RETENTION, KH_RETENTION_FOREVER, flags);
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
kh_user_settings_init (KhUserSettings *self)
{
  self->read_receipts = TRUE;
  self->typing_notices = TRUE;
}

KhUserSettings *
kh_user_settings_new (void)
{
  return g_object_new (KH_TYPE_USER_SETTINGS, NULL);
}

gboolean
kh_user_settings_get_read_receipts (KhUserSettings *self)
{
  g_return_val_if_fail (KH_IS_USER_SETTINGS (self), TRUE);
  return self->read_receipts;
}

gboolean
kh_user_settings_get_typing_notices (KhUserSettings *self)
{
  g_return_val_if_fail (KH_IS_USER_SETTINGS (self), TRUE);
  return self->typing_notices;
}

gboolean
kh_user_settings_get_invited_only (KhUserSettings *self)
{
  g_return_val_if_fail (KH_IS_USER_SETTINGS (self), FALSE);
  return self->invited_only;
}

KhRetention
kh_user_settings_get_retention (KhUserSettings *self)
{
  g_return_val_if_fail (KH_IS_USER_SETTINGS (self), KH_RETENTION_FOREVER);
  return self->retention;
}
