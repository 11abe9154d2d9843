use motrace_core::{Channel, Gap, Marker, Poll, Role, Source, SourceError, StreamInfo, Unit};
use motrace_lsl::{LslError, LslOptions, LslSource, Outlet, StreamQuery, StreamState, clock};
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::sync::Once;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// What has to happen at all may take this long, on a busy machine; shorter than the library's own watchdog.
pub const PATIENCE: Duration = Duration::from_secs(90);

/// [`LslOptions::stall_after`] as it is by default.
const STALL_SECS: f64 = 0.4;

const CHILD_SESSION: &str = "MOTRACE_LSL_CHILD_SESSION";
const CHILD_SPEC: &str = "MOTRACE_LSL_CHILD_SPEC";

/// The LSL session of this run of the tests.
pub fn session() -> String {
    std::env::var(CHILD_SESSION).unwrap_or_else(|_| format!("motrace-lsl-{}", std::process::id()))
}

/// Every test begins with this: LSL stays on this computer.
pub fn on_loopback() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| motrace_lsl::use_loopback(&session()).unwrap());
}

pub fn unique(name: &str) -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    format!("{name}-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}

pub fn eeg(name: &str, labels: &[&str], rate_hz: f64) -> StreamInfo {
    let channel = |l: &&str| Channel { label: (*l).into(), role: Role::Eeg, unit: Unit::Microvolts };
    StreamInfo {
        name: name.into(),
        kind: "EEG".into(),
        source_id: format!("id-{name}"),
        rate_hz,
        channels: labels.iter().map(channel).collect(),
        ..StreamInfo::default()
    }
}

pub fn markers(name: &str) -> StreamInfo {
    StreamInfo {
        name: name.into(),
        kind: "Markers".into(),
        source_id: format!("id-{name}"),
        channels: vec![Channel::default()],
        is_text: true,
        ..StreamInfo::default()
    }
}

/// Tries until the outcome is the wanted one, or the time is up; gives the last outcome. Who answers to a query and
/// who connects in time is decided by how busy the machine is.
pub fn eventually<T>(
    mut attempt: impl FnMut() -> Result<T, LslError>,
    is_wanted: impl Fn(&Result<T, LslError>) -> bool,
) -> Result<T, LslError> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let outcome = attempt();
        if is_wanted(&outcome) || Instant::now() > deadline {
            return outcome;
        }
    }
}

/// What is there is found in the end; anything but a search or a connection that took too long is a failure.
pub fn patiently<T>(attempt: impl FnMut() -> Result<T, LslError>) -> T {
    let is_final =
        |outcome: &Result<T, LslError>| !matches!(outcome, Err(LslError::NotFound { .. } | LslError::Network { .. }));
    eventually(attempt, is_final).unwrap_or_else(|e| panic!("{e}"))
}

/// What is refused is refused in the end: the refusal, when it is the wanted one.
pub fn refusal<T>(attempt: impl FnMut() -> Result<T, LslError>, is_wanted: impl Fn(&LslError) -> bool) -> LslError {
    let outcome = eventually(attempt, |outcome| outcome.as_ref().is_err_and(&is_wanted));
    let error = outcome.err().expect("a refusal");
    assert!(is_wanted(&error), "{error}");
    error
}

/// Waits until `done`.
pub fn wait_until(what: &str, mut done: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !done() {
        assert!(Instant::now() < deadline, "{what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

pub fn open(name: &str) -> LslSource {
    open_with(name, &[], LslOptions::default())
}

pub fn open_with(name: &str, markers: &[StreamQuery], options: LslOptions) -> LslSource {
    patiently(|| LslSource::open(StreamQuery::named(name), markers.to_vec(), options.clone()))
}

/// A source that is live: what is pushed from now on is delivered.
pub fn open_live(name: &str, outlet: &Outlet) -> LslSource {
    let mut source = open(name);
    assert!(outlet.wait_for_consumers(PATIENCE));
    go_live(&mut source);
    source
}

pub fn go_live(source: &mut LslSource) {
    assert_eq!(source.poll(&mut Vec::new()).unwrap(), Poll::Idle);
}

/// What a source has said, in order.
#[derive(Default)]
pub struct Heard {
    pub values: Vec<f32>,
    pub stamps: Vec<f64>,
    pub markers: Vec<Marker>,
    pub gaps: Vec<Gap>,
    pub error: Option<SourceError>,
}

impl Heard {
    pub fn samples(&self) -> usize {
        self.stamps.len()
    }

    /// Polls until `done`, an error, or the time is up; says whether it was done.
    ///
    /// The watchdog is checked on the way, by what the polls saw and not by how long they took.
    pub fn listen(
        &mut self,
        source: &mut LslSource,
        limit: Duration,
        done: impl Fn(&Self, &LslSource) -> bool,
    ) -> bool {
        let deadline = Instant::now() + limit;
        let (mut received, mut heard_at) = (source.counters().samples, clock());
        while Instant::now() < deadline {
            if done(self, source) {
                return true;
            }
            let begun = clock();
            let outcome = source.poll(&mut self.values);
            let has_data = std::mem::replace(&mut received, source.counters().samples) != received;
            if has_data || *source.state() == StreamState::Reconnected {
                heard_at = clock();
            } else if matches!(outcome, Ok(Poll::Idle)) && begun - heard_at > STALL_SECS {
                assert_ne!(*source.state(), StreamState::Live, "nothing has come for {} s", begun - heard_at);
            }
            match outcome {
                Ok(Poll::Samples(count)) => {
                    assert_eq!(source.last_stamps().len(), count);
                    self.stamps.extend_from_slice(source.last_stamps());
                }
                Ok(Poll::Marker(marker)) => self.markers.push(marker),
                Ok(Poll::Gap(gap)) => {
                    assert_eq!(gap.index, self.stamps.len() as u64, "a gap comes right before its sample");
                    self.gaps.push(gap);
                }
                Ok(Poll::Idle | Poll::End) => {}
                Err(e) => {
                    self.error = Some(e);
                    return false;
                }
            }
        }
        done(self, source)
    }

    pub fn expect_samples(&mut self, source: &mut LslSource, count: usize) {
        let arrived = self.listen(source, PATIENCE, |h, _| h.samples() >= count);
        assert!(arrived, "{} of {count} samples; {:?}; {:?}", self.samples(), self.error, source.health());
    }
}

/// Waits until all clocks have been compared: from then on no marker is placed without.
pub fn expect_clocks(heard: &mut Heard, source: &mut LslSource) {
    assert!(heard.listen(source, PATIENCE, |_, s| s.health().clocks_synchronised), "{:?}", source.health());
}

/// Waits until the clock's offset is right to a millisecond: a busy machine may spoil a measurement.
pub fn expect_offset(heard: &mut Heard, source: &mut LslSource, offset_secs: f64) {
    let is_right = |_: &Heard, s: &LslSource| {
        let health = s.health();
        health.clocks_synchronised && health.clock_offset_secs.is_some_and(|o| (o - offset_secs).abs() < 1e-3)
    };
    assert!(heard.listen(source, PATIENCE, is_right), "{:?}", source.health());
}

pub fn in_state(wanted: fn(&StreamState) -> bool) -> impl Fn(&Heard, &LslSource) -> bool {
    move |_, source| wanted(source.state())
}

/// A process that streams channel 0 = running number, at its rate, with stamps `clock + shift`.
pub struct ChildSource {
    process: Child,
}

impl ChildSource {
    pub fn start(session: &str, name: &str, rate_hz: f64, unit: &str, shift_secs: f64) -> Self {
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "support::child_source", "--nocapture", "--ignored"])
            .env(CHILD_SESSION, session)
            .env(CHILD_SPEC, format!("{name}\n{rate_hz}\n{unit}\n{shift_secs}"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        assert!(lines.any(|l| l.unwrap().contains("STREAMING")), "the child streams");
        Self { process }
    }

    pub fn signal(&self, signal: &str) {
        let status = Command::new("kill").args([signal, &self.process.id().to_string()]).status().unwrap();
        assert!(status.success());
    }

    pub fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Drop for ChildSource {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Not a test: the other process of the tests that need one. Ends when its parent does.
#[test]
#[ignore = "runs as the child of other tests"]
fn child_source() {
    let Ok(spec) = std::env::var(CHILD_SPEC) else { return };
    on_loopback();
    let mut fields = spec.lines();
    let mut next = || fields.next().unwrap();
    let (name, rate_hz) = (next(), next().parse::<f64>().unwrap());
    let (unit, shift) = (Unit::parse(next()), next().parse::<f64>().unwrap());
    let mut stream = eeg(name, &["C3", "C4"], rate_hz);
    stream.channels.iter_mut().for_each(|c| c.unit = unit.clone());
    let mut outlet = Outlet::new(&stream).unwrap();
    println!("STREAMING");
    std::io::stdout().flush().unwrap();
    std::thread::spawn(|| {
        // The parent holds the other end; when it is gone, so is the reason to stream.
        let _ = std::io::stdin().lines().count();
        std::process::exit(0);
    });
    let start = motrace_lsl::clock();
    for k in 0_u32.. {
        let due = start + f64::from(k) / rate_hz;
        let wait = due - motrace_lsl::clock();
        if wait > 0.0 {
            std::thread::sleep(Duration::from_secs_f64(wait));
        }
        outlet.push(&[k as f32, -(k as f32)], Some(due + shift)).unwrap();
    }
}
