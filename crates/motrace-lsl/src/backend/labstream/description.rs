//! The full description, fetched from the stream's data port within limits: the library itself would read
//! whatever is sent.

use crate::LslError;
use crate::backend::Found;
use crate::description::{MAX_DESCRIPTION_BYTES, refused};
use labstream_net::StreamInfo as NetInfo;
use std::io::{Read, Write};
use std::net::{IpAddr, SocketAddr, SocketAddrV6, TcpStream};
use std::time::{Duration, Instant};

/// The description as the source sends it; one byte beyond the limit, and it is cut.
pub(crate) fn description(found: &Found, timeout: Duration) -> Result<Vec<u8>, LslError> {
    let network = |cause: String| LslError::Network { stream: found.describe(), cause };
    let io = |e: std::io::Error| network(e.to_string());
    let address = address(&found.handle).ok_or_else(|| network("it gives no usable address".into()))?;
    let deadline = Instant::now() + timeout;
    let mut connection = TcpStream::connect_timeout(&address, timeout).map_err(io)?;
    connection.write_all(b"LSL:fullinfo\r\n").map_err(io)?;
    let mut bytes = Vec::new();
    let mut block = [0_u8; 16 * 1024];
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(network(format!("its description did not arrive within {:.1} s", timeout.as_secs_f64())));
        }
        connection.set_read_timeout(Some(left)).map_err(io)?;
        match connection.read(&mut block).map_err(io)? {
            0 => return Ok(bytes),
            count => bytes.extend_from_slice(block.get(..count).unwrap_or(&[])),
        }
        if bytes.len() > MAX_DESCRIPTION_BYTES {
            return Err(refused(found, "its description is longer than 4 MiB"));
        }
    }
}

/// The library falls back to this computer where a description holds no address, and so does this.
fn address(info: &NetInfo) -> Option<SocketAddr> {
    if info.v4data_port != 0 {
        let text = if info.v4address.is_empty() { "127.0.0.1" } else { &info.v4address };
        return text.parse::<IpAddr>().ok().map(|ip| SocketAddr::new(ip, info.v4data_port));
    }
    let (ip, scope) = info.v6address.split_once('%').unwrap_or((&info.v6address, "0"));
    let ip = ip.parse().ok()?;
    Some(SocketAddr::V6(SocketAddrV6::new(ip, info.v6data_port, 0, scope.parse().unwrap_or(0))))
}
