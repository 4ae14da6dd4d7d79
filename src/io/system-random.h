/* system-random.h: the kernel's random bytes, as the core takes them (wire/random.h) */
#pragma once

#include "wire/random.h"

/* getrandom(2): blocks only before the kernel's generator was seeded at boot. It needs no state and
 * may be used on any thread. */
KhRandom kh_system_random (void);
