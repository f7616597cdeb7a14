//! An HTTP server on loopback that answers by a script and writes down what it was asked, with everything that can go
//! wrong behind a URL.

use super::certificates::Identity;
use openssl::ssl::{SslAcceptor, SslFiletype, SslMethod};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// Longest time that any connection lives.
const PATIENCE: Duration = Duration::from_secs(20);

/// What was asked.
#[derive(Debug, Clone)]
pub struct Asked {
    pub method: String,
    /// Path and query; host and port with `CONNECT`.
    pub target: String,
    /// As sent, names in lower case.
    pub headers: Vec<(String, String)>,
    /// As long as Content-Length says.
    pub body: Vec<u8>,
    pub at: Instant,
}

impl Asked {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(header, _)| header == name).map(|(_, value)| value.as_str())
    }
}

/// What is answered.
#[derive(Debug, Clone)]
pub enum Reply {
    /// A whole answer.
    Status(u16, Vec<(String, String)>, Vec<u8>),
    /// A head with status 200, then a byte at a time with so much between them, without end.
    Drip(Duration),
    /// A head with status 200, then bytes as fast as they are taken, without end.
    Endless,
    /// These bytes and the end.
    Raw(Vec<u8>),
    /// Nothing, and the connection stays.
    Silence,
    /// Nothing, and the connection ends.
    Close,
    /// A tunnel to this address, as a proxy makes it.
    Tunnel(SocketAddr),
}

impl Reply {
    pub fn ok(media_type: &str, body: &str) -> Reply {
        Reply::Status(200, vec![("Content-Type".to_owned(), media_type.to_owned())], body.as_bytes().to_vec())
    }

    pub fn status(status: u16) -> Reply {
        Reply::Status(status, vec![], vec![])
    }

    pub fn redirect(status: u16, location: &str) -> Reply {
        Reply::Status(status, vec![("Location".to_owned(), location.to_owned())], vec![])
    }

    pub fn with(mut self, name: &str, value: &str) -> Reply {
        if let Reply::Status(_, headers, _) = &mut self {
            headers.push((name.to_owned(), value.to_owned()));
        }
        self
    }
}

type Script = dyn Fn(&Asked) -> Reply + Send + Sync;

/// The server; it ends when it is dropped.
pub struct FakeHttp {
    pub address: SocketAddr,
    scheme: &'static str,
    log: Arc<Mutex<Vec<Asked>>>,
    over: Arc<AtomicBool>,
}

impl FakeHttp {
    /// A server without TLS.
    pub fn start(script: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> FakeHttp {
        FakeHttp::serve(None, Arc::new(script))
    }

    /// A server with TLS.
    pub fn start_tls(
        identity: &Identity,
        script: impl Fn(&Asked) -> Reply + Send + Sync + 'static,
    ) -> FakeHttp {
        let mut acceptor = SslAcceptor::mozilla_intermediate_v5(SslMethod::tls()).unwrap();
        acceptor.set_certificate_chain_file(&identity.certificate).unwrap();
        acceptor.set_private_key_file(&identity.key, SslFiletype::PEM).unwrap();
        FakeHttp::serve(Some(Arc::new(acceptor.build())), Arc::new(script))
    }

    fn serve(tls: Option<Arc<SslAcceptor>>, script: Arc<Script>) -> FakeHttp {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = FakeHttp {
            address: listener.local_addr().unwrap(),
            scheme: if tls.is_some() { "https" } else { "http" },
            log: Arc::default(),
            over: Arc::default(),
        };
        let (log, over) = (Arc::clone(&server.log), Arc::clone(&server.over));
        thread::spawn(move || {
            for stream in listener.incoming() {
                if over.load(Ordering::Relaxed) {
                    break;
                }
                let Ok(stream) = stream else { continue };
                let (tls, script, log) = (tls.clone(), Arc::clone(&script), Arc::clone(&log));
                thread::spawn(move || {
                    drop(stream.set_read_timeout(Some(PATIENCE)));
                    drop(stream.set_write_timeout(Some(PATIENCE)));
                    let raw = stream.try_clone().unwrap();
                    match tls {
                        None => converse(stream, &raw, &script, &log),
                        Some(acceptor) => {
                            if let Ok(stream) = acceptor.accept(stream) {
                                converse(stream, &raw, &script, &log);
                            }
                        }
                    }
                    drop(raw.shutdown(Shutdown::Both));
                });
            }
        });
        server
    }

    /// The URL of a path here, by address.
    pub fn url(&self, path: &str) -> String {
        format!("{}://{}{path}", self.scheme, self.address)
    }

    /// What was asked until now.
    pub fn asked(&self) -> Vec<Asked> {
        self.log.lock().unwrap().clone()
    }

    /// Methods and targets of what was asked until now.
    pub fn lines(&self) -> Vec<String> {
        self.asked().iter().map(|asked| format!("{} {}", asked.method, asked.target)).collect()
    }
}

impl Drop for FakeHttp {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        drop(TcpStream::connect(self.address));
    }
}

/// One request and its answer.
fn converse(stream: impl Read + Write, raw: &TcpStream, script: &Arc<Script>, log: &Mutex<Vec<Asked>>) {
    let mut reader = BufReader::new(stream);
    let Some(asked) = read_head(&mut reader) else { return };
    log.lock().unwrap().push(asked.clone());
    let reply = script(&asked);
    let stream = reader.get_mut();
    // Whoever asked may leave at any time.
    drop(answer(stream, raw, &asked, reply));
}

fn answer(
    stream: &mut (impl Read + Write),
    raw: &TcpStream,
    asked: &Asked,
    reply: Reply,
) -> std::io::Result<()> {
    let began = Instant::now();
    match reply {
        Reply::Status(status, headers, body) => {
            let mut head = format!(
                "HTTP/1.1 {status} Status\r\nConnection: close\r\nContent-Length: {}\r\n",
                body.len()
            );
            for (name, value) in headers {
                head.push_str(&format!("{name}: {value}\r\n"));
            }
            stream.write_all(format!("{head}\r\n").as_bytes())?;
            if asked.method != "HEAD" {
                stream.write_all(&body)?;
            }
            stream.flush()
        }
        Reply::Drip(pause) => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n")?;
            while began.elapsed() < PATIENCE && asked.method != "HEAD" {
                stream.write_all(b"x")?;
                stream.flush()?;
                thread::sleep(pause);
            }
            Ok(())
        }
        Reply::Endless => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n")?;
            while began.elapsed() < PATIENCE && asked.method != "HEAD" {
                stream.write_all(&[b'x'; 16 * 1024])?;
            }
            Ok(())
        }
        Reply::Raw(bytes) => {
            stream.write_all(&bytes)?;
            stream.flush()
        }
        Reply::Silence => {
            drop(stream.read(&mut [0; 64]));
            Ok(())
        }
        Reply::Close => Ok(()),
        Reply::Tunnel(address) => {
            let upstream = TcpStream::connect(address)?;
            stream.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
            stream.flush()?;
            let (mut from, mut to) = (raw.try_clone()?, upstream.try_clone()?);
            thread::spawn(move || {
                drop(std::io::copy(&mut from, &mut to));
                drop(to.shutdown(Shutdown::Write));
            });
            std::io::copy(&mut (&upstream), &mut (&*raw)).map(drop)
        }
    }
}

fn read_head(reader: &mut impl BufRead) -> Option<Asked> {
    let mut lines = vec![];
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 || lines.len() > 200 {
            return None;
        }
        let line = line.trim_end().to_owned();
        if line.is_empty() {
            break;
        }
        lines.push(line);
    }
    let mut words = lines.first()?.split(' ');
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let headers = lines
        .iter()
        .skip(1)
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let mut asked = Asked { method, target, headers, body: vec![], at: Instant::now() };
    let length = asked.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    reader.by_ref().take(length).read_to_end(&mut asked.body).ok()?;
    (asked.body.len() as u64 == length).then_some(asked)
}
