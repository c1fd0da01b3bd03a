//! DNS messages as octets (RFC 1035 §4): as much as is needed to read a question, and to spoil a reply.

/// The type of the pseudo-record of EDNS (RFC 6891).
const OPT: u16 = 41;
/// Where the counts of records are, and the question behind them.
const ANCOUNT: usize = 6;
const ARCOUNT: usize = 10;
const HEADER: usize = 12;

/// What a query asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Question {
    /// The ID of the query, which it has again where it is sent again.
    pub(crate) id: u16,
    /// In lower case, with a dot at its end.
    pub(crate) name: String,
    /// By its number.
    pub(crate) kind: u16,
    /// Whether it has an OPT record.
    pub(crate) edns: bool,
    /// Where the question ends, in octets.
    end: usize,
}

impl Question {
    /// The question of a query, unless it is none.
    pub(crate) fn of(query: &[u8]) -> Option<Question> {
        let (mut name, mut at) = (String::new(), HEADER);
        loop {
            let length = usize::from(*query.get(at)?);
            at += 1;
            if length == 0 {
                break;
            }
            name.push_str(&String::from_utf8_lossy(query.get(at..at + length)?));
            name.push('.');
            at += length;
        }
        if name.is_empty() {
            name.push('.');
        }
        name.make_ascii_lowercase();
        let kind = number(query, at)?;
        let end = at + 4;
        let edns = records(query, end)?.iter().any(|record| record.kind == OPT);
        Some(Question {
            id: number(query, 0)?,
            name,
            kind,
            edns,
            end,
        })
    }
}

/// A record of a message, as it lies there.
struct Record {
    kind: u16,
    /// Where its length of data stands.
    length_at: usize,
    end: usize,
}

/// All records behind the question.
fn records(message: &[u8], question_end: usize) -> Option<Vec<Record>> {
    let count: usize = (ANCOUNT..HEADER)
        .step_by(2)
        .map(|at| number(message, at).map_or(0, usize::from))
        .sum();
    let (mut found, mut at) = (Vec::new(), question_end);
    for _ in 0..count {
        at = name_end(message, at)?;
        let length_at = at + 8;
        let end = length_at + 2 + usize::from(number(message, length_at)?);
        found.push(Record {
            kind: number(message, at)?,
            length_at,
            end,
        });
        at = end;
    }
    Some(found)
}

/// Where a name ends that may end in a pointer.
fn name_end(message: &[u8], mut at: usize) -> Option<usize> {
    loop {
        match *message.get(at)? {
            0 => return Some(at + 1),
            pointer if pointer >= 0xc0 => return Some(at + 2),
            length => at += 1 + usize::from(length),
        }
    }
}

fn number(message: &[u8], at: usize) -> Option<u16> {
    let octets = message.get(at..at + 2)?.try_into().ok()?;
    Some(u16::from_be_bytes(octets))
}

/// The code of a reply.
pub(crate) fn code(reply: &[u8]) -> Option<u8> {
    reply.get(3).map(|flags| flags & 0x0f)
}

/// How many records answer.
pub(crate) fn answers(reply: &[u8]) -> Option<u16> {
    number(reply, ANCOUNT)
}

/// A reply without records, with this code.
pub(crate) fn empty_reply(query: &[u8], question: &Question, code: u8) -> Vec<u8> {
    let mut reply = query.get(..question.end).unwrap_or(query).to_vec();
    for (at, octet) in [(2, 0x80 | (query[2] & 0x79)), (3, code)] {
        reply[at] = octet;
    }
    reply[ANCOUNT..HEADER].fill(0);
    reply
}

/// The same without records, marked as cut.
pub(crate) fn truncated(query: &[u8], question: &Question) -> Vec<u8> {
    let mut reply = empty_reply(query, question, 0);
    reply[2] |= 0x02;
    reply
}

/// A reply's identifier and flags, and octets behind them that are no message.
pub(crate) fn garbage(query: &[u8]) -> Vec<u8> {
    let mut reply = vec![query[0], query[1], 0x84, 0];
    reply.extend([0xff; 29]);
    reply
}

/// Takes the word away that the server has authority.
pub(crate) fn clear_authority(reply: &mut [u8]) {
    reply[2] &= !0x04;
}

/// Has the OPT record hold an option that is longer than the record. Without one, such a record is put in.
pub(crate) fn spoil_opt(reply: &mut Vec<u8>, question: &Question) {
    // An option of ten octets, of which two are there.
    let option = [0, 10, 0, 10, 0xab, 0xcd];
    let found = records(reply, question.end).unwrap_or_default();
    let Some(opt) = found.last().filter(|record| record.kind == OPT) else {
        return append(reply, &[0], OPT, 1232, &option);
    };
    reply.truncate(opt.end);
    let length = number(reply, opt.length_at).unwrap_or(0) + 6;
    reply[opt.length_at..opt.length_at + 2].copy_from_slice(&length.to_be_bytes());
    reply.extend(option);
}

/// Puts records into the additional section that no reader knows or that have the wrong length for their type.
pub(crate) fn add_odd_records(reply: &mut Vec<u8>) {
    const IN: u16 = 1;
    append(reply, &[1, b'x', 0], 65_280, IN, &[1, 2, 3, 4, 5, 6, 7]);
    append(reply, &[1, b'x', 0], 1, IN, &[192, 0, 2]);
    append(reply, &[1, b'x', 0], 28, IN, &[0x20, 1]);
}

/// Puts a record into the additional section that says to be longer than the message.
pub(crate) fn add_cut_record(reply: &mut Vec<u8>) {
    append(reply, &[1, b'x', 0], 1, 1, &[192, 0, 2, 1]);
    reply.truncate(reply.len() - 2);
}

fn append(reply: &mut Vec<u8>, name: &[u8], kind: u16, class: u16, data: &[u8]) {
    let length = u16::try_from(data.len()).unwrap_or(u16::MAX);
    reply.extend(name);
    reply.extend(kind.to_be_bytes());
    reply.extend(class.to_be_bytes());
    reply.extend([0, 0, 0, 60]);
    reply.extend(length.to_be_bytes());
    reply.extend(data);
    let count = number(reply, ARCOUNT).unwrap_or(0) + 1;
    reply[ARCOUNT..HEADER].copy_from_slice(&count.to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `a.Test. TXT`, with an empty OPT record.
    fn query() -> Vec<u8> {
        let mut query = vec![0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 1];
        query.extend(b"\x01a\x04Test\x00\x00\x10\x00\x01");
        query.extend([0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0]);
        query
    }

    #[test]
    fn a_question_is_read_in_lower_case_and_with_its_edns() {
        let question = Question::of(&query()).unwrap();
        assert_eq!((question.name.as_str(), question.kind), ("a.test.", 16));
        assert!(question.edns);
        let plain = empty_reply(&query(), &question, 5);
        let again = Question::of(&plain).unwrap();
        assert_eq!((again.name.as_str(), again.edns), ("a.test.", false));
        assert_eq!((code(&plain), answers(&plain)), (Some(5), Some(0)));
    }

    #[test]
    fn what_is_no_query_has_no_question() {
        for octets in [&[][..], &[0; 12], &[0xff; 20]] {
            assert_eq!(Question::of(octets), None, "{octets:?}");
        }
    }

    #[test]
    fn a_spoilt_opt_record_and_odd_records_keep_the_frame_of_the_message() {
        let question = Question::of(&query()).unwrap();
        for spoil in [
            (|reply| spoil_opt(reply, &Question::of(&query()).unwrap())) as fn(&mut Vec<u8>),
            add_odd_records,
        ] {
            let mut reply = query();
            spoil(&mut reply);
            let records = records(&reply, question.end).unwrap();
            assert_eq!(records.last().unwrap().end, reply.len());
            assert!(reply.len() > query().len());
        }
    }
}
