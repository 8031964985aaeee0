/* The version of libsoup's interface that this header describes, and the macros that programs ask it with. */
/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include <glib.h>

/**
 * SOUP_MAJOR_VERSION:
 *
 * The major version of the libsoup interface: 3.
 */
#define SOUP_MAJOR_VERSION (3)

/**
 * SOUP_MINOR_VERSION:
 *
 * The minor version of the libsoup interface.
 */
#define SOUP_MINOR_VERSION (8)

/**
 * SOUP_MICRO_VERSION:
 *
 * The micro version of the libsoup interface.
 */
#define SOUP_MICRO_VERSION (0)

/**
 * SOUP_CHECK_VERSION:
 * @major: a major version
 * @minor: a minor version
 * @micro: a micro version
 *
 * Whether the headers that a program is compiled with are of this version or of a later one.
 */
#define SOUP_CHECK_VERSION(major, minor, micro)                        \
  (SOUP_MAJOR_VERSION > (major) ||                                     \
   (SOUP_MAJOR_VERSION == (major) && SOUP_MINOR_VERSION > (minor)) ||  \
   (SOUP_MAJOR_VERSION == (major) && SOUP_MINOR_VERSION == (minor) &&  \
    SOUP_MICRO_VERSION >= (micro)))

/* Versions to compare SOUP_VERSION_MIN_REQUIRED and SOUP_VERSION_MAX_ALLOWED with. */
#define SOUP_VERSION_3_0 (G_ENCODE_VERSION (3, 0))
#define SOUP_VERSION_3_2 (G_ENCODE_VERSION (3, 2))
#define SOUP_VERSION_3_4 (G_ENCODE_VERSION (3, 4))
#define SOUP_VERSION_3_6 (G_ENCODE_VERSION (3, 6))
#define SOUP_VERSION_3_8 (G_ENCODE_VERSION (3, 8))

#define SOUP_VERSION_CUR_STABLE  SOUP_VERSION_3_8
#define SOUP_VERSION_PREV_STABLE SOUP_VERSION_3_6

/* A program may define these two before the include: what it can do without, and what it promises not to use. */
#ifndef SOUP_VERSION_MIN_REQUIRED
#define SOUP_VERSION_MIN_REQUIRED SOUP_VERSION_CUR_STABLE
#endif
#ifndef SOUP_VERSION_MAX_ALLOWED
#define SOUP_VERSION_MAX_ALLOWED SOUP_VERSION_CUR_STABLE
#endif

#if SOUP_VERSION_MIN_REQUIRED < SOUP_VERSION_3_0
#error "SOUP_VERSION_MIN_REQUIRED must be at least SOUP_VERSION_3_0"
#endif
#if SOUP_VERSION_MAX_ALLOWED < SOUP_VERSION_MIN_REQUIRED
#error "SOUP_VERSION_MAX_ALLOWED must not be less than SOUP_VERSION_MIN_REQUIRED"
#endif

#ifndef SOUP_VAR
#define SOUP_VAR extern
#endif

#define SOUP_AVAILABLE_IN_ALL extern
#define SOUP_AVAILABLE_IN_3_0 extern

#if SOUP_VERSION_MAX_ALLOWED < SOUP_VERSION_3_2
#define SOUP_AVAILABLE_IN_3_2 G_UNAVAILABLE (3, 2) extern
#else
#define SOUP_AVAILABLE_IN_3_2 extern
#endif
#if SOUP_VERSION_MAX_ALLOWED < SOUP_VERSION_3_4
#define SOUP_AVAILABLE_IN_3_4 G_UNAVAILABLE (3, 4) extern
#else
#define SOUP_AVAILABLE_IN_3_4 extern
#endif
#if SOUP_VERSION_MAX_ALLOWED < SOUP_VERSION_3_6
#define SOUP_AVAILABLE_IN_3_6 G_UNAVAILABLE (3, 6) extern
#else
#define SOUP_AVAILABLE_IN_3_6 extern
#endif
#if SOUP_VERSION_MAX_ALLOWED < SOUP_VERSION_3_8
#define SOUP_AVAILABLE_IN_3_8 G_UNAVAILABLE (3, 8) extern
#else
#define SOUP_AVAILABLE_IN_3_8 extern
#endif

#if SOUP_VERSION_MIN_REQUIRED >= SOUP_VERSION_3_2 && !defined(SOUP_DISABLE_DEPRECATION_WARNINGS)
#define SOUP_DEPRECATED_IN_3_2        G_DEPRECATED extern
#define SOUP_DEPRECATED_IN_3_2_FOR(f) G_DEPRECATED_FOR (f) extern
#else
#define SOUP_DEPRECATED_IN_3_2        extern
#define SOUP_DEPRECATED_IN_3_2_FOR(f) extern
#endif
