#!/bin/sh
# The same as update-dns.sh with Knot's knsupdate in place of BIND's nsupdate.
#
# usage: update-dns-knot.sh present|cleanup FQDN VALUE
set -eu

server=${DNS_SERVER:?the primary name server of your zones}
key=${DNS_KEY:?a file with the TSIG key that may update them}

case ${1-} in
present) change="add $2 0 TXT \"$3\"" ;;
cleanup) change="delete $2 TXT \"$3\"" ;;
timeout) echo '{"timeout": 60, "interval": 2}'; exit ;;
*) echo "usage: ${0##*/} present|cleanup FQDN VALUE" >&2; exit 64 ;;
esac

knsupdate -k "$key" <<END
server $server
update $change
send
END
