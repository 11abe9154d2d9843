//! A small HTTP server on the loopback that behaves as badly as it is told to.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

/// How a file is served.
#[derive(Debug, Clone, Default)]
pub struct Served {
    /// Its content.
    pub content: Vec<u8>,
    /// Its entity tag, with quotes.
    pub tag: Option<String>,
    /// What it does, one entry for each request; as it should after the last.
    pub manners: Vec<Manner>,
}

/// What a server can do to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// As it should: ranges are honoured.
    Proper,
    /// The whole file, whatever range is asked for.
    IgnoresRange,
    /// So many bytes of the body, then the connection ends.
    EndsAfter(usize),
    /// So many bytes of the body, then nothing.
    StallsAfter(usize),
    /// This status, and no body.
    Status(u16),
    /// A range that was not asked for.
    WrongRange,
    /// More bytes than it announces cannot be sent over HTTP; without a length it can go on.
    WithoutLength,
}

/// One request: the path, and the ranges and validators it came with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    pub path: String,
    pub range: Option<String>,
    pub if_range: Option<String>,
}

/// The server; it ends when dropped.
pub struct Server {
    pub base: String,
    files: Arc<Mutex<BTreeMap<String, Served>>>,
    asked: Arc<Mutex<Vec<Asked>>>,
    stop: Arc<AtomicBool>,
}

impl Server {
    pub fn start(files: Vec<(&str, Served)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let files: BTreeMap<String, Served> =
            files.into_iter().map(|(path, served)| (path.to_owned(), served)).collect();
        let server = Self {
            base: format!("http://{address}/data/"),
            files: Arc::new(Mutex::new(files)),
            asked: Arc::default(),
            stop: Arc::default(),
        };
        let (files, asked, stop) = (server.files.clone(), server.asked.clone(), server.stop.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if stop.load(Ordering::SeqCst) {
                    break;
                }
                let (files, asked, stop) = (files.clone(), asked.clone(), stop.clone());
                // Each in a thread of its own, so that one that stalls holds up no other.
                std::thread::spawn(move || stream.map(|stream| serve(stream, &files, &asked, &stop)));
            }
        });
        server
    }

    /// What was asked for so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// Serves another content from now on.
    pub fn replace(&self, path: &str, served: Served) {
        self.files.lock().unwrap().insert(path.to_owned(), served);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        let address = self.base.trim_start_matches("http://").trim_end_matches("/data/").to_owned();
        // It waits for a connection; this is one.
        let _ = TcpStream::connect(address);
    }
}

fn serve(stream: TcpStream, files: &Mutex<BTreeMap<String, Served>>, asked: &Mutex<Vec<Asked>>, stop: &AtomicBool) {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
    let Some(first) = lines.next() else { return };
    let path = first.split(' ').nth(1).unwrap_or_default().trim_start_matches("/data/").to_owned();
    let mut headers = BTreeMap::new();
    for line in lines.by_ref() {
        match line.split_once(": ") {
            Some((name, value)) => headers.insert(name.to_ascii_lowercase(), value.to_owned()),
            None => break,
        };
    }
    let (range, if_range) = (headers.remove("range"), headers.remove("if-range"));
    asked.lock().unwrap().push(Asked { path: path.clone(), range: range.clone(), if_range: if_range.clone() });
    let (served, manner) = {
        let mut files = files.lock().unwrap();
        let Some(served) = files.get_mut(&path) else {
            drop(files);
            return answer(stream, "404 Not Found", &[], b"", usize::MAX, stop);
        };
        let manner = if served.manners.is_empty() { Manner::Proper } else { served.manners.remove(0) };
        (served.clone(), manner)
    };
    let total = served.content.len();
    let tag = served.tag.as_ref().map(|tag| format!("ETag: {tag}"));
    let is_same = if_range.is_none() || if_range == served.tag;
    let from = range.and_then(|r| r.strip_prefix("bytes=")?.strip_suffix('-')?.parse::<usize>().ok());
    let from = from.filter(|_| is_same && manner != Manner::IgnoresRange);
    let (most, is_stalling) = match manner {
        Manner::Status(status) => return answer(stream, &format!("{status} Because"), &[], b"", usize::MAX, stop),
        Manner::EndsAfter(bytes) => (bytes, false),
        Manner::StallsAfter(bytes) => (bytes, true),
        _ => (usize::MAX, false),
    };
    let never = AtomicBool::new(true);
    let stop = if is_stalling { stop } else { &never };
    match from {
        Some(from) if from >= total => {
            let range = format!("Content-Range: bytes */{total}");
            answer(stream, "416 Range Not Satisfiable", &[Some(range)], b"", usize::MAX, stop);
        }
        Some(from) => {
            let shown = if manner == Manner::WrongRange { from / 2 } else { from };
            let range = format!("Content-Range: bytes {shown}-{}/{total}", total - 1);
            answer(stream, "206 Partial Content", &[tag, Some(range)], &served.content[shown..], most, stop);
        }
        None if manner == Manner::WithoutLength => {
            let mut stream = stream;
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
            let _ = stream.write_all(&served.content);
        }
        None => answer(stream, "200 OK", &[tag], &served.content, most, stop),
    }
}

fn answer(
    mut stream: TcpStream,
    status: &str,
    headers: &[Option<String>],
    body: &[u8],
    most: usize,
    stop: &AtomicBool,
) {
    let mut head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n", body.len());
    headers.iter().flatten().for_each(|header| head += &format!("{header}\r\n"));
    let _ = stream.write_all(format!("{head}\r\n").as_bytes());
    let _ = stream.write_all(&body[..body.len().min(most)]);
    let _ = stream.flush();
    while most != usize::MAX && !stop.load(Ordering::SeqCst) {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}
