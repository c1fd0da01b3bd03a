//! One run of a program over its documents: each is read, handed to the program's work, and written as soon as it is done.
//! At the end the run knows the exit status.
//!
//! Documents are independent: one that waits holds up no other, and each comes out when it is done.

#[cfg(feature = "tokio")]
mod challenges;
mod input;
mod main;
mod pass_on;
mod queue;
mod said;
mod state;
mod threads;

#[cfg(feature = "tokio")]
pub use challenges::Step;
pub use input::Request;
pub use main::{main, main_of_first};
pub use state::{Run, STACK};
pub use threads::Threads;
