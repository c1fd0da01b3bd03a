//! What is odd about servers and zones, said once each.

use std::io::{IsTerminal, stdin};

use command::message;
use dns::transport::Client;

/// Says what the client has found to be odd since the last time.
pub fn say_remarks(client: &Client) {
    for remark in client.take_remarks() {
        message::warning(&remark.to_string());
    }
}

/// Says to a person who has given nothing that documents are read, and what else belongs on the command line.
pub fn say_reads_terminal(what_belongs: &str) {
    if stdin().is_terminal() {
        message::note(&format!(
            "reading documents from the terminal; {what_belongs} on the command line"
        ));
    }
}
