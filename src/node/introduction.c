/* introduction.c: the codec of introductions (PROTOCOL.md, "Introductions")
 *
 * Owns nothing. A GVariant in little-endian normal form, because it will grow: every option is a
 * one-byte key with opaque bytes, and unknown keys are passed over.
 */
#include "node/introduction.h"

#include <string.h>

#define TYPE "(utta(yuay)sa{yay})"

enum
{
  OPTION_TOKEN = 1,
  OPTION_NAT = 2,     /* kh_nat_behaviour_pack(), 4 bytes; more may follow */
  OPTION_RESUMES = 3, /* 4 bytes, big-endian */
};

static GVariant *
bytes_variant (const void *data, gsize len)
{
  return g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, data, len, 1);
}

static GVariant *
to_little_endian (GVariant *variant)
{
  g_autoptr (GVariant) value = g_variant_ref_sink (variant);

  if (G_BYTE_ORDER == G_BIG_ENDIAN)
    return g_variant_byteswap (value);
  return g_steal_pointer (&value);
}

static GVariant *
build (const KhIntroduction *self, guint n_candidates)
{
  GVariantBuilder candidates = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a(yuay)"));
  GVariantBuilder options = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a{yay}"));
  guint32 nat = GUINT32_TO_BE (kh_nat_behaviour_pack (&self->nat));

  for (guint i = 0; i < n_candidates; i++)
    {
      guint8 addr[KH_ADDR_ENCODED_MAX];
      KhWriter writer = kh_writer_init (addr, sizeof addr);

      if (kh_addr_write (&writer, &self->candidates[i].addr))
        g_variant_builder_add (&candidates, "(yu@ay)", self->candidates[i].kind,
                               self->candidates[i].priority, bytes_variant (addr, writer.len));
    }
  if (self->has_token)
    g_variant_builder_add (&options, "{y@ay}", OPTION_TOKEN,
                           bytes_variant (self->token, sizeof self->token));
  if (nat != 0)
    g_variant_builder_add (&options, "{y@ay}", OPTION_NAT, bytes_variant (&nat, sizeof nat));

  if (self->resumes != 0)
    {
      guint32 be = GUINT32_TO_BE (self->resumes);

      g_variant_builder_add (&options, "{y@ay}", OPTION_RESUMES, bytes_variant (&be, sizeof be));
    }

  return to_little_endian (g_variant_new (TYPE, self->index, (guint64) self->timestamp_us,
                                          (guint64) self->server_rtt_us, &candidates, self->name,
                                          &options));
}

gsize
kh_introduction_write (const KhIntroduction *self, guint8 out[KH_INTRODUCTION_MAX])
{
  guint n = self->n_candidates;
  g_autoptr (GVariant) value = build (self, n);

  while (g_variant_get_size (value) > KH_INTRODUCTION_MAX && n > 0)
    {
      g_variant_unref (value);
      value = build (self, --n);
    }
  g_variant_store (value, out);
  return g_variant_get_size (value);
}

static void
read_candidates (GVariant *list, KhIntroduction *introduction)
{
  gsize n = g_variant_n_children (list);

  for (gsize i = 0; i < n && introduction->n_candidates < KH_CANDIDATES_MAX; i++)
    {
      KhCandidate *candidate = &introduction->candidates[introduction->n_candidates];
      g_autoptr (GVariant) addr = NULL;
      guint8 kind;
      KhCursor cursor;
      gsize len;
      const void *data;

      g_variant_get_child (list, i, "(yu@ay)", &kind, &candidate->priority, &addr);
      data = g_variant_get_fixed_array (addr, &len, 1);
      cursor = kh_cursor_init (data, len);
      candidate->kind = kind;
      if (kh_addr_read (&cursor, &candidate->addr) && kh_cursor_is_done (&cursor) &&
          kh_candidate_is_usable (candidate))
        introduction->n_candidates++;
    }
}

static void
read_options (GVariant *options, KhIntroduction *introduction)
{
  gsize n = g_variant_n_children (options);

  for (gsize i = 0; i < n; i++)
    {
      g_autoptr (GVariant) value = NULL;
      guint8 key;
      gsize len;
      const void *data;

      g_variant_get_child (options, i, "{y@ay}", &key, &value);
      data = g_variant_get_fixed_array (value, &len, 1);
      if (key == OPTION_TOKEN && len == KH_INVITE_TOKEN_SIZE)
        {
          memcpy (introduction->token, data, len);
          introduction->has_token = TRUE;
        }
      if (key == OPTION_RESUMES && len == sizeof introduction->resumes)
        {
          memcpy (&introduction->resumes, data, len);
          introduction->resumes = GUINT32_FROM_BE (introduction->resumes);
        }
      else if (key == OPTION_NAT && len >= sizeof (guint32))
        {
          guint32 bits;

          memcpy (&bits, data, sizeof bits);
          introduction->nat = kh_nat_behaviour_unpack (GUINT32_FROM_BE (bits));
        }
    }
}

gboolean
kh_introduction_read (const guint8 *data, gsize len, KhIntroduction *ret_introduction)
{
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GVariant) value = NULL;
  g_autoptr (GVariant) candidates = NULL;
  g_autoptr (GVariant) options = NULL;
  g_autofree char *name = NULL;
  const char *given;
  guint64 timestamp;
  guint64 rtt;
  KhIntroduction introduction = { 0 };

  if (len > KH_INTRODUCTION_MAX)
    return FALSE;
  bytes = g_bytes_new (data, len);
  value = to_little_endian (g_variant_new_from_bytes (G_VARIANT_TYPE (TYPE), bytes, FALSE));
  if (!g_variant_is_normal_form (value))
    return FALSE;

  g_variant_get (value, "(utt@a(yuay)&s@a{yay})", &introduction.index, &timestamp, &rtt,
                 &candidates, &given, &options);
  if (introduction.index == 0 || timestamp > G_MAXINT64 || rtt > G_MAXINT64)
    return FALSE;
  introduction.timestamp_us = (gint64) timestamp;
  introduction.server_rtt_us = (gint64) rtt;
  read_candidates (candidates, &introduction);
  read_options (options, &introduction);
  name = kh_name_clean (given);
  g_strlcpy (introduction.name, name, sizeof introduction.name);

  *ret_introduction = introduction;
  return TRUE;
}
