/* database.c: SQLite with the settings, the migrations and the errors of the history
 *
 * Opening looks before it touches: whose file it is, of which version, and, after a crash, whether
 * it is whole; only then are the journal mode set and migrations run. Files are made with mode
 * 0600, which SQLite copies to the log and its index.
 */
#include "store/database.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <unistd.h>

/* How long somebody else's look at the database, a backup perhaps, may hold us up. */
#define BUSY_TIMEOUT_MS 5000

struct _KhDatabase
{
  sqlite3 *handle;
  char *path;
  /* literal SQL by address → KhStatement */
  GHashTable *statements;
};

static void
set_error (KhDatabase *self, int rc, GError **error)
{
  int saved_errno = self->handle != NULL ? sqlite3_system_errno (self->handle) : 0;
  const char *why = self->handle != NULL ? sqlite3_errmsg (self->handle) : sqlite3_errstr (rc);

  switch (rc & 0xff)
    {
    case SQLITE_FULL:
      kh_store_error_set_errno (error, ENOSPC, "write", self->path);
      break;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      g_set_error (error, KH_STORE_ERROR, KH_STORE_ERROR_CORRUPT,
                   "The history in %s is damaged (%s). It was left as it is: put back a copy, or "
                   "set it aside and begin a new one",
                   self->path, why);
      break;
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      kh_store_error_set_errno (error, EACCES, "write", self->path);
      break;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      g_set_error (error, KH_STORE_ERROR, KH_STORE_ERROR_LOCKED,
                   "Another program is using %s. Close it and try again", self->path);
      break;
    case SQLITE_CONSTRAINT:
      if (rc == SQLITE_CONSTRAINT_FOREIGNKEY)
        g_set_error (error, KH_STORE_ERROR, KH_STORE_ERROR_NOT_FOUND,
                     "There is no such contact any more");
      else
        g_set_error (error, KH_STORE_ERROR, KH_STORE_ERROR_INVALID, "The history refuses: %s", why);
      break;
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
      kh_store_error_set_errno (error, saved_errno != 0 ? saved_errno : EIO, "use", self->path);
      break;
    default:
      g_set_error (error, KH_STORE_ERROR, KH_STORE_ERROR_IO, "Cannot use %s: %s", self->path, why);
      break;
    }
}

gboolean
kh_database_exec (KhDatabase *self, const char *sql, GError **error)
{
  int rc = sqlite3_exec (self->handle, sql, NULL, NULL, NULL);

  if (rc == SQLITE_OK)
    return TRUE;
  set_error (self, rc, error);
  return FALSE;
}

static gboolean
bind (KhStatement *statement, const char *format, va_list args)
{
  int rc = SQLITE_OK;

  for (int i = 1; format[i - 1] != '\0' && rc == SQLITE_OK; i++)
    switch (format[i - 1])
      {
      case 'i':
        rc = sqlite3_bind_int64 (statement, i, va_arg (args, gint64));
        break;
      case 's':
        rc = sqlite3_bind_text (statement, i, va_arg (args, const char *), -1, SQLITE_STATIC);
        break;
      case 'b':
        {
          const void *bytes = va_arg (args, const void *);
          gsize size = va_arg (args, gsize);

          rc = sqlite3_bind_blob64 (statement, i, bytes, size, SQLITE_STATIC);
          break;
        }
      default:
        g_assert_not_reached ();
      }
  return rc == SQLITE_OK;
}

static KhStatement *
query_va (KhDatabase *self, GError **error, const char *sql, const char *format, va_list args)
{
  KhStatement *statement = g_hash_table_lookup (self->statements, sql);

  if (statement == NULL)
    {
      int rc =
          sqlite3_prepare_v3 (self->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL);

      if (rc != SQLITE_OK)
        {
          set_error (self, rc, error);
          return NULL;
        }
      g_hash_table_insert (self->statements, (gpointer) sql, statement);
    }
  if (!bind (statement, format, args))
    {
      set_error (self, sqlite3_extended_errcode (self->handle), error);
      kh_statement_done (statement);
      return NULL;
    }
  return statement;
}

KhStatement *
kh_database_query (KhDatabase *self, GError **error, const char *sql, const char *format, ...)
{
  KhStatement *statement;
  va_list args;

  va_start (args, format);
  statement = query_va (self, error, sql, format, args);
  va_end (args);
  return statement;
}

KhStep
kh_database_step (KhDatabase *self, KhStatement *statement, GError **error)
{
  int rc = sqlite3_step (statement);

  if (rc == SQLITE_ROW)
    return KH_STEP_ROW;
  if (rc == SQLITE_DONE)
    return KH_STEP_DONE;
  set_error (self, rc, error);
  return KH_STEP_ERROR;
}

void
kh_statement_done (KhStatement *statement)
{
  if (statement == NULL)
    return;
  /* What it returns is the error that the step has reported. */
  sqlite3_reset (statement);
  sqlite3_clear_bindings (statement);
}

char *
kh_statement_text (KhStatement *statement, int column)
{
  return g_strdup ((const char *) sqlite3_column_text (statement, column));
}

gboolean
kh_statement_blob (KhStatement *statement, int column, void *ret_bytes, gsize size)
{
  const void *bytes = sqlite3_column_blob (statement, column);

  if (bytes == NULL || (gsize) sqlite3_column_bytes (statement, column) != size)
    return FALSE;
  memcpy (ret_bytes, bytes, size);
  return TRUE;
}

gboolean
kh_database_run (KhDatabase *self, GError **error, const char *sql, const char *format, ...)
{
  g_autoptr (KhStatement) statement = NULL;
  KhStep step;
  va_list args;

  va_start (args, format);
  statement = query_va (self, error, sql, format, args);
  va_end (args);
  if (statement == NULL)
    return FALSE;
  while ((step = kh_database_step (self, statement, error)) == KH_STEP_ROW)
    ;
  return step == KH_STEP_DONE;
}

guint
kh_database_changes (KhDatabase *self)
{
  return (guint) sqlite3_changes (self->handle);
}

gboolean
kh_database_transaction (KhDatabase *self, KhTransaction body, gpointer data, GError **error)
{
  if (!kh_database_exec (self, "BEGIN IMMEDIATE", error))
    return FALSE;
  if (body (self, data, error) && kh_database_exec (self, "COMMIT", error))
    return TRUE;
  /* Some errors, a full disk among them, have rolled back already. */
  if (!sqlite3_get_autocommit (self->handle))
    sqlite3_exec (self->handle, "ROLLBACK", NULL, NULL, NULL);
  return FALSE;
}

gboolean
kh_database_checkpoint (KhDatabase *self, GError **error)
{
  int rc = sqlite3_wal_checkpoint_v2 (self->handle, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);

  if (rc == SQLITE_OK)
    return TRUE;
  set_error (self, rc, error);
  return FALSE;
}

void
kh_database_forget_pages (KhDatabase *self)
{
  sqlite3_db_release_memory (self->handle);
}

static gboolean
read_number (KhDatabase *self, const char *sql, gint64 *ret_value, GError **error)
{
  g_autoptr (KhStatement) statement = kh_database_query (self, error, sql, "");

  if (statement == NULL || kh_database_step (self, statement, error) != KH_STEP_ROW)
    return FALSE;
  *ret_value = sqlite3_column_int64 (statement, 0);
  return TRUE;
}

/* Whose is it, of which version? Reads only. */
static gboolean
check_header (KhDatabase *self, guint n_migrations, guint *ret_version, GError **error)
{
  gint64 application, version, n_tables;

  if (!read_number (self, "PRAGMA application_id", &application, error) ||
      !read_number (self, "PRAGMA user_version", &version, error) ||
      !read_number (self, "SELECT count(*) FROM sqlite_schema", &n_tables, error))
    return FALSE;
  if (application != KH_DATABASE_APPLICATION_ID && (application != 0 || n_tables != 0))
    {
      g_set_error (error, KH_STORE_ERROR, KH_STORE_ERROR_FOREIGN,
                   "%s is another program's database. Move it away, or choose another data folder",
                   self->path);
      return FALSE;
    }
  if (version < 0 || version > n_migrations)
    {
      g_set_error (error, KH_STORE_ERROR, KH_STORE_ERROR_NEWER_VERSION,
                   "The history in %s was written by a newer Knothole (version %d, this one knows "
                   "%u). It was left as it is: install the newer Knothole to use it",
                   self->path, (int) version, n_migrations);
      return FALSE;
    }
  *ret_version = (guint) version;
  return TRUE;
}

/* A log that is not empty means that nobody closed the database: then, and only then, all of it is
 * read through. */
static gboolean
was_left_open (const char *path)
{
  g_autofree char *log = g_strconcat (path, "-wal", NULL);
  GStatBuf info;

  return g_stat (log, &info) == 0 && info.st_size > 0;
}

static gboolean
check_whole (KhDatabase *self, GError **error)
{
  g_autoptr (KhStatement) statement = kh_database_query (self, error, "PRAGMA quick_check(1)", "");
  g_autofree char *finding = NULL;

  if (statement == NULL || kh_database_step (self, statement, error) != KH_STEP_ROW)
    return FALSE;
  finding = kh_statement_text (statement, 0);
  if (g_strcmp0 (finding, "ok") == 0)
    return TRUE;
  g_set_error (error, KH_STORE_ERROR, KH_STORE_ERROR_CORRUPT,
               "The history in %s is damaged (%s). It was left as it is: put back a copy, or "
               "set it aside and begin a new one",
               self->path, finding);
  return FALSE;
}

typedef struct
{
  const char *const *migrations;
  guint from;
  guint to;
} Migration;

static gboolean
migrate (KhDatabase *self, gpointer data, GError **error)
{
  const Migration *migration = data;
  g_autofree char *header = NULL;

  for (guint i = migration->from; i < migration->to; i++)
    if (!kh_database_exec (self, migration->migrations[i], error))
      return FALSE;
  header = g_strdup_printf ("PRAGMA application_id = %d; PRAGMA user_version = %u",
                            KH_DATABASE_APPLICATION_ID, migration->to);
  return kh_database_exec (self, header, error);
}

static gboolean
set_up (KhDatabase *self, const char *const *migrations, guint n_migrations, GError **error)
{
  Migration migration = { migrations, 0, n_migrations };
  gboolean left_open = was_left_open (self->path);

  sqlite3_extended_result_codes (self->handle, 1);
  sqlite3_busy_timeout (self->handle, BUSY_TIMEOUT_MS);
  if (sqlite3_db_readonly (self->handle, "main"))
    {
      kh_store_error_set_errno (error, EACCES, "write", self->path);
      return FALSE;
    }
  if (!check_header (self, n_migrations, &migration.from, error) ||
      (left_open && !check_whole (self, error)))
    return FALSE;
  if (!kh_database_exec (self,
                         "PRAGMA journal_mode = WAL;"
                         "PRAGMA synchronous = FULL;"
                         "PRAGMA foreign_keys = ON;"
                         "PRAGMA secure_delete = ON;"
                         /* KiB: what a page of messages and the list of chats need; the system
                          * keeps the rest as well. */
                         "PRAGMA cache_size = -512;"
                         "PRAGMA temp_store = MEMORY;"
                         "PRAGMA cell_size_check = ON",
                         error))
    return FALSE;
  if (migration.from == migration.to)
    return TRUE;
  return kh_database_transaction (self, migrate, &migration, error);
}

/* SQLite would make the file readable for others. */
static gboolean
make_file (const char *path, GError **error)
{
  int fd = open (path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);

  if (fd < 0 && errno != EEXIST)
    {
      kh_store_error_set_errno (error, errno, "create the history", path);
      return FALSE;
    }
  if (fd >= 0)
    close (fd);
  return TRUE;
}

static void
finalize_statement (gpointer statement)
{
  sqlite3_finalize (statement);
}

KhDatabase *
kh_database_open (const char *path,
                  const char *const *migrations,
                  guint n_migrations,
                  GError **error)
{
  g_autoptr (KhDatabase) self = NULL;
  int rc;

  if (!make_file (path, error))
    return NULL;
  self = g_new0 (KhDatabase, 1);
  self->path = g_strdup (path);
  self->statements = g_hash_table_new_full (NULL, NULL, NULL, finalize_statement);
  rc = sqlite3_open_v2 (path, &self->handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
  if (rc != SQLITE_OK)
    {
      set_error (self, rc, error);
      return NULL;
    }
  if (!set_up (self, migrations, n_migrations, error))
    return NULL;
  return g_steal_pointer (&self);
}

void
kh_database_free (KhDatabase *self)
{
  if (self == NULL)
    return;
  g_hash_table_unref (self->statements);
  /* Closing the last connection checkpoints and removes the log. */
  sqlite3_close (self->handle);
  g_free (self->path);
  g_free (self);
}
