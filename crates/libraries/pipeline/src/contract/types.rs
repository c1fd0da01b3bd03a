//! The types of our own problems (RFC 9457 §3.1.1), named after the cause. acmepipe(7) is made from this list.

/// One type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProblemType {
    /// The type as it stands in a document. One that ends in `STATUS` is a family: one type for each status of RFC 8555
    /// §7.1.6.
    pub name: &'static str,
    /// What it means, for the manual; mdoc macros on lines of their own are allowed.
    pub meaning: &'static str,
}

const STATUS: &str = "STATUS";

impl ProblemType {
    /// The member of a family for this status.
    pub fn of_status(&self, status: &str) -> String {
        match self.name.strip_suffix(STATUS) {
            Some(family) => format!("{family}{status}"),
            None => self.name.to_owned(),
        }
    }
}

macro_rules! types {
    ($($(#[$doc:meta])* $constant:ident = $name:literal: $meaning:literal;)*) => {
        $(
            #[doc = $meaning]
            pub const $constant: ProblemType = ProblemType { name: $name, meaning: $meaning };
        )*
        /// All of them, by name.
        pub const ALL: &[ProblemType] = &[$($constant),*];
    };
}

types! {
    ACCOUNT_BINDING = "acmepipe:account:binding":
        "The CA requires external account binding:\n.Fl -eab .";
    ACCOUNT_KEY = "acmepipe:account:key":
        "The account's key cannot be read, is not a usable key, or is not that of the account.";
    ACCOUNT_SIGNING = "acmepipe:account:signing":
        "The program of\n.Fl -sign-command\ngave no signature, or one that is not of the account's key.";
    ACCOUNT_TERMS = "acmepipe:account:terms":
        "The CA requires agreement to its terms of service:\n.Fl -accept-tos .";
    AUTHORIZATION_STATUS = "acmepipe:authorization:STATUS":
        "The authorization is\n.Ql invalid ,\n.Ql deactivated ,\n.Ql expired\nor\n.Ql revoked ,\nand the CA does not say why.";
    CA_PAUSED = "acmepipe:ca:paused":
        "The CA has paused the account for some names, after failures that went on for long. That ends when a person opens\n.Va unpause_url ,\nand not by itself; no order with these names is placed before\n.Fl -force .";
    CA_REPLY = "acmepipe:ca:reply":
        "The CA sent something that is not ACME.";
    CA_TIMEOUT = "acmepipe:ca:timeout":
        "The CA did not answer, or did not finish, in time.";
    CA_UNREACHABLE = "acmepipe:ca:unreachable":
        "The CA could not be reached, or its certificate is not trusted.";
    CERTIFICATE_KEY = "acmepipe:certificate:key":
        "The key cannot be made, is of a kind that the CA does not take, or is not the one that the certificate is for.";
    CERTIFICATE_REQUEST = "acmepipe:certificate:request":
        "The certificate request cannot be made, or one that was made elsewhere cannot be used for this order.";
    CHALLENGE_NOT_OFFERED = "acmepipe:challenge:not-offered":
        "The CA offers no challenge of a type that is wanted for the name.\nThe member\n.Va offered\nlists those that it offers.";
    DEFERRED = "acmepipe:deferred":
        "Some challenges wait for a further round, so the order cannot be finalized.";
    DNS_BAD_NAME = "acmepipe:dns:bad-name":
        "A CNAME leads to a name that no record can be kept at.";
    DNS_CNAME_LOOP = "acmepipe:dns:cname-loop":
        "CNAMEs lead back to themselves, or there are too many in a row.";
    DNS_NO_USABLE_SERVER = "acmepipe:dns:no-usable-server":
        "No name server of the zone answers with authority.";
    DNS_NO_ZONE = "acmepipe:dns:no-zone":
        "No zone below a top-level domain holds the name: it is not registered, or a local resolver hides where it is.";
    DNS_NOT_PROPAGATED = "acmepipe:dns:not-propagated":
        "A server still lacked the value when time was up.";
    DNS_OVERWRITTEN = "acmepipe:dns:overwritten":
        "All servers have the value of another challenge of the run for the same name, and not this one: presenting the one removed the other.";
    DNS_REMOVED = "acmepipe:dns:removed":
        "The value was there, or has to have been, and no server has it any more: most likely presenting the value of another name removed it.";
    DNS_RESOLVER = "acmepipe:dns:resolver":
        "No recursive resolver gave a usable answer.";
    DNS_STILL_THERE = "acmepipe:dns:still-there":
        "A server still had a value that was to be gone when time was up.";
    DNS_WILL_FAIL = "acmepipe:dns:will-fail":
        "A CA will not be able to validate, or must not issue: see\n.Xr dns01-check 1 .";
    DNS_WRONG_VALUE = "acmepipe:dns:wrong-value":
        "A server has something that was meant to be the value and is not: the value with quotes or a blank, the token, or the key authorization.";
    DOCUMENT = "acmepipe:document":
        "A member is missing, of the wrong type, or contradicts another; the document is of a version that is not known, or too large to pass on; or some of the input was no document.";
    ENVIRONMENT = "acmepipe:environment":
        "The system has no CA certificates.";
    EXEC_BATCH = "acmepipe:exec:batch":
        "In a batch, the user's program said that it failed for this challenge, or that it failed and not for which.";
    EXEC_START = "acmepipe:exec:start":
        "The user's program could not be run, and did nothing.";
    EXEC_STATUS = "acmepipe:exec:status":
        "The user's program exited with a status other than 0, or was killed, or asked on a terminal that it could not have.";
    EXEC_TIMEOUT = "acmepipe:exec:timeout":
        "The user's program took too long, and was ended.";
    EXPIRED = "acmepipe:expired":
        "The order, or the authorization, has ended: its\n.Va expires\nis over. Nothing was sent to the CA, and nothing presented.";
    FILES = "acmepipe:files":
        "A file or directory cannot be read or written.";
    IMPORT = "acmepipe:import":
        "A certificate of another client, or its account, cannot be taken over: a file is missing, broken or outside of the \
         folder, it has expired, nobody says which CA it is of, or something else is in its place.";
    INTERRUPTED = "acmepipe:interrupted":
        "A signal came, or the reader went away, before it was done.";
    JOURNAL = "acmepipe:journal":
        "The journal cannot be written; nothing was presented.";
    LOST = "acmepipe:lost":
        "The record was presented in this pipeline, and its order did not arrive at the end: a program in between was killed, or did not start.";
    NAMES = "acmepipe:names":
        "A name cannot be in a certificate.";
    NAMES_TOO_MANY = "acmepipe:names:too-many":
        "There are more names than the CA takes in one order with the profile.\nSee\n.Fl -split\nof\n.Xr acme-order 1 .";
    NAMES_WAITING = "acmepipe:names:waiting":
        "The validation of a name failed lately, so no order with it is placed for a while, unless\n.Fl -force\nis given.";
    ORDER_STATUS = "acmepipe:order:STATUS":
        "The order is\n.Ql invalid\nor in another state that leads to no certificate, and the CA does not say why.";
    ORDER_SHARED = "acmepipe:order:shared":
        "The CA gives the order of another document of the run again, for the same names; it can be placed once that one is done.";
    PROFILE = "acmepipe:profile":
        "The CA has no such certificate profile, or no profiles at all.";
    RENEWAL_CA_DOWN = "acmepipe:renewal:ca-down":
        "The certificate is missing, damaged, revoked or expired, and its CA is down, so nothing is ordered. It counts as no try.";
    RENEWAL_WAITING = "acmepipe:renewal:waiting":
        "The certificate is due, and waits after tries that led to no new one.";
    USAGE = "acmepipe:usage":
        "A program's command line or environment is wrong, and nothing was done.";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_family_has_a_type_for_each_status() {
        assert_eq!(ORDER_STATUS.of_status("invalid"), "acmepipe:order:invalid");
        assert_eq!(FILES.of_status("invalid"), "acmepipe:files");
    }

    #[test]
    fn the_list_is_sorted_and_names_each_type_once() {
        assert!(ALL.windows(2).all(|two| two[0].name < two[1].name));
    }
}
