#!/bin/bash
# back.sh save | back.sh BUILD
#
# Keeps the state of a host before an upgrade, and brings it back from BUILD, so that the next one begins as the first.
set -euo pipefail
cd /

home=/home/appserv/spse
kept=/root/bench
postgres() { runuser -u postgres -- psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 "$@"; }

systemctl stop spse-prod
if [[ $1 == save ]]; then
    mkdir -p "$kept"
    cp -a /var/lib/spse/journal/prod.jsonl "$home"/releases/*.json "$kept"
    cp -a --no-dereference "$home/current" "$kept/current"
    postgres --command='create database epns_bench template epns_prod'
else
    postgres --command='drop database epns_prod with (force)' \
        --command='create database epns_prod owner epns template epns_bench' \
        --command='revoke all on database epns_prod from public'
    rm -rf "$home/releases/$1" "$home/site/$1" "$home"/releases/*.json /var/backups/spse/prod/*
    cp -a "$kept"/*.json "$home/releases"
    cp -a "$kept/prod.jsonl" /var/lib/spse/journal
    cp -a --no-dereference --remove-destination "$kept/current" "$home/current"
fi
systemctl start spse-prod
until curl --silent --fail --output /dev/null http://127.0.0.1:9090/eproc4/versi; do sleep 0.2; done
