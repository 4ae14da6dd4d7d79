/* relay.h: clients that have a channel, for the tests of the relay */
#pragma once

#include "harness.h"

/* @from knocks at @to; the channel that @to is told. */
guint32 relay_knock (Peer *from, Peer *to);
/* @from answers @to; the channel that @to is told. */
guint32 relay_answer (Peer *from, Peer *to);
guint32 relay_introduce (Peer *a, Peer *b);
/* @len bytes that relay_expect() knows. */
void relay_send (Peer *from, guint32 channel, gsize len);
/* These and nothing else have come. */
void relay_expect (Peer *to, guint32 channel, gsize len);
void relay_expect_refused (Peer *peer, guint32 channel, KhLinkStatus status);
/* The server sends nothing more. */
void world_expect_silence (World *world);
