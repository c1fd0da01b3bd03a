//! Stands in front of real name servers and bends what passes, as boxes on the way and odd servers do.
//!
//! Each line on stdin is `ADDRESS UPSTREAM RULE...` and takes the place of what held for that address; `ok` on stdout
//! says that it holds. [`rules`] has the rules. Each question is a line of JSON in the file that is the only argument.

mod log;
mod message;
mod post;
mod rules;

use std::collections::HashMap;
use std::error::Error;
use std::io::{self, BufRead, Write};
use std::net::IpAddr;
use std::sync::Arc;

use log::Log;
use post::Post;
use rules::Rules;

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args_os().nth(1).ok_or("no file for questions")?;
    let log = Arc::new(Log::open(path.as_ref())?);
    let mut posts: HashMap<IpAddr, Post> = HashMap::new();
    for line in io::stdin().lock().lines() {
        let line = line?;
        let mut words = line.split_whitespace();
        let mut address = || {
            words
                .next()
                .ok_or("no address")?
                .parse::<IpAddr>()
                .map_err(Box::<dyn Error>::from)
        };
        let (at, upstream) = (address()?, address()?);
        let rules = Rules::parse(words)?;
        if let Some(post) = posts.remove(&at) {
            post.close();
        }
        posts.insert(at, Post::open(at, upstream, rules, log.clone())?);
        let mut stdout = io::stdout().lock();
        writeln!(stdout, "ok")?;
        stdout.flush()?;
    }
    Ok(())
}
