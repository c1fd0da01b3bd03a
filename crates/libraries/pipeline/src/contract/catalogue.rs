//! The members of a document: who sets each, what it is for, and what becomes of it where room is short.

/// One member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member {
    /// Its name.
    pub name: &'static str,
    /// The programs that set it; none where any may.
    pub set_by: &'static [&'static str],
    /// What it is for.
    pub need: Need,
    /// What it holds, for the manual, in mdoc(7).
    pub manual: &'static str,
}

/// What a member is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// It is needed to remove the record, and the journal keeps it.
    Record,
    /// A later program needs it.
    Needed,
    /// It explains to a person, and is the first to go where a document is too large.
    Explains,
}

const ORDERS: &[&str] = &["acme-order"];
const DUE_OR_ORDERS: &[&str] = &["acme-due", "acme-order"];
const IS_DUE: &[&str] = &["acme-due"];
const DEPLOYS: &[&str] = &["acme-deploy"];
const IMPORTS: &[&str] = &["acme-import"];
const FINALIZES: &[&str] = &["acme-finalize"];
const LOCATES: &[&str] = &["dns-zone"];
const CHECKS: &[&str] = &["dns01-check"];
const WAITS: &[&str] = &["dns-wait-txt"];
const PRESENTS: &[&str] = &["dns01-exec present"];
const CLEANS_UP: &[&str] = &["dns01-exec cleanup"];
const ANY: &[&str] = &[];

macro_rules! members {
    ($($constant:ident = $name:literal, $set_by:expr, $need:ident: $manual:literal;)*) => {
        $(
            #[doc = concat!("`", $name, "`")]
            pub const $constant: Member = Member {
                name: $name,
                set_by: $set_by,
                need: Need::$need,
                manual: $manual,
            };
        )*
        /// All of them, in the order in which the manual has them.
        pub const ALL: &[Member] = &[$($constant),*];

        /// The member of this name.
        pub fn find(name: &str) -> Option<&'static Member> {
            ALL.iter().find(|member| member.name == name)
        }
    };
}

/// Members of an order.
pub mod order {
    use super::{ANY, DEPLOYS, DUE_OR_ORDERS, FINALIZES, IMPORTS, IS_DUE, Member, Need, ORDERS};

    /// The members of the order object, which is in [`ORDER`]: `url`, and those of RFC 8555 §7.1.3 and later.
    pub const ORDER_OBJECT: [&str; 12] = [
        "url",
        "status",
        "expires",
        "identifiers",
        "notBefore",
        "notAfter",
        "error",
        "authorizations",
        "finalize",
        "certificate",
        "profile",
        "replaces",
    ];

    members! {
        VERSION = "version", DUE_OR_ORDERS, Needed:
            "1, the version of this contract.\nA document that says another is passed on with an error.\n\
             One without it counts as 1.";
        NAME = "name", DUE_OR_ORDERS, Needed:
            "The certificate's name: its first name, a\n.Ql *\nwritten as\n.Ql _ ,\nunless the request has another.\n\
             Its files are kept under it.";
        DIRECTORY = "directory", DUE_OR_ORDERS, Needed:
            "The URL of the CA's directory.";
        CAA_IDENTITIES = "caa_identities", ORDERS, Explains:
            "An array: what the CA is called in CAA records (RFC 8659, section 4.2), where its directory says so.";
        ACCOUNT = "account", DUE_OR_ORDERS, Needed:
            "An object:\n.Va url ,\nthe account at the CA, and\n.Va key ,\nthe path of its key.";
        ORDER = "order", DUE_OR_ORDERS, Needed:
            "The order object of RFC 8555, section 7.1.3, as the CA sent it last\n\
             .Pq Va status , expires , identifiers , authorizations , finalize , certificate ,\nand with it\n.Va url ,\n\
             the order's own.\nMembers that no RFC defines are kept up to 8 KiB.\n\
             In a request, what is to be ordered; see\n.Sx Requests .";
        CHALLENGES = "challenges", DUE_OR_ORDERS, Needed:
            "An array of challenges, one for each authorization, including those that are valid already.";
        OPTIONS = "options", IS_DUE, Needed:
            "An object: options that later programs take for this order, by their long names, as if they had been given:\n\
             .Va email , server , key-type , profile , challenge , preferred-chain ;\n.Va must-staple\nand\n.Va reuse-key ,\n\
             true or false; and\n.Va csr ,\nan absolute path.\nThey win over the command line.";
        DUE = "due", IS_DUE, Explains:
            "An object:\n.Va due ,\nwhether the certificate is due;\n.Va reason ,\nwhy, in words;\n.Va at ,\n\
             from when on it is renewed;\n\
             .Va waits ,\ntrue where it is due and\n.Va due\nis false: it waits for its CA, or until\n.Va at\nafter \
             tries that led to no new certificate;\n.Va since ,\nsince when it is due, where it waits after tries;\nwhere the CA suggests a window,\n.Va window ,\nan object with\n.Va start\nand\n.Va end ,\n\
             .Va exempt ,\nwhether now is in it, and\n.Va explanation ,\nthe URL of the CA's page that says why.\n\
             An order whose certificate is not due is not placed.";
        CERTIFICATE = "certificate", FINALIZES, Needed:
            "An object:\n.Va url ,\n.Va serial\n.Pq hexadecimal ,\n.Va issuer ,\n.Va not_before\nand\n.Va not_after ;\n\
             and the paths of its files,\n.Va key , cert , chain\nand\n.Va fullchain ,\nand where there are such files\n\
             .Va combined\nand\n.Va pfx .\nWithout\n.Va key\nthe key is elsewhere.";
        DEPLOY = "deploy", DEPLOYS, Explains:
            "An array of objects, one for each target:\n.Va target ,\n.Ql exec:PROGRAM ARGUMENT... ,\nits words as\n\
             they were given, with a relative path made whole, or\n.Ql install:DIR ;\n\
             .Va status ,\n.Ql pending , done\nor\n.Ql failed ;\n.Va tries ,\nhow often it was tried for this certificate;\n\
             .Va at ,\nwhen the last began; and\n.Va error ,\nin words, where that failed.";
        IMPORTED = "imported", IMPORTS, Explains:
            "An object:\n.Va client\nand\n.Va folder ,\nwhere it is from;\n.Va name , key\nand\n.Va cert ,\nwhat it is \
             called there, and its files;\n.Va status ,\n.Ql taken , same\nwhere it was taken before,\n.Ql older\nwhere what is \
             here is newer, or\n.Ql found\nwhere nothing is written; and\n.Va remarks ,\nan array of texts: what of its \
             renewal cannot be taken over, and what to do.";
        ERROR = "error", ANY, Needed:
            "Only where something failed; see\n.Sx FAILURES .";
    }
}

/// Members of a challenge.
pub mod challenge {
    use super::{ANY, CHECKS, CLEANS_UP, LOCATES, Member, Need, ORDERS, PRESENTS, WAITS};

    members! {
        IDENTIFIER = "identifier", ORDERS, Record:
            "An object:\n.Va type ,\nalways\n.Ql dns ,\nand\n.Va value ,\nthe name to be proven, without\n.Ql *. .";
        WILDCARD = "wildcard", ORDERS, Record:
            "Whether it is for a wildcard: for all names directly below the identifier.";
        AUTHORIZATION = "authorization", ORDERS, Needed:
            "The authorization's URL.";
        TYPE = "type", ORDERS, Needed:
            "The challenge's type:\n.Ql dns-01\nor\n.Ql dns-account-01 .";
        URL = "url", ORDERS, Needed:
            "The challenge's URL.";
        STATUS = "status", &["acme-order", "acme-validate", "acme-finalize"], Needed:
            "As in RFC 8555, section 7.1.6:\n.Ql pending ,\n.Ql processing ,\n.Ql valid\nor\n.Ql invalid .\n\
             Programs leave a valid challenge alone.";
        EXPIRES = "expires", ORDERS, Needed:
            "When its authorization ends, as the CA says (RFC 8555, section 7.1.4).\nIt is not there where the clock of the \
             machine that placed the order is more than a minute off the CA's.";
        TOKEN = "token", ORDERS, Record:
            "As in RFC 8555, section 8.1.";
        KEY_AUTHORIZATION = "key_authorization", ORDERS, Record:
            "As in RFC 8555, section 8.1.";
        FQDN = "fqdn", ORDERS, Record:
            "The name that the CA will ask for:\n.Ql _acme-challenge.example.com.\\& ,\nwith a label of the account's before \
             it where the type is\n.Ql dns-account-01 .";
        VALUE = "value", ORDERS, Record:
            "What a TXT record at that name has to hold.";
        EFFECTIVE_FQDN = "effective_fqdn", LOCATES, Record:
            "Where the record really goes:\n.Va fqdn\nafter its CNAMEs.";
        CNAMES = "cnames", LOCATES, Needed:
            "An array of the names that these led to.";
        ZONE = "zone", LOCATES, Record:
            "The zone that holds\n.Va effective_fqdn .";
        PRIMARY = "primary", LOCATES, Explains:
            "The zone's primary server, where its SOA record names one.";
        SERIAL = "serial", LOCATES, Explains:
            "The zone's serial before the record was presented.";
        NAMESERVERS = "nameservers", LOCATES, Record:
            "An array of objects, one per server of the zone:\n.Va name ,\nand\n.Va addresses ,\nan array.";
        TRACE = "trace", LOCATES, Explains:
            "With\n.Fl -trace ,\nan array of objects, one for each delegation from the root down:\n.Va zone ,\n.Va parent ,\nthe \
             zone that delegates it;\n.Va referred_by ,\nan array of objects with\n.Va name , address\nand\n.Va seconds :\nwho \
             says so, and how long each took;\n.Va referral ,\nfalse where these hold both zones and answer; and\n\
             .Va nameservers ,\nan array of objects with\n.Va name\nand\n.Va glue ,\nthe addresses that came along.";
        FINDINGS = "findings", CHECKS, Explains:
            "An array of objects, the worst first:\n.Va code ,\nas in\n.Xr dns01-check 1 ;\n.Va severity ,\n\
             .Ql error , warning , notice\nor\n.Ql info ;\n.Va name ,\nthe name or zone that it is about;\n.Va servers ,\n\
             an array of objects with\n.Va name\nand\n.Va address ;\n.Va args ,\nan object with what is in\n.Va detail ,\n\
             which says what was found;\n.Va hint ,\nwhat can be done; and\n.Va reproduce ,\na command that shows it.";
        VERDICT = "verdict", CHECKS, Explains:
            ".Ql will-fail\nwhere a finding is an error,\n.Ql may-fail\nwhere one is a warning, or else\n.Ql ok .\n\
             Without any answer there is none.";
        PRESENT = "present", PRESENTS, Needed:
            "An object, set as soon as the program was run, even if it failed:\n.Va program ,\nits path;\n.Va at ;\n\
             .Va began ,\nthe same to the millisecond;\n.Va seconds ,\nhow long it took, where it did not fail;\n.Va output ,\n\
             what it printed on its standard output, if anything, up to 64 KiB;\n.Va said ,\nthe last lines of all that it printed, where it did not fail;\n.Va journal ,\n\
             the name under which the journal knows it;\n.Va overlaps ,\n\
             true where other calls for its zone may have been under way; and what the program says of itself, for\n.Cm cleanup :\n\
             .Va batch ,\ntrue where it takes all challenges of a zone in one call, and\n.Va jobs ,\nhow many calls may \
             overlap.\nA challenge without this member was not presented.";
        PROPAGATION = "propagation", PRESENTS, Needed:
            "An object:\n.Va timeout\nand\n.Va interval ,\nhow long to wait for the record, and how often to look.";
        DEFERRED = "deferred", PRESENTS, Needed:
            "A text that says why the challenge was left for a further round.\n\
             Programs leave such a challenge alone until it is presented.";
        PROPAGATED = "propagated", WAITS, Explains:
            "An object:\n.Va at ;\n.Va seconds ,\nhow long it took;\n.Va queries ,\nhow many were sent;\n.Va servers ,\n\
             an array of objects, one per address:\n.Va name ,\n.Va address ,\n.Va state\n.Pq see Sx PROPAGATION ,\n\
             .Va seconds\nuntil it served the value,\n.Va answer ,\nin words, where it did not,\n.Va shown ,\n\
             true where it did not, and had before,\n.Va serial ,\nwhere it is known, and\n.Va cname ,\nwhere it was \
             asked for the CNAME at this name, which leads to the record, and not for the value;\n.Va negative_ttl ,\nfor how \
             many seconds resolvers remember that nothing was at the name;\n.Va findings ,\nas in the member of that name, where \
             a CA will or may fail at CAA or DNSSEC; and with\n.Fl -recursive\nor\n.Fl -recursive-only ,\nwhere\n.Va servers\nis empty,\n\
             .Va resolvers ,\nan array of objects:\n.Va resolver ,\n.Va state ,\n.Va seconds\nand, where it lacks the value,\n\
             .Va answer\nand\n.Va ttl ,\nfor how many seconds it gives this answer.";
        CLEANUP = "cleanup", CLEANS_UP, Needed:
            "An object:\n.Va at ,\n.Va seconds\nand, where the record may still be there,\n.Va error .";
        GONE = "gone", WAITS, Explains:
            "With\n.Fl -gone ,\nan object like\n.Va propagated :\nno server has the value any more.";
        ERROR = "error", ANY, Needed:
            "Why this challenge failed.";
    }
}
