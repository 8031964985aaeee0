/* Lines in, messages out; see terminal.h. On a terminal this file edits the line itself, for a message that comes while
 * one types would tear it otherwise. */
/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "terminal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include <glib-unix.h>

/* A line longer than this is not collected any further: it is given as it is. */
#define LONGEST_LINE (64 * 1024 * 1024)
#define BUSY_WAIT_MS 20

static struct {
  LineFunc on_line;
  BusyFunc is_busy;
  gpointer user_data;
  GByteArray *line; /* what has come of the next line */
  guint source;
  gboolean edits; /* input and output are a terminal */
  struct termios before;
} terminal;

static void watch (void);
static gboolean resume (gpointer user_data);

static gboolean
out_is_terminal (void)
{
  return isatty (STDOUT_FILENO);
}

static gboolean
err_has_colours (void)
{
  return isatty (STDERR_FILENO) && !g_getenv ("NO_COLOR");
}

/* All of it, or FALSE when the reader has gone. */
static gboolean
write_all (int fd, const char *bytes, gsize size)
{
  while (size > 0) {
    gssize written = write (fd, bytes, size);
    if (written < 0 && errno == EAGAIN) {
      GPollFD writable = { fd, G_IO_OUT, 0 };
      g_poll (&writable, 1, -1);
    } else if (written < 0 && errno != EINTR) {
      return FALSE;
    } else if (written > 0) {
      bytes += written;
      size -= (gsize) written;
    }
  }
  return TRUE;
}

/* The line that is being typed goes away, and comes back below what was printed. */
static void
hide_line (void)
{
  if (terminal.edits)
    write_all (STDOUT_FILENO, "\r\033[K", 4);
}

static void
show_line (void)
{
  if (!terminal.edits)
    return;
  write_all (STDOUT_FILENO, "> ", 2);
  write_all (STDOUT_FILENO, (const char *) terminal.line->data, terminal.line->len);
}

/* A peer must not move the cursor or write titles: control characters become visible. */
static char *
harmless (const char *text, gsize size)
{
  GString *out = g_string_sized_new (size);
  for (gsize i = 0; i < size; i++) {
    guchar byte = (guchar) text[i];
    gboolean c1 = byte == 0xc2 && i + 1 < size && (guchar) text[i + 1] < 0xa0;
    if (c1)
      g_string_append_printf (out, "\\x%02x", (guchar) text[++i]);
    else if ((byte < 0x20 && byte != '\n' && byte != '\t') || byte == 0x7f)
      g_string_append_printf (out, "\\x%02x", byte);
    else
      g_string_append_c (out, (char) byte);
  }
  return g_string_free (out, FALSE);
}

gboolean
terminal_show (GBytes *message, gboolean is_text)
{
  gsize size;
  const char *data = (const char *) g_bytes_get_data (message, &size);

  if (!out_is_terminal ())
    return write_all (STDOUT_FILENO, data, size) && (!is_text || write_all (STDOUT_FILENO, "\n", 1));
  hide_line ();
  gboolean colours = !g_getenv ("NO_COLOR");
  g_autoptr (GString) out = g_string_new (colours ? "\033[36m< " : "< ");
  if (is_text) {
    g_autofree char *shown = harmless (data, size);
    g_string_append (out, shown);
  } else {
    g_string_append_printf (out, "(%" G_GSIZE_FORMAT " bytes)", size);
    for (gsize i = 0; i < MIN (size, 32); i++)
      g_string_append_printf (out, " %02x", (guchar) data[i]);
    g_string_append (out, size > 32 ? " ..." : "");
  }
  g_string_append (out, colours ? "\033[0m\n" : "\n");
  gboolean good = write_all (STDOUT_FILENO, out->str, out->len);
  show_line ();
  return good;
}

void
terminal_say (const char *format, ...)
{
  va_list args;
  va_start (args, format);
  g_autofree char *text = g_strdup_vprintf (format, args);
  va_end (args);
  g_autofree char *shown = harmless (text, strlen (text));

  hide_line ();
  fprintf (stderr, err_has_colours () ? "\033[2m%s\033[0m\n" : "%s\n", shown);
  fflush (stderr);
  show_line ();
}

/* Gives the line to the program. It may stop the terminal meanwhile. */
static void
give_line (void)
{
  GBytes *line = g_byte_array_free_to_bytes (terminal.line);
  terminal.line = g_byte_array_new ();
  terminal.on_line (line, terminal.user_data);
  g_bytes_unref (line);
}

/* A key, or a byte of one. FALSE at the end of the input. */
static gboolean
edit (guint8 byte)
{
  GByteArray *line = terminal.line;
  switch (byte) {
  case '\r':
  case '\n':
    write_all (STDOUT_FILENO, "\n", 1);
    give_line ();
    if (terminal.source)
      show_line ();
    return TRUE;
  case 4: /* Ctrl-D */
    return line->len > 0;
  case 8:
  case 127: /* a character, of as many bytes as it has */
    while (line->len > 0 && (line->data[line->len - 1] & 0xc0) == 0x80)
      g_byte_array_set_size (line, line->len - 1);
    if (line->len > 0)
      g_byte_array_set_size (line, line->len - 1);
    break;
  case 21: /* Ctrl-U */
    g_byte_array_set_size (line, 0);
    break;
  case 23: /* Ctrl-W: a word */
    while (line->len > 0 && line->data[line->len - 1] == ' ')
      g_byte_array_set_size (line, line->len - 1);
    while (line->len > 0 && line->data[line->len - 1] != ' ')
      g_byte_array_set_size (line, line->len - 1);
    break;
  case '\t':
    g_byte_array_append (line, &byte, 1);
    break;
  default:
    if (byte >= 0x20)
      g_byte_array_append (line, &byte, 1);
  }
  hide_line ();
  show_line ();
  return TRUE;
}

static gboolean
take (guint8 byte)
{
  if (terminal.edits)
    return edit (byte);
  if (byte == '\n') {
    if (terminal.line->len > 0 && terminal.line->data[terminal.line->len - 1] == '\r')
      g_byte_array_set_size (terminal.line, terminal.line->len - 1);
    give_line ();
  } else {
    g_byte_array_append (terminal.line, &byte, 1);
    if (terminal.line->len >= LONGEST_LINE)
      give_line ();
  }
  return TRUE;
}

static gboolean
on_readable (gint fd, GIOCondition condition, gpointer user_data)
{
  guint8 bytes[65536];
  (void) condition, (void) user_data;

  if (terminal.is_busy (terminal.user_data)) {
    terminal.source = g_timeout_add (BUSY_WAIT_MS, resume, NULL);
    return G_SOURCE_REMOVE;
  }
  gssize count = read (fd, bytes, sizeof bytes);
  if (count < 0 && (errno == EAGAIN || errno == EINTR))
    return G_SOURCE_CONTINUE;
  gboolean goes_on = count > 0;
  for (gssize i = 0; i < count && goes_on && terminal.source; i++)
    goes_on = take (bytes[i]);
  if (!terminal.source)
    return G_SOURCE_REMOVE;
  if (goes_on)
    return G_SOURCE_CONTINUE;
  if (terminal.line->len > 0) /* a last line without an end */
    give_line ();
  terminal.source = 0;
  terminal.on_line (NULL, terminal.user_data);
  return G_SOURCE_REMOVE;
}

static gboolean
resume (gpointer user_data)
{
  (void) user_data;
  watch ();
  return G_SOURCE_REMOVE;
}

static void
watch (void)
{
  terminal.source = g_unix_fd_add (STDIN_FILENO, G_IO_IN | G_IO_HUP | G_IO_ERR, on_readable, NULL);
}

void
terminal_start (LineFunc on_line, BusyFunc is_busy, gpointer user_data)
{
  struct termios raw;

  terminal.on_line = on_line;
  terminal.is_busy = is_busy;
  terminal.user_data = user_data;
  terminal.line = g_byte_array_new ();
  terminal.edits = isatty (STDIN_FILENO) && out_is_terminal () && tcgetattr (STDIN_FILENO, &terminal.before) == 0;
  if (terminal.edits) {
    raw = terminal.before;
    raw.c_lflag &= ~(tcflag_t) (ICANON | ECHO); /* Ctrl-C stays a signal */
    raw.c_cc[VMIN] = 1;
    tcsetattr (STDIN_FILENO, TCSADRAIN, &raw);
    show_line ();
  }
  watch ();
}

void
terminal_stop (void)
{
  if (terminal.source)
    g_source_remove (terminal.source);
  terminal.source = 0;
  if (terminal.edits) {
    hide_line ();
    tcsetattr (STDIN_FILENO, TCSADRAIN, &terminal.before);
  }
  terminal.edits = FALSE;
}
