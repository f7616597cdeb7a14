//! The way to an address that was already checked: directly, or through a proxy that is told this address and no
//! name. Looks nothing up.

use std::io::Write;
use std::net::SocketAddr;
use ureq::Error;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{
    ConnectionDetails, Connector, NextTimeout, TcpConnector, Transport, TransportAdapter,
};

/// As many addresses as ureq tries.
const MOST_ADDRESSES: usize = 16;
/// A proxy that says more before the tunnel stands is none.
const MOST_HEAD_BYTES: usize = 16 * 1024;

/// The only addresses there are, whatever name is asked for.
#[derive(Debug)]
pub(super) struct Pinned(pub Vec<SocketAddr>);

impl Resolver for Pinned {
    fn resolve(&self, _: &Uri, _: &Config, _: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        Ok(list(self, &self.0))
    }
}

fn list(resolver: &Pinned, addresses: &[SocketAddr]) -> ResolvedSocketAddrs {
    let mut out = resolver.empty();
    for address in addresses.iter().take(MOST_ADDRESSES) {
        out.push(*address);
    }
    out
}

/// Connects to the address, or to the proxy and through it.
#[derive(Debug)]
pub(super) struct Route {
    /// Where the proxy is, if there is one.
    pub proxy: Option<Vec<SocketAddr>>,
}

impl Connector<()> for Route {
    type Out = <TcpConnector as Connector<()>>::Out;

    fn connect(&self, details: &ConnectionDetails, _: Option<()>) -> Result<Option<Self::Out>, Error> {
        let Some(proxy) = &self.proxy else { return TcpConnector::default().connect(details, None) };
        let to_proxy = ConnectionDetails {
            uri: details.uri,
            addrs: list(&Pinned(vec![]), proxy),
            config: details.config,
            request_level: details.request_level,
            resolver: details.resolver,
            now: details.now,
            timeout: details.timeout,
            current_time: details.current_time.clone(),
            run_connector: details.run_connector.clone(),
            register_shutdown: details.register_shutdown.clone(),
        };
        let Some(transport) = TcpConnector::default().connect(&to_proxy, None)? else { return Ok(None) };
        let target = details.addrs.first().copied().ok_or(Error::HostNotFound)?;
        let mut adapter = TransportAdapter::new(transport, details.current_time.clone());
        adapter.set_timeout(details.timeout);
        write!(adapter, "CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n")?;
        let mut transport = adapter.into_inner();
        await_tunnel(&mut transport, details.timeout)?;
        Ok(Some(transport))
    }
}

/// Reads the head of the proxy's answer and nothing behind it, which belongs to the tunnel.
fn await_tunnel(transport: &mut impl Transport, timeout: NextTimeout) -> Result<(), Error> {
    let refused = |why: &str| Error::ConnectProxyFailed(why.to_owned());
    let mut head = vec![];
    loop {
        if !transport.maybe_await_input(timeout)? {
            return Err(refused("it closes the connection"));
        }
        let buffers = transport.buffers();
        let before = head.len();
        head.extend_from_slice(buffers.input());
        let end = head.windows(4).position(|four| four == b"\r\n\r\n").map(|at| at + 4);
        let used = end.unwrap_or(head.len()).saturating_sub(before);
        buffers.input_consume(used);
        if let Some(end) = end {
            head.truncate(end);
            break;
        }
        if head.len() > MOST_HEAD_BYTES {
            return Err(refused("it does not answer in HTTP"));
        }
    }
    let first = head.split(|byte| *byte == b'\r').next().unwrap_or_default();
    let line = String::from_utf8_lossy(first);
    let status = line.strip_prefix("HTTP/1.").and_then(|rest| rest.get(2..5)).unwrap_or_default();
    if status.starts_with('2') {
        return Ok(());
    }
    Err(refused(&format!("it answers '{}'", line.escape_debug())))
}
