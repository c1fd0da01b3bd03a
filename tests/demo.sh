#!/bin/sh
# The pipeline of the README, each step shown as its document comes by, and the
# certificate that comes out. `make demo` runs it in the sandbox.
#
# usage: demo.sh NAME...
set -eu

names=$*
[ -n "$names" ] || { echo 'demo: no names; try make demo NAMES="a.example.test b.example.test"' >&2; exit 2; }
set --
set -f
for name in $names; do set -- "$@" -d "$name"; done
set +f

# Passes documents on, and says what a jq filter makes of each.
show() {
  while IFS= read -r document; do
    printf '%s\n' "$document" | jq -r --arg step "$1" "
      (if .error then [\"error: \" + .error.detail] else [$2] end) as \$lines
      | \$lines[] | \$step + . | .[0:150]" >&2
    printf '%s\n' "$document"
  done
}

order=$(mktemp)
trap 'rm -f "$order"' EXIT

cat <<END
The CA is $LEGO_SERVER, the script $EXEC_PATH.

\$ acme-order $(printf "%s '%s' " "$@")\\
  | dns-zone | dns01-exec present | dns-wait-txt | acme-finalize | dns01-exec cleanup

END

acme-order "$@" |
  show 'acme-order      ' '.challenges[] | "\(.identifier.value)\(if .wildcard then " (wildcard)" else "" end): \(.fqdn) TXT \(.value)"' |
  dns-zone |
  show 'dns-zone        ' '[.challenges[] | "\(.effective_fqdn) is in \(.zone), served by \([.nameservers[].name] | join(" "))"] | unique[]' |
  dns01-exec present |
  show 'dns01-exec      ' '.challenges[] | "\(.value) presented in \(.present.seconds // 0) s"' |
  dns-wait-txt |
  show 'dns-wait-txt    ' '.challenges[] | "\(.value) on \([.propagated.servers[]? | select(.state == "serving")] | length) addresses after \(.propagated.seconds // 0) s"' |
  acme-finalize |
  show 'acme-finalize   ' '"order \(.order.status), \(.certificate.fullchain)"' |
  dns01-exec cleanup |
  show 'dns01-exec      ' '.challenges[] | "\(.value) removed in \(.cleanup.seconds // 0) s"' >"$order"

if ! jq -e 'has("error") | not' "$order" >/dev/null; then
  jq .error "$order"
  exit 1
fi

echo
fullchain=$(jq -r .certificate.fullchain "$order")
openssl x509 -in "$fullchain" -noout -subject -issuer -dates -ext subjectAltName
echo 'chain:'
openssl crl2pkcs7 -nocrl -certfile "$fullchain" | openssl pkcs7 -print_certs -noout | sed '/^$/d; s/^/  /'
