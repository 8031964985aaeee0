/* The torture test: whatever calls back does something legal to something at random, and peers do everything.
 *
 *   make torture SECONDS=3600 SEED=7
 *
 * The seed that is printed makes the same choices again, though not at the same times. */

#include "torture.h"

#include <dirent.h>
#include <sys/resource.h>
#include <unistd.h>

World world;

static void
drop_one (gpointer object, gpointer data)
{
  (void) data;
  g_object_unref (object);
}

static guint
open_descriptors (void)
{
  DIR *directory = opendir ("/proc/self/fd");
  guint count = 0;

  g_assert_nonnull (directory);
  while (readdir (directory))
    count++;
  closedir (directory);
  return count;
}

static double
seconds (void)
{
  const char *text = g_getenv ("TORTURE_SECONDS");

  return text ? g_ascii_strtod (text, NULL) : under_valgrind () ? 8 : 45;
}

static void
torture (gboolean tls, gboolean streams)
{
  static guint32 seed;
  const char *text = g_getenv ("TORTURE_SEED");
  gint64 end = g_get_monotonic_time () + (gint64) (seconds () / 3 * G_USEC_PER_SEC);
  guint before;

  if (!seed)
    seed = text ? (guint32) g_ascii_strtoull (text, NULL, 10) : g_random_int ();
  g_test_message ("seed %u", seed);
  memset (&world, 0, sizeof world);
  world.thread = g_thread_self ();
  world.rand = g_rand_new_with_seed (seed);
  world.tls = tls;
  world.streams = streams;
  world.certificate = tls_certificate ("server");
  world.database = tls_database ("authority");
  world.session = soup_session_new_with_options ("max-conns", 20, "max-conns-per-host", 10, NULL);
  world.cancellable = g_cancellable_new ();
  soup_session_add_feature_by_type (world.session, SOUP_TYPE_WEBSOCKET_EXTENSION_MANAGER);
  soup_session_add_feature_by_type (world.session, TEST_TYPE_RANDOM);
  soup_session_set_tls_database (world.session, world.database);
  for (guint i = 0; i < PEERS; i++)
    world.peers[i].descriptor = -1;
  world.droppers = g_thread_pool_new (drop_one, NULL, 3, TRUE, NULL);
  settle (10);
  before = open_descriptors ();
  while (g_get_monotonic_time () < end) {
    alarm (patience () * 3);
    act ();
    for (guint i = any (3); i > 0; i--)
      g_main_context_iteration (NULL, FALSE);
  }
  world.over = TRUE;
  g_cancellable_cancel (world.cancellable);
  soup_session_abort (world.session);
  for (guint i = 0; i < SERVERS; i++)
    g_clear_object (&world.servers[i].server);
  for (guint i = 0; i < CONNECTIONS; i++)
    g_clear_object (&world.connections[i]);
  for (guint i = 0; i < MESSAGES; i++)
    g_clear_object (&world.messages[i]);
  for (guint i = 0; i < BODIES; i++)
    g_clear_pointer (&world.bodies[i], soup_message_body_unref);
  for (guint i = 0; i < PEERS; i++)
    if (world.peers[i].descriptor >= 0)
      close (world.peers[i].descriptor);
  wait_until (!world.connecting);
  g_thread_pool_free (world.droppers, FALSE, TRUE);
  wait_until (g_atomic_int_get (&world.alive) == 0);
  g_clear_object (&world.session);
  g_clear_object (&world.cancellable);
  g_clear_object (&world.certificate);
  g_clear_object (&world.database);
  /* GLib keeps a few for its own threads. */
  wait_until (open_descriptors () <= before + 6);
  alarm (0);
  g_test_message ("%" G_GUINT64_FORMAT " actions, %u connections, %u requests", world.actions, world.opened,
                  world.requests);
  g_rand_free (world.rand);
}

static void
plain (void)
{
  torture (FALSE, FALSE);
}

static void
over_tls (void)
{
  torture (TRUE, FALSE);
}

static void
over_streams (void)
{
  torture (FALSE, TRUE);
}

/* A response whose body was taken away is worth a warning, but not here. */
static void
ignore (const char *domain, GLogLevelFlags level, const char *text, gpointer data)
{
  (void) domain;
  (void) level;
  (void) text;
  (void) data;
}

int
main (int argc, char **argv)
{
  struct rlimit few;

  g_test_init (&argc, &argv, NULL);
  g_log_set_always_fatal (G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL);
  g_log_set_handler ("libsoup", G_LOG_LEVEL_WARNING | G_LOG_LEVEL_DEBUG, ignore, NULL);
  g_log_set_handler ("GLib-GIO", G_LOG_LEVEL_DEBUG, ignore, NULL);
  g_assert_no_errno (getrlimit (RLIMIT_NOFILE, &few));
  few.rlim_cur = MIN (few.rlim_cur, DESCRIPTORS);
  g_assert_no_errno (setrlimit (RLIMIT_NOFILE, &few));
  g_test_add_func ("/torture/plain", plain);
  g_test_add_func ("/torture/tls", over_tls);
  g_test_add_func ("/torture/streams", over_streams);
  return g_test_run ();
}
