//! What happens to what passes: a list of words, and the decisions on one query and on one reply.

use crate::message::{
    Question, add_cut_record, add_odd_records, clear_authority, empty_reply, garbage, set_case,
    spoil_opt, truncated,
};
use std::net::IpAddr;
use std::time::Duration;

const FORMERR: u8 = 1;
const SERVFAIL: u8 = 2;
const NXDOMAIN: u8 = 3;
const REFUSED: u8 = 5;
/// The numbers of the types CAA, DS and DNSKEY.
const CAA: u16 = 257;
const DS: u16 = 43;
const DNSKEY: u16 = 48;
/// Those of A and AAAA.
const ADDRESSES: [u16; 2] = [1, 28];

/// What is done at one address. Without any, everything passes as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Rules {
    /// `closed`: nothing listens.
    pub(crate) closed: bool,
    /// `no-tcp`: nothing listens for TCP.
    pub(crate) no_tcp: bool,
    /// `delay=MILLISECONDS`: so much later is each query passed on.
    pub(crate) delay: Duration,
    /// `loss=PERCENT`: so many datagrams are lost.
    pub(crate) loss: u8,
    /// `turns=ADDRESS`: of the same question, every second one goes to that server.
    turns: Option<IpAddr>,
    /// `limit=NUMBER`: of the same question so many datagrams are answered, and the others with TC alone.
    limit: Option<usize>,
    /// `silent`: nothing is answered.
    silent: bool,
    /// `drop-edns`: nothing with EDNS is answered.
    drop_edns: bool,
    /// `formerr-edns`: what has EDNS is answered with FORMERR.
    formerr_edns: bool,
    /// `garbage-edns`: what has EDNS is answered with what is no message.
    garbage_edns: bool,
    /// `refuse`: everything is answered with REFUSED.
    refuse: bool,
    /// `servfail`: everything is answered with SERVFAIL.
    servfail: bool,
    /// `servfail-caa`: what asks for CAA is answered with SERVFAIL.
    servfail_caa: bool,
    /// `servfail-ds`: what asks for DS is answered with SERVFAIL.
    servfail_ds: bool,
    /// `servfail-dnskey`: what asks for DNSKEY is answered with SERVFAIL.
    servfail_dnskey: bool,
    /// `nxdomain-capitals`: what asks for a name with capital letters is answered with NXDOMAIN.
    nxdomain_capitals: bool,
    /// `silent-addresses`: what asks for A or AAAA is not answered.
    silent_addresses: bool,
    /// `refuse-addresses`: what asks for them is answered with REFUSED.
    refuse_addresses: bool,
    /// `servfail-addresses`: what asks for them is answered with SERVFAIL.
    servfail_addresses: bool,
    /// `truncate`: datagrams are answered without records, and TC.
    truncate: bool,
    /// `lower-case`: replies have the question in lower case.
    lower_case: bool,
    /// `upper-case`: replies have the question in upper case.
    upper_case: bool,
    /// `no-aa`: replies do not say that the server has authority.
    no_aa: bool,
    /// `bad-opt`: replies have an OPT record with an option that is longer than the record.
    bad_opt: bool,
    /// `odd-additional`: replies have additional records of an unknown type and of wrong lengths.
    odd_additional: bool,
    /// `cut-additional`: replies have an additional record that says to be longer than they are.
    cut_additional: bool,
}

/// What is done with a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is lost.
    Lost,
    /// It is answered here.
    Answer(Vec<u8>),
    /// It goes on to the server.
    Forward,
}

impl Rules {
    /// Reads a list of words.
    ///
    /// # Errors
    /// One of them is no rule.
    pub(crate) fn parse<'a>(words: impl IntoIterator<Item = &'a str>) -> Result<Rules, String> {
        let mut rules = Rules::default();
        for word in words {
            let (name, number) = word.split_once('=').unwrap_or((word, "0"));
            if name == "turns" {
                let other = number.parse().map_err(|_| format!("{word}: no address"))?;
                rules.turns = Some(other);
                continue;
            }
            let number: u64 = number.parse().map_err(|_| format!("{word}: no number"))?;
            let flag = match name {
                "delay" => {
                    rules.delay = Duration::from_millis(number);
                    continue;
                }
                "limit" => {
                    rules.limit = usize::try_from(number).ok();
                    continue;
                }
                "loss" => {
                    rules.loss = u8::try_from(number).unwrap_or(100);
                    continue;
                }
                "closed" => &mut rules.closed,
                "no-tcp" => &mut rules.no_tcp,
                "silent" => &mut rules.silent,
                "drop-edns" => &mut rules.drop_edns,
                "formerr-edns" => &mut rules.formerr_edns,
                "garbage-edns" => &mut rules.garbage_edns,
                "refuse" => &mut rules.refuse,
                "servfail" => &mut rules.servfail,
                "servfail-caa" => &mut rules.servfail_caa,
                "servfail-ds" => &mut rules.servfail_ds,
                "servfail-dnskey" => &mut rules.servfail_dnskey,
                "nxdomain-capitals" => &mut rules.nxdomain_capitals,
                "silent-addresses" => &mut rules.silent_addresses,
                "refuse-addresses" => &mut rules.refuse_addresses,
                "servfail-addresses" => &mut rules.servfail_addresses,
                "truncate" => &mut rules.truncate,
                "lower-case" => &mut rules.lower_case,
                "upper-case" => &mut rules.upper_case,
                "no-aa" => &mut rules.no_aa,
                "bad-opt" => &mut rules.bad_opt,
                "odd-additional" => &mut rules.odd_additional,
                "cut-additional" => &mut rules.cut_additional,
                _ => return Err(format!("{word}: no such rule")),
            };
            *flag = true;
        }
        Ok(rules)
    }

    /// What is done with a query; `chance` is from 0 to 99.
    pub(crate) fn on_query(
        &self,
        query: &[u8],
        question: &Question,
        tcp: bool,
        chance: u8,
    ) -> Verdict {
        let lost = !tcp && chance < self.loss;
        let is_address = ADDRESSES.contains(&question.kind);
        let is_silent = self.silent || (is_address && self.silent_addresses);
        if lost || is_silent || (question.edns && self.drop_edns) {
            return Verdict::Lost;
        }
        if question.edns && self.garbage_edns {
            return Verdict::Answer(garbage(query));
        }
        let code = [
            (self.refuse, REFUSED),
            (self.servfail, SERVFAIL),
            (question.kind == CAA && self.servfail_caa, SERVFAIL),
            (question.kind == DS && self.servfail_ds, SERVFAIL),
            (question.kind == DNSKEY && self.servfail_dnskey, SERVFAIL),
            (is_address && self.refuse_addresses, REFUSED),
            (is_address && self.servfail_addresses, SERVFAIL),
            (question.edns && self.formerr_edns, FORMERR),
            (question.capitals && self.nxdomain_capitals, NXDOMAIN),
        ];
        if let Some((_, code)) = code.into_iter().find(|(says, _)| *says) {
            return Verdict::Answer(empty_reply(query, question, code));
        }
        if self.truncate && !tcp {
            return Verdict::Answer(truncated(query, question));
        }
        Verdict::Forward
    }

    /// Whom a question goes to that was asked so often before, where it is another than the server behind the address.
    pub(crate) fn other_server(&self, asked: usize) -> Option<IpAddr> {
        self.turns.filter(|_| asked % 2 == 1)
    }

    /// Whether a datagram is too many whose question came so often before.
    pub(crate) fn is_over_limit(&self, before: usize) -> bool {
        self.limit.is_some_and(|limit| before >= limit)
    }

    /// Bends a reply of the server.
    pub(crate) fn on_reply(&self, reply: &mut Vec<u8>, question: &Question) {
        if self.lower_case {
            set_case(reply, question, u8::make_ascii_lowercase);
        }
        if self.upper_case {
            set_case(reply, question, u8::make_ascii_uppercase);
        }
        if self.no_aa {
            clear_authority(reply);
        }
        if self.bad_opt {
            spoil_opt(reply, question);
        }
        if self.odd_additional {
            add_odd_records(reply);
        }
        if self.cut_additional {
            add_cut_record(reply);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `a. TXT`, without EDNS.
    const QUERY: &[u8] = b"\0\x07\0\0\0\x01\0\0\0\0\0\0\x01a\0\0\x10\0\x01";

    fn verdict(words: &str, edns: bool, tcp: bool) -> Verdict {
        let mut question = Question::of(QUERY).unwrap();
        question.edns = edns;
        let rules = Rules::parse(words.split_whitespace()).unwrap();
        rules.on_query(QUERY, &question, tcp, 29)
    }

    #[test]
    fn each_rule_bends_what_it_says_and_nothing_else() {
        let forwarded = |words, edns, tcp| verdict(words, edns, tcp) == Verdict::Forward;
        let lost = |words, edns, tcp| verdict(words, edns, tcp) == Verdict::Lost;
        let code = |words, edns| match verdict(words, edns, false) {
            Verdict::Answer(reply) => reply[3],
            other => panic!("{words}: {other:?}"),
        };
        assert!(forwarded("", true, false) && forwarded("no-aa bad-opt", true, false));
        assert!(lost("loss=30", true, false) && forwarded("loss=29", true, false));
        assert!(
            forwarded("loss=30", true, true),
            "TCP sends again by itself"
        );
        assert!(lost("drop-edns", true, true) && forwarded("drop-edns", false, false));
        assert!(lost("silent", false, true));
        assert_eq!(code("formerr-edns", true), FORMERR);
        assert!(forwarded(
            "servfail-caa servfail-ds servfail-dnskey",
            true,
            false
        ));
        assert!(forwarded(
            "silent-addresses refuse-addresses servfail-addresses",
            true,
            false
        ));
        assert!(forwarded("formerr-edns garbage-edns", false, false));
        assert_eq!(code("refuse", false), REFUSED);
        assert_eq!(code("servfail", false), SERVFAIL);
        assert_eq!(code("truncate", false), 0);
        assert!(forwarded("nxdomain-capitals", true, false));
        assert!(forwarded("truncate", false, true));
    }

    #[test]
    fn of_the_same_question_every_second_one_goes_to_the_other_server() {
        let other: IpAddr = "192.0.2.1".parse().unwrap();
        let rules = Rules::parse(["turns=192.0.2.1"]).unwrap();
        let goes = [0, 1, 2, 3].map(|asked| rules.other_server(asked));
        assert_eq!(goes, [None, Some(other), None, Some(other)]);
        assert_eq!(Rules::default().other_server(1), None);
    }

    #[test]
    fn a_name_is_known_only_in_lower_case_and_sent_back_in_another() {
        let mut query = QUERY.to_vec();
        query[13] = b'A';
        let question = Question::of(&query).unwrap();
        let rules = Rules::parse(["nxdomain-capitals"]).unwrap();
        let verdict = rules.on_query(&query, &question, false, 0);
        assert!(matches!(verdict, Verdict::Answer(reply) if reply[3] == NXDOMAIN));
        for (rule, case) in [("lower-case", b'a'), ("upper-case", b'A')] {
            let mut reply = query.clone();
            let rules = Rules::parse([rule]).unwrap();
            rules.on_reply(&mut reply, &question);
            assert_eq!(reply[13], case, "{rule}");
            assert_eq!(reply.len(), query.len());
        }
    }

    #[test]
    fn so_many_datagrams_are_answered_as_the_limit_says() {
        let rules = Rules::parse(["limit=2"]).unwrap();
        let is_over = [0, 1, 2, 3].map(|before| rules.is_over_limit(before));
        assert_eq!(is_over, [false, false, true, true]);
        assert!(!Rules::default().is_over_limit(9));
    }

    #[test]
    fn what_is_no_rule_is_an_error() {
        for words in ["loos=3", "delay=x", "turns=x"] {
            assert!(Rules::parse([words]).is_err(), "{words}");
        }
    }
}
