/* What runs when the shared library is loaded: the check that libsoup is not in the same process. */
/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#define _GNU_SOURCE

#include <dlfcn.h>
#include <link.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <glib-object.h>

static const void *this_library;

/* Tells a loaded library that registers the same GTypes, other than this one. */
static int
is_rival (struct dl_phdr_info *info, size_t size G_GNUC_UNUSED, void *name)
{
  const char *file = info->dlpi_name ? strrchr (info->dlpi_name, '/') : NULL;
  file = file ? file + 1 : info->dlpi_name;
  if (!file || (const void *) info->dlpi_addr == this_library)
    return 0;
  if (!g_str_has_prefix (file, "libsoup-3.0.so") && !g_str_has_prefix (file, "libsoup-2.4.so")
      && !g_str_has_prefix (file, "libbisque-3.0.so"))
    return 0;
  *(const char **) name = info->dlpi_name;
  return 1;
}

/* Two libraries with the same GType names in one process end in confusing errors: say it, and end at once. */
__attribute__ ((constructor)) static void
refuse_rivals (void)
{
  Dl_info self;
  const char *rival = NULL;

  if (dladdr (&this_library, &self))
    this_library = self.dli_fbase;
  dl_iterate_phdr (is_rival, &rival);
  if (!rival && g_type_from_name ("SoupSession"))
    rival = "another library";
  if (!rival)
    return;
  fprintf (stderr, "Bisque (%s) and %s define the same types and cannot share a process: link with only one of them.\n",
           self.dli_fname ? self.dli_fname : "libbisque-3.0", rival);
  _exit (1);
}
