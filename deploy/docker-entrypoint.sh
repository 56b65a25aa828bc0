#!/bin/sh
# Hands /data to the service's user and goes on as that user: some hosts mount volumes that belong to root.
set -e
data=/data
user=node

if [ "$(id -u)" = 0 ]; then
  if [ "$(stat -c %U "$data")" != "$user" ]; then chown -R "$user" "$data"; fi
  exec setpriv --reuid="$user" --regid="$(id -g "$user")" --init-groups "$@"
fi
exec "$@"
