#!/bin/bash
# OpenStack Swift with its S3 interface, all of it on this host: one account, one user, one bucket.
#     store.sh USER KEY BUCKET
set -euo pipefail
user=$1 key=$2 bucket=$3
export DEBIAN_FRONTEND=noninteractive
# They would be started before there is anything to serve.
printf '#!/bin/sh\nexit 101\n' > /usr/sbin/policy-rc.d
chmod +x /usr/sbin/policy-rc.d
apt-get -q update
apt-get -q install --yes --no-install-recommends swift swift-account swift-container swift-object swift-proxy memcached rclone
rm /usr/sbin/policy-rc.d

devices=/srv/node
install -d -o swift -g swift "$devices/d1" /var/cache/swift /etc/swift
cat > /etc/swift/swift.conf <<'CONF'
[swift-hash]
swift_hash_path_suffix = uji
[storage-policy:0]
name = satu
default = yes
CONF
server() {
    cat > "/etc/swift/$1-server.conf" <<CONF
[DEFAULT]
bind_ip = 127.0.0.1
bind_port = $2
devices = $devices
mount_check = false
workers = 1
[pipeline:main]
pipeline = $1-server
[app:$1-server]
use = egg:swift#$1
CONF
    (
        cd /etc/swift
        swift-ring-builder "$1.builder" create 4 1 1
        swift-ring-builder "$1.builder" add --region 1 --zone 1 --ip 127.0.0.1 --port "$2" --device d1 --weight 1
        swift-ring-builder "$1.builder" rebalance
    )
}
server object 6200
server container 6201
server account 6202
cat > /etc/swift/proxy-server.conf <<CONF
[DEFAULT]
bind_port = 8080
workers = 1
[pipeline:main]
pipeline = catch_errors gatekeeper cache s3api tempauth copy slo proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:gatekeeper]
use = egg:swift#gatekeeper
[filter:cache]
use = egg:swift#memcache
memcache_servers = 127.0.0.1:11211
[filter:s3api]
use = egg:swift#s3api
[filter:tempauth]
use = egg:swift#tempauth
user_uji_$user = $key .admin
[filter:copy]
use = egg:swift#copy
[filter:slo]
use = egg:swift#slo
CONF
systemd-run --unit store-memcached --property User=nobody memcached --listen=127.0.0.1
for each in object container account proxy; do
    systemd-run --unit "store-$each" --property User=swift "swift-$each-server" "/etc/swift/$each-server.conf"
done
until (exec 3<> /dev/tcp/127.0.0.1/8080) 2> /dev/null; do sleep 0.2; done
rclone mkdir ":s3,provider=Other,access_key_id='uji:$user',secret_access_key='$key',endpoint='http://127.0.0.1:8080':$bucket"
