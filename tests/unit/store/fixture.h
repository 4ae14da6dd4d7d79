/* fixture.h: a data folder for one test, and shorthand for what goes into it */
#pragma once

#include <fcntl.h>
#include <ftw.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gio/gio.h>
#include <glib/gstdio.h>

#include "store/contacts.h"
#include "store/messages.h"
#include "store/schema.h"
#include "store/store.h"

static inline int
fixture_remove_one (const char *path, const struct stat *info, int type, struct FTW *walk)
{
  return remove (path);
}

static inline char *
fixture_make_dir (void)
{
  return g_dir_make_tmp ("knothole-store-XXXXXX", NULL);
}

static inline void
fixture_remove_dir (char *dir)
{
  nftw (dir, fixture_remove_one, 16, FTW_DEPTH | FTW_PHYS);
  g_free (dir);
}

typedef char FixtureDir;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FixtureDir, fixture_remove_dir)

/* "Random" bytes, each one more than the last: a KhRandom's fill, with a guint to count by. */
static inline void
fixture_count_up (guint8 *buf, gsize len, gpointer user_data)
{
  guint *next = user_data;

  for (gsize i = 0; i < len; i++)
    buf[i] = (guint8) (*next)++;
}

static inline KhDatabase *
fixture_open (const char *dir)
{
  g_autofree char *path = g_build_filename (dir, KH_STORE_DATABASE_NAME, NULL);
  g_autoptr (GError) error = NULL;
  KhDatabase *database =
      kh_database_open (path, kh_schema_migrations, kh_schema_n_migrations, &error);

  g_assert_no_error (error);
  return database;
}

static inline KhMessageId
fixture_id (guint n)
{
  return (KhMessageId){ { (guint8) n, (guint8) (n >> 8), (guint8) (n >> 16), 0x5a } };
}

static inline guint
fixture_number (const KhMessageId *id)
{
  return id->bytes[0] | (guint) id->bytes[1] << 8 | (guint) id->bytes[2] << 16;
}

static inline KhStoreContact
fixture_contact (guint n)
{
  KhStoreContact contact = { .has_key = TRUE, .state = KH_CONTACT_ACCEPTED, .created_us = n };

  contact.key.bytes[0] = (guint8) n;
  contact.key.bytes[1] = (guint8) (n >> 8);
  contact.peer_id = kh_peer_id_from_key (&contact.key);
  return contact;
}

static inline gint64
fixture_add_contact (KhDatabase *database, guint n)
{
  KhStoreContact contact = fixture_contact (n);
  g_autoptr (GError) error = NULL;
  g_autoptr (KhStoreContact) saved = kh_contacts_save (database, &contact, &error);

  g_assert_no_error (error);
  return saved->id;
}

static inline void
fixture_message_free (gpointer message)
{
  kh_message_clear (message);
  g_free (message);
}

/* Texts numbered @first … @first + @n - 1. */
static inline GPtrArray *
fixture_texts (guint first, guint n)
{
  GPtrArray *texts = g_ptr_array_new_with_free_func (fixture_message_free);

  for (guint i = first; i < first + n; i++)
    {
      KhMessage *message = g_new0 (KhMessage, 1);

      message->type = KH_MESSAGE_TEXT;
      message->text.id = fixture_id (i);
      message->text.sent_us = i;
      message->text.text = g_strdup_printf ("text %u", i);
      g_ptr_array_add (texts, message);
    }
  return texts;
}

static inline gint64
fixture_send (KhDatabase *database, gint64 contact, guint n, const char *text)
{
  KhMessageId id = fixture_id (n);
  g_autoptr (GError) error = NULL;
  g_autoptr (KhStoreMessage) message =
      kh_messages_add_outgoing (database, contact, &id, text, NULL, n, &error);

  g_assert_no_error (error);
  return message->seq;
}

/* The same of arrivals: a "-" for one that did nothing. */
static inline char *
fixture_list_arrivals (GPtrArray *arrivals)
{
  GString *list = g_string_new (NULL);

  g_assert_nonnull (arrivals);
  for (guint i = 0; i < arrivals->len; i++)
    {
      const KhStoreArrival *arrival = arrivals->pdata[i];

      if (arrival->message == NULL)
        g_string_append (list, "- ");
      else
        g_string_append_printf (list, "%u ", fixture_number (&arrival->message->id));
    }
  return g_string_free (list, FALSE);
}

/* "1 2 3 ": the numbers of the messages. */
static inline char *
fixture_list (GPtrArray *messages)
{
  GString *list = g_string_new (NULL);

  g_assert_nonnull (messages);
  for (guint i = 0; i < messages->len; i++)
    {
      const KhStoreMessage *message = messages->pdata[i];

      g_string_append_printf (list, "%u ", fixture_number (&message->id));
    }
  return g_string_free (list, FALSE);
}

/* Is @text anywhere in the files of @dir? */
static inline gboolean
fixture_dir_holds (const char *dir, const char *text)
{
  g_autoptr (GDir) listing = g_dir_open (dir, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (listing)) != NULL)
    {
      g_autofree char *path = g_build_filename (dir, name, NULL);
      g_autofree char *contents = NULL;
      gsize len;

      if (g_file_get_contents (path, &contents, &len, NULL) &&
          memmem (contents, len, text, strlen (text)) != NULL)
        return TRUE;
    }
  return FALSE;
}
