#!/bin/sh
# Puts one TXT record into DNS, or takes it out again, with a dynamic update
# (RFC 2136). Runs under dns01-exec, and under lego's exec provider.
#
# usage: update-dns.sh present|cleanup FQDN VALUE
set -eu

server=${DNS_SERVER:?the primary name server of your zones}
key=${DNS_KEY:?a file with the TSIG key that may update them}

case ${1-} in
# One of several values may be there already: add to them, replace none. A TTL of
# 0: no resolver keeps a value that the next run takes the place of.
present) change="add $2 0 TXT \"$3\"" ;;
cleanup) change="delete $2 TXT \"$3\"" ;;
# Optional: how long propagation may take, and how often to look, in seconds.
timeout) echo '{"timeout": 60, "interval": 2}'; exit ;;
*) echo "usage: ${0##*/} present|cleanup FQDN VALUE" >&2; exit 64 ;;
esac

exec nsupdate -k "$key" <<END
server $server
update $change
send
END
