//! Servers of HTTP/2 that answer in odd ways.

use futures_util::future::{join_all, poll_immediate};
use h2::RecvStream;
use h2::server::SendResponse;
use http::header::CONTENT_LENGTH;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

use super::*;
use crate::testing::block_on;

const URL: &str = "https://dns.test/dns-query";

/// What a server is handed: a request, and a way to answer it.
type Asked = (Request<RecvStream>, SendResponse<Bytes>);

/// What a server does on a connection.
type Serve = fn(DuplexStream);

/// Posts so many queries at once to a server: what comes of them, and over how many connections.
fn post(queries: usize, serve: Serve) -> (Vec<Result<Vec<u8>, NetworkFault>>, usize) {
    block_on(async {
        let (slot, connections) = (Slot::default(), Mutex::new(0));
        let open = || async {
            *connections.lock().unwrap() += 1;
            let (ours, theirs) = duplex(1 << 16);
            serve(theirs);
            speak(ours).await
        };
        let posted = (0..queries).map(|_| slot.post(open, URL, b"query"));
        let posted = join_all(posted).await;
        let connections = *connections.lock().unwrap();
        (posted, connections)
    })
}

/// Answers a request with this body, which may not be all.
fn answer(
    (_, mut respond): Asked,
    headers: &[(http::HeaderName, &str)],
    body: &'static [u8],
    is_whole: bool,
) {
    let mut response = Response::builder().header(CONTENT_TYPE, MESSAGE);
    for (name, value) in headers {
        response = response.header(name, *value);
    }
    let mut stream = respond
        .send_response(response.body(()).unwrap(), false)
        .unwrap();
    stream
        .send_data(Bytes::from_static(body), is_whole)
        .unwrap();
    if !is_whole {
        // It stays open until the connection is closed.
        std::mem::forget(stream);
    }
}

#[test]
fn what_a_server_leaves_open_when_it_closes_the_connection_is_asked_over_another() {
    let serve: Serve = |stream| {
        tokio::spawn(async move {
            let mut server = h2::server::handshake(stream).await.unwrap();
            let first = server.accept().await.unwrap().unwrap();
            answer(first, &[], b"reply", true);
            server.graceful_shutdown();
            while let Some(Ok(others)) = server.accept().await {
                drop(others);
            }
        });
    };
    for queries in [1, 5, 20] {
        let (posted, connections) = post(queries, serve);
        assert_eq!(posted, vec![Ok(b"reply".to_vec()); queries]);
        assert_eq!(connections, queries);
    }
}

#[test]
fn one_that_closes_without_an_answer_is_tried_twice() {
    let closes: Serve = |stream| {
        tokio::spawn(async move {
            let mut server = h2::server::handshake(stream).await.unwrap();
            drop(server.accept().await);
        });
    };
    let refuses: Serve = |stream| {
        tokio::spawn(async move {
            let mut server = h2::server::handshake(stream).await.unwrap();
            while let Some(Ok((_, mut respond))) = server.accept().await {
                respond.send_reset(Reason::REFUSED_STREAM);
            }
        });
    };
    for (serve, says) in [
        (closes, "it closes the connection without an answer"),
        (refuses, "it breaks the request off (REFUSED_STREAM)"),
    ] {
        let (posted, connections) = post(1, serve);
        assert_eq!(posted[0].as_ref().unwrap_err().to_string(), says);
        assert_eq!(connections, 2, "{says}");
    }
}

#[test]
fn an_answer_that_ends_early_is_none() {
    let amid: Serve = |stream| {
        tokio::spawn(async move {
            let mut server = h2::server::handshake(stream).await.unwrap();
            let first = server.accept().await.unwrap().unwrap();
            answer(first, &[], b"rep", false);
            // What was written goes out when it looks for more.
            let _ = poll_immediate(server.accept()).await;
        });
    };
    let short: Serve = |stream| {
        tokio::spawn(async move {
            let mut server = h2::server::handshake(stream).await.unwrap();
            while let Some(Ok(one)) = server.accept().await {
                answer(one, &[(CONTENT_LENGTH, "10")], b"reply", true);
            }
        });
    };
    for (serve, says) in [
        (amid, "it closes the connection in the middle of its answer"),
        (short, "what it sends is no HTTP/2 (PROTOCOL_ERROR)"),
    ] {
        let (posted, _) = post(1, serve);
        assert_eq!(posted[0].as_ref().unwrap_err().to_string(), says);
    }
}

#[test]
fn one_that_does_not_speak_http2_is_said_not_to() {
    let serve: Serve = |mut stream| {
        tokio::spawn(async move {
            let mut asked = [0; 24];
            stream.read_exact(&mut asked).await.unwrap();
            stream
                .write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                .await
                .unwrap();
        });
    };
    let (posted, _) = post(1, serve);
    let says = posted[0].as_ref().unwrap_err().to_string();
    assert!(says.starts_with("what it sends is no HTTP/2 ("), "{says}");
}

#[test]
fn one_that_waits_for_something_else_is_not_waited_for() {
    let serve: Serve = |mut stream| {
        tokio::spawn(async move {
            let mut asked = Vec::new();
            // As a server of DNS over TLS does, to which the preface is a length.
            drop(stream.read_to_end(&mut asked).await);
        });
    };
    let (posted, connections) = post(1, serve);
    let says = posted[0].as_ref().unwrap_err().to_string();
    assert_eq!(
        (says.as_str(), connections),
        ("it does not speak HTTP/2", 1)
    );
}

#[test]
fn one_that_takes_no_questions_is_not_waited_for() {
    let serve: Serve = |stream| {
        tokio::spawn(async move {
            let mut builder = h2::server::Builder::new();
            builder.max_concurrent_streams(0);
            let server = builder.handshake::<_, Bytes>(stream).await;
            let mut server = server.unwrap();
            while let Some(Ok(_)) = server.accept().await {}
        });
    };
    let (posted, _) = post(1, serve);
    let says = posted[0].as_ref().unwrap_err().to_string();
    assert!(says.contains("MAX_CONCURRENT_STREAMS"), "{says}");
}

#[test]
fn only_a_message_in_a_response_that_says_ok_is_a_reply() {
    for (status, kind, refused) in [
        (200, Some("application/dns-message"), None),
        (
            200,
            Some("text/html"),
            Some("what it answers is no DNS message"),
        ),
        (200, None, Some("what it answers is no DNS message")),
        (
            404,
            Some("text/html"),
            Some("it answers with the HTTP status 404 Not Found"),
        ),
        (
            301,
            None,
            Some("it answers with the HTTP status 301 Moved Permanently"),
        ),
    ] {
        let mut response = Response::builder().status(status);
        if let Some(kind) = kind {
            response = response.header(CONTENT_TYPE, kind);
        }
        let said = refusal(&response.body(()).unwrap());
        assert_eq!(said.as_deref(), refused, "{status} {kind:?}");
    }
}
