#!/usr/bin/env luajit
-- SPDX-License-Identifier: MIT OR Apache-2.0
-- The echo client by plain FFI, in LuaJIT: echo-client.lua URI MESSAGE...
--
-- No binding and no introspection: the functions of the C library, declared here. SOUP names the library, so that the same
-- program runs on libsoup (SOUP=libsoup-3.0.so.0).
local ffi = require 'ffi'

ffi.cdef [[
typedef struct GObject GObject;
typedef struct GBytes GBytes;
typedef struct GMainLoop GMainLoop;
typedef struct { uint32_t domain; int code; char *message; } GError;
typedef void (*GAsyncReadyCallback) (GObject *source, GObject *result, void *data);
typedef void (*GCallback) (void);

GMainLoop *g_main_loop_new (void *context, int is_running);
void g_main_loop_run (GMainLoop *loop);
void g_main_loop_quit (GMainLoop *loop);
const void *g_bytes_get_data (GBytes *bytes, size_t *size);
unsigned long g_signal_connect_data (GObject *instance, const char *signal, GCallback handler, void *data, void *destroy, int flags);

GObject *soup_session_new (void);
GObject *soup_message_new (const char *method, const char *uri);
void soup_session_websocket_connect_async (GObject *session, GObject *message, const char *origin, char **protocols,
                                           int io_priority, void *cancellable, GAsyncReadyCallback callback, void *data);
GObject *soup_session_websocket_connect_finish (GObject *session, GObject *result, GError **error);
void soup_websocket_connection_send_text (GObject *connection, const char *text);
void soup_websocket_connection_close (GObject *connection, unsigned short code, const char *data);
unsigned short soup_websocket_connection_get_close_code (GObject *connection);
]]
-- Callbacks come while a C function runs. Code that the JIT has compiled must not be what called it.
jit.off()

if not arg[1] or arg[1] == '--help' then
  print('usage: echo-client.lua URI MESSAGE...')
  os.exit(arg[1] and 0 or 2)
end

local gobject = ffi.load('libgobject-2.0.so.0')
local glib = ffi.load('libglib-2.0.so.0')
local soup = ffi.load(os.getenv('SOUP') or 'libbisque-3.0.so.0')

local loop = glib.g_main_loop_new(nil, 0)
local connection, status, nth = nil, 1, 1
local kept = {} -- what C calls must not be collected

local function on(signal, kind, handler)
  local callback = ffi.cast(kind, handler)
  kept[#kept + 1] = callback
  gobject.g_signal_connect_data(connection, signal, ffi.cast('GCallback', callback), nil, nil, 0)
end

local function send_next()
  nth = nth + 1
  if arg[nth] then
    soup.soup_websocket_connection_send_text(connection, arg[nth])
  else
    soup.soup_websocket_connection_close(connection, 1000, 'that was all')
  end
end

local size = ffi.new('size_t[1]')
local connected = ffi.cast('GAsyncReadyCallback', function(session, result)
  local failure = ffi.new('GError *[1]')
  connection = soup.soup_session_websocket_connect_finish(session, result, failure)
  if connection == nil then
    io.stderr:write(ffi.string(failure[0].message), '\n')
    glib.g_main_loop_quit(loop)
    return
  end
  on('message', 'void (*) (GObject *, int, GBytes *, void *)', function(_, _, bytes)
    local data = glib.g_bytes_get_data(bytes, size)
    print('< ' .. (data == nil and '' or ffi.string(data, size[0])))
    send_next()
  end)
  on('closed', 'void (*) (GObject *, void *)', function()
    local code = soup.soup_websocket_connection_get_close_code(connection)
    print('closed: ' .. code)
    status = code == 1000 and 0 or 1
    glib.g_main_loop_quit(loop)
  end)
  send_next()
end)

local message = soup.soup_message_new('GET', arg[1])
if message == nil then
  io.stderr:write(arg[1], ' is not a URI\n')
  os.exit(2)
end
local session = soup.soup_session_new()
soup.soup_session_websocket_connect_async(session, message, nil, nil, 0, nil, connected, nil)
glib.g_main_loop_run(loop)
os.exit(status)
