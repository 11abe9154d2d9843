//! Something on the network that answers like an LSL outlet, but as the test wants.

use std::io::{Read, Write};
use std::net::{TcpListener, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

pub struct Impostor {
    stop: Arc<AtomicBool>,
}

impl Impostor {
    /// Announces a stream of another session in this one, under another name, with a clock that is `shift_secs`
    /// off, or that does not answer at all.
    pub fn of_stream(session: &str, name: &str, shown: &str, shift_secs: Option<f64>) -> Self {
        let original = ask(session, name);
        let xml = replace(&original, "name", shown);
        Self::answering(move |port| replace(&xml, "v4service_port", &port.to_string()), shift_secs)
    }

    /// Announces what `xml` makes of the port that this impostor answers time probes on.
    pub fn answering(xml: impl FnOnce(u16) -> String, shift_secs: Option<f64>) -> Self {
        let time = UdpSocket::bind("127.0.0.1:0").unwrap();
        let xml = replace(&xml(time.local_addr().unwrap().port()), "session_id", &crate::support::session());
        let (base, count) = ports(&crate::support::session());
        let socket = (base..base + count).find_map(|p| UdpSocket::bind(("0.0.0.0", p)).ok()).unwrap();
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        std::thread::spawn(move || serve(&socket, &stopped, |message| shortinfo(message, &xml)));
        let stopped = Arc::clone(&stop);
        std::thread::spawn(move || {
            serve(&time, &stopped, |message| {
                let fields: Vec<&str> = message.strip_prefix("LSL:timedata")?.split_whitespace().collect();
                let now = motrace_lsl::clock() + shift_secs?;
                Some((None, format!(" {} {} {now:.9} {now:.9}", fields.first()?, fields.get(1)?)))
            });
        });
        Self { stop }
    }

    /// Serves `bytes` to everybody who connects; returns the port.
    pub fn description_server(bytes: Vec<u8>) -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        std::thread::spawn(move || {
            for connection in listener.incoming() {
                let Ok(mut connection) = connection else { return };
                let _ = connection.read(&mut [0; 64]);
                let _ = connection.write_all(&bytes);
            }
        });
        port
    }
}

impl Drop for Impostor {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

type Reply = Option<(Option<u16>, String)>;

fn serve(socket: &UdpSocket, stop: &AtomicBool, answer: impl Fn(&str) -> Reply) {
    socket.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
    let mut buffer = [0; 65536];
    while !stop.load(Ordering::Relaxed) {
        let Ok((length, mut from)) = socket.recv_from(&mut buffer) else { continue };
        if let Some((port, reply)) = answer(&String::from_utf8_lossy(&buffer[..length])) {
            from.set_port(port.unwrap_or(from.port()));
            let _ = socket.send_to(reply.as_bytes(), from);
        }
    }
}

fn shortinfo(message: &str, xml: &str) -> Reply {
    let mut lines = message.strip_prefix("LSL:shortinfo\r\n")?.lines();
    let (port, id) = lines.nth(1)?.split_once(' ')?;
    Some((Some(port.parse().ok()?), format!("{id}\r\n{xml}")))
}

/// The ports of a session, as its configuration says.
fn ports(session: &str) -> (u16, u16) {
    let text = motrace_lsl::loopback_config(session).unwrap();
    let value = |key: &str| text.lines().find_map(|l| l.strip_prefix(key)).unwrap().trim_start_matches(" = ").parse();
    (value("BasePort").unwrap(), value("PortRange").unwrap())
}

/// The announcement of a stream of another session.
fn ask(session: &str, name: &str) -> String {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    let (base, count) = ports(session);
    let query = format!("LSL:shortinfo\r\nname='{name}'\r\n{} 1\r\n", socket.local_addr().unwrap().port());
    let deadline = Instant::now() + crate::support::PATIENCE;
    let named = format!("<name>{name}</name>");
    let mut buffer = [0; 65536];
    while Instant::now() < deadline {
        for port in base..base + count {
            let _ = socket.send_to(query.as_bytes(), ("127.0.0.1", port));
        }
        // Sessions can share ports, and the impostors there answer to every query.
        while let Ok(length) = socket.recv(&mut buffer) {
            let answer = String::from_utf8_lossy(&buffer[..length]);
            if let Some((_, xml)) = answer.split_once("\r\n").filter(|(_, xml)| xml.contains(&named)) {
                return xml.to_owned();
            }
        }
    }
    panic!("{name} does not answer");
}

fn replace(xml: &str, field: &str, value: &str) -> String {
    let (open, close) = (format!("<{field}>"), format!("</{field}>"));
    let from = xml.find(&open).unwrap() + open.len();
    let to = from + xml[from..].find(&close).unwrap();
    format!("{}{value}{}", &xml[..from], &xml[to..])
}

/// An announcement in full.
pub fn announcement(name: &str, channels: &str, rate: &str, data_port: u16) -> String {
    format!(
        "<?xml version=\"1.0\"?>\n<info>\n\t<name>{name}</name>\n\t<type>EEG</type>\n\
         \t<channel_count>{channels}</channel_count>\n\t<channel_format>float32</channel_format>\n\
         \t<source_id>s</source_id>\n\t<nominal_srate>{rate}</nominal_srate>\n\
         \t<version>1.100000000000000</version>\n\t<created_at>1.0</created_at>\n\t<uid>uid-{name}</uid>\n\
         \t<session_id>x</session_id>\n\t<hostname>h</hostname>\n\t<v4address></v4address>\n\
         \t<v4data_port>{data_port}</v4data_port>\n\t<v4service_port>1</v4service_port>\n\t<v6address></v6address>\n\
         \t<v6data_port>0</v6data_port>\n\t<v6service_port>0</v6service_port>\n\t<desc />\n</info>\n"
    )
}
