/* bytes.h: bytes that lie somewhere, as an argument */
#pragma once

#include <glib.h>

/* (transfer none): a piece of a message that is taken as if it were in one place with the others.
 */
typedef struct
{
  const void *data;
  gsize len;
} KhBytes;
