/* schema.h: the tables of the history, version by version */
#pragma once

#include <glib.h>

/* For kh_database_open(). What was released is never changed, only added to. */
extern const char *const kh_schema_migrations[];
extern const guint kh_schema_n_migrations;
