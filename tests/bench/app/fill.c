/* fill.c: makes a history of any size, for what has to be fast or whole with one
 *
 * usage: fill DIR CONTACTS FIRST EACH [FILE]
 *
 * DIR is a data folder, which must exist (0700). CONTACTS people get EACH messages, the first of
 * them FIRST, alternating between theirs and ours; all but the first conversation's last are read.
 * FILE has texts, each with a NUL at its end, which are taken in turn for messages and,
 * cleaned as those of peers are, for names. Prints the peer ID of the first.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/contacts.h"
#include "store/database.h"
#include "store/schema.h"
#include "store/settings.h"
#include "store/store.h"
#include "wire/name.h"

/* µs between messages: a day's break every now and then. */
#define EVERY_US (3 * 60 * G_USEC_PER_SEC)

typedef struct
{
  guint n_contacts;
  guint n_first;
  guint n_each;
  char **texts; /* (nullable) */
  guint n_texts;
  GRand *rand;
  gint64 now_us;
  KhPeerId first;
  gint64 *contacts; /* their numbers */
} Fill;

static void
make_key (Fill *self, KhKey *ret_key)
{
  guint8 *bytes = (guint8 *) ret_key;

  for (gsize i = 0; i < sizeof *ret_key; i++)
    bytes[i] = (guint8) g_rand_int (self->rand);
}

static KhStoreContact *
save_contact (Fill *self, KhDatabase *database, guint index, GError **error)
{
  g_autofree char *name = self->n_texts > 0 ? kh_name_clean (self->texts[index % self->n_texts])
                                            : g_strdup_printf ("Contact %u", index);
  KhStoreContact contact = {
    .has_key = TRUE, .given_name = name, .state = KH_CONTACT_ACCEPTED, .created_us = self->now_us
  };

  make_key (self, &contact.key);
  contact.peer_id = kh_peer_id_from_key (&contact.key);
  if (index == 0)
    self->first = contact.peer_id;
  return kh_contacts_save (database, &contact, error);
}

static char *
dup_text (Fill *self, guint index)
{
  if (self->n_texts > 0)
    return g_strdup (self->texts[index % self->n_texts]);
  return g_strdup_printf ("Message %u of a long talk about nothing in particular%s", index,
                          index % 7 == 0 ? ", though now and then somebody had more to say than "
                                           "fits into one line, as people do"
                                         : "");
}

static gboolean
add_messages (Fill *self, KhDatabase *database, gint64 contact, guint n, GError **error)
{
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *text = dup_text (self, i);
      gint64 at_us = self->now_us - (gint64) (n - i) * EVERY_US;
      guint32 id[4];

      for (guint k = 0; k < 4; k++)
        id[k] = g_rand_int (self->rand);
      if (!kh_database_run (
              database, error,
              "INSERT INTO messages (contact, direction, id, state, sent_us, received_us, text)"
              " VALUES (?1, ?2, ?3, 3, ?4, ?4, ?5)",
              "iibis", contact, (gint64) (i % 2), id, sizeof id, at_us, text))
        return FALSE;
    }
  return TRUE;
}

static gboolean
add_all_messages (KhDatabase *database, gpointer data, GError **error)
{
  Fill *self = data;

  for (guint i = 0; i < self->n_contacts; i++)
    if (!add_messages (self, database, self->contacts[i], i == 0 ? self->n_first : self->n_each,
                       error))
      return FALSE;
  return TRUE;
}

static gboolean
fill (Fill *self, KhDatabase *database, GError **error)
{
  if (!kh_database_exec (database, "PRAGMA synchronous = OFF", error))
    return FALSE;
  self->contacts = g_new (gint64, self->n_contacts);
  for (guint i = 0; i < self->n_contacts; i++)
    {
      g_autoptr (KhStoreContact) contact = save_contact (self, database, i, error);

      if (contact == NULL)
        return FALSE;
      self->contacts[i] = contact->id;
    }
  return kh_database_transaction (database, add_all_messages, self, error);
}

static void
read_texts (Fill *self, const char *path)
{
  g_autofree char *contents = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GStrvBuilder) texts = g_strv_builder_new ();
  gsize length;

  if (!g_file_get_contents (path, &contents, &length, &error))
    g_error ("%s", error->message);
  for (const char *p = contents; p < contents + length; p += strlen (p) + 1)
    g_strv_builder_add (texts, p);
  self->texts = g_strv_builder_end (texts);
  self->n_texts = g_strv_length (self->texts);
}

int
main (int argc, char *argv[])
{
  Fill self = { .rand = g_rand_new_with_seed (1), .now_us = g_get_real_time () };
  g_autoptr (GError) error = NULL;
  g_autoptr (KhDatabase) database = NULL;
  g_autofree char *path = NULL;
  char id[KH_PEER_ID_STRING_MAX];

  if (argc < 5 || argc > 6)
    {
      g_printerr ("usage: fill DIR CONTACTS FIRST EACH [FILE]\n");
      return 2;
    }
  self.n_contacts = (guint) atoi (argv[2]);
  self.n_first = (guint) atoi (argv[3]);
  self.n_each = (guint) atoi (argv[4]);
  if (argc == 6)
    read_texts (&self, argv[5]);
  path = g_build_filename (argv[1], KH_STORE_DATABASE_NAME, NULL);
  database = kh_database_open (path, kh_schema_migrations, kh_schema_n_migrations, &error);
  if (database == NULL || !fill (&self, database, &error))
    {
      g_printerr ("fill: %s\n", error->message);
      return 1;
    }
  puts (kh_peer_id_format (&self.first, id));
  g_strfreev (self.texts);
  g_rand_free (self.rand);
  g_free (self.contacts);
  return 0;
}
