/* backup.h: identity and history in one encrypted file, and back
 *
 * The file, integers big-endian:
 *
 *   "KNOTHOLE BACKUP\n"   16 bytes
 *   version                1 byte: 1
 *   memory                 4 bytes: KiB of Argon2id, at most KH_BACKUP_MEMORY_MAX
 *   passes                 4 bytes: of Argon2id, at most KH_BACKUP_PASSES_MAX
 *   salt                   16 bytes, random
 *   check                  16 bytes
 *   chunks                 4 bytes of length, and bit 31 in the last one; ciphertext; tag, 16 bytes
 *
 * Argon2id (RFC 9106, version 19, one lane) of passphrase and salt gives 48 bytes: 32 of the key
 * and the check, by which a wrong passphrase is told from a damaged file. A chunk has 1 to 65536
 * bytes of plaintext, sealed by AES-256-GCM with a nonce of 4 zero bytes and its number, 64 bits,
 * from 0; the header and its own 4 bytes of length are authenticated with it. After the last chunk
 * the file ends.
 *
 * The plaintext is the 32 bytes of the identity's secret key, and the history as an SQLite
 * database, with contacts, settings and pins, and with or without what was said.
 */
#pragma once

#include "crypto/identity.h"
#include "store/database.h"

#define KH_BACKUP_MEMORY_KIB (64 * 1024)
#define KH_BACKUP_PASSES 3
/* What a file may ask of who opens it. */
#define KH_BACKUP_MEMORY_MAX (1024 * 1024)
#define KH_BACKUP_PASSES_MAX 16
#define KH_BACKUP_PASSPHRASE_MAX 1024

/**
 * kh_backup_write:
 * @dir: the data folder, which a copy of the history is in meanwhile
 * @secret: of the identity, wherever it is kept
 * @path: replaced in one step, once the backup is whole and on the disk; not touched on an error
 * @passphrase: 1 to KH_BACKUP_PASSPHRASE_MAX bytes
 *
 * Errors: INVALID (the passphrase), READ_ONLY, DISK_FULL, IO.
 */
gboolean kh_backup_write (KhDatabase *database,
                          const char *dir,
                          const guint8 secret[KH_KEY_SIZE],
                          const char *path,
                          const char *passphrase,
                          gboolean with_messages,
                          const KhRandom *random,
                          GError **error);

/* What a crash has left of kh_backup_write(), in the clear: before @dir is used again. */
void kh_backup_tidy (const char *dir);

/**
 * kh_backup_restore:
 * @dir: a data folder without an identity, or with that of the backup, and without a history; made
 * where it does not exist
 *
 * Nothing gets its name before all of the file has been found whole. Errors: PASSPHRASE, BACKUP,
 * EXISTS, LOCKED, READ_ONLY, DISK_FULL, IO.
 */
gboolean kh_backup_restore (const char *dir,
                            const char *path,
                            const char *passphrase,
                            gboolean set_aside,
                            const KhRandom *random,
                            GError **error);
