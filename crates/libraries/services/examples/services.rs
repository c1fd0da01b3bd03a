//! Reads the page dns01-services(7) on stdin and writes it with the list of services as it is now, for `make man`.

use std::io::{self, Read, Write};

fn main() -> io::Result<()> {
    let mut page = String::new();
    io::stdin().read_to_string(&mut page)?;
    io::stdout().write_all(services::manual::with_list(&page).as_bytes())
}
