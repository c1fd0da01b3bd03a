//! The resolvers that this machine is set up with.

mod resolv_conf;

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;

use crate::address::PORT;
use crate::interface;
use resolv_conf::ResolvConf;

const PATH: &str = "/etc/resolv.conf";

/// Far more than any file has in it.
const LARGEST: u64 = 1 << 20;

/// Whom glibc asks where it reads no address.
const LOOPBACK: [IpAddr; 1] = [IpAddr::V4(Ipv4Addr::LOCALHOST)];

/// Google's public resolvers.
const GOOGLE: [IpAddr; 4] = [
    IpAddr::V4(Ipv4Addr::new(8, 8, 8, 8)),
    IpAddr::V4(Ipv4Addr::new(8, 8, 4, 4)),
    IpAddr::V6(Ipv6Addr::new(0x2001, 0x4860, 0x4860, 0, 0, 0, 0, 0x8888)),
    IpAddr::V6(Ipv6Addr::new(0x2001, 0x4860, 0x4860, 0, 0, 0, 0, 0x8844)),
];

/// Whom to ask where the system names nobody. Whoever builds the programs can say that no stranger is.
const UNNAMED: &[IpAddr] = match option_env!("ACMEPIPE_PUBLIC_RESOLVERS") {
    None => &GOOGLE,
    Some(text) => match text.as_bytes() {
        b"yes" => &GOOGLE,
        b"no" => &LOOPBACK,
        _ => panic!("ACMEPIPE_PUBLIC_RESOLVERS is to be yes or no"),
    },
};

/// The resolvers that glibc would ask, in its order. Where the system names none at all: Google's public ones, unless the
/// programs were built without them.
#[must_use]
pub fn system_resolvers() -> Vec<SocketAddr> {
    resolvers(read(Path::new(PATH)), UNNAMED)
}

/// What the file names. One that is there and cannot be read may name anybody.
fn read(path: &Path) -> ResolvConf {
    match files::read_bounded(path, LARGEST) {
        Ok(text) => ResolvConf::read(&text, interface::index),
        Err(error) => ResolvConf {
            servers: Vec::new(),
            names_any: error.kind() != io::ErrorKind::NotFound,
        },
    }
}

/// Each address once, however often it is named.
fn resolvers(conf: ResolvConf, unnamed: &[IpAddr]) -> Vec<SocketAddr> {
    let at_port = |ips: &[IpAddr]| ips.iter().map(|&ip| (ip, PORT).into()).collect();
    if !conf.names_any {
        return at_port(unnamed);
    }
    if conf.servers.is_empty() {
        return at_port(&LOOPBACK);
    }
    let mut addresses = Vec::new();
    for address in conf.servers {
        if !addresses.contains(&address) {
            addresses.push(address);
        }
    }
    addresses
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn strangers_are_asked_only_where_the_system_names_nobody() {
        let one: SocketAddr = ([192, 0, 2, 1], 53).into();
        let other: SocketAddr = ([192, 0, 2, 2], 53).into();
        let stranger: SocketAddr = ([198, 51, 100, 1], 53).into();
        let loopback: SocketAddr = ([127, 0, 0, 1], 53).into();
        for (servers, names_any, expected) in [
            (vec![one], true, vec![one]),
            (vec![one, other, one], true, vec![one, other]),
            (vec![], true, vec![loopback]),
            (vec![], false, vec![stranger]),
        ] {
            let conf = ResolvConf { servers, names_any };
            assert_eq!(
                resolvers(conf.clone(), &[stranger.ip()]),
                expected,
                "{conf:?}"
            );
        }
    }

    #[test]
    fn a_file_that_is_there_may_name_anybody() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        fs::write(path("empty"), "").unwrap();
        fs::write(path("large"), "#".repeat(LARGEST as usize + 1)).unwrap();
        fs::create_dir(path("directory")).unwrap();
        let names_any = |path: &Path| read(path).names_any;
        assert!(!names_any(&path("empty")));
        assert!(!names_any(&path("none")));
        assert!(names_any(&path("large")));
        assert!(names_any(&path("directory")));
        assert!(names_any(Path::new("/dev/zero")));
    }
}
