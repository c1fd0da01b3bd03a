//! What was asked of whom, when, and what came back.

use std::fs::File;
use std::io::{self, Write};
use std::net::IpAddr;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::message::{Question, answers, code};

/// The file of questions.
pub(crate) struct Log {
    file: Mutex<File>,
    began: Instant,
}

impl Log {
    pub(crate) fn open(path: &Path) -> io::Result<Log> {
        Ok(Log {
            file: Mutex::new(File::create(path)?),
            began: Instant::now(),
        })
    }

    /// The time since it was opened.
    pub(crate) fn now(&self) -> Duration {
        self.began.elapsed()
    }

    /// Writes one question that came at this time, and the reply to it, if any.
    pub(crate) fn write(
        &self,
        at: Duration,
        to: IpAddr,
        question: &Question,
        tcp: bool,
        reply: Option<&[u8]>,
    ) {
        let line = json!({
            "at": at.as_secs_f64(),
            "to": to.to_string(),
            "id": question.id,
            "name": question.name,
            "type": question.kind,
            "edns": question.edns,
            "tcp": tcp,
            "code": reply.and_then(code),
            "answers": reply.and_then(answers),
        });
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        // One write, so that whoever reads meanwhile sees whole lines. A test that finds none fails by itself.
        let _ = file.write_all(format!("{line}\n").as_bytes());
    }
}
