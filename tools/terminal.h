/* Lines of the standard input, and messages on the standard output: plain for pipes, with colours and a line that is
 * being typed for a terminal. */
/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include <gio/gio.h>

/* A line without its end, which need not be UTF-8; NULL when the input has ended. */
typedef void (*LineFunc) (GBytes *line, gpointer user_data);
/* Whether no line is wanted just now. */
typedef gboolean (*BusyFunc) (gpointer user_data);

void terminal_start (LineFunc on_line, BusyFunc is_busy, gpointer user_data);
void terminal_stop (void);
/* A message that came, on the standard output. FALSE when nobody reads it any more. */
gboolean terminal_show (GBytes *message, gboolean is_text);
/* What is no message, on the standard error. */
void terminal_say (const char *format, ...) G_GNUC_PRINTF (1, 2);
