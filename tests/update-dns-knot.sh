#!/bin/sh
# The same as update-dns.sh with Knot's knsupdate in place of BIND's nsupdate.
# It has to be told the zone, which dns01-exec knows.
#
# usage: update-dns-knot.sh present|cleanup FQDN VALUE
set -eu

server=${DNS_SERVER:?the primary name server of your zones}
key=${DNS_KNOT_KEY:?a file with one line, hmac-sha256:NAME:SECRET, of the key that may update them}

case ${1-} in
present) change="add $2 0 TXT \"$3\"" ;;
cleanup) change="del $2 TXT \"$3\"" ;;
timeout) echo '{"timeout": 60, "interval": 2}'; exit ;;
*) echo "usage: ${0##*/} present|cleanup FQDN VALUE" >&2; exit 64 ;;
esac

exec knsupdate -k "$key" <<END
server $server
zone ${DNS01_ZONE:?the zone of $2}
update $change
send
END
