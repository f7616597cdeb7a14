//! Questions over one TCP connection (RFC 7766): what did not fit into a datagram. Bounded in time, whatever the server
//! does.

use super::liveness::GLANCE;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// Sends all queries and gives what comes back until all are answered, the server closes, or the time is over.
/// Which answer belongs to which query is for the caller to find.
pub fn ask(
    server: SocketAddr,
    queries: &[&[u8]],
    timeout: Duration,
    cancelled: &dyn Fn() -> bool,
) -> Vec<Vec<u8>> {
    let end = Instant::now() + timeout;
    let mut bytes = vec![];
    let Ok(mut stream) = open(server, queries, timeout) else { return vec![] };
    let mut piece = [0; 8 << 10];
    loop {
        let answers = frames(&bytes);
        if answers.len() >= queries.len() || Instant::now() >= end || cancelled() {
            return answers;
        }
        match stream.read(&mut piece) {
            Ok(0) => return answers,
            Ok(length) => bytes.extend_from_slice(piece.get(..length).unwrap_or_default()),
            Err(error) => match error.kind() {
                std::io::ErrorKind::WouldBlock
                | std::io::ErrorKind::TimedOut
                | std::io::ErrorKind::Interrupted => {}
                _ => return answers,
            },
        }
    }
}

fn open(server: SocketAddr, queries: &[&[u8]], timeout: Duration) -> std::io::Result<TcpStream> {
    let mut stream = TcpStream::connect_timeout(&server, timeout)?;
    stream.set_write_timeout(Some(timeout))?;
    stream.set_read_timeout(Some(GLANCE))?;
    let mut bytes = vec![];
    for query in queries {
        bytes.extend_from_slice(&u16::try_from(query.len()).unwrap_or(u16::MAX).to_be_bytes());
        bytes.extend_from_slice(query);
    }
    stream.write_all(&bytes)?;
    Ok(stream)
}

/// The messages that are whole; each has its length before it.
fn frames(mut bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut out = vec![];
    while let Some((length, rest)) = bytes.split_first_chunk() {
        let Some((message, rest)) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length))) else {
            break;
        };
        out.push(message.to_vec());
        bytes = rest;
    }
    out
}
