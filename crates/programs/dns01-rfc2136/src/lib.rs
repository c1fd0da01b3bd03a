//! What `dns01-rfc2136` is on the command line.

use command::{Completion, Kind, Opt, Program, Touch, Variable};
use dns_program::{DRY_RUN, ZONE, commands, polling_interval, propagation_timeout};
use pipeline::programs;

/// `--server`.
pub static SERVER: Opt = Opt {
    short: Some('s'),
    variable: Some("DNSUPDATE_NAMESERVER"),
    other_variables: &["RFC2136_NAMESERVER"],
    long_help: "An address or a host's name, with a port where that is not 53: 192.0.2.1:5353, [2001:db8::1]:5353, \
                ns1.example.com. It is the zone's primary server, or one that hands updates on to that. Where one fails, \
                the next is asked.",
    ..Opt::list("server", "HOST", "the server that takes updates")
};
/// `--key`.
pub static KEY: Opt = Opt {
    short: Some('k'),
    variable: Some("DNSUPDATE_TSIG_FILE"),
    other_variables: &["RFC2136_TSIG_FILE"],
    long_help: "It is what tsig-keygen or keymgr wrote: BIND's\n.Ql key \"name\" { ... }; ,\n\
                .Ql hmac-sha256:name:secret ,\nor keymgr's YAML. named.conf or knot.conf will do, too; keys in it \
                that are not fit for use do not matter where another is meant. A file of the variable's name in\n.Ev CREDENTIALS_DIRECTORY\nstands for it. Without a key messages are not signed, \
                and the server has to know the sender by its address.",
    ..Opt::new(
        "key",
        Kind::Path {
            name: "FILE",
            completion: Completion::Files,
        },
        "the file with the TSIG key",
    )
};
/// `--key-name`.
pub static KEY_NAME: Opt = Opt {
    variable: Some("DNSUPDATE_TSIG_KEY"),
    other_variables: &["RFC2136_TSIG_KEY"],
    long_help: "With\n.Fl -key\nit says which of several, else whose secret\n.Ev DNSUPDATE_TSIG_SECRET\nhas.",
    ..Opt::text("key-name", "NAME", "the TSIG key's name")
};
/// `--key-algorithm`.
pub static KEY_ALGORITHM: Opt = Opt {
    variable: Some("DNSUPDATE_TSIG_ALGORITHM"),
    other_variables: &["RFC2136_TSIG_ALGORITHM"],
    otherwise: Some("hmac-sha1, as lego's"),
    long_help: "It is\n.Cm hmac-sha1 , hmac-sha224 , hmac-sha256 , hmac-sha384\nor\n.Cm hmac-sha512 ,\nin any case, with a \
                final dot or without. It counts where the secret is in a variable; a file says it itself.",
    ..Opt::text("key-algorithm", "NAME", "its algorithm")
};
/// `--ttl`.
pub static TTL: Opt = dns_program::ttl("DNSUPDATE_TTL", &["RFC2136_TTL"], 0);
/// `--server-timeout`.
pub static SERVER_TIMEOUT: Opt = Opt {
    variable: Some("DNSUPDATE_DNS_TIMEOUT"),
    other_variables: &["RFC2136_DNS_TIMEOUT"],
    long_help: "The shortest is 1. A small message is sent over UDP, a second later again, and two seconds later over TCP.",
    ..Opt::seconds(
        "server-timeout",
        Some(10),
        "give up a server after this long",
    )
};
/// `--propagation-timeout`.
pub static PROPAGATION_TIMEOUT: Opt = propagation_timeout(
    "DNSUPDATE_PROPAGATION_TIMEOUT",
    &["RFC2136_PROPAGATION_TIMEOUT", "RFC2136_TIMEOUT"],
    60,
);
/// `--polling-interval`.
pub static POLLING_INTERVAL: Opt = polling_interval(
    "DNSUPDATE_POLLING_INTERVAL",
    &["RFC2136_POLLING_INTERVAL"],
    2,
);

/// The variables with the key's secret.
pub static SECRETS: [Variable; 2] = [
    Variable {
        name: "DNSUPDATE_TSIG_SECRET",
        help: "the TSIG key's secret in base64, or all of it:\n.Ql [algorithm:]name:secret",
    },
    Variable {
        name: "RFC2136_TSIG_SECRET",
        help: "the same where that is not set",
    },
];

/// The program.
pub static PROGRAM: Program = Program {
    name: programs::DNS01_RFC2136.name,
    about: programs::DNS01_RFC2136.about,
    commands: &commands(&[
        &SERVER,
        &KEY,
        &KEY_NAME,
        &KEY_ALGORITHM,
        &ZONE,
        &TTL,
        &SERVER_TIMEOUT,
        &DRY_RUN,
        &PROPAGATION_TIMEOUT,
        &POLLING_INTERVAL,
    ]),
    variables: &[
        SECRETS[0],
        SECRETS[1],
        Variable {
            name: "DNSUPDATE_TSIG_SECRET_FILE, RFC2136_TSIG_SECRET_FILE",
            help: "a file whose first line is the secret",
        },
    ],
    touches: &[
        Touch::Asks("the servers that take updates"),
        Touch::Reads("the file with the TSIG key"),
    ],
};
