/* An echo server with a thread for each core. All threads listen at one port, and the kernel gives each connection to
 * one of them.
 *
 *   cc echo-threads.c -o echo-threads $(pkg-config --cflags --libs bisque-3.0)
 *   ./echo-threads [PORT [THREADS]]        (without PORT, or with 0, the system chooses one)
 *
 * A server and what belongs to it are used by one thread, the one that runs their main context. So each thread makes
 * its own.
 */
#include <stdlib.h>
#include <sys/socket.h>

#include <errno.h>
#include <libsoup/soup.h>
#include <netinet/in.h>

static void
on_message (SoupWebsocketConnection *connection, gint type, GBytes *message, gpointer user_data)
{
  (void) user_data;
  soup_websocket_connection_send_message (connection, (SoupWebsocketDataType) type, message);
}

static void
on_connection (SoupServer *server,
               SoupServerMessage *request,
               const char *path,
               SoupWebsocketConnection *connection,
               gpointer thread)
{
  (void) server, (void) request, (void) path;
  g_print ("thread %d: open\n", GPOINTER_TO_INT (thread));
  g_object_ref (connection);
  g_signal_connect (connection, "message", G_CALLBACK (on_message), NULL);
  g_signal_connect (connection, "closed", G_CALLBACK (g_object_unref), NULL);
}

/* A socket at that port of 127.0.0.1, beside others of this process; 0 for any port. */
static GSocket *
listen_beside (guint16 port, GError **error)
{
  g_autoptr (GSocket) socket
      = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_DEFAULT, error);
  struct sockaddr_in address
      = { .sin_family = AF_INET, .sin_port = htons (port), .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };

  if (!socket || !g_socket_set_option (socket, SOL_SOCKET, SO_REUSEPORT, 1, error))
    return NULL;
  /* Not g_socket_bind(), which takes SO_REUSEPORT away again. */
  if (bind (g_socket_get_fd (socket), (struct sockaddr *) &address, sizeof address) != 0) {
    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "%s", g_strerror (errno));
    return NULL;
  }
  g_socket_set_listen_backlog (socket, 1024);
  if (!g_socket_listen (socket, error))
    return NULL;
  return g_steal_pointer (&socket);
}

typedef struct {
  int number;
  GSocket *socket; /* the thread's from here on */
} Worker;

static gpointer
work (gpointer data)
{
  Worker *worker = data;
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_main_context_push_thread_default (context); /* what is made from here on belongs to this thread's loop */

  g_autoptr (SoupServer) server = soup_server_new ("server-header", "echo-threads ", NULL);
  g_autoptr (GError) error = NULL;
  soup_server_add_websocket_handler (server, "/", NULL, NULL, on_connection, GINT_TO_POINTER (worker->number), NULL);
  if (!soup_server_listen_socket (server, worker->socket, 0, &error))
    g_error ("%s", error->message);
  g_clear_object (&worker->socket);

  g_autoptr (GMainLoop) loop = g_main_loop_new (context, FALSE);
  g_main_loop_run (loop);
  return NULL;
}

/* PORT and THREADS of the command line, if they are there; ends the program when they are none. */
static void
read_arguments (int argc, char **argv, guint16 *port, int *threads)
{
  g_autoptr (GOptionContext) context = g_option_context_new ("[PORT [THREADS]]");
  g_autoptr (GError) error = NULL;
  guint64 numbers[] = { 0, g_get_num_processors () };

  g_option_context_set_summary (context, "Sends back what comes, by a thread for each core or by so many.");
  if (!g_option_context_parse (context, &argc, &argv, &error)
      || (argc > 1 && !g_ascii_string_to_unsigned (argv[1], 10, 0, G_MAXUINT16, &numbers[0], &error))
      || (argc > 2 && !g_ascii_string_to_unsigned (argv[2], 10, 1, 1024, &numbers[1], &error)) || argc > 3) {
    g_printerr ("%s\nusage: %s [PORT [THREADS]]\n", error ? error->message : "too many arguments", argv[0]);
    exit (2);
  }
  *port = (guint16) numbers[0];
  *threads = (int) numbers[1];
}

int
main (int argc, char **argv)
{
  guint16 port;
  int threads;
  read_arguments (argc, argv, &port, &threads);
  g_autofree Worker *workers = g_new0 (Worker, threads);
  GThread *last = NULL;

  for (int i = 0; i < threads; i++) {
    g_autoptr (GError) error = NULL;
    workers[i].number = i;
    workers[i].socket = listen_beside (port, &error);
    if (!workers[i].socket) {
      g_printerr ("%s\n", error->message);
      return EXIT_FAILURE;
    }
    if (port == 0) { /* the others listen where the first one does */
      g_autoptr (GSocketAddress) address = g_socket_get_local_address (workers[i].socket, NULL);
      port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (address));
    }
  }
  for (int i = 0; i < threads; i++)
    last = g_thread_new ("echo", work, &workers[i]);
  g_print ("listening on ws://127.0.0.1:%d/ with %d threads\n", port, threads);
  g_thread_join (last);
  return EXIT_SUCCESS;
}
