/* safety.h: the safety number that two people compare over another channel */
#pragma once

#include "wire/key.h"

/* 12 groups of 5 digits, 11 spaces and the end. */
#define KH_SAFETY_STRING_MAX 72

/* Writes the number, the same for (a, b) and (b, a), and returns @buf. 60 digits are 199 bits; each
 * try of somebody who looks for keys that give the same number costs 5200 hashes. About 2 ms. */
const char *kh_safety_format (const KhKey *a, const KhKey *b, char buf[KH_SAFETY_STRING_MAX]);
