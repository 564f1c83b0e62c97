#!/bin/bash
# upgrade.sh BUILD SHA256 PUBLISHER < ARCHIVE
#
# What a careful admin would write: the steps of playbooks/upgrade.yml for a build with a compatible migration, done
# plainly on the host itself, which our playbook has installed. The measure beside which the playbook stands. It cannot be
# repeated after a cut, does not lead back, checks nothing beforehand and knows one host; that is what the rest pays for.
set -euo pipefail
cd /

build=$1 sha256=$2 publisher=$3
home=/home/appserv/spse
release=$home/releases/$build
site=$home/site/$build
archive=/var/cache/spse/spse-$build.tar.gz
point=/var/backups/spse/prod/bench-$build
route=/run/spse-prod-candidate/route

postgres() { runuser -u postgres -- "$@"; }

# The build that answers on a port, its front page and its login page.
well() {
    local deadline=$((SECONDS + 60)) base=http://127.0.0.1:$1/eproc4
    until curl --silent --fail "$base/versi" | grep --quiet --fixed-strings "\"$build\"" \
        && curl --silent --fail --output /dev/null "$base/" \
        && curl --silent --fail "$base/login" | grep --quiet password; do
        ((SECONDS < deadline)) || { echo "port $1: not well" >&2; exit 1; }
        sleep 0.5
    done
}

nobody_waits() {
    sleep 1
    local open="select count(*) from pg_stat_activity where datname = 'epns_prod' and state <> 'idle' and usename = 'epns'"
    for _ in {1..10}; do
        [[ $(postgres psql -qAtc "$open") == 0 ]] && return
        sleep 1
    done
}

# The archive
cat > "$archive"
echo "$sha256  $archive" | sha256sum --check --status
ssh-keygen -q -Y verify -f <(echo "$publisher") -I "${publisher%% *}" -n spse-build -s /root/archive.sig < "$archive" \
    > /dev/null

# A restore point
install -d -o postgres -g postgres -m 0700 "${point%/*}"
postgres pg_dump --format=directory --compress=1 --file="$point" epns_prod
postgres pg_restore --list "$point" > /dev/null

# The new build beside the old one, with its settings
mkdir -p "$release" "$site/logs" "$site/tmp"
tar --extract --gzip --no-same-owner --file "$archive" --directory "$release"
rm -rf "$release/webapp/logs" "$release/webapp/tmp" "$release/webapp/conf/application.conf"
cp -p "$home/current/webapp/conf/application.conf" "$site/application.conf"
chown spse-prod:spse-prod "$site/logs" "$site/tmp"
ln -s "$site/application.conf" "$release/webapp/conf/application.conf"
ln -s "$site/logs" "$site/tmp" "$release/webapp/"

# On a copy
postgres createdb --owner=epns --template=template0 epns_prod_uji
postgres pg_restore --exit-on-error --dbname=epns_prod_uji "$point"
systemctl start "spse-prod-rehearsal-migration@$build"
systemctl start "spse-prod-rehearsal@$build"
well 9091
curl --silent --fail --output /dev/null --data nama=bench --data isi=uji http://127.0.0.1:9091/eproc4/pesan
systemctl stop "spse-prod-rehearsal@$build"
postgres dropdb epns_prod_uji

# The database, a process that stands in, the link, the process of the instance
systemctl start "spse-prod-migration@$build"
systemctl start "spse-prod-candidate@$build"
well 9091
touch "$route"
nobody_waits
ln -s "releases/$build" "$home/current.new"
mv --no-target-directory "$home/current.new" "$home/current"
systemctl restart spse-prod
well 9090
rm "$route"
nobody_waits
systemctl stop "spse-prod-candidate@$build"
for _ in 1 2; do
    sleep 1
    well 9090
done
curl --silent --fail --insecure --output /dev/null https://127.0.0.1/eproc4/login
