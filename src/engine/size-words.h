/* size-words.h: so and so many bytes, in the user's language */
#pragma once

#include <glib.h>

/* (transfer full): "1.5 MB", with powers of 1000. */
char *kh_size_words (guint64 bytes);
