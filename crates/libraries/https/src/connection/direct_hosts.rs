//! Hosts that are asked without a proxy, as `NO_PROXY` names them for curl and for programs in Go.

use std::net::IpAddr;

/// A list of hosts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DirectHosts(Vec<Entry>);

/// One entry of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    hosts: Hosts,
    /// Only with this port.
    port: Option<u16>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Hosts {
    /// Whatever there is.
    All,
    /// All names below this one, and perhaps the name itself.
    Domain { name: String, itself: bool },
    /// The addresses that begin with these bits; one address with all of its bits.
    Network { address: IpAddr, bits: u8 },
}

impl DirectHosts {
    /// Reads a list with commas or blanks between its entries, of which each may end in `:PORT`: `*` is all hosts, `a.test`
    /// is this name and all below it, `.a.test` and `*.a.test` are those below it. An address may be in brackets, and
    /// `10.0.0.0/8` is a network. What cannot be read is left out, as curl and Go do.
    pub fn parse(list: &str) -> DirectHosts {
        let entries = list.split(|c: char| c == ',' || c.is_whitespace());
        DirectHosts(entries.filter_map(Entry::parse).collect())
    }

    /// Whether this host, an IPv6 address in brackets, is asked directly at this port.
    pub(crate) fn contains(&self, host: &str, port: u16) -> bool {
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        let address = without_brackets(&host).parse::<IpAddr>().ok();
        self.0.iter().any(|entry| {
            entry.port.is_none_or(|only| only == port)
                && match &entry.hosts {
                    Hosts::All => true,
                    Hosts::Domain { name, itself } => {
                        address.is_none() && is_in_domain(&host, name, *itself)
                    }
                    Hosts::Network {
                        address: network,
                        bits,
                    } => address.is_some_and(|address| is_in_network(address, *network, *bits)),
                }
        })
    }
}

impl Entry {
    fn parse(text: &str) -> Option<Entry> {
        let whole = |hosts| Entry { hosts, port: None };
        // An IPv6 address without brackets has colons, and no port.
        if let Some(network) = network(text) {
            return Some(whole(network));
        }
        let (host, port) = match text.rsplit_once(':') {
            Some((host, "")) => (host, None),
            Some((host, port)) => (host, Some(port.parse().ok()?)),
            None => (text, None),
        };
        let hosts = match host {
            "*" => Hosts::All,
            _ => network(host).or_else(|| domain(host))?,
        };
        Some(Entry { hosts, port })
    }
}

/// An address, or a network of them.
fn network(text: &str) -> Option<Hosts> {
    let (address, bits) = match text.split_once('/') {
        Some((address, bits)) => (address, Some(bits.parse::<u8>().ok()?)),
        None => (text, None),
    };
    let address: IpAddr = without_brackets(address).parse().ok()?;
    let most = if address.is_ipv4() { 32 } else { 128 };
    let bits = bits.unwrap_or(most);
    (bits <= most).then_some(Hosts::Network { address, bits })
}

fn domain(text: &str) -> Option<Hosts> {
    let below = text.strip_prefix('*').unwrap_or(text).strip_prefix('.');
    let name = below.unwrap_or(text).trim_end_matches('.');
    let is_name = !name.is_empty() && !name.contains(['/', '[', ']', ':']);
    is_name.then(|| Hosts::Domain {
        name: name.to_ascii_lowercase(),
        itself: below.is_none(),
    })
}

fn without_brackets(text: &str) -> &str {
    let inside = text
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    inside.unwrap_or(text)
}

fn is_in_domain(host: &str, name: &str, itself: bool) -> bool {
    match host.strip_suffix(name) {
        Some("") => itself,
        Some(below) => below.ends_with('.'),
        None => false,
    }
}

fn is_in_network(address: IpAddr, network: IpAddr, bits: u8) -> bool {
    let bits = u32::from(bits);
    match (address.to_canonical(), network) {
        (IpAddr::V4(address), IpAddr::V4(network)) => {
            let differs = address.to_bits() ^ network.to_bits();
            differs.leading_zeros() >= bits
        }
        (_, IpAddr::V6(network)) => {
            let address = match address {
                IpAddr::V4(address) => address.to_ipv6_mapped(),
                IpAddr::V6(address) => address,
            };
            let differs = address.to_bits() ^ network.to_bits();
            differs.leading_zeros() >= bits
        }
        (IpAddr::V6(_), IpAddr::V4(_)) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_asked_directly_as_by_go_and_curl() {
        for (list, hosts, others) in [
            ("", "", "a.test 127.0.0.1 localhost"),
            ("*", "a.test 127.0.0.1 [::1]", ""),
            ("b.test,*", "a.test", ""),
            ("*:443", "a.test", "a.test:14000"),
            (
                "a.test",
                "a.test b.a.test c.b.a.test A.TEST a.test.",
                "ba.test test a.test.b",
            ),
            ("A.Test.", "a.test b.a.test.", "test"),
            (".a.test", "b.a.test c.b.a.test", "a.test ba.test"),
            ("*.a.test", "b.a.test c.b.a.test", "a.test ba.test"),
            (
                "a.test:8443",
                "a.test:8443 b.a.test:8443",
                "a.test a.test:443",
            ),
            ("a.test:", "a.test a.test:8443", "b.test"),
            (" b.test , a.test", "a.test b.test", "c.test"),
            ("b.test a.test\tc.test", "a.test b.test c.test", "d.test"),
            (",,a.test,,", "a.test", "b.test"),
            (
                "127.0.0.1",
                "127.0.0.1 127.0.0.1:14000",
                "127.0.0.2 1.127.0.0.1",
            ),
            ("127.0.0.1:14000", "127.0.0.1:14000", "127.0.0.1"),
            ("0.0.1", "", "127.0.0.1"),
            ("::1", "[::1] [0:0::1]:14000", "[::2] 0.0.0.1"),
            ("[::1]", "[::1] [::1]:14000", "[::2]"),
            ("[::1]:14000", "[::1]:14000", "[::1]"),
            (
                "10.0.0.0/8",
                "10.1.2.3 10.0.0.0:14000",
                "11.0.0.0 [::a01:203]",
            ),
            ("10.9.9.9/8:443", "10.1.2.3", "10.1.2.3:14000"),
            ("10.0.0.4/31", "10.0.0.5", "10.0.0.6"),
            ("0.0.0.0/0", "192.0.2.1", "[2001:db8::1] a.test"),
            ("2001:db8::/32", "[2001:db8:1::1]", "[2001:db9::1]"),
            ("[2001:db8::]/32", "[2001:db8:1::1]", "[2001:db9::1]"),
            ("::/0", "[2001:db8::1]", "a.test"),
            ("192.0.2.1", "[::ffff:192.0.2.1]", "[::ffff:192.0.2.2]"),
            ("::ffff:192.0.2.1", "192.0.2.1", "192.0.2.2"),
            // What cannot be read.
            ("10.0.0.0/33,a.test", "a.test", "10.0.0.0"),
            ("10.0.0.0/x,::1/129", "", "10.0.0.0 [::1]"),
            ("a.test:https,.,*.,:443,b.test/8", "", "a.test b.test"),
            ("http://a.test", "", "a.test"),
            ("*a.test", "", "a.test b.a.test ba.test"),
        ] {
            let direct = DirectHosts::parse(list);
            let asked = |host: &str| {
                let url: ureq::http::Uri = format!("https://{host}/").parse().expect(host);
                direct.contains(url.host().expect(host), url.port_u16().unwrap_or(443))
            };
            for host in hosts.split_whitespace() {
                assert!(asked(host), "`{list}` has {host}");
            }
            for host in others.split_whitespace() {
                assert!(!asked(host), "`{list}` has no {host}");
            }
        }
    }
}
