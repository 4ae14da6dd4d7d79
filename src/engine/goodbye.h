/* goodbye.h: what was said last is heard before the sessions end
 *
 * Receipts and texts that were handed to a session are on their way when the engine closes, and
 * CLOSE would drop them: the other side would take its messages for undelivered until the next
 * meeting. So the engine waits until the peers have acknowledged them, for half a second at most.
 */
#pragma once

#include <glib.h>

typedef struct _KhEngine KhEngine;
typedef void (*KhGoodbyeDone) (gpointer user_data);

/* @engine is closing, and stays alive until @done, which is called once, perhaps before this
 * returns. */
void kh_goodbye_begin (KhEngine *engine, KhGoodbyeDone done, gpointer user_data);
/* After each turn of the node. */
void kh_goodbye_look (KhEngine *engine);
/* Forgets it; @done is not called any more. */
void kh_goodbye_clear (KhEngine *engine);
