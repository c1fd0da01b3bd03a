//! The service: an HTTP server that is told of each record.

use crate::{message, settings};
use command::{Args, Usage};
use dns_program::{Action, Answer, Change, Failure, Record, Service};
use dns01_httpreq::{ENDPOINT, HTTP_TIMEOUT, MODE, POLLING_INTERVAL, PROPAGATION_TIMEOUT};
use pipeline::DomainName;
use web_service::{Base, Client, Header, Request, warn_of_clear_text};

/// A server.
pub(crate) struct HttpReq {
    client: Client,
    endpoint: Base,
    login: Option<Header>,
    is_raw: bool,
    answer: Answer,
}

impl HttpReq {
    /// As options, variables and files say.
    ///
    /// # Errors
    /// What is wrong with them.
    pub(crate) fn from_args(args: &Args) -> Result<HttpReq, Usage> {
        let answer = Answer::read(args, &PROPAGATION_TIMEOUT, &POLLING_INTERVAL)?;
        let Some(url) = args.text(&ENDPOINT)? else {
            return Err(Usage::new(
                "no server: set HTTPREQ_ENDPOINT to its URL, or say that with --endpoint",
            ));
        };
        let name = args.name_given(&ENDPOINT);
        let endpoint = Base::parse(&url).map_err(|why| match why.contains("password") {
            true => Usage::new(format!(
                "{name} {why}: set HTTPREQ_USERNAME and HTTPREQ_PASSWORD instead"
            )),
            false => Usage::new(format!("{name} {why}")),
        })?;
        let login = settings::login(args)?;
        if login.is_some() {
            warn_of_clear_text(args, &endpoint, &name);
        }
        Ok(HttpReq {
            client: Client::new(args, &endpoint, &HTTP_TIMEOUT)?,
            endpoint,
            login,
            is_raw: args.text(&MODE)?.as_deref() == Some("RAW"),
            answer: Answer {
                // One call knows all that RAW mode needs, and keeps its connection.
                batch: true,
                ..answer
            },
        })
    }

    fn request(&self, action: Action, record: &Record) -> Result<Request, Failure> {
        let path = match action {
            Action::Present => "present",
            Action::Cleanup => "cleanup",
        };
        // A value that is there already is added by nobody, and one that is gone is removed by nobody.
        let request = Request::new("POST", self.endpoint.join(&[path])).repeatable();
        let request = request.headers(self.login.as_slice());
        Ok(request.body(message::of(record, self.is_raw)?))
    }

    fn send(&self, action: Action, record: &Record) -> Result<(), Failure> {
        let reply = self.client.send(&self.request(action, record)?)?;
        if reply.is_success() {
            return Ok(());
        }
        let failure = reply.refused();
        Err(match (reply.status, &self.login) {
            (401 | 403, Some(_)) => {
                failure.hint("Check HTTPREQ_USERNAME and HTTPREQ_PASSWORD, or HTTPREQ_TOKEN.")
            }
            (401 | 403, None) => failure.hint(
                "The server wants to know who asks: set HTTPREQ_USERNAME and HTTPREQ_PASSWORD, or HTTPREQ_TOKEN.",
            ),
            (404 | 405, _) => failure.hint(
                "HTTPREQ_ENDPOINT has to be what comes before /present and /cleanup in the server's URLs.",
            ),
            (400 | 422, _) if self.is_raw => failure
                .hint("The server may want a name and a value: then HTTPREQ_MODE must not be RAW."),
            (400 | 422, _) => failure.hint(
                "The server may want the domain, the token and the key authorization: then HTTPREQ_MODE has to be RAW.",
            ),
            _ => failure,
        })
    }
}

impl Service for HttpReq {
    fn answer(&self) -> Answer {
        self.answer
    }

    fn is_raw(&self) -> bool {
        self.is_raw
    }

    fn has_zones(&self) -> bool {
        false
    }

    fn zone(&self, _: &DomainName) -> Result<DomainName, Failure> {
        DomainName::parse(".").map_err(Failure::new)
    }

    /// One after the other: what the server does with two at once nobody knows.
    fn change(&self, change: &Change<'_>) -> Vec<Result<(), Failure>> {
        let records = change.records.iter();
        records
            .map(|record| self.send(change.action, record))
            .collect()
    }

    fn show(&self, change: &Change<'_>) -> Result<String, Failure> {
        let records = change.records.iter();
        records
            .map(|record| Ok(self.request(change.action, record)?.show()))
            .collect()
    }
}
