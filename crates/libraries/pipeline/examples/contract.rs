//! Reads the page acmepipe(7) on stdin and writes it with the lists of the contract as it is now, for `make man`.

use std::io::{self, Read, Write};

fn main() -> io::Result<()> {
    let mut page = String::new();
    io::stdin().read_to_string(&mut page)?;
    io::stdout().write_all(pipeline::manual::with_lists(&page).as_bytes())
}
