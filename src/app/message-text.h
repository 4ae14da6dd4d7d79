/* message-text.h: what there is in a text that a peer wrote: links, and emoji alone
 *
 * The text is never markup. What is shown as a link is found in it as plain text; where it really
 * leads is said before it is opened (link-dialog.h).
 */
#pragma once

#include <glib.h>

/* Bytes of a link: longer ones stay text. */
#define KH_LINK_MAX 1000
/* Links that one text shows: what comes after stays text. */
#define KH_LINKS_MAX 64

/**
 * kh_message_text_find_link:
 * @ret_start, @ret_end: byte offsets into @text, @ret_start < @ret_end
 *
 * The first link in @text at or after the byte @offset, which is the start of a character:
 * http://, https:// and knothole: addresses, and names that begin with "www.". Without the
 * punctuation that a sentence puts after it.
 */
gboolean
kh_message_text_find_link (const char *text, gsize offset, gsize *ret_start, gsize *ret_end);

/* (transfer full) (nullable): @text as Pango markup whose links are the only markup in it; NULL
 * where there are none, so that it is best shown as it is. */
char *kh_message_text_to_markup (const char *text);

/* (transfer full): the address that @link stands for: https:// before "www.". */
char *kh_message_text_link_uri (const char *link, gsize length);

/* (transfer full) (nullable): the host that @uri leads to, as the network knows it: what comes
 * before an "@" is not it, and letters that only look like ASCII are spelled out ("xn--…"). */
char *kh_message_text_uri_host (const char *uri);

/* At most KH_EMOJI_ALONE_MAX emoji and nothing else but spaces. */
gboolean kh_message_text_is_emoji (const char *text);
#define KH_EMOJI_ALONE_MAX 8

/* (transfer full): the first @max_chars characters on one line, with "…" where it was cut; what
 * could turn the text around it is taken out. For lists, quotes and notifications. */
char *kh_message_text_dup_line (const char *text, gsize max_chars);
