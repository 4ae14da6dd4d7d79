/* schema.c: the tables of the history
 *
 * Numbers of states and directions are those of records.h and outbox.h. A sequence number and a
 * contact's number are never used again (AUTOINCREMENT), because front ends remember them. The
 * full-text index has no copy of the texts: triggers keep it in step.
 */
#include "store/schema.h"

static const char version_1[] =
    "CREATE TABLE contacts ("
    "  id INTEGER PRIMARY KEY AUTOINCREMENT,"
    "  peer_id BLOB NOT NULL UNIQUE CHECK (length (peer_id) = 17),"
    "  key BLOB UNIQUE CHECK (key IS NULL OR length (key) = 32),"
    "  server TEXT,"
    "  given_name TEXT,"
    "  alias TEXT,"
    "  state INTEGER NOT NULL DEFAULT 0 CHECK (state BETWEEN 0 AND 2),"
    "  verified INTEGER NOT NULL DEFAULT 0 CHECK (verified IN (0, 1)),"
    "  created_us INTEGER NOT NULL,"
    "  knock_stamp INTEGER NOT NULL DEFAULT 0"
    ") STRICT;"

    "CREATE TABLE messages ("
    "  seq INTEGER PRIMARY KEY AUTOINCREMENT,"
    "  contact INTEGER NOT NULL REFERENCES contacts (id) ON DELETE CASCADE,"
    "  direction INTEGER NOT NULL CHECK (direction IN (0, 1)),"
    "  id BLOB NOT NULL CHECK (length (id) = 16),"
    "  state INTEGER NOT NULL CHECK (state IN (0, 2, 3)),"
    "  sent_us INTEGER NOT NULL,"
    "  received_us INTEGER NOT NULL,"
    "  text TEXT NOT NULL,"
    "  UNIQUE (contact, direction, id)"
    ") STRICT;"
    "CREATE INDEX messages_in_order ON messages (contact, seq);"
    "CREATE INDEX messages_by_state ON messages (contact, direction, state, seq);"

    /* Ids of incoming messages that the user deleted. */
    "CREATE TABLE forgotten ("
    "  contact INTEGER NOT NULL REFERENCES contacts (id) ON DELETE CASCADE,"
    "  id BLOB NOT NULL CHECK (length (id) = 16),"
    "  PRIMARY KEY (contact, id)"
    ") STRICT, WITHOUT ROWID;"

    "CREATE VIRTUAL TABLE messages_text USING fts5 ("
    "  text, content = 'messages', content_rowid = 'seq',"
    "  tokenize = 'unicode61 remove_diacritics 2');"
    "CREATE TRIGGER messages_inserted AFTER INSERT ON messages BEGIN"
    "  INSERT INTO messages_text (rowid, text) VALUES (new.seq, new.text);"
    "END;"
    "CREATE TRIGGER messages_deleted AFTER DELETE ON messages BEGIN"
    "  INSERT INTO messages_text (messages_text, rowid, text)"
    "    VALUES ('delete', old.seq, old.text);"
    "END;"
    "CREATE TRIGGER messages_edited AFTER UPDATE OF text ON messages BEGIN"
    "  INSERT INTO messages_text (messages_text, rowid, text)"
    "    VALUES ('delete', old.seq, old.text);"
    "  INSERT INTO messages_text (rowid, text) VALUES (new.seq, new.text);"
    "END;"

    "CREATE TABLE pins ("
    "  server TEXT NOT NULL PRIMARY KEY,"
    "  key BLOB NOT NULL CHECK (length (key) = 32),"
    "  first_seen_us INTEGER NOT NULL"
    ") STRICT, WITHOUT ROWID;"

    "CREATE TABLE settings ("
    "  name TEXT NOT NULL PRIMARY KEY,"
    "  value TEXT NOT NULL"
    ") STRICT, WITHOUT ROWID;";

/* What the user keeps about a conversation. */
static const char version_2[] = "ALTER TABLE contacts ADD COLUMN flags INTEGER NOT NULL DEFAULT 0"
                                "  CHECK (flags BETWEEN 0 AND 255);"
                                "ALTER TABLE contacts ADD COLUMN draft TEXT;";

/* Replies, edits, deletions and reactions. A message of a kind above 0 (records.h) is a change that
 * is on its way out, in one order with the texts; it is gone once it is delivered. A deleted text
 * leaves its row without its words. The index has the words of texts alone. */
static const char version_3[] =
    "ALTER TABLE messages ADD COLUMN kind INTEGER NOT NULL DEFAULT 0 CHECK (kind BETWEEN 0 AND 3);"
    "ALTER TABLE messages ADD COLUMN target BLOB CHECK (target IS NULL OR length (target) = 16);"
    "ALTER TABLE messages ADD COLUMN reply_to BLOB"
    "  CHECK (reply_to IS NULL OR length (reply_to) = 16);"
    "ALTER TABLE messages ADD COLUMN edited_us INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE messages ADD COLUMN deleted_us INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE messages ADD COLUMN delivered_us INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE messages ADD COLUMN read_us INTEGER NOT NULL DEFAULT 0;"
    /* each line an emoji */
    "ALTER TABLE messages ADD COLUMN my_reactions TEXT;"
    "ALTER TABLE messages ADD COLUMN my_reacted_us INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE messages ADD COLUMN their_reactions TEXT;"
    "ALTER TABLE messages ADD COLUMN their_reacted_us INTEGER NOT NULL DEFAULT 0;"
    "CREATE INDEX messages_changes ON messages (contact, target) WHERE kind > 0;"
    "DROP TRIGGER messages_inserted;"
    "CREATE TRIGGER messages_inserted AFTER INSERT ON messages WHEN new.kind = 0 BEGIN"
    "  INSERT INTO messages_text (rowid, text) VALUES (new.seq, new.text);"
    "END;"
    "DROP TRIGGER messages_deleted;"
    "CREATE TRIGGER messages_deleted AFTER DELETE ON messages WHEN old.kind = 0 BEGIN"
    "  INSERT INTO messages_text (messages_text, rowid, text)"
    "    VALUES ('delete', old.seq, old.text);"
    "END;";

/* Pictures of people, the user's own under 0, which is no contact's number; and the tokens of
 * invite links. */
static const char version_4[] = "CREATE TABLE pictures ("
                                "  contact INTEGER NOT NULL PRIMARY KEY,"
                                "  hash BLOB NOT NULL CHECK (length (hash) = 32),"
                                "  data BLOB NOT NULL CHECK (length (data) BETWEEN 1 AND 65536)"
                                ") STRICT;"
                                "CREATE TRIGGER contacts_deleted AFTER DELETE ON contacts BEGIN"
                                "  DELETE FROM pictures WHERE contact = old.id;"
                                "END;"
                                "CREATE TABLE invites ("
                                "  token BLOB NOT NULL PRIMARY KEY CHECK (length (token) = 16),"
                                "  label TEXT NOT NULL,"
                                "  created_us INTEGER NOT NULL"
                                ") STRICT, WITHOUT ROWID;";

const char *const kh_schema_migrations[] = {
  version_1,
  version_2,
  version_3,
  version_4,
};
const guint kh_schema_n_migrations = G_N_ELEMENTS (kh_schema_migrations);
