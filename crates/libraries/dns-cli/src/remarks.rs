//! What is odd about servers and zones, said once each.

use command::message;
use dns::transport::Client;

/// Says what the client has found to be odd since the last time.
pub fn say_remarks(client: &Client) {
    for remark in client.take_remarks() {
        message::warning(&remark.to_string());
    }
}
