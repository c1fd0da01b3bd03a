//! An object of a CA, and where it is.

use crate::error::{Error, Result};
use crate::request::{Purpose, Request};
use crate::transport::Reply;
use serde::de::DeserializeOwned;
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

impl<T: DeserializeOwned> Resource<T> {
    /// Reads the object from the reply to a request at this URL.
    pub(crate) fn new(purpose: Purpose, url: &str, reply: &Reply) -> Result<Resource<T>> {
        let object = reply.object().and_then(|object| {
            T::deserialize(serde_json::Value::Object(object)).map_err(|error| error.to_string())
        });
        Ok(Resource {
            url: url.to_owned(),
            object: object.map_err(|why| Error::reply(Request::post(purpose, url), why))?,
            retry_after: reply.retry_after,
        })
    }
}
