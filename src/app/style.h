/* style.h: the app's own style sheets, and how it finds its icons */
#pragma once

#include <gio/gio.h>

/* Before the toolkit starts. Its own loading of what belongs to @application would read all themes
 * of icons twice: once beside the start, and once more in its way, for our folder among them. */
void kh_style_prepare (GApplication *application);
/* Once the toolkit has started. Follows the desktop's wish for high contrast from then on. */
void kh_style_apply (void);
