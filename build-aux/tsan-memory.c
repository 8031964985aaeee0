/* What newer compilers call and an older libtsan has not: its interceptors of the C functions look as closely. */

#include <string.h>

__attribute__ ((weak)) void *
__tsan_memcpy (void *to, const void *from, size_t size)
{
  return memcpy (to, from, size);
}

__attribute__ ((weak)) void *
__tsan_memmove (void *to, const void *from, size_t size)
{
  return memmove (to, from, size);
}

__attribute__ ((weak)) void *
__tsan_memset (void *to, int byte, size_t size)
{
  return memset (to, byte, size);
}
