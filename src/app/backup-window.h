/* backup-window.h: the identity and what belongs to it in one encrypted file: as the user says */
#pragma once

#include <adwaita.h>

#include "engine/engine.h"

#define KH_TYPE_BACKUP_WINDOW (kh_backup_window_get_type ())
G_DECLARE_FINAL_TYPE (KhBackupWindow, kh_backup_window, KH, BACKUP_WINDOW, AdwWindow)

KhBackupWindow *kh_backup_window_new (KhEngine *engine, GtkWindow *parent);
