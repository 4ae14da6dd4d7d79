/* database.h: one SQLite database, opened the way the history wants it
 *
 * Internal to store/. Not thread-safe: it belongs to the worker, or to a test.
 */
#pragma once

#include <sqlite3.h>

#include "store/error.h"

/* "Knot": lets file(1), and us, know whose database it is. */
#define KH_DATABASE_APPLICATION_ID 0x4b6e6f74

typedef struct _KhDatabase KhDatabase;
typedef sqlite3_stmt KhStatement;

/**
 * kh_database_open:
 * @migrations: SQL scripts; number i leads from version i to i + 1
 *
 * Brings a database of an older version up in one transaction. Errors as kh_store_open().
 */
KhDatabase *kh_database_open (const char *path,
                              const char *const *migrations,
                              guint n_migrations,
                              GError **error);
/* Checkpoints and closes. */
void kh_database_free (KhDatabase *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KhDatabase, kh_database_free)

/* Several statements without parameters. */
gboolean kh_database_exec (KhDatabase *self, const char *sql, GError **error);

/**
 * kh_database_query:
 * @sql: a literal: prepared once and kept under its address
 * @format: of each parameter: 'i' gint64, 's' (nullable) const char *, 'b' (nullable) const void *
 * and gsize. They must live until the statement is done.
 *
 * Returns: (transfer full) (nullable): to be stepped, and done with before @sql is used again
 */
KhStatement *
kh_database_query (KhDatabase *self, GError **error, const char *sql, const char *format, ...);

/* The ways a step can end. */
typedef enum
{
  KH_STEP_ROW,
  KH_STEP_DONE,
  KH_STEP_ERROR,
} KhStep;
KhStep kh_database_step (KhDatabase *self, KhStatement *statement, GError **error);

/* Resets, so that it neither holds a lock nor its parameters. */
void kh_statement_done (KhStatement *statement);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KhStatement, kh_statement_done)

/* (transfer full) (nullable) */
char *kh_statement_text (KhStatement *statement, int column);
/* FALSE, and @ret_bytes untouched, where the column is NULL or has another size. */
gboolean kh_statement_blob (KhStatement *statement, int column, void *ret_bytes, gsize size);

/* query, step to the end, done */
gboolean
kh_database_run (KhDatabase *self, GError **error, const char *sql, const char *format, ...);
/* Rows that the last statement changed. */
guint kh_database_changes (KhDatabase *self);

typedef gboolean (*KhTransaction) (KhDatabase *self, gpointer data, GError **error);
/* Commits where @body returns TRUE; otherwise nothing of it happened. */
gboolean
kh_database_transaction (KhDatabase *self, KhTransaction body, gpointer data, GError **error);

/* Moves the log into the database and empties it, so that what was deleted is in neither. */
gboolean kh_database_checkpoint (KhDatabase *self, GError **error);
/* Keeps no pages in memory but those in use: what comes next are others. */
void kh_database_forget_pages (KhDatabase *self);
