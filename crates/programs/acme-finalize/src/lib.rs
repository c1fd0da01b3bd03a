//! What `acme-finalize` is on the command line.

use certificates::PfxFormat;
use command::{Command, Completion, Kind, Opt, Program, Stdin, Touch};
use pipeline::programs;

/// `--key-type`.
pub static KEY_TYPE: Opt = Opt {
    short: Some('k'),
    variable: Some("LEGO_KEY_TYPE"),
    otherwise: Some(keys::KeyType::EC256.name()),
    long_help: "One of\n.Cm EC256 , EC384 , RSA2048 , RSA3072 , RSA4096 , RSA8192 , Ed25519 ,\nin either case, or as lego 4 has \
                them:\n.Cm P256 , P384 , 2048\nand so on.\n\
                Few CAs take the last two.\nMaking a key of 8192 bits can take a minute.\n\
                A document's\n.Va options\nsays it in place of this one.",
    ..Opt::text("key-type", "TYPE", "the certificate's kind of key")
};
/// `--key`.
pub static KEY: Opt = Opt {
    is_rare: true,
    long_help: "A private key in PEM.\nIt is copied, and stays where it is.\nA renewal makes a new one, unless \
                there is\n.Fl -reuse-key .",
    ..file("key", "use this private key, and make none")
};
/// `--reuse-key`.
pub static REUSE_KEY: Opt = Opt {
    is_rare: true,
    variable: Some("LEGO_REUSE_KEY"),
    long_help: "Where the certificate is there already, and its key is of the kind that is asked for.\n\
                The key of a certificate that was revoked is not used again.\n\
                Renewals do the same from then on.",
    ..Opt::flag("reuse-key", "keep the key of the version before")
};
/// `--must-staple`.
pub static MUST_STAPLE: Opt = Opt {
    is_rare: true,
    variable: Some("LEGO_MUST_STAPLE"),
    long_help: "Clients then take the certificate only with a stapled OCSP reply (RFC 7633).\n\
                CAs without OCSP, Let's Encrypt among them, refuse the request.\nRenewals ask for the same.",
    ..Opt::flag(
        "must-staple",
        "ask for a certificate that needs OCSP stapling",
    )
};
/// `--preferred-chain`.
pub static PREFERRED_CHAIN: Opt = Opt {
    is_rare: true,
    variable: Some("LEGO_PREFERRED_CHAIN"),
    long_help: "Where the CA offers several chains, the first is taken in which a certificate's subject or issuer has the \
                common name\n.Ar NAME .\nWhere none has it, there is a warning, and the CA's own choice is taken.\n\
                Renewals prefer the same.",
    ..Opt::text(
        "preferred-chain",
        "NAME",
        "take the chain with this common name in it",
    )
};
/// `--pem`.
pub static PEM: Opt = Opt {
    is_rare: true,
    variable: Some("LEGO_PEM"),
    long_help: "It is\n.Pa combined.pem ,\nfor HAProxy and others: the certificate, those above it, and the key.",
    ..Opt::flag("pem", "write key and chain in one PEM file too")
};
/// `--pfx`.
pub static PFX: Opt = Opt {
    is_rare: true,
    variable: Some("LEGO_PFX"),
    long_help: "It is\n.Pa certificate.pfx ,\nfor Windows and Java.",
    ..Opt::flag("pfx", "write key and chain in one file of PKCS#12 too")
};
/// `--pfx-pass`.
pub static PFX_PASS: Opt = Opt {
    is_rare: true,
    is_secret: true,
    aliases: &["pfx.pass", "pfx.password"],
    variable: Some("LEGO_PFX_PASSWORD"),
    otherwise: Some("changeit"),
    long_help: "Better given in the environment, where other users do not see it.\nIt is kept beside the key, for renewals.",
    ..Opt::text("pfx-pass", "PASSWORD", "with --pfx: its password")
};
/// `--pfx-format`.
pub static PFX_FORMAT: Opt = Opt {
    is_rare: true,
    aliases: &["pfx.format"],
    variable: Some("LEGO_PFX_FORMAT"),
    otherwise: Some(PfxFormat::DEFAULT),
    long_help: "One of\n.Cm SHA256 ,\nAES with 256 bits, which OpenSSL 3, Java and Windows since Server 2019 read;\n\
                .Cm DES ,\ntriple DES with SHA-1, for older ones; and\n.Cm RC2 ,\nwhose 40 bits protect nothing; in \
                either case.",
    ..Opt::text("pfx-format", "FORMAT", "with --pfx: how it is encrypted")
};
/// `--layout`.
pub static LAYOUT: Opt = Opt {
    is_rare: true,
    long_help: "With\n.Cm lego ,\nthe files that lego has in its folder are written too, beside the directory of the \
                certificate:\n.Pa NAME.crt , NAME.issuer.crt , NAME.key , NAME.json ,\n\
                and with\n.Fl -pem\nand\n.Fl -pfx\n.Pa NAME.pem\nand\n.Pa NAME.pfx .\n\
                They are copies: the programs here go by the directory.\nThey are written just before that changes, \
                also where\n.Xr acme-list 1\nputs a version back; what is moved aside leaves them.",
    ..Opt::new(
        "layout",
        Kind::Choice {
            name: "LAYOUT",
            of: &[LEGO],
            default: None,
        },
        "write lego's files too",
    )
};
/// The layout of lego's folder.
pub const LEGO: &str = "lego";
/// `--no-bundle`.
pub static NO_BUNDLE: Opt = Opt {
    is_rare: true,
    variable: Some("LEGO_NO_BUNDLE"),
    long_help: "So it is with lego.\nThe other files stay as they are.",
    ..Opt::flag(
        "no-bundle",
        "with --layout lego: only the certificate in NAME.crt",
    )
};
/// `--keep-versions`.
pub static KEEP_VERSIONS: Opt = Opt {
    long_help: "The one before always stays, for whoever has just opened it.\n.Xr acme-list 1\nshows them, and puts one \
                back.",
    ..Opt::count(
        "keep-versions",
        1000,
        Some(1),
        "keep N old versions of each certificate",
    )
};
/// `--path`.
pub static PATH: Opt = Opt {
    help: "where certificates are kept",
    long_help: "The certificate goes to\n.Pa certificates/<name>/\nbelow it.",
    ..acme_cli::PATH
};
/// `--replace`.
pub static REPLACE: Opt = Opt {
    long_help: "Without it, a certificate takes the place of another only where the document's\n.Va name\n\
                is one of its own names, or both have a name in common.",
    ..Opt::flag("replace", "take the place of certificates for other names")
};
/// `--deactivate-authorizations`.
pub static DEACTIVATE: Opt = Opt {
    is_rare: true,
    long_help: "Of an order that is done, with its certificate or with an error, also one of a program before: whoever gets \
                hold of the account's key finds nothing that is proven already (RFC 8555, section 7.5.2).\n\
                Each renewal then proves all names again.\n\
                Where that fails there is a warning, and no error.\n\
                An order that goes on is left alone: one that was interrupted, or that\n.Xr dns01-exec 1\n.Cm present\n.Fl -again\n\
                may take up.",
    ..Opt::flag(
        "deactivate-authorizations",
        "give authorizations up afterwards",
    )
};
/// `--timeout`.
pub static TIMEOUT: Opt = Opt {
    help: "how long the CA may take",
    long_help: "Validation and issuance may each take this long, with all requests, however slow it is to answer them.\n\
                What it fails at for a moment is asked again within this time.",
    ..acme_cli::TIMEOUT
};

/// An option that takes the path of a file.
const fn file(long: &'static str, help: &'static str) -> Opt {
    let kind = Kind::Path {
        name: "FILE",
        completion: Completion::Files,
    };
    Opt::new(long, kind, help)
}

/// The program.
pub static PROGRAM: Program = Program {
    name: programs::ACME_FINALIZE.name,
    about: programs::ACME_FINALIZE.about,
    commands: &[Command {
        name: "",
        about: "",
        usage: &["[OPTIONS] < orders"],
        stdin: Stdin::Documents,
        options: &[
            &KEY_TYPE,
            &KEY,
            &REUSE_KEY,
            &acme_cli::CSR,
            &MUST_STAPLE,
            &PREFERRED_CHAIN,
            &PEM,
            &PFX,
            &PFX_PASS,
            &PFX_FORMAT,
            &LAYOUT,
            &NO_BUNDLE,
            &REPLACE,
            &KEEP_VERSIONS,
            &DEACTIVATE,
            &PATH,
            &acme_cli::ACCOUNTS,
            &acme_cli::SIGN_COMMAND,
            &TIMEOUT,
            &acme_cli::JOBS,
            &acme_cli::REQUEST_LIMIT,
            &acme_cli::USER_AGENT,
        ],
        handed_on: &[],
    }],
    variables: acme_cli::VARIABLES,
    touches: &[
        Touch::Asks("the CA"),
        Touch::Reads("the account's key"),
        Touch::Reads("a certificate's key or request that is named"),
        Touch::Writes("certificates and their keys, and which names failed"),
        Touch::RunsWith(&acme_cli::SIGN_COMMAND, "your program that signs"),
    ],
};
