#!/bin/bash
# install-vendor.sh ARCHIVE [--instance prod|latihan] [--no-start]
#
# Installs the stand-in the way neglected hosts were installed: by hand, once, as root. It is what our roles find when
# they take a host over, so its bad habits are deliberate: password epns, pg_hba trust for everybody, the application
# owned by and running as root, started from rc.local. Runs as root on a Debian 12 that does not have the instance yet.
set -euo pipefail

usage() {
    echo "Usage: $0 ARCHIVE [--instance prod|latihan] [--no-start]" >&2
    exit 2
}

archive=
instance=prod
start=yes
while (($# > 0)); do
    case $1 in
        --instance)
            instance=${2:-}
            shift
            ;;
        --no-start) start=no ;;
        -*) usage ;;
        *) archive=$1 ;;
    esac
    shift
done

case $instance in
    prod) root=/home/appserv/spse port=9090 context=/eproc4 ;;
    latihan) root=/home/appserv/spselat port=9009 context=/eproc4lat ;;
    *) usage ;;
esac
database=epns_$instance
documents=/home/file/file_$instance
[[ -n $archive && -f $archive ]] || usage

install_packages() {
    local missing=() package
    for package in openjdk-17-jre-headless postgresql apache2 curl; do
        dpkg-query --show --showformat='${db:Status-Status}' "$package" 2> /dev/null | grep -qx installed \
            || missing+=("$package")
    done
    if ((${#missing[@]} > 0)); then
        apt-get update -q
        DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}"
    fi
}

as_postgres() {
    # From /, because the user postgres may not enter root's folder.
    (cd / && runuser -u postgres -- psql --no-psqlrc -qAt -v ON_ERROR_STOP=1 "$@")
}

create_database() {
    local hba
    systemctl start postgresql
    hba=$(as_postgres -c 'show hba_file')
    cat > "$hba" << 'HBA'
local   all   all                 trust
host    all   all   0.0.0.0/0     trust
host    all   all   ::/0          trust
HBA
    as_postgres -c 'select pg_reload_conf()' > /dev/null
    [[ -n $(as_postgres -c "select 1 from pg_roles where rolname = 'epns'") ]] \
        || as_postgres -c "create role epns login password 'epns'"
    [[ -n $(as_postgres -c "select 1 from pg_database where datname = '$database'") ]] \
        || as_postgres -c "create database $database owner epns"
}

unpack() {
    mkdir -p "$root" "$documents"
    tar --extract --gzip --no-same-owner --file "$archive" --directory "$root"
    # The archive's configuration is production's.
    sed -i \
        -e "s|^http.path=.*|http.path=$context|" \
        -e "s|^http.port=.*|http.port=$port|" \
        -e "s|^db.url=.*|db.url=jdbc:postgresql://localhost:5432/$database|" \
        -e "s|^attachments.path=.*|attachments.path=$documents|" \
        "$root/webapp/conf/application.conf"
}

start_at_boot() {
    if [[ ! -f /etc/rc.local ]]; then
        # shellcheck disable=SC2016 # written as it stands
        printf '%s\n' '#!/bin/bash' \
            '# PostgreSQL is not up yet when this runs; nobody knows how long to wait' 'sleep 10' > /etc/rc.local
        chmod 755 /etc/rc.local
    fi
    grep -qxF "$root/spse4 start" /etc/rc.local || echo "$root/spse4 start" >> /etc/rc.local
    systemctl daemon-reload
}

configure_proxy() {
    cat > "/etc/apache2/conf-available/spse-$instance.conf" << APACHE
ProxyPass $context http://localhost:$port$context
ProxyPassReverse $context http://localhost:$port$context
APACHE
    a2enmod --quiet proxy proxy_http
    a2enconf --quiet "spse-$instance"
    systemctl restart apache2
}

wait_until_up() {
    local deadline=$((SECONDS + 120))
    until curl --silent --fail --max-time 5 --output /dev/null "http://localhost:$port$context/versi"; do
        if ((SECONDS >= deadline)) || ! kill -0 "$(< "$root/webapp/server.pid")"; then
            echo "$0: $instance does not answer; the end of its log:" >&2
            tail -n 20 "$root/webapp/logs/system.out" >&2
            exit 1
        fi
        sleep 0.2
    done
}

install_packages
create_database
unpack
start_at_boot
configure_proxy
"$root/spse4" migration
if [[ $start == yes ]]; then
    "$root/spse4" start
    wait_until_up
fi
echo "$instance is installed in $root, port $port, path $context"
