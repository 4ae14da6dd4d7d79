/* backup-file.h: the encrypted container of backup.h, as a stream of bytes */
#pragma once

#include <stdio.h>

#include "crypto/identity.h"
#include "store/error.h"

typedef struct _KhBackupFile KhBackupFile;

/* @file: (transfer none): positioned at the beginning. Writes the header, or reads it. */
KhBackupFile *kh_backup_file_begin (
    FILE *file, const char *path, const char *passphrase, const KhRandom *random, GError **error);
KhBackupFile *
kh_backup_file_open (FILE *file, const char *path, const char *passphrase, GError **error);
void kh_backup_file_free (KhBackupFile *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KhBackupFile, kh_backup_file_free)

gboolean kh_backup_file_write (KhBackupFile *self, const void *data, gsize len, GError **error);
/* The last chunk, and all of it on the disk. */
gboolean kh_backup_file_finish (KhBackupFile *self, GError **error);

/**
 * kh_backup_file_read:
 *
 * Up to @size bytes, all of them verified; *@ret_len is 0 at the end, which was verified too.
 */
gboolean kh_backup_file_read (
    KhBackupFile *self, void *ret_data, gsize size, gsize *ret_len, GError **error);
