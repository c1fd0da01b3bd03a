//! Which proxy requests over https go through: the variables that name one, read as curl and programs in Go read them.

use command::{Args, Usage, Variable};
use https::{DirectHosts, Proxies, Proxy};
use std::ffi::OsString;

/// Where a proxy is named. `HTTP_PROXY` is not among them: what is asked over http is next door.
const PROXY: [&str; 4] = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
/// Where the hosts are named that are asked without it.
const NO_PROXY: [&str; 2] = ["NO_PROXY", "no_proxy"];

/// Those that say it.
pub const VARIABLES: [Variable; 2] = [
    Variable {
        name: "HTTPS_PROXY, ALL_PROXY",
        help: "a proxy for requests over https: http, https or socks5",
    },
    Variable {
        name: "NO_PROXY",
        help: "hosts, domains and networks that are asked without it",
    },
];

/// The proxy that the variables name, and the hosts that are asked without it.
///
/// # Errors
/// A variable names something that is no proxy.
pub fn proxies(args: &Args) -> Result<Proxies, Usage> {
    read_variables(|name| args.variable(name))
}

/// The proxy that the variables name, and the hosts that are asked without it. One that is empty counts as not set.
///
/// # Errors
/// A variable names something that is no proxy. Its value is not shown, since it may hold a password.
fn read_variables(variable: impl Fn(&str) -> Option<OsString>) -> Result<Proxies, Usage> {
    let set = |names: &[&'static str]| {
        let mut values = names.iter().map(|name| (*name, variable(name)));
        values.find_map(|(name, value)| Some((name, value.filter(|value| !value.is_empty())?)))
    };
    let proxy = match set(&PROXY) {
        Some((name, value)) => {
            let value = value.to_str().ok_or("it is not UTF-8");
            let proxy = value.and_then(|value| Proxy::parse(value, name));
            Some(proxy.map_err(|why| Usage::new(format!("{name} names no proxy: {why}")))?)
        }
        None => None,
    };
    let direct = set(&NO_PROXY).map_or_else(DirectHosts::default, |(_, list)| {
        DirectHosts::parse(&list.to_string_lossy())
    });
    Ok(Proxies { proxy, direct })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::ffi::OsStringExt;

    /// What is read from variables like `HTTPS_PROXY=a NO_PROXY=b`: the proxy with what named it, and the hosts.
    fn read(variables: &str) -> Result<(Option<(String, String)>, DirectHosts), Usage> {
        let proxies = read_variables(|name| {
            let mut set = variables.split(' ').filter_map(|one| one.split_once('='));
            set.find_map(|(set, value)| (set == name).then(|| value.into()))
        })?;
        let proxy = proxies.proxy;
        let proxy = proxy.map(|proxy| (proxy.to_string(), proxy.source().to_owned()));
        Ok((proxy, proxies.direct))
    }

    #[test]
    fn variables_count_in_their_order() {
        for (variables, proxy) in [
            ("", None),
            ("HTTPS_PROXY=a:1", Some(("a:1", "HTTPS_PROXY"))),
            ("https_proxy=a:1", Some(("a:1", "https_proxy"))),
            ("ALL_PROXY=a:1", Some(("a:1", "ALL_PROXY"))),
            ("all_proxy=a:1", Some(("a:1", "all_proxy"))),
            (
                "all_proxy=d:1 ALL_PROXY=c:1 https_proxy=b:1 HTTPS_PROXY=a:1",
                Some(("a:1", "HTTPS_PROXY")),
            ),
            (
                "ALL_PROXY=b:1 https_proxy=a:1",
                Some(("a:1", "https_proxy")),
            ),
            (
                "HTTPS_PROXY= https_proxy= ALL_PROXY=a:1",
                Some(("a:1", "ALL_PROXY")),
            ),
            ("HTTP_PROXY=a:1 http_proxy=b:1", None),
            ("HTTP_PROXY=\"", None),
        ] {
            let proxy = proxy.map(|(proxy, source)| (proxy.to_owned(), source.to_owned()));
            let found = read(variables).map(|(proxy, _)| proxy);
            assert_eq!(found, Ok(proxy), "{variables}");
        }
    }

    #[test]
    fn hosts_without_a_proxy_are_read_too() {
        for (variables, list) in [
            ("", ""),
            ("NO_PROXY=a.test,b.test", "a.test,b.test"),
            ("no_proxy=a.test", "a.test"),
            ("no_proxy=b.test NO_PROXY=a.test", "a.test"),
            ("no_proxy=b.test NO_PROXY=", "b.test"),
        ] {
            let found = read(variables).map(|(_, direct)| direct);
            assert_eq!(found, Ok(DirectHosts::parse(list)), "{variables}");
        }
    }

    #[test]
    fn a_value_that_names_no_proxy_is_an_error_without_its_password() {
        for (variables, says) in [
            (
                "HTTPS_PROXY=\"http://u:secret@a:1\"",
                "HTTPS_PROXY names no proxy: it has quotes around it",
            ),
            (
                "all_proxy=socks4://u:secret@a:1",
                "all_proxy names no proxy: its scheme is none of http, https, socks5 and socks5h",
            ),
            (
                "https_proxy=http://u:secret%@a:1 ALL_PROXY=a:1",
                "https_proxy names no proxy: its user or password is not percent-encoded UTF-8",
            ),
        ] {
            let error = read(variables).expect_err(variables);
            assert_eq!(error.to_string(), says);
        }
        let latin = |_: &str| Some(OsString::from_vec(b"http://\xe4".to_vec()));
        let error = read_variables(latin).expect_err("not UTF-8");
        let says = "HTTPS_PROXY names no proxy: it is not UTF-8";
        assert_eq!(error.to_string(), says);
    }
}
