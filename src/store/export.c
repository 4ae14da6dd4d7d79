/* export.c: writes a conversation as plain text
 *
 * One message a paragraph: time, name, text. The lines of a text after its first are indented, so
 * that no message can pretend to be two. Read page by page: the size does not matter.
 */
#include "store/export.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "store/messages.h"

#define INDENT "    "

/* (transfer full) (nullable) */
static char *
name_of (KhDatabase *database, gint64 contact, GError **error)
{
  g_autoptr (KhStatement) row =
      kh_database_query (database, error,
                         "SELECT coalesce (alias, given_name), peer_id FROM contacts WHERE id = ?1",
                         "i", contact);
  KhStep step = row != NULL ? kh_database_step (database, row, error) : KH_STEP_ERROR;
  KhPeerId peer_id = { { 0 } };
  char *name;

  if (step == KH_STEP_DONE)
    g_set_error (error, KH_STORE_ERROR, KH_STORE_ERROR_NOT_FOUND,
                 "There is no such contact any more");
  if (step != KH_STEP_ROW)
    return NULL;
  name = kh_statement_text (row, 0);
  kh_statement_blob (row, 1, &peer_id, sizeof peer_id);
  return name != NULL ? name : kh_peer_id_to_string (&peer_id);
}

static void
write_message (FILE *file, const KhStoreMessage *message, const char *name)
{
  gint64 time_us = message->direction == KH_DIRECTION_IN ? message->received_us : message->sent_us;
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_local (time_us / G_USEC_PER_SEC);
  g_autofree char *when = time != NULL ? g_date_time_format (time, "%F %T") : NULL;
  g_auto (GStrv) lines = g_strsplit (message->text, "\n", -1);

  fprintf (file, "%s  %s: %s\n", when != NULL ? when : "?", name, lines[0]);
  for (guint i = 1; lines[i] != NULL; i++)
    fprintf (file, INDENT "%s\n", lines[i]);
}

static gboolean
write_all (KhDatabase *database,
           FILE *file,
           gint64 contact,
           const char *name,
           const char *own_name,
           GError **error)
{
  gint64 after_seq = 0;

  for (;;)
    {
      g_autoptr (GPtrArray) page =
          kh_messages_load_after (database, contact, after_seq, KH_STORE_PAGE_MAX, error);

      if (page == NULL)
        return FALSE;
      if (page->len == 0)
        return TRUE;
      for (guint i = 0; i < page->len; i++)
        {
          const KhStoreMessage *message = page->pdata[i];

          write_message (file, message, message->direction == KH_DIRECTION_OUT ? own_name : name);
          after_seq = message->seq;
        }
    }
}

/* (nullable) */
static FILE *
create (const char *path, GError **error)
{
  int fd = open (path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

  if (fd >= 0)
    return fdopen (fd, "w");
  if (errno == EEXIST)
    g_set_error (error, KH_STORE_ERROR, KH_STORE_ERROR_EXISTS,
                 "There is a file %s already; it was left alone. Choose another name", path);
  else
    kh_store_error_set_errno (error, errno, "create", path);
  return NULL;
}

gboolean
kh_export_write (
    KhDatabase *database, gint64 contact, const char *path, const char *own_name, GError **error)
{
  g_autofree char *name = name_of (database, contact, error);
  FILE *file = name != NULL ? create (path, error) : NULL;
  gboolean ok;

  if (file == NULL)
    return FALSE;
  ok = write_all (database, file, contact, name, own_name, error);
  /* An earlier failed write is remembered by the stream, its reason is not. */
  if (ok && (fflush (file) != 0 || ferror (file) != 0 || fsync (fileno (file)) != 0))
    {
      kh_store_error_set_errno (error, errno != 0 ? errno : EIO, "write", path);
      ok = FALSE;
    }
  fclose (file);
  if (!ok)
    unlink (path);
  return ok;
}
