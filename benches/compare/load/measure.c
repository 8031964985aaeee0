// Clocks, the process under test as /proc and its CPU clock show it, and a histogram of times.
#include "load.h"

#include <stdio.h>
#include <time.h>

double
now (void)
{
  struct timespec time;
  clock_gettime (CLOCK_MONOTONIC, &time);
  return time.tv_sec + time.tv_nsec * 1e-9;
}

double
process_cpu (pid_t pid)
{
  clockid_t clock;
  struct timespec time;
  if (clock_getcpuclockid (pid, &clock) != 0 || clock_gettime (clock, &time) != 0)
    fail ("process %d is gone", (int) pid);
  return time.tv_sec + time.tv_nsec * 1e-9;
}

double
process_resident (pid_t pid)
{
  char path[64], line[256];
  double kib = 0;
  snprintf (path, sizeof path, "/proc/%d/smaps_rollup", (int) pid);
  FILE *file = fopen (path, "r");
  while (file && fgets (line, sizeof line, file))
    if (sscanf (line, "Rss: %lf", &kib) == 1)
      break;
  if (!file || kib == 0)
    fail ("cannot read %s", path);
  fclose (file);
  return kib * 1024;
}

// 64 steps to each power of two: within 1.6 %.
void
histogram_add (struct histogram *histogram, double seconds)
{
  uint64_t ns = seconds > 0 ? seconds * 1e9 + 64 : 64;
  int power = 63 - __builtin_clzll (ns);
  histogram->buckets[power * 64 + ((ns >> (power - 6)) & 63)]++;
  histogram->total++;
}

double
histogram_quantile (const struct histogram *histogram, double quantile)
{
  uint64_t seen = 0, wanted = histogram->total * quantile;
  for (size_t i = 0; i < sizeof histogram->buckets / sizeof *histogram->buckets; i++) {
    seen += histogram->buckets[i];
    if (seen > wanted)
      return (((uint64_t) (64 | (i & 63)) << (i / 64 - 6)) - 64) * 1e-9;
  }
  return 0;
}
