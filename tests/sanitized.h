/* sanitized.h: whether a sanitizer makes everything ten times as long
 *
 * What is right is checked where nothing is: with a sanitizer, tests look for what it alone finds,
 * and a few rounds of each kind are enough for that.
 */
#pragma once

#if defined(__SANITIZE_ADDRESS__)
#define KH_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define KH_SANITIZED 1
#endif
#endif
#ifndef KH_SANITIZED
#define KH_SANITIZED 0
#endif

/* Of @n rounds, so many; 1 at least. */
#define KH_TEST_ROUNDS(n) (KH_SANITIZED ? ((n) + 9) / 10 : (n))
