//! An object of a CA, and where it is.

use crate::error::{Error, Result};
use crate::objects::FromJson;
use crate::request::{Purpose, Request};
use crate::transport::Reply;
use std::time::Duration;

/// An object of a CA.
#[derive(Debug, Clone)]
pub struct Resource<T> {
    /// Where it is.
    pub url: String,
    /// The members that are used here.
    pub object: T,
    /// When the CA wants to be asked again.
    pub retry_after: Option<Duration>,
}

/// Reads the object from the reply to a request at this URL.
pub(crate) fn read<T: FromJson>(purpose: Purpose, url: &str, reply: &Reply) -> Result<Resource<T>> {
    let unreadable = |why| Error::Unreadable {
        request: Box::new(Request::post(purpose, url)),
        why,
    };
    Ok(Resource {
        url: url.to_owned(),
        object: reply.object().map_err(unreadable)?,
        retry_after: reply.retry_after,
    })
}
