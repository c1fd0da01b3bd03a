//! What each part of a document is worth where room is short: the catalogue, and what is inside of the members that are
//! objects.

use super::catalogue::challenge::{
    CLEANUP, DEFERRED, IDENTIFIER, NAMESERVERS, PRESENT, PROPAGATION,
};
use super::catalogue::order::{ACCOUNT, CERTIFICATE, ERROR, ORDER, ORDER_OBJECT};
use super::catalogue::{self, Member, Need};

/// What a part is worth, the least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Worth {
    /// Neither the contract nor an RFC knows it.
    Unknown,
    /// It explains to a person.
    Explains,
    /// Whoever needs it asks the CA for it, or reads it in the certificate.
    AskedAgain,
    /// A later program gets along without it.
    Spare,
    /// A later program needs it.
    Needed,
}

/// What is inside of a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Inside {
    /// Nothing that can be taken apart.
    Whole,
    /// An object.
    Members(Table),
    /// An array of objects.
    Elements(Table),
    /// An error, which is shortened and never taken away.
    Error,
    /// A text, which is shortened and never taken away.
    Text,
}

/// Where a member stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Table {
    /// In an order.
    Order,
    /// In a challenge of an order.
    Challenge,
    /// In a challenge on a line of its own, which may have those of an order too.
    Alone,
    /// In one of these members.
    Inner(&'static [Row]),
    /// In the order object of RFC 8555.
    OrderObject,
}

type Row = (&'static str, Worth);

const IN_ACCOUNT: &[Row] = &needed(["url", "key"]);
const IN_IDENTIFIER: &[Row] = &needed(["type", "value"]);
const IN_NAME_SERVER: &[Row] = &needed(["name", "addresses"]);
const IN_PROPAGATION: &[Row] = &needed(["timeout", "interval"]);
const IN_CLEANUP: &[Row] = &needed(["at", "seconds", "error"]);
const IN_CERTIFICATE: &[Row] = &[
    ("url", Worth::Needed),
    ("serial", Worth::AskedAgain),
    ("issuer", Worth::AskedAgain),
    ("not_before", Worth::AskedAgain),
    ("not_after", Worth::AskedAgain),
    ("key", Worth::Needed),
    ("cert", Worth::Needed),
    ("chain", Worth::Needed),
    ("fullchain", Worth::Needed),
];
const IN_PRESENT: &[Row] = &[
    ("program", Worth::Needed),
    ("at", Worth::Needed),
    ("began", Worth::Needed),
    ("seconds", Worth::Needed),
    ("output", Worth::Spare),
    ("said", Worth::Explains),
    ("journal", Worth::Needed),
    ("overlaps", Worth::Needed),
    ("batch", Worth::Needed),
    ("jobs", Worth::Needed),
];

/// What tells which order it is, and for what.
const NEEDED_OF_ORDER: [&str; 3] = ["url", "status", "identifiers"];

const fn needed<const COUNT: usize>(names: [&'static str; COUNT]) -> [Row; COUNT] {
    let mut rows = [("", Worth::Needed); COUNT];
    let mut index = 0;
    while index < COUNT {
        rows[index].0 = names[index];
        index += 1;
    }
    rows
}

impl Table {
    /// What the member of this name is worth, and what is inside of it.
    pub(super) fn look_up(self, name: &str) -> (Worth, Inside) {
        match self {
            Table::Order => of_order(name),
            Table::Challenge => of_challenge(name),
            Table::Alone => match of_challenge(name) {
                (Worth::Unknown, _) => of_order(name),
                known => known,
            },
            Table::OrderObject => of_order_object(name),
            Table::Inner(rows) => {
                let row = rows.iter().find(|(known, _)| *known == name);
                let worth = row.map_or(Worth::Unknown, |(_, worth)| *worth);
                match name {
                    "error" if worth != Worth::Unknown => (Worth::Explains, Inside::Error),
                    _ => (worth, Inside::Whole),
                }
            }
        }
    }
}

fn worth(member: Option<&Member>) -> Worth {
    match member.map(|member| member.need) {
        None => Worth::Unknown,
        Some(Need::Explains) => Worth::Explains,
        Some(Need::Needed | Need::Record) => Worth::Needed,
    }
}

fn of_order(name: &str) -> (Worth, Inside) {
    let inside = match name {
        _ if name == ORDER.name => Inside::Members(Table::OrderObject),
        _ if name == ACCOUNT.name => Inside::Members(Table::Inner(IN_ACCOUNT)),
        _ if name == CERTIFICATE.name => Inside::Members(Table::Inner(IN_CERTIFICATE)),
        _ if name == ERROR.name => return (Worth::Explains, Inside::Error),
        _ => Inside::Whole,
    };
    (worth(catalogue::order::find(name)), inside)
}

fn of_challenge(name: &str) -> (Worth, Inside) {
    let inside = match name {
        _ if name == ERROR.name => return (Worth::Explains, Inside::Error),
        _ if name == DEFERRED.name => return (Worth::Explains, Inside::Text),
        // Whoever needs them asks the zone for them.
        _ if name == NAMESERVERS.name => {
            return (Worth::Spare, Inside::Elements(Table::Inner(IN_NAME_SERVER)));
        }
        _ if name == IDENTIFIER.name => Inside::Members(Table::Inner(IN_IDENTIFIER)),
        _ if name == PRESENT.name => Inside::Members(Table::Inner(IN_PRESENT)),
        _ if name == PROPAGATION.name => Inside::Members(Table::Inner(IN_PROPAGATION)),
        _ if name == CLEANUP.name => Inside::Members(Table::Inner(IN_CLEANUP)),
        _ => Inside::Whole,
    };
    (worth(catalogue::challenge::find(name)), inside)
}

fn of_order_object(name: &str) -> (Worth, Inside) {
    match name {
        "error" => (Worth::Explains, Inside::Error),
        "identifiers" => (Worth::Needed, Inside::Elements(Table::Inner(IN_IDENTIFIER))),
        _ if NEEDED_OF_ORDER.contains(&name) => (Worth::Needed, Inside::Whole),
        _ if ORDER_OBJECT.contains(&name) => (Worth::AskedAgain, Inside::Whole),
        _ => (Worth::Unknown, Inside::Whole),
    }
}
