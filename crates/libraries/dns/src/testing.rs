//! What the unit tests share.

use std::future::Future;

use hickory_proto::op::{Message, OpCode};
use hickory_proto::rr::rdata::TXT;
use hickory_proto::rr::{Name, RData, Record};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, UdpSocket};

/// Runs a future on a runtime of its own.
pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(future)
}

/// A server at a port of its own on this machine, until the runtime ends.
pub(crate) struct FakeServer {
    udp: UdpSocket,
    tcp: TcpListener,
}

impl FakeServer {
    /// A server that keeps silent until it is told otherwise.
    pub(crate) async fn bind() -> (FakeServer, std::net::SocketAddr) {
        let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = tcp.local_addr().unwrap();
        let udp = UdpSocket::bind(address).await.unwrap();
        (FakeServer { udp, tcp }, address)
    }

    /// Sends back what `serve` makes of each query over UDP, and [`answered`] over TCP.
    pub(crate) fn serve(self, serve: impl Fn(&Message) -> Vec<Vec<u8>> + Send + 'static) {
        let Self { udp, tcp } = self;
        tokio::spawn(async move {
            let mut buffer = [0; 512];
            loop {
                let (length, from) = udp.recv_from(&mut buffer).await.unwrap();
                for reply in serve(&Message::from_vec(&buffer[..length]).unwrap()) {
                    udp.send_to(&reply, from).await.unwrap();
                }
            }
        });
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = tcp.accept().await.unwrap();
                let mut query = vec![0; usize::from(stream.read_u16().await.unwrap())];
                stream.read_exact(&mut query).await.unwrap();
                let reply = answered(&Message::from_vec(&query).unwrap());
                stream.write_u16(reply.len() as u16).await.unwrap();
                stream.write_all(&reply).await.unwrap();
            }
        });
    }
}

/// A reply to the query, after a change.
pub(crate) fn reply_to(query: &Message, change: impl Fn(&mut Message)) -> Vec<u8> {
    let mut reply = Message::response(query.id, OpCode::Query);
    reply.add_queries(query.queries.clone());
    reply.metadata.authoritative = true;
    change(&mut reply);
    reply.to_vec().unwrap()
}

/// A reply to the query with one TXT record.
pub(crate) fn answered(query: &Message) -> Vec<u8> {
    reply_to(query, |reply| {
        let text = RData::TXT(TXT::new(vec!["v".into()]));
        let owner = Name::from_ascii("a.test.").unwrap();
        reply.add_answer(Record::from_rdata(owner, 60, text));
    })
}
