//! The variables that say how to speak to a web server, and what that needs of the system.

use command::{Touch, Variable};

/// Whom to trust, and through which proxy to go.
pub const VARIABLES: [Variable; 5] = [
    trust::VARIABLES[0],
    trust::VARIABLES[1],
    trust::VARIABLES[2],
    proxies::VARIABLES[0],
    proxies::VARIABLES[1],
];

/// What is read to look up the server's host.
pub const HOSTS: Touch = Touch::Reads("what the system looks up hosts with");
