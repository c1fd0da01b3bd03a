//! The servers of all ways, side by side.

use crate::{Denial, Fault, Host, Kind, Layout, Resolver, own_servers};

/// The server that takes updates of most zones, also at a private address.
const FIRST: &str = "198.51.100.11";
const PRIVATE: &str = "10.9.9.9";
/// Another one that does.
const SECOND: &str = "198.51.100.12";
/// One with zones that are signed.
const SIGNED: &str = "198.51.100.13";
/// One that answers for no zone below `test.` but its own.
const LAME: &str = "198.51.100.14";
/// Middleboxes in front of the first.
const WITHOUT_CAA: &str = "198.51.100.31";
const WITHOUT_EDNS: &str = "198.51.100.32";
const WITHOUT_TCP: &str = "198.51.100.33";
const LARGE: &str = "198.51.100.34";
const SILENT: &str = "198.51.100.35";
const FAILS: &str = "198.51.100.36";
const LOWER: &str = "198.51.100.37";
const UPPER: &str = "198.51.100.38";
/// One address, behind which the first and the second take turns.
const ANYCAST: &str = "198.51.100.39";
/// Nothing listens there.
const NOBODY: &str = "198.51.100.44";
/// Where the CA's resolver asks from.
const CA_NETWORK: &str = "198.51.100.7";
/// One that does not hear the CA's network, and one that refuses it.
const WALLED: &str = "198.51.100.15";
const CHOOSY: &str = "198.51.100.16";
/// PowerDNS, which takes updates, and whose records can come by SQL.
const POWERDNS: &str = "198.51.100.17";

/// The servers of all ways, and a CA that asks through a validating resolver, which is not the one of this machine.
pub fn layout() -> Layout {
    let own = own_servers(&[FIRST]);
    let both = own_servers(&[FIRST, SECOND]);
    let with = |lines: &str| own.clone() + lines;
    let moved = "@ SOA ns0 hostmaster.test. %SERIAL 3600 600 86400 60\nns0 A 198.51.100.11\n"
        .to_owned()
        + &own_servers(&[SECOND]);
    let mut row = String::new();
    for number in 0..16 {
        row += &format!("a{number} CNAME a{}\n", number + 1);
    }
    let aliases = with(
        "_acme-challenge.dot CNAME dot.helper.test\n\
         _acme-challenge.loop CNAME b.loop\nb.loop CNAME _acme-challenge.loop\n\
         _acme-challenge.gone CNAME x.nobodys.test.\n\
         _acme-challenge.root CNAME .\n\
         _acme-challenge.beside CNAME beside.helper.test.\n\
         _acme-challenge.long CNAME a0\n\
         dname DNAME nobodys.test.\n",
    ) + &row;
    let caa = with(
        "forbid CAA 0 issue \";\"\nwild CAA 0 issuewild \";\"\ncritical CAA 128 tbs \"x\"\n\
         method CAA 0 issue \"ca.test; validationmethods=http-01\"\nwww CNAME forbid\n\
                  account CAA 0 issue \"ca.test; accounturi=https://ca.test/other\"\n",
    );
    let mut left = String::new();
    for number in 0..40 {
        left += &format!("_acme-challenge.www TXT leftover-of-a-run-long-ago-number-{number}\n");
    }
    let first = Host::new(Kind::Bind, &format!("{FIRST} {PRIVATE}"))
        .zone_config("allow-update { any; };")
        .zone("ok.test", &own)
        .zone("nothing.test", &with("_acme-challenge.left TXT old\n"))
        .zone("hides.test", &own)
        .zone("two.test", &both)
        .zone("pair.test", &both)
        .zone("moved.test", &moved)
        .zone("helper.test", &own)
        .zone("alias.test", &aliases)
        .zone("caa.test", &caa)
        .zone("without-caa.test", &own_servers(&[WITHOUT_CAA]))
        .zone("without-edns.test", &own_servers(&[WITHOUT_EDNS]))
        .zone("without-tcp.test", &own_servers(&[WITHOUT_TCP]))
        .zone("private.test", &own_servers(&[PRIVATE]))
        .zone("large.test", &(own_servers(&[LARGE]) + &left))
        .zone("silent.test", &own_servers(&[SILENT]))
        .zone("expires.test", &own_servers(&[FAILS]))
        .zone("lower.test", &own_servers(&[LOWER]))
        .zone("upper.test", &own_servers(&[UPPER]))
        .zone("anycast.test", &own_servers(&[ANYCAST]))
        .zone("old-glue.test", &own)
        .zone("blocked.test", &own)
        .zone("cut.test", &with("sub NS ns.sub\nns.sub A 198.51.100.12\n"))
        .zone(
            "helped.test",
            &with("_acme-challenge NS acme\nacme A 198.51.100.44\n"),
        )
        .zone("wild-txt.test", &with("* TXT \"v=spf1 -all\"\n"))
        .broken("no-key.test", Fault::NoKey, &own);
    let second = Host::new(Kind::Bind, SECOND)
        .zone_config("allow-update { any; };")
        .zone("two.test", &both)
        .zone("pair.test", &both)
        .zone("moved.test", &moved)
        .zone("anycast.test", &own_servers(&[ANYCAST]))
        .zone("sub.cut.test", "@ NS ns\nns A 198.51.100.12\n");
    let mut signed = Host::new(Kind::Nsd, SIGNED);
    let mut layout = Layout::new().with_ca().validating();
    for (name, fault) in [
        ("expired", Fault::Expired),
        ("bogus", Fault::Bogus),
        ("no-signatures", Fault::NoSignatures),
        ("wrong-nsec", Fault::WrongNsec),
        ("other-ds", Fault::OtherDigest),
        ("not-yet", Fault::NotYet),
    ] {
        let zone = format!("{name}.test");
        let alias = format!("_acme-challenge CNAME {name}.helper.test.\n");
        signed = signed.broken(&zone, fault, &(own_servers(&[SIGNED]) + &alias));
        layout = layout.delegate(&zone, &[SIGNED]);
    }
    let signed = signed.signed(
        "signed.test",
        Denial::Nsec3,
        &(own_servers(&[SIGNED]) + "_acme-challenge CNAME signed.helper.test.\n"),
    );
    let walled = Host::new(Kind::Bind, WALLED)
        .config(&format!("blackhole {{ {CA_NETWORK}; }};"))
        .zone_config("allow-update { any; };")
        .zone("walled.test", &own_servers(&[WALLED]));
    let choosy = Host::new(Kind::Bind, CHOOSY)
        .config(&format!("allow-query {{ !{CA_NETWORK}; any; }};"))
        .zone_config("allow-update { any; };")
        .zone("choosy.test", &own_servers(&[CHOOSY]));
    let at_powerdns = own_servers(&[POWERDNS]);
    let powerdns = Host::new(Kind::PowerDns, POWERDNS)
        .config("dnsupdate=yes\nallow-dnsupdate-from=0.0.0.0/0")
        .zone(
            "powerdns.test",
            &(at_powerdns.clone() + "_acme-challenge.beside CNAME beside.helper.test.\n"),
        )
        .broken(
            "unrectified.test",
            Fault::NotRectified,
            &(at_powerdns
                + "www A 192.0.2.1\n_acme-challenge.www CNAME unrectified.helper.test.\n"),
        );
    for zone in [
        "ok.test",
        "nothing.test",
        "hides.test",
        "helper.test",
        "alias.test",
        "caa.test",
        "cut.test",
        "helped.test",
        "wild-txt.test",
        "no-key.test",
        "blocked.test",
    ] {
        layout = layout.delegate(zone, &[FIRST]);
    }
    layout
        .delegate("two.test", &[FIRST, SECOND])
        .delegate("pair.test", &[FIRST, SECOND])
        .delegate("moved.test", &[SECOND])
        .delegate("signed.test", &[SIGNED])
        .delegate("private.test", &[PRIVATE])
        .delegate("without-caa.test", &[WITHOUT_CAA])
        .delegate("without-edns.test", &[WITHOUT_EDNS])
        .delegate("without-tcp.test", &[WITHOUT_TCP])
        .delegate("large.test", &[LARGE])
        .delegate("silent.test", &[SILENT])
        .delegate("expires.test", &[FAILS])
        .delegate("lower.test", &[LOWER])
        .delegate("upper.test", &[UPPER])
        .delegate("anycast.test", &[ANYCAST])
        .delegate("walled.test", &[WALLED])
        .delegate("choosy.test", &[CHOOSY])
        .delegate("powerdns.test", &[POWERDNS])
        .delegate("unrectified.test", &[POWERDNS])
        .delegate("old-glue.test", &[NOBODY])
        .delegate("dead.test", &[NOBODY])
        .delegate("lame.test", &[LAME])
        .at_test("no-glue NS ns.no-glue")
        .at_test("no-server NS ns.nobodys")
        .at_test("refers NS a.root")
        .host(first)
        .host(second)
        .host(signed)
        .host(walled)
        .host(choosy)
        .host(powerdns)
        .host(Host::new(Kind::Knot, LAME).zone("other.test", &own_servers(&[LAME])))
        .middlebox(WITHOUT_CAA, FIRST, "servfail-caa")
        .middlebox(WITHOUT_EDNS, FIRST, "drop-edns")
        .middlebox(WITHOUT_TCP, FIRST, "truncate no-tcp")
        .middlebox(LARGE, FIRST, "no-tcp")
        .middlebox(SILENT, FIRST, "silent")
        .middlebox(FAILS, FIRST, "servfail")
        .middlebox(LOWER, FIRST, "nxdomain-capitals")
        .middlebox(UPPER, FIRST, "upper-case")
        .middlebox(ANYCAST, FIRST, &format!("turns={SECOND}"))
        .address(NOBODY)
        .address(CA_NETWORK)
        .resolver(Resolver::unbound("127.0.0.1").config(&format!(
            "server:\n    outgoing-interface: {CA_NETWORK}\n    use-caps-for-id: yes"
        )))
        .resolver(Resolver::unbound("127.0.0.3"))
        .resolv_conf("nameserver 127.0.0.3\n")
}
