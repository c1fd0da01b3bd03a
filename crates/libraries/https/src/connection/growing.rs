//! A connection whose buffer grows with the headers of a reply, since ureq wants them whole: most have some hundred bytes,
//! and there may be a hundred connections.

use ureq::Error;
use ureq::unversioned::transport::{Buffers, NextTimeout, Transport};

/// What a buffer has at first, in bytes.
const AT_FIRST: usize = 4 * 1024;

/// Puts a buffer that grows before the one that a transport has.
#[derive(Debug)]
pub(super) struct Growing<T> {
    inner: T,
    input: Input,
}

/// What came and is not used up yet.
#[derive(Debug)]
struct Input {
    bytes: Vec<u8>,
    consumed: usize,
    filled: usize,
    most: usize,
    /// Whether the last look at it used up a part.
    progress: bool,
}

impl<T: Transport> Growing<T> {
    /// The buffer holds `most` bytes in the end.
    pub(super) fn new(inner: T, most: usize) -> Growing<T> {
        let input = Input::new(most);
        Growing { inner, input }
    }
}

impl Input {
    fn new(most: usize) -> Input {
        Input {
            bytes: Vec::new(),
            consumed: 0,
            filled: 0,
            most,
            progress: false,
        }
    }

    fn unconsumed(&self) -> &[u8] {
        &self.bytes[self.consumed..self.filled]
    }

    /// Where more can be put: nowhere once there is as much as may be.
    fn room(&mut self) -> &mut [u8] {
        if self.consumed == self.filled {
            (self.consumed, self.filled) = (0, 0);
        }
        if self.filled == self.bytes.len() && self.consumed > 0 {
            self.bytes.copy_within(self.consumed..self.filled, 0);
            self.filled -= self.consumed;
            self.consumed = 0;
        }
        if self.filled == self.bytes.len() {
            let size = (self.bytes.len() * 2).clamp(AT_FIRST, self.most);
            self.bytes.resize(size, 0);
        }
        &mut self.bytes[self.filled..]
    }

    fn consume(&mut self, amount: usize) {
        self.progress = amount > 0;
        self.consumed = (self.consumed + amount).min(self.filled);
        if self.consumed == self.filled && self.bytes.len() > AT_FIRST {
            *self = Input {
                progress: self.progress,
                ..Input::new(self.most)
            };
        }
    }
}

impl<T: Transport> Buffers for Growing<T> {
    fn output(&mut self) -> &mut [u8] {
        self.inner.buffers().output()
    }

    fn input(&self) -> &[u8] {
        self.input.unconsumed()
    }

    fn input_append_buf(&mut self) -> &mut [u8] {
        self.input.room()
    }

    fn input_appended(&mut self, amount: usize) {
        self.input.filled += amount;
    }

    fn input_consume(&mut self, amount: usize) {
        self.input.consume(amount);
    }

    fn tmp_and_output(&mut self) -> (&mut [u8], &mut [u8]) {
        (self.input.room(), self.inner.buffers().output())
    }

    fn can_use_input(&self) -> bool {
        self.input.progress && !self.input.unconsumed().is_empty()
    }
}

impl<T: Transport> Transport for Growing<T> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        self.inner.transmit_output(amount, timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        let room = self.input.room();
        if room.is_empty() || !self.inner.maybe_await_input(timeout)? {
            return Ok(false);
        }
        let came = self.inner.buffers().input();
        let amount = came.len().min(room.len());
        room[..amount].copy_from_slice(&came[..amount]);
        self.inner.buffers().input_consume(amount);
        self.input.filled += amount;
        Ok(amount > 0)
    }

    fn is_open(&mut self) -> bool {
        self.inner.is_open()
    }

    fn is_tls(&self) -> bool {
        self.inner.is_tls()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(input: &mut Input, bytes: &[u8]) -> usize {
        let room = input.room();
        let amount = bytes.len().min(room.len());
        room[..amount].copy_from_slice(&bytes[..amount]);
        input.filled += amount;
        amount
    }

    #[test]
    fn a_buffer_grows_to_what_it_may_have_and_shrinks_once_it_is_empty() {
        let most = 4 * AT_FIRST;
        let mut input = Input::new(most);
        let sent: Vec<u8> = (0..=250).cycle().take(most + 1).collect();
        let mut rest = &sent[..];
        while let amount @ 1.. = put(&mut input, rest) {
            rest = &rest[amount..];
        }
        assert_eq!(input.unconsumed(), &sent[..most]);
        assert_eq!(rest.len(), 1);
        input.consume(most - 1);
        assert_eq!(input.bytes.len(), most);
        assert_eq!(put(&mut input, rest), 1);
        assert_eq!(input.unconsumed(), &sent[most - 1..]);
        input.consume(2);
        assert_eq!(input.bytes.len(), 0);
        assert_eq!(put(&mut input, b"next"), 4);
        assert_eq!(input.unconsumed(), b"next");
        assert_eq!(input.bytes.len(), AT_FIRST);
    }

    #[test]
    fn what_was_left_unused_is_awaited_and_not_offered_again() {
        let mut input = Input::new(AT_FIRST);
        put(&mut input, b"two words");
        for (amount, progress) in [(4, true), (0, false), (5, true)] {
            input.consume(amount);
            assert_eq!(input.progress, progress);
        }
        assert!(input.unconsumed().is_empty());
    }
}
