/* meson wants a C file to link a library; all the code of websocket-component is in cargo's archive. */
/* SPDX-License-Identifier: MIT OR Apache-2.0 */
typedef int nothing;
