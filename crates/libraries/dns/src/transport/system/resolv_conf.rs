//! Which name servers a resolv.conf(5) names, as glibc reads it (`res_vinit_1` in its resolv/res_init.c).
//!
//! Only lines that begin with `nameserver` count. One whose address cannot be read is skipped, and nothing else in the
//! file spoils it.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};

use crate::address::PORT;
use crate::interface;

/// How many servers glibc uses (MAXNS): those after them are not asked.
const MOST: usize = 3;

/// What a file says of name servers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ResolvConf {
    /// Those that glibc uses, in their order.
    pub(super) servers: Vec<SocketAddr>,
    /// Whether the file means to name any, be it in a line that glibc does not read.
    pub(super) names_any: bool,
}

impl ResolvConf {
    /// Reads the text of a file. `index` finds the number of a network interface.
    pub(super) fn read(text: &[u8], index: impl Fn(&str) -> Option<u32>) -> ResolvConf {
        let lines = || text.split(|&byte| byte == b'\n').map(before_nul);
        let addresses = lines().filter_map(name_server);
        ResolvConf {
            servers: addresses
                .filter_map(|text| address(text, &index))
                .take(MOST)
                .collect(),
            names_any: lines().any(means_a_server),
        }
    }
}

/// The part of a line that C takes for it.
fn before_nul(line: &[u8]) -> &[u8] {
    line.split(|&byte| byte == 0).next().unwrap_or_default()
}

/// The address in a line that names a server. glibc allows no blank before the keyword, and ignores what follows the
/// address. No address has other characters than those of UTF-8.
fn name_server(line: &[u8]) -> Option<&str> {
    let rest = line.strip_prefix(b"nameserver")?;
    if !rest.first().is_some_and(is_blank) {
        return None;
    }
    let mut words = rest.split(is_blank).filter(|word| !word.is_empty());
    str::from_utf8(words.next()?).ok()
}

fn is_blank(byte: &u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// Whether somebody who wrote this line meant to name a server, with a blank before the keyword, say, or in capitals.
fn means_a_server(line: &[u8]) -> bool {
    let line = String::from_utf8_lossy(line).to_ascii_lowercase();
    let keyword = line.split_ascii_whitespace().next().unwrap_or_default();
    !keyword.starts_with(['#', ';']) && keyword.contains("nameserver")
}

/// A scope that says nothing is left out, and not the address: glibc ignores such errors.
fn address(text: &str, index: impl Fn(&str) -> Option<u32>) -> Option<SocketAddr> {
    if let Some(address) = inet_aton(text) {
        return Some((address, PORT).into());
    }
    let (text, scope) = text
        .split_once('%')
        .map_or((text, None), |(text, scope)| (text, Some(scope)));
    let address = text.parse().ok()?;
    let scope = scope.and_then(|scope| scope_id(&address, scope, index));
    Some(SocketAddrV6::new(address, PORT, 0, scope.unwrap_or(0)).into())
}

/// Only a link-local address is at an interface with a name; a number may stand after any.
fn scope_id(address: &Ipv6Addr, scope: &str, index: impl Fn(&str) -> Option<u32>) -> Option<u32> {
    let link_local = address.is_unicast_link_local() || address.octets()[..2] == [0xff, 0x02];
    let named = link_local.then(|| index(scope)).flatten();
    named.or_else(|| interface::number(scope))
}

/// Reads an IPv4 address as inet_aton(3) does: one to four numbers, decimal, octal or hexadecimal, of which the last
/// one fills what is left.
fn inet_aton(text: &str) -> Option<Ipv4Addr> {
    let numbers: Vec<u32> = text.split('.').map(number).collect::<Option<_>>()?;
    let (last, first) = numbers.split_last()?;
    let room = 32_u32.checked_sub(8 * u32::try_from(first.len()).ok()?)?;
    if room == 0 || u64::from(*last) >> room != 0 {
        return None;
    }
    let mut bits = *last;
    for (number, shift) in first.iter().zip([24, 16, 8]) {
        bits |= u32::from(u8::try_from(*number).ok()?) << shift;
    }
    Some(bits.into())
}

/// A number as C writes it.
fn number(text: &str) -> Option<u32> {
    let hexadecimal = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    let (digits, radix) = match (hexadecimal, text.strip_prefix('0')) {
        (Some(digits), _) => (digits, 16),
        (None, Some(digits)) if !digits.is_empty() => (digits, 8),
        _ => (text, 10),
    };
    // `from_str_radix` would take a sign too.
    u32::from_str_radix(digits, radix)
        .ok()
        .filter(|_| !digits.starts_with('+'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: impl AsRef<[u8]>) -> ResolvConf {
        ResolvConf::read(text.as_ref(), |name| (name == "eth0").then_some(7))
    }

    #[test]
    fn what_glibc_uses_is_used() {
        let servers: [(&[u8], &[&str]); 27] = [
            (b"nameserver 192.0.2.1", &["192.0.2.1:53"]),
            (b"nameserver\t 192.0.2.1 \n", &["192.0.2.1:53"]),
            (b"nameserver 2001:db8::1\n", &["[2001:db8::1]:53"]),
            // What follows the address.
            (b"nameserver 192.0.2.1 192.0.2.2\n", &["192.0.2.1:53"]),
            (b"nameserver 192.0.2.1 # the router\n", &["192.0.2.1:53"]),
            (b"nameserver 192.0.2.1\0 x\n", &["192.0.2.1:53"]),
            // Other lines.
            (b"search a..b -\nnameserver 192.0.2.1\n", &["192.0.2.1:53"]),
            (
                b"search \xff\xfe\nnameserver 192.0.2.1\n",
                &["192.0.2.1:53"],
            ),
            (
                b"domain\noptions ndots:x timeout:-1\nsortlist 1/2/3\nfamily inet4\n\nnameserver 192.0.2.1\n",
                &["192.0.2.1:53"],
            ),
            (
                b"#nameserver 192.0.2.1\n;nameserver 192.0.2.2\nnameserver 192.0.2.3\n",
                &["192.0.2.3:53"],
            ),
            // More than three.
            (
                b"nameserver x\nnameserver 192.0.2.1\nnameserver 192.0.2.2\nnameserver 192.0.2.3\nnameserver 192.0.2.4\n",
                &["192.0.2.1:53", "192.0.2.2:53", "192.0.2.3:53"],
            ),
            // Scopes.
            (b"nameserver fe80::1%eth0\n", &["[fe80::1%7]:53"]),
            (b"nameserver fe80::1%3\n", &["[fe80::1%3]:53"]),
            (b"nameserver fe80::1%eth1\n", &["[fe80::1]:53"]),
            (b"nameserver fe80::1%\n", &["[fe80::1]:53"]),
            (b"nameserver fe80::1%+3\n", &["[fe80::1]:53"]),
            (b"nameserver fe80::1%4294967296\n", &["[fe80::1]:53"]),
            (b"nameserver fe80::1\n", &["[fe80::1]:53"]),
            (b"nameserver ff02::1%eth0\n", &["[ff02::1%7]:53"]),
            (b"nameserver 2001:db8::1%eth0\n", &["[2001:db8::1]:53"]),
            (b"nameserver 2001:db8::1%3\n", &["[2001:db8::1%3]:53"]),
            // IPv4 as C reads it.
            (b"nameserver 127.1\n", &["127.0.0.1:53"]),
            (b"nameserver 0300.0.02.0x1\n", &["192.0.2.1:53"]),
            (b"nameserver 192.0.513\n", &["192.0.2.1:53"]),
            (b"nameserver 0xC0000201\n", &["192.0.2.1:53"]),
            (b"nameserver 0\n", &["0.0.0.0:53"]),
            (b"nameserver 255.255.255.255\n", &["255.255.255.255:53"]),
        ];
        for (text, servers) in servers {
            let read = read(text);
            let found: Vec<String> = read.servers.iter().map(SocketAddr::to_string).collect();
            assert_eq!(found, servers, "{:?}", String::from_utf8_lossy(text));
            assert!(read.names_any);
        }
    }

    #[test]
    fn a_line_that_glibc_does_not_read_names_a_server_all_the_same() {
        for line in [
            "nameserver",
            "nameserver ",
            "nameserver ns1.example.test",
            "nameserver 192.0.2.256",
            "nameserver 192.0.2.1.1",
            "nameserver 192.0.2.1.",
            "nameserver 192.0.2.+1",
            "nameserver 08.0.0.1",
            "nameserver 0x.0.0.1",
            "nameserver 4294967296",
            "nameserver 1.16777216",
            "nameserver 192.0.2.1:53",
            "nameserver 192.0.2.1#53",
            "nameserver 192.0.2.1\r",
            "nameserver 192.0.2.1%eth0",
            "nameserver [2001:db8::1]",
            "nameserver 2001:db8::g",
            "nameserver %eth0",
            " nameserver 192.0.2.1",
            "\tnameserver 192.0.2.1",
            "Nameserver 192.0.2.1",
            "nameservers 192.0.2.1",
            "nameserver=192.0.2.1",
            "nameserver\u{a0}192.0.2.1",
            "\u{feff}nameserver 192.0.2.1",
        ] {
            let expected = ResolvConf {
                servers: Vec::new(),
                names_any: true,
            };
            assert_eq!(read(line), expected, "{line:?}");
        }
    }

    #[test]
    fn a_file_without_such_a_line_names_nobody() {
        for text in [
            "",
            "\n",
            "search example.test\noptions edns0\n",
            "# nameserver 192.0.2.1\n#nameserver 192.0.2.1\n ; nameserver 192.0.2.1",
            "search nameserver.example.test",
        ] {
            assert_eq!(read(text), ResolvConf::default(), "{text:?}");
        }
    }
}
