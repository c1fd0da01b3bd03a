//! As much of DER (X.690) as it takes to find one's way through a certificate. A parser for all of X.509 would be a
//! tenth of this program; what is looked for here stands in fixed places.

/// What stands in a certificate, by tag.
pub(crate) const BOOLEAN: u8 = 0x01;
pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const OCTETS: u8 = 0x04;
pub(crate) const OID: u8 = 0x06;
pub(crate) const UTC_TIME: u8 = 0x17;
pub(crate) const GENERALIZED_TIME: u8 = 0x18;
pub(crate) const SEQUENCE: u8 = 0x30;
pub(crate) const SET: u8 = 0x31;

/// A value with its tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Element<'a> {
    pub(crate) tag: u8,
    pub(crate) value: &'a [u8],
    /// Tag, length and value.
    pub(crate) raw: &'a [u8],
}

/// One element after another.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) fn new(der: &'a [u8]) -> Reader<'a> {
        Reader(der)
    }

    /// The next element, which has to have this tag.
    pub(crate) fn expect(&mut self, tag: u8) -> Option<Element<'a>> {
        self.next_if(|found| found == tag)
    }

    /// What is inside the next element, which has to have this tag.
    pub(crate) fn enter(&mut self, tag: u8) -> Option<Reader<'a>> {
        self.expect(tag).map(|element| Reader(element.value))
    }

    /// The next element if its tag is one that is wanted; otherwise it stays the next.
    pub(crate) fn next_if(&mut self, wanted: impl Fn(u8) -> bool) -> Option<Element<'a>> {
        let mut ahead = *self;
        let element = ahead.next()?;
        if !wanted(element.tag) {
            return None;
        }
        *self = ahead;
        Some(element)
    }
}

impl<'a> Iterator for Reader<'a> {
    type Item = Element<'a>;

    fn next(&mut self) -> Option<Element<'a>> {
        let (&tag, rest) = self.0.split_first()?;
        let (&first, rest) = rest.split_first()?;
        // Tags of more than one byte occur in no certificate.
        if tag & 0x1f == 0x1f {
            return None;
        }
        let (length, rest) = match first {
            0..=0x7f => (usize::from(first), rest),
            0x81..=0x83 => {
                let (bytes, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
                let length = bytes
                    .iter()
                    .fold(0, |sum, byte| sum << 8 | usize::from(*byte));
                (length, rest)
            }
            _ => return None,
        };
        let (value, rest) = rest.split_at_checked(length)?;
        let raw = &self.0[..self.0.len() - rest.len()];
        self.0 = rest;
        Some(Element { tag, value, raw })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_read_one_after_another_and_into_each_other() {
        let mut reader = Reader::new(&[0x30, 0x03, 0x02, 0x01, 0x05, 0x04, 0x00]);
        assert_eq!(reader.expect(INTEGER), None);
        let mut inner = reader.enter(SEQUENCE).expect("a sequence");
        assert_eq!(inner.expect(INTEGER).expect("an integer").value, [5]);
        assert_eq!(inner.next(), None);
        assert_eq!(reader.next().expect("octets").raw, [0x04, 0x00]);
    }

    #[test]
    fn long_lengths_are_understood_and_lying_ones_are_not() {
        let mut long = vec![OCTETS, 0x82, 0x01, 0x00];
        long.extend([7; 256]);
        assert_eq!(Reader::new(&long).next().expect("octets").value.len(), 256);
        for lie in [
            &long[..200],
            &[0x30],
            &[0x30, 0x80],
            &[0x30, 0x84, 0xff, 0xff, 0xff, 0xff],
            &[0x1f, 0x00],
            &[],
        ] {
            assert_eq!(Reader::new(lie).next(), None);
        }
    }
}
