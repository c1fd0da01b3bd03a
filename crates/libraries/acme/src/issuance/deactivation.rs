//! Gives authorizations up (RFC 8555 §7.5.2): nobody can use them any more, not even for the account that has them.

use crate::account::Account;
use crate::error::Result;
use crate::objects::{Deactivation, Status};
use crate::request::Purpose;

impl Account {
    /// Gives these authorizations up, side by side, as far as they are of any use. Returns for each whether it was.
    pub fn deactivate_authorizations(&self, urls: &[String]) -> Vec<Result<bool>> {
        self.side_by_side(urls, |url| self.give_up(url))
    }

    fn give_up(&self, url: &str) -> Result<bool> {
        let status = self.authorization(url)?.object.status;
        if status.is_final() && status != Status::Valid {
            return Ok(false);
        }
        self.post(Purpose::Deactivation, url, &Deactivation::default())?;
        Ok(true)
    }
}
