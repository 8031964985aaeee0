#!/bin/sh
# Starts the chat on several servers: Redis, N servers, and nginx in front, all on this machine, as this user.
# usage: run.sh CLUSTER-SERVER [N [PORT]]      N is 3, PORT 8080. Ctrl-C ends it all.
# SPDX-License-Identifier: MIT OR Apache-2.0
set -e
server=$1 count=${2:-3} port=${3:-8080}
[ -x "$server" ] || { echo "usage: $0 CLUSTER-SERVER [N [PORT]]" >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
PATH=$PATH:/usr/sbin
for tool in redis-server redis-cli nginx; do
  command -v $tool >/dev/null || { echo "$tool is missing (apt-get install redis-server nginx-light)" >&2; exit 77; }
done
place=$(mktemp -d)
pids=
finish () {
  trap - EXIT INT TERM
  # shellcheck disable=SC2086 # a list of words
  kill $pids 2>/dev/null || :
  wait
  rm -rf "$place"
}
trap finish EXIT
trap 'exit 0' INT TERM

# What Redis has acknowledged is on the disk a second later at the latest.
redis-server --port 0 --unixsocket "$place/redis" --dir "$place" --appendonly yes --appendfsync everysec --save '' >"$place/redis.log" &
pids="$pids $!"
until redis-cli -s "$place/redis" ping >/dev/null 2>&1; do kill -0 $!; sleep 0.1; done

upstream=
for number in $(seq "$count"); do
  : >"$place/server-$number"
  "$server" "$place/redis" "$here/../../c-examples/chat.html" >"$place/server-$number" &
  pids="$pids $!"
  until grep -q listening "$place/server-$number"; do kill -0 $!; sleep 0.1; done
  address=$(sed -n 's/^listening on //p' "$place/server-$number")
  echo "server $number: $address, process $!"
  upstream="$upstream    server $address max_fails=1 fail_timeout=2s;
"
done

cat >"$place/nginx.conf" <<CONF
daemon off;
pid $place/nginx.pid;
error_log $place/nginx.log warn;
worker_processes auto;
events { worker_connections 4096; }
http {
  access_log off;
  client_body_temp_path $place/body;
  proxy_temp_path $place/proxy;
  fastcgi_temp_path $place/fastcgi;
  uwsgi_temp_path $place/uwsgi;
  scgi_temp_path $place/scgi;
  map \$http_upgrade \$connection_upgrade { default upgrade; '' close; }
  upstream chat {
    least_conn;
$upstream  }
  server {
    listen 127.0.0.1:$port;
    location / {
      proxy_pass http://chat;
      proxy_http_version 1.1;
      proxy_set_header Host \$http_host;
      proxy_set_header Upgrade \$http_upgrade;
      proxy_set_header Connection \$connection_upgrade;
      # Longer than the servers' keepalive.
      proxy_read_timeout 60s;
      proxy_buffering off;
    }
  }
}
CONF
nginx -e "$place/nginx.log" -c "$place/nginx.conf" &
pids="$pids $!"
until [ -s "$place/nginx.pid" ]; do kill -0 $!; sleep 0.1; done
echo "open http://127.0.0.1:$port/ in two browsers"
wait $!
