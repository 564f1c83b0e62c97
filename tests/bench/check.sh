#!/bin/bash
# check.sh BUILD
#
# The facts that a run without changes looks at, asked plainly and once: packages, users, folders, units, settings,
# databases, services, and that the site answers. It knows what is wrong, not how to mend it.
set -euo pipefail
cd /

build=$1
home=/home/appserv/spse

dpkg-query --show openjdk-17-jre-headless postgresql-15 apache2 openssl python3-psycopg2 > /dev/null
id -u spse-prod > /dev/null
for folder in /var/lib/spse/{maintenance,frozen,hold,journal,rehearsal} /var/backups/spse "$home"/{releases,site}; do
    [[ $(stat --format=%U "$folder") == root ]]
done
[[ $(stat --format=%U:%a /home/file/file_prod) == spse-prod:* ]]
sha256sum /etc/systemd/system/spse-prod*.service /etc/apache2/sites-available/*.conf \
    /etc/postgresql/15/main/pg_hba.conf > /dev/null
[[ $(readlink "$home/current") == "releases/$build" ]]
[[ $(tail --lines=1 /var/lib/spse/journal/prod.jsonl) == *'"end"'* ]]
[[ ! -e /var/lib/spse/frozen/prod && ! -e /var/lib/spse/maintenance/prod ]]
grep --quiet '^http.port=9090$' "$home/current/webapp/conf/application.conf"
[[ $(runuser -u postgres -- psql -qAtc \
    "select count(*) from pg_database join pg_roles on datdba = pg_roles.oid where datname = 'epns_prod' and rolname = 'epns'") == 1 ]]
systemctl is-enabled --quiet spse-prod apache2 postgresql
systemctl is-active --quiet spse-prod apache2 postgresql
openssl x509 -noout -checkend 604800 -in /etc/ssl/spse/server.crt > /dev/null
[[ $(df --output=avail --block-size=1M / | tail -n 1) -gt 1024 ]]
curl --silent --fail http://127.0.0.1:9090/eproc4/versi | grep --quiet --fixed-strings "\"$build\""
curl --silent --fail --insecure --output /dev/null https://127.0.0.1/eproc4/login
